"""Wires the webhook receiver from its environment variables, once for each container."""

import os
from collections.abc import Callable, Mapping
from functools import cache

from payment_webhooks import contract
from payment_webhooks.aws.botocore_clients import s3_client
from payment_webhooks.aws.clients import json_api
from payment_webhooks.aws.json_client import DYNAMODB, SECRETS_MANAGER
from payment_webhooks.deadline import Deadline
from payment_webhooks.endpoints.cached_secret import fingerprint_key_of
from payment_webhooks.endpoints.endpoint import endpoints_of
from payment_webhooks.inbox.payloads import BucketPayloads
from payment_webhooks.inbox.store import Inbox
from payment_webhooks.receiving.receiver import Receiver


@cache
def keyed_endpoint() -> str:
    """The endpoint of the path with an API key; empty when there is no such path."""
    return os.environ.get(contract.ENV_KEYED_ENDPOINT, "")


def make_receiver(environment: Mapping[str, str]) -> Receiver:
    """Raises KeyError for a missing setting. Connects to nothing yet."""
    deadline = Deadline()
    secrets_manager = json_api(SECRETS_MANAGER, deadline, environment)
    dynamodb = json_api(DYNAMODB, deadline, environment)
    return Receiver(
        endpoints=endpoints_of(environment, secrets_manager),
        fingerprint_key=fingerprint_key_of(environment, secrets_manager),
        inbox=Inbox(dynamodb, environment[contract.ENV_INBOX_TABLE]),
        payloads=BucketPayloads(s3_client, environment[contract.ENV_PAYLOAD_BUCKET], deadline),
        fetch_certificate=lambda url: _certificate_fetcher()(url),
        deadline=deadline,
    )


receiver = cache(lambda: make_receiver(os.environ))


@cache
def _certificate_fetcher() -> Callable[[str], bytes]:
    # only for a provider that signs with a certificate
    from payment_webhooks.providers.certificate_download import CertificateFetcher

    return CertificateFetcher()
