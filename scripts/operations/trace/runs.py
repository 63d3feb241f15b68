"""Fetches how a webhook ran: lines of logs, executions in workflow mode, dead letters of its notifications.

The filter is the id as a phrase: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from botocore.exceptions import ClientError

from payment_webhooks import contract
from payment_webhooks.domain.told import notification_types
from payment_webhooks.timestamps import utc_timestamp
from scripts.operations.redrive.letters import Letter
from scripts.operations.redrive.ways import source_of
from scripts.operations.trace.audit_trail import Window, windows_of
from scripts.operations.trace.facts import TAMPERED, LogLine, Step, Trace, Unread
from stacks.function_catalogue import AUDIT_LOGGER, NOTIFICATION_HANDLER, PAYMENT_PROCESSOR

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

    from stacks.names import Names

NOTIFICATIONS: Final = "notification-dlq"
# A busy minute of a log is many pages; more are not read for one trace.
MOST_PAGES: Final = 50
# Ten are received at once.
MOST_LETTERS: Final = 500
# A message waits between attempts, and a line comes a moment after its time.
_LONGEST_WAY: Final = timedelta(minutes=15)
# Fourteen days in queue and dead-letter queue together (O9005), and as many once it was moved back, which sends anew.
_LETTERS_KEPT: Final = timedelta(days=28)
_EXECUTION: Final = "execution"
# What an event's details are called: https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
_DETAILS: Final = "EventDetails"


class Services(NamedTuple):
    """Clients of boto3, and what reads the dead letters of notifications, which raises ClientError when not allowed."""

    logs: CloudWatchLogsClient
    states: Any
    letters: Callable[[], Generator[Letter]]


def services_of(names: Names, client: Callable[[str], Any]) -> Services:
    """`client`: a boto3 client by its service's name. The queue is asked for when its letters are, so that a right
    that is missing there leaves out no more than these.
    """
    return Services(
        client("logs"), client("stepfunctions"), lambda: source_of(NOTIFICATIONS, names, client).letters()
    )


def with_runs(found: Trace, names: Names, services: Services, now: datetime) -> Trace:
    """The trace with the lines about its webhooks and payment, also those that tell of tampering, with the steps of
    executions that the lines name, and with what subscribers should have been told and were not. What can not be read
    is in `unread`.
    """
    unread: list[Unread] = []
    lines = [
        *_lines(
            services.logs,
            names.function_log_group(PAYMENT_PROCESSOR.folder),
            _webhooks(found),
            "webhook_id",
            unread,
        ),
        *_lines(
            services.logs,
            names.function_log_group(NOTIFICATION_HANDLER.folder),
            _payments(found),
            contract.TRANSACTION_ID,
            unread,
        ),
        *_tampered(services.logs, names.function_log_group(AUDIT_LOGGER.folder), found, now, unread),
    ]
    executions = dict.fromkeys(str(line.fields[_EXECUTION]) for line in lines if _EXECUTION in line.fields)
    steps = [step for execution in executions for step in _steps(services.states, execution, unread)]
    untold = untold_of(found, utc_timestamp(now.timestamp() - _LETTERS_KEPT.total_seconds()))
    return replace(
        found,
        lines=tuple(lines),
        steps=tuple(steps),
        untold=tuple(untold),
        letters=tuple(_letters(services, found, untold, unread)) if untold else (),
        unread=(*found.unread, *unread),
    )


def untold_of(found: Trace, since: str) -> list[str]:
    """Notifications of rows that were recorded after `since`, of which no marker says that they were told."""
    told = {each[contract.NOTIFICATION_ID] for each in found.notifications if "published_at" in each}
    due = [
        f"{kind}#{row.event_id}"
        for row in found.rows
        if row.recorded_at > since and row.event_id in found.effects
        for kind in notification_types(row, found.effects[row.event_id])
    ]
    return [each for each in due if each not in told]


def _letters(services: Services, found: Trace, untold: Iterable[str], unread: list[Unread]) -> list[Letter]:
    """Those about payments whose events are not told."""
    events = {each.partition("#")[2] for each in untold}
    payments = {row.transaction_id for row in found.rows if row.event_id in events}
    try:
        with closing(services.letters()) as letters:
            read = [*islice(letters, MOST_LETTERS + 1)]
    except ClientError as error:
        unread.append(Unread(f"dead letters of notifications: {error.response['Error']['Code']}"))
        return []
    if len(read) > MOST_LETTERS:
        unread.append(Unread(f"dead letters of notifications, after {MOST_LETTERS:,}"))
    return [letter for letter in read[:MOST_LETTERS] if letter.subject in payments]


def _webhooks(found: Trace) -> dict[str, list[Window]]:
    """When each webhook was worked on."""
    items: dict[str, list[Mapping[str, Any]]] = {}
    for item in found.inbox:
        items.setdefault(str(item[contract.WEBHOOK_ID]), []).append(item)
    return {webhook_id: windows_of(of_it) for webhook_id, of_it in items.items()}


def _payments(found: Trace) -> dict[str, list[Window]]:
    """When subscribers were told of rows."""
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for row in found.rows:
        if row.event_id in found.effects:
            rows.setdefault(row.transaction_id, []).append({"recorded_at": row.recorded_at})
    return {
        transaction_id: [each._replace(last=each.last + _LONGEST_WAY) for each in windows_of(of_it)]
        for transaction_id, of_it in rows.items()
    }


def _tampered(
    logs: CloudWatchLogsClient, group: str, found: Trace, now: datetime, unread: list[Unread]
) -> list[LogLine]:
    """What the audit logger told of these webhooks and payments since they began; where nothing is left of them, in all
    that its log has.
    """
    times = [
        *map(str, (item.get("received_at") for item in found.inbox)),
        *(row.recorded_at for row in found.rows),
    ]
    since = min((each for each in times if each[:1].isdigit()), default="1970-01-01T00:00:00Z")
    windows = [Window(datetime.fromisoformat(since), now)]
    ids = {
        found.subject,
        *(
            str(item.get(name))
            for item in found.inbox
            for name in (contract.WEBHOOK_ID, contract.TRANSACTION_ID)
        ),
        *(row.transaction_id for row in found.rows),
    }
    lines = _lines(logs, group, {TAMPERED: windows}, "outcome", unread)
    return [
        line
        for line in lines
        if {line.fields.get("webhook_id"), line.fields.get(contract.TRANSACTION_ID)} & ids
    ]


def _lines(
    logs: CloudWatchLogsClient,
    group: str,
    wanted: Mapping[str, Sequence[Window]],
    name: str,
    unread: list[Unread],
) -> list[LogLine]:
    """Those of a log group whose field `name` is one of the ids, in their order."""
    found: list[LogLine] = []
    paginate = logs.get_paginator("filter_log_events").paginate
    for subject, windows in wanted.items():
        for window in windows:
            pages = paginate(
                logGroupName=group,
                filterPattern=json.dumps(subject),
                startTime=_milliseconds(window.first),
                endTime=_milliseconds(window.last),
            )
            lines = map(_line, _read(pages, f"log {group}", unread))
            found += [line for line in lines if line is not None and line.fields.get(name) == subject]
    return found


def _line(event: Mapping[str, Any]) -> LogLine | None:
    """None for what is no line of ours, such as Lambda's own."""
    try:
        fields = json.loads(event["message"])
    except ValueError:
        return None
    at = utc_timestamp(event["timestamp"] / 1000)
    return LogLine(at, fields) if isinstance(fields, dict) else None


