"""Lets time pass for what waits in a deployed system."""

import time
from contextlib import suppress
from typing import Final

from payment_webhooks import contract
from payment_webhooks.timestamps import utc_timestamp
from stacks.function_catalogue import INBOX_SWEEPER
from tests.support.system.deployed_system import DeployedSystem

HOUR_SECONDS: Final = 3_600


def let_an_hour_pass(system: DeployedSystem) -> None:
    """What is pending is pending for an hour longer, and the sweeper runs."""
    dynamodb, table = system.client("dynamodb"), system.names.inbox_table
    for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        for item in page["Items"]:
            if contract.PENDING_SINCE in item:
                with suppress(dynamodb.exceptions.ConditionalCheckFailedException):  # done meanwhile
                    dynamodb.update_item(
                        TableName=table,
                        Key={name: item[name] for name in (contract.WEBHOOK_ID, contract.WEBHOOK_TIMESTAMP)},
                        UpdateExpression="SET #since = :since",
                        ConditionExpression="attribute_exists(#since)",
                        ExpressionAttributeNames={"#since": contract.PENDING_SINCE},
                        ExpressionAttributeValues={
                            ":since": {"S": utc_timestamp(time.time() - HOUR_SECONDS)}
                        },
                    )
    system.client("lambda").invoke(FunctionName=system.names.function(INBOX_SWEEPER.folder), Payload=b"{}")
