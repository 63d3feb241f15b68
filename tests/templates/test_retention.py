"""How long everything is kept: the table's promises, every property of the templates that keeps or ends something."""

from pathlib import Path
from typing import Any

import pytest

from stacks.documents.markdown_pages import retention_page
from stacks.parameters.table import BY_TITLE
from stacks.retention import LEDGER_SUMMARIES, RETENTIONS
from tests.support.templates.resources import resources, walk

PROJECT = Path(__file__).parents[2]
DAY_SECONDS = 86_400
# What the table promises, in days; None: without an end.
PROMISED_DAYS: dict[str, int | None] = {
    "Messages of the processing queue": 4,
    "Messages of the notification queue": 14,
    "Messages of all dead-letter queues": 14,
    "Records of the streams of inbox and ledger": 1,
    "Log groups: functions, APIs, web ACL, pipe, state machine, events, flow log": 30,
    "Audit records before they move to Glacier": 365,
    "Audit records, and their signed digests": 365,
    "Access logs of the buckets": 365,
    "Webhooks in the inbox, once they are done; then they are archived and expire": 45,
    "Masked copies of bodies that are too long for the inbox (payload bucket)": 400,
    "Rows of final transactions in the ledger, after the last one; then they move to the archive": 180,
    "Archived transactions and webhooks before they move to Glacier": 90,
    "Archived transactions and webhooks": 3653,
    "Heads of payments, summaries of archived transactions and PayPal's guard items in the ledger and the inbox": None,
    "Markers of notifications that were sent": 60,
    "Markers of effects that were counted": 97,
    "Counters of analytics": None,
    "Batches of stream records that a function gave up (failures bucket)": 90,
    "Point-in-time recovery of every table": 35,
    "Versions of objects that were overwritten or deleted, in every bucket but that of the audit": 30,
    "Versions of audit objects that were deleted, by hand or at the end of their time": 365,
    "Parts of uploads that were never completed, in every bucket": 7,
    "A key, to encrypt or to sign, after its deletion was asked for": 30,
}
# Properties that end something after a time.
TIMES = {
    "MessageRetentionPeriod",
    "RetentionInDays",
    "ExpirationInDays",
    "ExpirationDate",
    "TransitionInDays",
    "NoncurrentDays",
    "DaysAfterInitiation",
    "RecoveryPeriodInDays",
    "TimeToLiveSpecification",
    "PendingWindowInDays",
    "RetentionPeriodHours",
    "ArchivePolicy",
    "RetentionDays",
}
QUEUES = {"ProcessingQueue": 4, "NotificationQueue": 14}
DEAD_LETTER_QUEUES = ("ProcessingDlq", "NotificationDlq", "EventsDlq", "PipeDlq", "SchedulesDlq")
TABLES = ("InboxTable", "TransactionsTable", "NotificationsTable", "AnalyticsTable")
# (ends after, moves to Glacier after)
BUCKETS: dict[str, tuple[Any, Any]] = {
    "AuditBucket": ({"Ref": "AuditRetentionDays"}, {"Ref": "AuditHotDays"}),
    "AccessLogBucket": ({"Ref": "AuditRetentionDays"}, None),
    "ArchiveBucket": (3653, 90),
    "PayloadBucket": (400, None),
    "FailuresBucket": (90, None),
}


def _promised() -> dict[tuple[str, str], Any]:
    """(logical id, property) -> value of every property of TIMES, but for log groups."""
    promised: dict[tuple[str, str], Any] = {}
    for title, days in QUEUES.items():
        promised[title, "MessageRetentionPeriod"] = days * DAY_SECONDS
    for title in DEAD_LETTER_QUEUES:
        promised[title, "MessageRetentionPeriod"] = 14 * DAY_SECONDS
    for title, (end, cold) in BUCKETS.items():
        promised[title, "ExpirationInDays"] = end
        promised[title, "NoncurrentDays"] = end if title == "AuditBucket" else 30
        promised[title, "DaysAfterInitiation"] = 7
        if cold:
            promised[title, "TransitionInDays"] = cold
    for title in TABLES:
        promised[title, "RecoveryPeriodInDays"] = 35
    for title in ("InboxTable", "NotificationsTable", "AnalyticsTable"):
        promised[title, "TimeToLiveSpecification"] = {"AttributeName": "expires_at", "Enabled": True}
    promised |= {
        (key, "PendingWindowInDays"): 30 for key in ("Key", "MessagesKey", "SecretsKey", "SigningKey")
    }
    return promised


def _found() -> dict[tuple[str, str], Any]:
    return {
        (resource.title, str(path[-1])): value
        for resource in resources()
        for path, value in walk(resource.properties)
        if path and path[-1] in TIMES and resource.type != "AWS::Logs::LogGroup"
    }


def test_the_table_promises_these_times() -> None:
    assert {retention.what: retention.days for retention in RETENTIONS} == PROMISED_DAYS


def test_every_time_in_the_templates_is_one_of_the_table() -> None:
    assert _found() == _promised()


def test_every_log_group_is_kept_as_long_as_the_parameter_says() -> None:
    groups = resources("AWS::Logs::LogGroup")
    assert groups
    assert all(group["RetentionInDays"] == {"Ref": "LogRetentionDays"} for group in groups)


def test_a_row_with_a_parameter_has_its_default() -> None:
    rows = [retention for retention in RETENTIONS if retention.parameter]
    assert {row.parameter for row in rows} == {
        "LogRetentionDays",
        "AuditHotDays",
        "AuditRetentionDays",
        "InboxRetentionDays",
        "ArchiveAfterDays",
    }
    for row in rows:
        assert BY_TITLE[row.parameter].default == row.days


def test_every_row_has_a_reason_and_a_place_where_it_is_changed() -> None:
    for row in RETENTIONS:
        assert row.why.endswith(".")
        assert not row.changed_in or (PROJECT / row.changed_in).is_file()


def test_a_row_without_an_end_is_no_time_for_a_queue() -> None:
    with pytest.raises(ValueError, match="without an end"):
        LEDGER_SUMMARIES.seconds  # noqa: B018


def test_the_page_is_what_the_table_says() -> None:
    page = (PROJECT / "docs" / "retention.md").read_text(encoding="utf-8")
    assert page == retention_page()
    assert "| Messages of the processing queue | 4 days |" in page
    assert "| `LogRetentionDays` |" in page
