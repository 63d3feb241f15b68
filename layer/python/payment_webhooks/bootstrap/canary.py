"""Wires the canary from its environment variables, once for each container."""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from payment_webhooks import contract
from payment_webhooks.aws.clients import json_api
from payment_webhooks.aws.json_client import DYNAMODB, SECRETS_MANAGER
from payment_webhooks.canary.round import POST_SECONDS, Canary
from payment_webhooks.deadline import Deadline
from payment_webhooks.endpoints.endpoint import endpoints_of
from payment_webhooks.inbox.items import InboxKeys

MOST_ANSWER_BYTES = 4096


def make_canary(environment: Mapping[str, str]) -> tuple[Canary, Deadline]:
    """The canary, and the deadline that each invocation starts.

    Raises KeyError for a missing setting. Connects to nothing yet.
    """
    deadline = Deadline()
    endpoint = endpoints_of(environment, json_api(SECRETS_MANAGER, deadline, environment))[contract.CANARY]
    dynamodb = json_api(DYNAMODB, deadline, environment)
    url, table = environment[contract.ENV_CANARY_URL], environment[contract.ENV_INBOX_TABLE]

    def post(body: bytes, headers: dict[str, str]) -> tuple[int, Mapping[str, Any]]:
        from payment_webhooks.providers.rest_client import RestClient  # with what it needs of the layer

        client = RestClient(contract.CANARY, url, POST_SECONDS, MOST_ANSWER_BYTES)
        answer = client.exchange("POST", "", headers, body)
        return answer.status, answer.document

    def look(keys: InboxKeys) -> str | None:
        key = {contract.WEBHOOK_ID: {"S": keys.webhook_id}, contract.WEBHOOK_TIMESTAMP: {"S": keys.timestamp}}
        asked = {
            "TableName": table,
            "Key": key,
            "ConsistentRead": True,
            "ProjectionExpression": "#status",
            "ExpressionAttributeNames": {"#status": contract.STATUS},
        }
        status: str | None = dynamodb("GetItem", asked).get("Item", {}).get(contract.STATUS, {}).get("S")
        return status

    return Canary(endpoint.secret.get, post, look), deadline


canary = cache(lambda: make_canary(os.environ))
