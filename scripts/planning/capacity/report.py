"""Capacity as JSON and as tables. Endless times are null in JSON, "never" or "for ever" in tables."""

from collections.abc import Sequence
from math import inf, isfinite
from typing import Any, Final, get_args

from scripts.command_line.streams import print_table
from scripts.planning.capacity.backlog import Backlog, Spike
from scripts.planning.capacity.limits import Limit, Stage
from scripts.planning.service_times import Origin

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


def print_limits(stages: Sequence[Stage], spike: Spike) -> None:
    """Every limit, the lowest first."""
    base, peak = f"at {spike.base_per_second:,.0f}/s", f"in a spike to {spike.peak_per_second:,.0f}/s"
    rows = [
        (
            f"{_in_words(stage.name)}: {limit.name}",
            _rate(limit.per_second, spike.base_per_second),
            _rate(limit.spike_per_second, spike.peak_per_second),
            limit.reason,
        )
        for stage, limit in sorted_limits(stages)
    ]
    title = "What each stage sustains, in webhooks a second, the lowest first"
    print_table(["stage: limit", base, peak, "how it is calculated"], rows, title=title, numbers=(base, peak))


def print_backlogs(backlogs: Sequence[Backlog], spike: Spike) -> None:
    """The backlog at each stage, in the order in which a webhook passes them."""
    numbers = ("arriving a second", "capacity a second", "backlog")
    rows = []
    for backlog in backlogs:
        stage, drained_after = backlog.stage, backlog.drained_after_seconds
        row = [f"{_in_words(stage.name)}: {stage.waits_in}", f"{backlog.arriving_per_second:,.0f}"]
        row += [f"{stage.spike_per_second:,.0f}", _count(backlog.webhooks)]
        if backlog.webhooks:
            row.append(f"{duration(backlog.oldest_seconds)}{', given up' if backlog.is_given_up else ''}")
            row.append("never" if drained_after == inf else duration(drained_after))
        else:
            row += ["", ""]
        rows.append(row)
    base, peak = spike.base_per_second, spike.peak_per_second
    title = f"{peak:,.0f}/s for {duration(spike.seconds)}, before and after {base:,.0f}/s: what has to wait"
    headings = ["stage: waits in", *numbers, "oldest waits", "drained after the spike"]
    print_table(headings, rows, title=title, numbers=numbers)


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
    times = [(stage.name, stage.service_time) for stage in stages if stage.service_time]
    lines = []
    for origin in get_args(Origin):
        names = [f"{name} {time.milliseconds}" for name, time in times if time.origin == origin]
        lines += [f"Service times {origin}: {', '.join(names)}."] if names else []
    return "\n".join(lines)


def duration(seconds: float) -> str:
    """Such as "1.5 min"; "for ever" for infinity."""
    if seconds == inf:
        return "for ever"
    size, unit = next((entry for entry in _UNITS if seconds >= entry[0]), _UNITS[-1])
    return f"{seconds / size:,.1f} {unit}"


def _in_words(name: str) -> str:
    """A stage's name as it can be broken into lines."""
    return name.replace("_", " ")


def _rate(per_second: float, needed: float) -> str:
    text = f"{per_second:,.0f}" if isfinite(per_second) else ""
    return f"too low: {text}" if per_second < needed else text


def _count(webhooks: float) -> str:
    return "without end" if webhooks == inf else f"{webhooks:,.0f}"


def _finite(number: float) -> float | None:
    return number if isfinite(number) else None
