"""An environment and a bench without anything behind them, for tests of the runner alone."""

from types import SimpleNamespace
from typing import Any

from scripts.acceptance.steps import Evidence

AWS = SimpleNamespace(is_local=False, region="eu-west-1", describe=lambda: "account 123456789012")
ENGINE = SimpleNamespace(is_local=True, region="us-east-1", describe=lambda: "the local engine")
NAMES = SimpleNamespace(suffix="try", stack="payment-webhooks-try")


def environment_of(target: Any) -> Any:
    return SimpleNamespace(target=target, names=NAMES, suffix="try", profile=None, is_local=target.is_local)


def bench_of(target: Any) -> Any:
    evidence: list[Evidence] = []
    return SimpleNamespace(target=target, names=NAMES, evidence=evidence, parameters={}, profiles={})


def console_of(typed: str) -> Any:
    """Shows nothing, and answers every question with `typed`."""
    return SimpleNamespace(print=lambda *_, **__: None, input=lambda *_, **__: typed)
