"""Capacity as JSON and as tables. Endless times are null in JSON, "never" or "for ever" in tables."""

from collections.abc import Sequence
from math import inf, isfinite
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from scripts.planning.capacity.backlog import Backlog, Spike
from scripts.planning.capacity.limits import Limit, Stage

_TOO_LOW: Final = "bold red"
_UNITS: Final = ((3600.0, "h"), (60.0, "min"), (1.0, "s"), (0.001, "ms"))


def sorted_limits(stages: Sequence[Stage]) -> list[tuple[Stage, Limit]]:
    """Every limit with its stage, the lowest first."""
    limits = [(stage, limit) for stage in stages for limit in stage.limits]
    return sorted(limits, key=lambda pair: pair[1].per_second)


def document(backlogs: Sequence[Backlog], spike: Spike) -> dict[str, Any]:
    """Rates in webhooks a second, times in seconds."""
    stages = [backlog.stage for backlog in backlogs]
    return {
        "rate_per_second": spike.base_per_second,
        "spike": {"per_second": spike.peak_per_second, "seconds": spike.seconds},
        "sustained_per_second": min(stage.per_second for stage in stages),
        "drained_after_seconds": _finite(max(backlog.drained_after_seconds for backlog in backlogs)),
        "limits": [
            {
                "stage": stage.name,
                "name": limit.name,
                "per_second": _finite(limit.per_second),
                "spike_per_second": _finite(limit.spike_per_second),
                "reason": limit.reason,
            }
            for stage, limit in sorted_limits(stages)
        ],
        "backlogs": [
            {
                "stage": backlog.stage.name,
                "previous": backlog.stage.previous,
                "waits_in": backlog.stage.waits_in,
                "arriving_per_second": backlog.arriving_per_second,
                "webhooks": _finite(backlog.webhooks),
                "oldest_seconds": _finite(backlog.oldest_seconds),
                "drained_after_seconds": _finite(backlog.drained_after_seconds),
                "is_given_up": backlog.is_given_up,
            }
            for backlog in backlogs
        ],
        "service_times": {stage.name: str(stage.service_time) for stage in stages if stage.service_time},
    }


def limits_table(stages: Sequence[Stage], spike: Spike) -> Table:
    """Every limit, the lowest first; red where it is too low."""
    table = _table("What each stage sustains, in webhooks a second, the lowest first")
    table.add_column("stage")
    table.add_column("limit")
    table.add_column(f"at {spike.base_per_second:,.0f}/s", justify="right")
    table.add_column(f"in a spike to {spike.peak_per_second:,.0f}/s", justify="right")
    table.add_column("made of", overflow="fold")
    for stage, limit in sorted_limits(stages):
        table.add_row(
            stage.name,
            limit.name,
            _rate(limit.per_second, spike.base_per_second),
            _rate(limit.spike_per_second, spike.peak_per_second),
            limit.reason,
        )
    return table


def backlogs_table(backlogs: Sequence[Backlog], spike: Spike) -> Table:
    """The backlog at each stage, in the order in which a webhook passes them."""
    base, peak = spike.base_per_second, spike.peak_per_second
    table = _table(
        f"{peak:,.0f}/s for {duration(spike.seconds)}, before and after {base:,.0f}/s: what has to wait"
    )
    for heading in ("stage", "waits in"):
        table.add_column(heading)
    for heading in ("arriving/s", "capacity/s", "backlog", "oldest waits", "drained after the spike"):
        table.add_column(heading, justify="right")
    for backlog in backlogs:
        stage, drained_after = backlog.stage, backlog.drained_after_seconds
        row = [stage.name, stage.waits_in, f"{backlog.arriving_per_second:,.0f}"]
        row += [f"{stage.spike_per_second:,.0f}", _count(backlog.webhooks)]
        if backlog.webhooks:
            oldest = f"{duration(backlog.oldest_seconds)}{', given up' if backlog.is_given_up else ''}"
            row += [oldest, "never" if drained_after == inf else duration(drained_after)]
        table.add_row(*row, style=_TOO_LOW if backlog.webhooks else "")
    return table


def summary(backlogs: Sequence[Backlog], spike: Spike) -> str:
    """Two sentences: the lowest limit, and when the spike's backlog is gone."""
    stage, limit = sorted_limits([backlog.stage for backlog in backlogs])[0]
    is_low = limit.per_second < spike.base_per_second
    text = f"{stage.name} is the lowest, at {limit.per_second:,.0f}/s by {limit.name}"
    text += f": at {spike.base_per_second:,.0f}/s it falls behind. " if is_low else ". "
    seconds = max(backlog.drained_after_seconds for backlog in backlogs)
    if seconds == inf:
        return f"{text}The spike's backlog never drains: the rate after it leaves nothing to spare."
    if seconds == 0:
        return f"{text}Nothing has to wait in the spike."
    return f"{text}The spike's backlog is gone {duration(seconds)} after it, at the earliest."


def service_times(stages: Sequence[Stage]) -> str:
    """Every service time, by origin: assumed ones are a guess until they are measured."""
    origins: dict[str, list[str]] = {"assumed": [], "given": [], "measured": []}
    for stage in stages:
        if stage.service_time:
            origins[stage.service_time.origin].append(f"{stage.name} {stage.service_time.milliseconds}")
    return "\n".join(
        f"Service times {origin}: {', '.join(names)}." for origin, names in origins.items() if names
    )


def duration(seconds: float) -> str:
    """Such as "1.5 min"; "for ever" for infinity."""
    if seconds == inf:
        return "for ever"
    size, unit = next((entry for entry in _UNITS if seconds >= entry[0]), _UNITS[-1])
    return f"{seconds / size:,.1f} {unit}"


def _rate(per_second: float, needed: float) -> Text:
    text = f"{per_second:,.0f}" if isfinite(per_second) else ""
    return Text(text, style=_TOO_LOW if per_second < needed else "")


def _count(webhooks: float) -> str:
    return "without end" if webhooks == inf else f"{webhooks:,.0f}"


def _table(title: str) -> Table:
    return Table(title=title, title_style="bold", title_justify="left", box=None, pad_edge=False)


def _finite(number: float) -> float | None:
    return number if isfinite(number) else None
