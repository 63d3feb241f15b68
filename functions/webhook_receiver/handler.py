"""POST /webhook/{endpoint} and POST /webhook: a REST proxy event in, the answer to the sender out."""

import os
from typing import Any

from payment_webhooks.bootstrap.webhook_receiver import keyed_endpoint, receiver
from payment_webhooks.receiving.answer import handle

# Then Lambda loads this module before there is a request, and nobody waits for it.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "provisioned-concurrency":
    receiver().prepare()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return handle(event, lambda request: receiver().receive(request), keyed_endpoint=keyed_endpoint())
