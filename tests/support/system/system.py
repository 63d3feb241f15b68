"""What tests need besides of a deployed system: to wait until something holds."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from scripts.operations.trace.facts import Trace
from tests.support.system.deployed_system import DeployedSystem

SETTLE_TIMEOUT_SECONDS = 120.0  # of a machine that does other things, too; what holds is seen at once
Found = TypeVar("Found")


class System(DeployedSystem):
    """With what a test waits for."""

    def wait_for_trace(self, webhook_id: str, holds: Callable[[Trace], bool]) -> Trace:
        """The webhook's trace as soon as `holds`; fails the test with what was found when it never does."""
        return wait_for(lambda: self.trace(webhook_id), holds)


def wait_for(look: Callable[[], Found], holds: Callable[[Found], bool]) -> Found:
    deadline = time.monotonic() + SETTLE_TIMEOUT_SECONDS
    while True:
        found = look()
        if holds(found):
            return found
        assert time.monotonic() < deadline, f"not within {SETTLE_TIMEOUT_SECONDS} s: {found}"
        time.sleep(0.2)


def processed(found: Trace) -> bool:
    """The webhook is processed, and the audit trail has both changes; more when an attempt failed, as under load."""
    return found.inbox_statuses == ("processed",) and len(found.audit) >= 2


def body_of(event: Mapping[str, Any]) -> bytes:
    return json.dumps(event).encode()
