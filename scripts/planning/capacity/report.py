"""Capacity as JSON and as tables. Endless times are null in JSON and "never" or "for ever" in tables."""

from collections.abc import Sequence
from math import inf, isfinite
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from scripts.planning.capacity.outcome import Outcome, StageOutcome
from scripts.planning.capacity.stage import Limit, Stage

_SATURATED: Final = "bold red"
_HOUR_SECONDS: Final = 3600.0


def document(outcomes: dict[str, Outcome]) -> dict[str, Any]:
    """The outcomes by name of their load, with every number; rates in webhooks a second, times in seconds."""
    return {name: _outcome_document(outcome) for name, outcome in outcomes.items()}


def limits_table(steady: Sequence[Stage], spike: Sequence[Stage], rate: float, peak: float) -> Table:
    """Every limit of every stage, under the steady load and at once in a spike; red where it is too low."""
    table = _table("What each stage sustains, in webhooks a second")
    for heading in ("stage", "limit"):
        table.add_column(heading)
    table.add_column(f"at {rate:,.0f}/s", justify="right")
    table.add_column(f"in a spike to {peak:,.0f}/s", justify="right")
    table.add_column("made of (under the steady load)", overflow="fold")
    for stage, other in zip(steady, spike, strict=True):
        for number, (limit, at_once) in enumerate(zip(stage.limits, other.limits, strict=True)):
            table.add_row(
                stage.name if number == 0 else "",
                limit.name,
                _rate(limit, rate),
                _rate(at_once, peak),
                limit.how,
            )
    return table


def outcome_table(title: str, outcome: Outcome) -> Table:
    """What becomes of the load at each stage."""
    table = _table(title)
    table.add_column("stage")
    for heading in ("arriving/s", "use", "refused/s", "mean wait", "backlog at most", "oldest waits"):
        table.add_column(heading, justify="right")
    for heading in ("drained after the peak", "gives up the oldest"):
        table.add_column(heading, justify="right")
    for each in outcome.stages:
        style = _SATURATED if each.use > 1 else ""
        table.add_row(
            Text(each.stage.name, style=style),
            f"{each.arriving:,.1f}",
            Text(f"{each.use:.0%}", style=style),
            f"{each.refused_per_second:,.1f}" if each.stage.refuses else "",
            _wait(each),
            "" if each.stage.refuses else _count(each.peak_backlog),
            "" if each.stage.refuses else duration(each.peak_wait),
            "" if each.stage.refuses else _drained(each),
            Text("" if each.loses_after is None else f"after {duration(each.loses_after)}", style=_SATURATED),
        )
    return table


def summary(name: str, outcome: Outcome) -> str:
    """In one sentence: what saturates first, and what that means."""
    if not outcome.saturated:
        return f"{name}: every stage keeps up; they sustain {outcome.sustained:,.0f}/s."
    (stage, limit), rest = outcome.saturated[0], len(outcome.saturated) - 1
    others = f" ({rest} more limits are under the peak)" if rest else ""
    told = f"{name}: {stage.name} saturates first, at {limit.per_second:,.0f}/s by {limit.name}{others}."
    if outcome.refused:
        back = outcome.caught_up_after
        when = "for which there is no room" if back == inf else f"in {duration(back)} at the earliest"
        told += f" {_count(outcome.refused)} are refused; their senders send them again, {when}."
    if outcome.done_after == inf:
        return f"{told} Its backlog never drains: the baseline is more than it takes."
    return (
        f"{told} All is processed {duration(outcome.done_after)} after the peak."
        if outcome.done_after
        else told
    )


def duration(seconds: float) -> str:
    if seconds == inf:
        return "for ever"
    if seconds >= _HOUR_SECONDS:
        return f"{seconds / _HOUR_SECONDS:,.1f} h"
    if seconds >= 60:
        return f"{seconds / 60:.1f} min"
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{seconds * 1000:.1f} ms" if seconds >= 0.0001 else "0.1 ms" if seconds else "0"


def _drained(each: StageOutcome) -> str:
    return "never" if each.drained_after == inf else duration(each.drained_after)


def _wait(each: StageOutcome) -> str:
    if each.mean_wait is None:
        return ""
    return f"{'< ' if each.mean_wait.is_bound else ''}{duration(each.mean_wait.seconds)}"


def _count(number: float) -> str:
    return "without end" if number == inf else f"{number:,.0f}"


def _rate(limit: Limit, needed: float) -> Text:
    told = f"{limit.per_second:,.0f}" if isfinite(limit.per_second) else ""
    return Text(told, style=_SATURATED if limit.per_second < needed else "")


def _table(title: str) -> Table:
    return Table(title=title, title_style="bold", title_justify="left", box=None, pad_edge=False)


def _outcome_document(outcome: Outcome) -> dict[str, Any]:
    first = outcome.saturated[0] if outcome.saturated else None
    return {
        "baseline_per_second": outcome.load.baseline,
        "peak_per_second": outcome.load.peak,
        "peak_seconds": _finite(outcome.seconds),
        "sustained_per_second": outcome.sustained,
        "accepted_per_second": outcome.accepted_per_second,
        "saturates_first": {"stage": first[0].name, "limit": first[1].name} if first else None,
        "refused": _finite(outcome.refused),
        "caught_up_after_seconds": _finite(outcome.caught_up_after),
        "done_after_seconds": _finite(outcome.done_after),
        "stages": [_stage_document(each) for each in outcome.stages],
    }


def _stage_document(each: StageOutcome) -> dict[str, Any]:
    stage = each.stage
    return {
        "name": stage.name,
        "feeds_from": stage.feeds_from,
        "refuses": stage.refuses,
        "service_time": str(stage.service_time) if stage.service_time else None,
        "limits": [
            {"name": limit.name, "per_second": _finite(limit.per_second), "how": limit.how}
            for limit in stage.limits
        ],
        "arriving_per_second": each.arriving,
        "use": each.use,
        "refused_per_second": each.refused_per_second,
        "mean_wait_seconds": each.mean_wait.seconds if each.mean_wait else None,
        "mean_wait_is_bound": bool(each.mean_wait and each.mean_wait.is_bound),
        "peak_backlog": _finite(each.peak_backlog),
        "peak_wait_seconds": _finite(each.peak_wait),
        "drained_after_seconds": _finite(each.drained_after),
        "loses_after_seconds": each.loses_after,
    }


def _finite(number: float) -> float | None:
    return number if isfinite(number) else None
