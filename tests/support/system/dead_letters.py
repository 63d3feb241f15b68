"""Puts dead letters and given-up batches where a deployed system keeps them, in the form of who writes them."""

import json
import time
from typing import Any, Final

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import item_of
from scripts.operations.redrive.letters import FAILED_BATCHES
from stacks.function_catalogue import AUDIT_LOGGER, INBOX_SWEEPER
from tests.support.library import audit_records
from tests.support.system.system import System

LONG_AGO: Final = "2020-01-01T00:00:00Z"


def put(system: System, queue: str, body: str, **attributes: str) -> None:
    sqs = system.client("sqs")
    told: Any = {name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()}
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=told)


def put_letter(system: System, place: str, webhook_id: str) -> None:
    """In `place`, one of those that `redrive` has; it tells of this processed webhook, and can be moved."""
    found = system.trace(webhook_id)
    (item,), (row,) = found.inbox, found.ledger
    asked = {"notification_type": "manual_notification", "transaction_id": row.transaction_id}
    names = system.names
    if place == "processing-dlq":
        keys = {contract.MESSAGE_WEBHOOK_ID: webhook_id}
        keys[contract.MESSAGE_TIMESTAMP] = str(item[contract.WEBHOOK_TIMESTAMP])
        put(system, names.processing_dlq, json.dumps(keys))
    elif place == "notification-dlq":
        put(system, names.notification_dlq, json.dumps(asked | {"request_id": "given-up"}))
    elif place == "events-dlq":
        put_undelivered(system, asked | {"request_id": "undelivered"})
    elif place == "pipe-dlq":
        batch = {"approximateArrivalOfLastRecord": LONG_AGO, "batchSize": 1, "shardId": "shardId-1"}
        put(system, names.pipe_dlq, json.dumps({"DDBStreamBatchInfo": batch}))
    elif place == "schedules-dlq":
        sweeper = names.arn("lambda", f"function:{names.function(INBOX_SWEEPER.folder)}")
        put(system, names.schedules_dlq, "{}", TARGET_ARN=sweeper)
    else:
        assert place == FAILED_BATCHES
        put_failed_batch(system, webhook_id)


def put_undelivered(system: System, detail: dict[str, Any]) -> None:
    """An event that the rule for notifications could not deliver to its one target."""
    rule, bus = system.names.rule("notification"), system.names.event_bus
    [target] = system.client("events").list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"]
    event = {
        "source": contract.EVENT_SOURCE,
        "detail-type": contract.EVENT_DETAIL_TYPE,
        "time": LONG_AGO,
        "detail": detail,
    }
    arns = {"RULE_ARN": system.names.rule_arn("notification"), "TARGET_ARN": target["Arn"]}
    put(system, system.names.events_dlq, json.dumps(event), ERROR_CODE="NO_PERMISSIONS", **arns)


def put_failed_batch(system: System, webhook_id: str) -> float:
    """A batch with a change of this webhook, which the audit logger has given up; the change's Unix time."""
    now = time.time()
    item = {**audit_records.ITEM, **item_of({"webhookId": webhook_id})}
    changed = audit_records.record(new=item, at=now)
    function = system.names.arn("lambda", f"function:{system.names.function(AUDIT_LOGGER.folder)}")
    run = {"functionArn": function, "condition": "RetryAttemptsExhausted"}
    batch = {"requestContext": run, "payload": json.dumps({"Records": [changed]})}
    body, bucket = json.dumps(batch).encode(), system.names.failures_bucket
    system.client("s3").put_object(Bucket=bucket, Key="aws/lambda/redriven", Body=body)
    return now