def _steps(states: Any, execution: str, unread: list[Unread]) -> list[Step]:
    """The history of an execution, which Step Functions keeps for 90 days after its end."""
    pages = states.get_paginator("get_execution_history").paginate(
        executionArn=execution, includeExecutionData=False
    )
    events = _read(pages, f"execution {execution}", unread)
    return list(steps_of(execution, events))


def steps_of(execution: str, events: Iterable[Mapping[str, Any]]) -> Iterator[Step]:
    """The events of a history, each with the state that it is in."""
    state = ""
    for event in events:
        details: Mapping[str, Any] = next(
            (value for name, value in event.items() if name.endswith(_DETAILS)), {}
        )
        if event["type"].endswith("StateEntered"):
            state = details.get("name", "")
        at = utc_timestamp(event["timestamp"].astimezone(UTC).timestamp())
        error, cause = str(details.get("error") or ""), _message(str(details.get("cause") or ""))
        yield Step(
            at, execution, event["type"], "" if event["type"].startswith("Execution") else state, error, cause
        )


def _message(cause: str) -> str:
    """Of Lambda's JSON of an exception its message, which is a reason code; of anything else, all."""
    try:
        document = json.loads(cause)
    except ValueError:
        return cause
    return str(document.get("errorMessage", "")) if isinstance(document, dict) else cause


def _read(pages: Iterable[Any], what: str, unread: list[Unread]) -> list[Mapping[str, Any]]:
    """The events of MOST_PAGES pages at most; `unread` is told of a refusal, and of what is left."""
    found: list[Mapping[str, Any]] = []
    try:
        for number, page in enumerate(pages):
            if number == MOST_PAGES:
                unread.append(Unread(f"{what}, after {MOST_PAGES} pages"))
                break
            found += page["events"]
    except ClientError as error:
        unread.append(Unread(f"{what}: {error.response['Error']['Code']}"))
    return found


def _milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)
