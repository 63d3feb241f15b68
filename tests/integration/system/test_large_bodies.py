"""An authentic body that is too long for a row: kept in the payload bucket, and applied from there."""

import hashlib

from tests.integration.system.test_webhooks import in_house_event
from tests.support.system.system import System, body_of, processed


def test_a_body_of_600_kb_is_stored_in_the_bucket_and_processed_from_there(system: System) -> None:
    event = {**in_house_event(), "note": "a line of an order\n" * 32_000}
    body = body_of(event)
    assert len(body) > 600_000
    answer = system.send("internal", body)
    assert (answer.status_code, answer.body["status"]) == (200, "accepted")
    webhook_id = f"internal:{event['id']}"
    found = system.wait_for_trace(webhook_id, processed)
    assert found.state is not None
    assert found.state.captured_minor == event["amount_minor"]

    items = system.client("dynamodb").query(
        TableName=system.names.inbox_table,
        KeyConditionExpression="webhookId = :id",
        ExpressionAttributeValues={":id": {"S": webhook_id}},
    )["Items"]
    (item,) = items
    assert "payload" not in item
    assert int(item["size_bytes"]["N"]) == len(body)
    stored = system.client("s3").get_object(Bucket=system.names.payload_bucket, Key=item["payload_key"]["S"])[
        "Body"
    ]
    content = stored.read()
    stored.close()
    assert content == body
    assert hashlib.sha256(content).hexdigest() == item["payload_sha256"]["S"]
    assert system.send("internal", body).body["status"] == "duplicate"


def test_a_long_body_that_is_not_authentic_leaves_nothing_in_the_bucket(system: System) -> None:
    before = objects(system)
    body = body_of({**in_house_event(), "note": "x" * 600_000})
    assert system.post("internal", body, system.forge("internal", body)).status_code == 401
    assert objects(system) == before


def objects(system: System) -> int:
    return int(system.client("s3").list_objects_v2(Bucket=system.names.payload_bucket)["KeyCount"])
