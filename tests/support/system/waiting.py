"""Waiting for what happens by itself, with a limit."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def wait_for(
    what: str, look: Callable[[], Found | None], timeout_seconds: float = 15.0, every_seconds: float = 0.05
) -> Found:
    """The first truthy value that `look` gives. Fails, naming `what`, after the limit."""
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(every_seconds)
    raise AssertionError(f"waited {timeout_seconds} s in vain for {what}")
