"""Lost data come back, by the command as a person runs it, and nobody is told of them again.

The engine restores what the table is now, whatever time is asked for: that the time counts, only AWS proves.
"""

import json
from typing import Any

from payment_webhooks import contract
from scripts.operations.restore.tables import begin, missing_settings, plan_restore
from tests.integration.system.test_ledger_tampering import KEYS, paid, told
from tests.integration.system.test_webhooks import in_house_event
from tests.support.system.analytics_totals import counted_totals, ledger_totals, of_all_hours
from tests.support.system.deployed_system import Finished
from tests.support.system.engine_clients import Clients
from tests.support.system.small_stacks import create, unique
from tests.support.system.subscriptions import Subscription
from tests.support.system.system import System, body_of, processed, wait_for

Item = dict[str, Any]


def restore(system: System, action: str, *arguments: str, code: int = 0) -> Finished:
    done = system.run("restore.py", action, "--suffix", system.suffix, "--local", *arguments)
    assert done.exit_code == code, done.text
    return done


def delete(system: System, table: str, item: Item, keys: tuple[str, str]) -> None:
    system.client("dynamodb").delete_item(TableName=table, Key={key: item[key] for key in keys})


def items_of(system: System, table: str, key: str, value: Any) -> list[Item]:
    found: list[Item] = system.client("dynamodb").query(
        TableName=table,
        ConsistentRead=True,
        KeyConditionExpression="#key = :value",
        ExpressionAttributeNames={"#key": key},
        ExpressionAttributeValues={":value": value},
    )["Items"]
    return found


def test_what_is_lost_comes_back_and_nobody_is_told_or_rung_up_again(system: System) -> None:
    subscription = Subscription(system, system.outputs["NotificationsTopicArn"], "test-restored")
    row = paid(system)
    transaction_id, entry = (row[key]["S"] for key in KEYS)
    subscription.wait_for(transaction_id)
    ledger, inbox = system.names.transactions_table, system.names.inbox_table
    of_payment = items_of(system, ledger, KEYS[0], row[KEYS[0]])
    (webhook,) = items_of(system, inbox, contract.WEBHOOK_ID, row["webhook_id"])
    said = restore(system, "start", "--table", "transactions", "--latest", "--yes").stderr
    assert f"{ledger} as it was" in said
    restore(system, "start", "--table", "inbox", "--latest", "--yes")
    beside = system.client("dynamodb").describe_table(TableName=f"restored-{ledger}")["Table"]
    assert not beside.get("GlobalSecondaryIndexes")
    assert not beside.get("StreamSpecification", {}).get("StreamEnabled")

    for item in of_payment:
        delete(system, ledger, item, KEYS)
    delete(system, inbox, webhook, (contract.WEBHOOK_ID, contract.WEBHOOK_TIMESTAMP))
    rung = [("row_removed", entry), ("head_removed", contract.PAYMENT_ENTRY)]
    wait_for(lambda: sorted(told(system, transaction_id)), lambda found: found == sorted(rung))

    lost = json.loads(restore(system, "compare", "--table", "transactions", "--json", code=1).stdout)
    assert lost["counts"]["missing"] == 2
    assert {each["timestamp"] for each in lost["damage"]} == {entry, contract.PAYMENT_ENTRY}
    for table in ("transactions", "inbox"):
        written = json.loads(restore(system, "put-back", "--table", table, "--yes", "--json").stdout)
        assert written["written"] == len(of_payment if table == "transactions" else [webhook])
        assert written["payments_that_do_not_add_up"] == []
        restore(system, "finish", "--table", table, "--yes")
    assert items_of(system, ledger, KEYS[0], row[KEYS[0]]) == of_payment
    assert items_of(system, inbox, contract.WEBHOOK_ID, row["webhook_id"]) == [webhook]

    # What comes after it in streams and queues is told, so all of it has been looked at.
    event = in_house_event()
    system.send("internal", body_of(event))
    system.wait_for_trace(f"internal:{event['id']}", processed)
    subscription.wait_for(f"internal:{event['transaction_id']}")
    wait_for(
        lambda: (of_all_hours(counted_totals(system)), ledger_totals(system)),
        lambda found: found[0] == found[1],
    )
    assert len(subscription.messages(transaction_id)) == 1
    assert sorted(told(system, transaction_id)) == sorted(rung)


def test_a_deleted_object_comes_back(system: System) -> None:
    s3, bucket, key = system.client("s3"), system.names.payload_bucket, unique("payloads/restored")
    s3.put_object(Bucket=bucket, Key=key, Body=b"masked")
    s3.delete_object(Bucket=bucket, Key=key)
    chosen = ("--bucket", "payload", "--prefix", key, "--yes", "--since")
    assert json.loads(restore(system, "objects", *chosen, "2999-01-01", "--json").stdout) == []
    assert json.loads(restore(system, "objects", *chosen, "2026-01-01", "--json").stdout) == [key]
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"masked"


def test_a_table_that_was_deleted_has_its_settings_again(aws: Clients) -> None:
    stack, name = unique("restored"), unique("table")
    dynamodb: Any = aws("dynamodb")
    keys = {"AttributeName": "id", "KeyType": "HASH"}
    properties = {
        "TableName": name,
        "KeySchema": [keys],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": True,
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "Tags": [{"Key": "Project", "Value": {"Fn::Sub": "payments"}}],
    }
    assert create(aws, stack, {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": properties}})
    dynamodb.put_item(TableName=name, Item={"id": {"S": "kept"}})
    dynamodb.create_backup(TableName=name, BackupName=f"{name}$DeletedTableBackup")  # by AWS itself, there
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName=name)

    begin(dynamodb, plan_restore(dynamodb, name, None, is_latest=False))
    set_now: list[str] = []
    while missing := list(missing_settings(aws("cloudformation"), dynamodb, stack, name)):
        for each in missing:
            set_now.append(each.name)
            each.call()
    assert sorted(set_now) == [
        "deletion protection",
        "point-in-time recovery",
        "stream",
        "tags",
        "time to live",
    ]
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert table["DeletionProtectionEnabled"] is True
    assert dynamodb.scan(TableName=name)["Items"] == [{"id": {"S": "kept"}}]
