"""A trace as a list of moments, in their order. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from payment_webhooks import contract
from payment_webhooks.audit.batch import minute_prefix
from payment_webhooks.money import amount_text
from scripts.command_line.copyable_command import copyable
from scripts.operations.inbox.decisions import erasure_of
from scripts.operations.trace.facts import TAMPERED, LogLine, Step, Trace
from scripts.operations.trace.inbox_moments import AUDIT, inbox_moments
from scripts.operations.trace.ledger_moments import (
    failed_notification,
    given_up,
    notification_moments,
    part_moments,
    row_moments,
)
from scripts.operations.trace.moment import Moment, details_of

LOG: Final = "log"
WORKFLOW: Final = "workflow"
_ATTEMPT: Final = "webhook processing"
_NOTIFICATION: Final = "notification"
_ENDED_WELL: Final = (contract.STATUS_PROCESSED, contract.STATUS_IGNORED)
_NOTIFIED: Final = ("notified", "nothing_to_tell")
# Of what the machine's definition has; the rest of a history says nothing more.
_STEPS: Final = re.compile(
    r"Execution(Started|Succeeded|Failed|Aborted|TimedOut)|(Task|Fail)StateEntered"
    r"|TaskScheduled|(Task|LambdaFunction)(Failed|TimedOut|StartFailed|ScheduleFailed)|TaskSubmitFailed"
)
_WRONG: Final = re.compile(r"Failed|TimedOut|Aborted|FailState")


def moments(trace: Trace, dead_letters: str = "") -> list[Moment]:
    """By time; of one time, in the order in which a webhook travels. `dead_letters`: the command that shows those of
    notifications.
    """
    attempts = [line for line in trace.lines if line.fields.get("message") == _ATTEMPT]
    told = {row.event_id for row in trace.rows}
    markers = [
        each
        for each in trace.notifications
        if trace.of_payment or str(each[contract.NOTIFICATION_ID]).partition("#")[2] in told
    ]
    payment = trace.rows[-1].transaction_id if trace.rows else trace.subject
    found = [
        *inbox_moments(
            trace.inbox, [each for each in trace.audit if "webhook_id" in each], with_attempts=not attempts
        ),
        *(_put_back(record) for record in trace.audit if "webhook_id" not in record),
        *_step_moments(trace.steps),
        *(_attempt(line) for line in attempts),
        *row_moments(trace.rows, trace.effects, trace.untold),
        *notification_moments(markers, trace.rows, {letter.subject for letter in trace.letters}),
        *(
            failed_notification(line)
            for line in trace.lines
            if line.fields.get("message") == _NOTIFICATION and line.fields.get("outcome") not in _NOTIFIED
        ),
        *(given_up(letter, dead_letters) for letter in trace.letters),
        *part_moments(trace.parts, payment),
        *(_tampered(line) for line in trace.lines if line.fields.get("outcome") == TAMPERED),
    ]
    return sorted(found, key=lambda each: each.at)


def summary(trace: Trace) -> list[tuple[str, str]]:
    """How it stands now, as names and values."""
    lines = [("payment" if trace.of_payment else "webhook", trace.subject)]
    ids = Counter(item[contract.WEBHOOK_ID] for item in trace.inbox)
    for item in trace.inbox:
        words = [str(item.get(contract.STATUS)), *map(str, filter(None, [item.get(contract.STATUS_REASON)]))]
        if item.get(contract.STATUS) == contract.STATUS_RECEIVED:
            words.append(f"it comes by itself; if it stays: {copyable('health')}")
        words += filter(None, [erasure_of(item)])
        if item.get("last_error"):
            words.append(f"{item.get('attempts', 0)} attempts, the last error is {item['last_error']}")
        if ids[item[contract.WEBHOOK_ID]] > 1:
            words.append(f"--timestamp {item[contract.WEBHOOK_TIMESTAMP]}")
        name = str(item[contract.WEBHOOK_ID]) if trace.of_payment else "inbox"
        lines.append((name, ", ".join(words)))
    told = trace.state or trace.payout
    if trace.state is not None:
        state = trace.state
        amounts = (
            f"{name} {amount_text(getattr(state, f'{name}_minor'), state.currency)}"
            for name in ("captured", "refunded", "disputed", "net")
        )
        lines.append(("payment", f"{state.status}: {', '.join(amounts)}"))
    if trace.payout is not None:
        amount = amount_text(trace.payout.amount_minor, trace.payout.currency)
        lines.append(("payout", f"{trace.payout.status}: {amount}, due {trace.payout.arrival_date or '-'}"))
    return lines if told or trace.ledger else [*lines, ("ledger", "no row")]


def audit_objects(records: Iterable[Mapping[str, Any]]) -> list[str]:
    """The keys of the audit objects that hold these records, each once."""
    return sorted({str(each["key"]) for each in records})


def _tampered(line: LogLine) -> Moment:
    """A change that no function makes, as the audit logger told of it; `objects`: where the trail has its record."""
    fields = line.fields
    at = str(fields.get("changed_at"))
    details = details_of(
        entry=fields.get("entry"),
        change=fields.get("change"),
        by=fields.get("changed_by"),
        objects=minute_prefix(at),
    )
    subject = str(fields.get(contract.TRANSACTION_ID) or fields.get("webhook_id"))
    return Moment(at, f"tampered with: {fields.get('tampering')}", LOG, subject, details, True)


def _put_back(record: Mapping[str, Any]) -> Moment:
    """An entry of the ledger that came again after it was removed."""
    at, subject = str(record["changed_at"]), str(record[contract.TRANSACTION_ID])
    details = details_of(entry=record.get("entry"))
    return Moment(at, "put back into the ledger", AUDIT, subject, details, True, record.get("key"))


def _attempt(line: LogLine) -> Moment:
    """One that ended, or failed, by its line."""
    fields = line.fields
    outcome = str(fields.get("outcome"))
    details = details_of(
        delivery=fields.get("receive_count"),
        retries=fields.get("retries"),
        reason=fields.get("reason"),
        error=fields.get("error_type"),
        place=fields.get("error_location"),
        cause=fields.get("cause_type"),
        milliseconds=fields.get("duration_ms"),
        told_to_the_bus=fields.get("published"),
        was_done_before=fields.get("repeated"),
        message=fields.get("message_id"),
        execution=fields.get("execution"),
    )
    is_wrong = outcome not in _ENDED_WELL and not fields.get("repeated")
    return Moment(line.at, f"attempt: {outcome}", LOG, str(fields.get("webhook_id")), details, is_wrong)


def _step_moments(steps: Iterable[Step]) -> Iterator[Moment]:
    """Each step of an execution: a task that is scheduled once more is a retry."""
    scheduled: dict[tuple[str, str], int] = {}
    for step in steps:
        if not _STEPS.fullmatch(step.type):
            continue
        retries = 0
        if step.type == "TaskScheduled":
            retries = scheduled.get((step.execution, step.state), 0)
            scheduled[step.execution, step.state] = retries + 1
            if not retries:
                continue  # the state was entered for that
        words = re.sub(r"(?<!^)([A-Z])", r" \1", step.type).lower()
        what = (
            f"{step.state}: retry {retries}" if retries else f"{step.state}: {words}" if step.state else words
        )
        is_named = step.type == "ExecutionStarted"
        details = details_of(
            execution=step.execution if is_named else None, error=step.error, cause=step.cause
        )
        name = step.execution.rpartition(":")[2]
        yield Moment(step.at, what, WORKFLOW, name, details, bool(_WRONG.search(step.type)))
