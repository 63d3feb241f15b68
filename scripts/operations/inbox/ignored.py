"""Counts the webhooks that were ignored, by type, as the logs of receiver and processor tell them."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from scripts.command_line.copyable_command import copyable
from scripts.command_line.errors import ToolError, UsageError
from stacks.documents.provider_manual import read_manual
from stacks.function_catalogue import PAYMENT_PROCESSOR, WEBHOOK_RECEIVER
from stacks.monitoring.saved_queries import IGNORED
from stacks.webhook_endpoints import endpoint_named

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

    from scripts.command_line.environment import Environment

RUNNING: Final = ("Scheduled", "Running")


def ignored_in(environment: Environment, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """Those between two times. Raises UsageError on the local engine, ToolError where the query fails."""
    if environment.target.is_local:
        one = copyable("trace", "ENDPOINT:EVENT")
        raise UsageError("the local engine can't count lines of its logs", f"of one webhook: {one}")
    groups = [
        environment.names.function_log_group(function.folder)
        for function in (WEBHOOK_RECEIVER, PAYMENT_PROCESSOR)
    ]
    return count_ignored(environment.target.client("logs"), groups, start, end)


def count_ignored(
    logs: CloudWatchLogsClient,
    log_groups: list[str],
    start: datetime,
    end: datetime,
    pause: Callable[[], None] = lambda: time.sleep(1),
) -> list[dict[str, Any]]:
    """Most frequent first; `missed`: what is not known as the type is not read. Raises ToolError if the query fails."""
    query_id = logs.start_query(
        logGroupNames=log_groups,
        startTime=int(start.timestamp()),
        endTime=int(end.timestamp()),
        queryString=IGNORED.query,
    )["queryId"]
    while (found := logs.get_query_results(queryId=query_id))["status"] in RUNNING:
        pause()
    if found["status"] != "Complete":
        raise ToolError(f"the query of the logs ended as {found['status']}", "try a shorter time")
    rows = [{cell["field"]: cell["value"] for cell in row} for row in found["results"]]
    return [
        {
            "endpoint": row["endpoint"],
            "reason": row["reason"],
            "type": row.get("event_type"),
            "webhooks": int(row["webhooks"]),
            "missed": missed(row["endpoint"], row.get("event_type") or ""),
        }
        for row in rows
    ]


def missed(endpoint: str, event_type: str) -> str | None:
    """What docs/providers.md says of a type that is not read; None where it says nothing."""
    manual = read_manual(endpoint_named(endpoint).record)
    return next(
        (words for pattern, words in manual.ignored.items() if fnmatchcase(event_type, pattern)), None
    )
