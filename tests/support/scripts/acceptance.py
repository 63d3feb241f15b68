"""A bench without an environment, for tests of the runner alone."""

from types import SimpleNamespace
from typing import Any


def bench_of(is_local: bool) -> Any:
    return SimpleNamespace(target=SimpleNamespace(is_local=is_local), evidence=[], parameters={})
