"""A webhook whose message was lost on its way to the processor is found by its row and applied."""

import base64
import hashlib
import json
import time
from typing import Any

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import Item
from payment_webhooks.endpoints.secret_document import EndpointSecret
from payment_webhooks.inbox.items import Delivery, build_item
from payment_webhooks.inbox.payloads import StoredBody
from payment_webhooks.providers.registry import PROVIDERS
from payment_webhooks.receiving.receiver import examine
from payment_webhooks.timestamps import utc_timestamp
from stacks.function_catalogue import INBOX_SWEEPER
from tests.integration.system.test_webhooks import in_house_event
from tests.support.system.system import System, body_of, processed

PENDING_SECONDS = 3_600


def lost(system: System, event: dict[str, Any]) -> Item:
    """A pending row as the receiver writes it, an hour ago, of which the pipe sent no message.

    The pipe takes what is new, and what waited, was ignored or processed and is to be applied; so the item is new with
    another status, and gets its own by a change of neither kind.
    """
    body = body_of(event)
    webhook, _ = examine("internal", PROVIDERS.get("internal"), body, EndpointSecret(mode="live"), b"key")
    received_at = utc_timestamp(time.time() - PENDING_SECONDS)
    delivery = Delivery("key-1", "192.0.2.7", "Root=1-2-3", received_at, len(body))
    item = build_item(webhook, delivery, StoredBody(body.decode(), None, hashlib.sha256(body).hexdigest()))
    dynamodb = system.client("dynamodb")
    table = system.names.inbox_table
    dynamodb.put_item(TableName=table, Item={**item, contract.STATUS: {"S": contract.STATUS_DISCARDED}})
    time.sleep(2)  # longer than the pipe's poll, which takes what it finds in the stream together
    dynamodb.put_item(TableName=table, Item=item)
    return item


def sweep(system: System) -> dict[str, Any]:
    """One run; the line that it wrote."""
    answer = system.client("lambda").invoke(
        FunctionName=system.names.function(INBOX_SWEEPER.folder), Payload=b"{}", LogType="Tail"
    )
    log = base64.b64decode(answer["LogResult"]).decode()
    assert "FunctionError" not in answer, log
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    (line,) = [each for each in lines if each["message"] == "inbox sweep"]
    found: dict[str, Any] = line
    return found


def test_a_webhook_whose_message_was_lost_is_swept_and_applied(system: System) -> None:
    event = in_house_event()
    item = lost(system, event)
    webhook_id = item[contract.WEBHOOK_ID]["S"]
    time.sleep(2)
    assert system.trace(webhook_id).inbox_statuses == ("received",)  # nothing else picks it up
    line = sweep(system)
    assert line[contract.METRIC_SWEPT] >= 1
    assert line[contract.METRIC_OLDEST_PENDING] >= PENDING_SECONDS
    assert line["environment"] == system.suffix
    found = system.wait_for_trace(webhook_id, lambda trace: trace.inbox_statuses == ("processed",))
    assert found.state is not None
    assert found.state.captured_minor == event["amount_minor"]
    again = sweep(system)
    assert again[contract.METRIC_SWEPT] == 0
    assert again[contract.METRIC_OLDEST_PENDING] < PENDING_SECONDS


def test_what_has_just_come_is_left_to_its_own_way(system: System) -> None:
    event = in_house_event()
    system.send("internal", body_of(event))
    assert sweep(system)[contract.METRIC_SWEPT] == 0
    assert len(system.wait_for_trace(f"internal:{event['id']}", processed).ledger) == 1
