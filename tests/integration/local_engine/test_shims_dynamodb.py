"""The shims of DynamoDB; see test_shims.py."""

import pytest
from botocore.exceptions import ClientError

from tests.support.system.engine_clients import Clients
from tests.support.system.small_stacks import unique, user_with


def update_of_one_path_twice(clients: Clients) -> None:
    """A request that DynamoDB refuses: "Two document paths overlap with each other"."""
    name = unique("requests")
    clients("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    clients("dynamodb").update_item(
        TableName=name,
        Key={"id": {"S": "1"}},
        UpdateExpression="SET #a = :one REMOVE #a",
        ExpressionAttributeNames={"#a": "a"},
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


def test_engine_accepts_what_dynamodb_refuses(bare_aws: Clients) -> None:
    update_of_one_path_twice(bare_aws)


def test_what_dynamodb_refuses_is_refused(aws: Clients) -> None:
    with pytest.raises(ClientError, match=r"ValidationException.*names the path a 2 times"):
        update_of_one_path_twice(aws)


def test_a_key_of_an_index_that_is_too_long_is_refused(aws: Clients) -> None:
    name = unique("keys")
    aws("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("id", "customer")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-customer",
                "KeySchema": [{"AttributeName": "customer", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    with pytest.raises(ClientError, match=r"the key customer has 2049 bytes, more than 2048"):
        aws("dynamodb").put_item(TableName=name, Item={"id": {"S": "1"}, "customer": {"S": "x" * 2049}})


# --- table_policies -----------------------------------------------------------------------------------------


def read_policy_of_its_table(clients: Clients) -> None:
    """As a user who may read the policy of this table alone; it has none, as DynamoDB then says."""
    name = unique("policies")
    table = clients("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]["TableArn"]
    user = user_with(clients, {"Effect": "Allow", "Action": "dynamodb:GetResourcePolicy", "Resource": table})
    try:
        with pytest.raises(ClientError, match="AccessDenied"):
            user("dynamodb").get_resource_policy(ResourceArn=f"{table}-of-others")
        user("dynamodb").get_resource_policy(ResourceArn=table)
    finally:
        user.close()


def test_engine_denies_a_tables_policy_to_who_may_read_it(bare_aws: Clients) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        read_policy_of_its_table(bare_aws)


def test_who_may_read_a_tables_policy_reads_it(aws: Clients) -> None:
    with pytest.raises(ClientError, match="PolicyNotFound"):
        read_policy_of_its_table(aws)
