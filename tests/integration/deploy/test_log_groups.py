"""What the deployed functions write into their log groups: one line an outcome, which CloudWatch counts."""

import json
from typing import Any

from payment_webhooks import contract
from stacks.function_catalogue import AUDIT_LOGGER, PAYMENT_PROCESSOR, WEBHOOK_RECEIVER
from tests.integration.system.test_webhooks import in_house_event
from tests.support.system.system import System, body_of, processed, wait_for

CARD = "4242 4242 4242 4242"


def lines_of(system: System, folder: str) -> list[dict[str, Any]]:
    """Every line of JSON in the function's log group."""
    group = f"/aws/lambda/{system.names.function(folder)}"
    pages = system.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    written = [line for page in pages for found in page["events"] for line in found["message"].splitlines()]
    return [json.loads(line) for line in written if line.startswith("{")]


def lines_about(system: System, folder: str, webhook_id: str) -> list[dict[str, Any]]:
    """As soon as there is one."""

    def look() -> list[dict[str, Any]]:
        return [line for line in lines_of(system, folder) if line.get("webhook_id") == webhook_id]

    return wait_for(look, bool)


def counted(line: dict[str, Any]) -> dict[str, Any]:
    """The metrics that CloudWatch makes of a line; fails when a metric or dimension is not in the line."""
    found: dict[str, Any] = {}
    for directive in line["_aws"]["CloudWatchMetrics"]:
        assert directive["Namespace"] == contract.METRIC_NAMESPACE
        for dimensions in directive["Dimensions"]:
            assert all(isinstance(line[name], str) and line[name] for name in dimensions)
        found |= {metric["Name"]: line[metric["Name"]] for metric in directive["Metrics"]}
    return found


def test_each_outcome_is_one_line_with_ids_and_metrics_and_without_payload(system: System) -> None:
    event = {**in_house_event(), "note": f"card {CARD}"}
    webhook_id = f"internal:{event['id']}"
    assert system.send("internal", body_of(event)).status_code == 200
    system.wait_for_trace(webhook_id, processed)
    (received,) = lines_about(system, WEBHOOK_RECEIVER.folder, webhook_id)
    (applied,) = lines_about(system, PAYMENT_PROCESSOR.folder, webhook_id)
    assert counted(received) == {
        contract.METRIC_RECEIVED: 1,
        contract.METRIC_VERIFIED: 1,
        contract.METRIC_MASKED: 1,
        contract.METRIC_KEY_AGE: 0,
    }
    assert counted(applied) == {contract.METRIC_PROCESSED: 1}
    assert received["masked_card_number"] == 1
    assert (received["environment"], received["endpoint"]) == (system.suffix, "internal")
    assert (received["outcome"], applied["outcome"]) == ("accepted", "processed")
    for line in (received, applied):
        assert CARD not in json.dumps(line)
        assert event["customer_id"] not in json.dumps(line)


def batches_of(system: System) -> list[dict[str, Any]]:
    """The audit logger's lines but those of what it found wrong."""
    lines = lines_of(system, AUDIT_LOGGER.folder)
    return [line for line in lines if line["message"] == "audit records"]


def test_the_audit_loggers_lines_count_what_it_wrote(system: System) -> None:
    event = in_house_event()
    before = sum(line[contract.METRIC_AUDIT_WRITTEN] for line in batches_of(system))
    system.send("internal", body_of(event))
    system.wait_for_trace(f"internal:{event['id']}", processed)

    def written() -> int:
        lines = batches_of(system)
        # Each line counts both; on a busy machine a batch may run out of time, and its records come again.
        assert all(contract.METRIC_AUDIT_INTERRUPTED in counted(line) for line in lines)
        return sum(counted(line)[contract.METRIC_AUDIT_WRITTEN] for line in lines)

    wait_for(written, lambda total: total >= before + 2)
