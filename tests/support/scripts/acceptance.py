"""An environment and benches without a system behind them: for tests of the runner, and of what checks find."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from time import monotonic
from types import SimpleNamespace
from typing import Any

from scripts.acceptance.bench import Bench
from scripts.acceptance.step_selection import Evidence
from scripts.provider_simulator.delivery import Delivery

AWS = SimpleNamespace(is_local=False, region="eu-west-1", describe=lambda: "account 123456789012")
ENGINE = SimpleNamespace(is_local=True, region="us-east-1", describe=lambda: "the local engine")
NAMES = SimpleNamespace(
    suffix="try",
    stack="payment-webhooks-try",
    processing_workflow_arn="machine",
    workflow_log_group="/aws/vendedlogs/states/try",
)


def environment_of(target: Any) -> Any:
    return SimpleNamespace(target=target, names=NAMES, suffix="try", profile=None, is_local=target.is_local)


def bench_of(target: Any) -> Any:
    evidence: list[Evidence] = []
    return SimpleNamespace(target=target, names=NAMES, evidence=evidence, parameters={}, profiles={})


def console_of(typed: str) -> Any:
    """Shows nothing, and answers every question with `typed`."""
    return SimpleNamespace(print=lambda *_, **__: None, input=lambda *_, **__: typed)


class StandInClient:
    """A client of any service: each call answers what `answers` has under its name, else `{}`; a list is one page."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = answers

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return lambda **_: self._answers.get(operation, {})

    def can_paginate(self, operation: str) -> bool:
        return operation != "describe_addresses"

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=lambda **_: [self._answers.get(operation, {})])


class StandInBench(Bench):
    """A bench whose system is what a test says: its webhooks, its counts, its commands; waits take no time.

    statuses: of the webhooks that are sent, one after the other; counts: of the inbox, likewise.
    """

    def __init__(
        self,
        answers: Mapping[str, Any] | None = None,
        statuses: Iterable[int] = (),
        counts: Iterable[int] = (),
        said: str = "",
        traced: Any = None,
    ) -> None:
        client = StandInClient(answers or {})
        target = SimpleNamespace(**vars(AWS), client=lambda _service: client)
        folder = Path("unused")
        super().__init__(environment_of(target), (), {}, folder, monotonic() + 60, 0.0, lambda _: None, {})
        self._statuses, self._counts, self._said, self._traced = iter(statuses), iter(counts), said, traced

    def send(self, endpoint: str, body: bytes, *, forged: bool = False, signed: bool = True) -> Delivery:
        return Delivery(next(self._statuses), {}, 0.0)

    def accepted(self, endpoint: str, body: bytes, status: str = "accepted") -> str:
        self.note("accepted", status)
        return "internal:1"

    def processed(self, webhook_id: str) -> Any:
        return self._traced

    def trace(self, webhook_id: str) -> Any:
        return self._traced

    def inbox_count(self) -> int:
        return next(self._counts)

    def command(self, script: str, *arguments: str, **_settings: Any) -> str:
        return self._said

    def sleep(self, seconds: float) -> None:
        pass
