"""Health of the canary, where it is switched on: its last round, and how many of the last hour went well."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.canary.round import LINE
from scripts.command_line.relative_time import ago
from scripts.operations.health.finding import Finding, Level
from scripts.operations.health.sources import Sources
from stacks.function_catalogue import CANARY

LOOKED_BACK: Final = timedelta(hours=1)
LONGEST_SILENCE: Final = timedelta(minutes=12)  # as the alarm canary-lost
SUBJECT: Final = "canary"
RUNBOOK: Final = "docs/runbook.md#canary-lost"


class PastRound(NamedTuple):
    """`judged_seconds` is None for one that failed, of which `reason` says why."""

    at: datetime
    judged_seconds: float | None
    reason: str


def canary_findings(sources: Sources) -> list[Finding]:
    """Nothing where the canary is off."""
    functions = sources.of_type("AWS::Lambda::Function")
    canary = next((each for each in functions if each.logical_id == CANARY.title), None)
    if canary is None:
        return []
    since = int((sources.now - LOOKED_BACK).timestamp() * 1000)
    group = sources.environment.names.function_log_group(CANARY.folder)
    pages = (
        sources.client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=group, startTime=since)
    )
    lines = ((event["timestamp"], event["message"]) for page in pages for event in page["events"])
    is_new = canary.since is not None and sources.now - canary.since <= LONGEST_SILENCE
    return [canary_finding(rounds_of(lines), sources.now, is_new=is_new)]


def rounds_of(lines: Iterable[tuple[int, str]]) -> list[PastRound]:
    """`lines` of the function's log: milliseconds since 1970, and the text. In the order of time."""
    found = []
    for milliseconds, text in lines:
        if LINE in text:
            fields = json.loads(text[text.index("{") :])
            at = datetime.fromtimestamp(milliseconds / 1000, UTC)
            judged = fields.get(contract.METRIC_CANARY_JUDGED)
            found.append(PastRound(at, judged, str(fields.get("reason", ""))))
    return sorted(found)


def canary_finding(rounds: Sequence[PastRound], now: datetime, *, is_new: bool = False) -> Finding:
    """One round that failed wants a look, two in a row want a person. `is_new`: deployed so lately that there need not
    have been one.
    """
    if not rounds and is_new:
        return Finding(SUBJECT, Level.NOTICE, "no round yet: it was just deployed", RUNBOOK)
    if not rounds:
        return Finding(SUBJECT, Level.PROBLEM, "no round in an hour", RUNBOOK)
    last, well = rounds[-1], sum(each.judged_seconds is not None for each in rounds)
    end = f"judged in {last.judged_seconds:.1f} s" if last.judged_seconds is not None else last.reason
    text = f"last round {ago(last.at, now)}: {end}; {well} of {len(rounds)} in 1 h went well"
    failed = [each.judged_seconds is None for each in rounds[-2:]]
    if now - last.at > LONGEST_SILENCE or failed == [True, True]:
        return Finding(SUBJECT, Level.PROBLEM, text, RUNBOOK)
    return Finding(SUBJECT, Level.NOTICE if failed[-1] else Level.OK, text, RUNBOOK)
