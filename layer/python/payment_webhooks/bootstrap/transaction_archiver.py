"""Wires the transaction archiver from its environment variables, once for each container."""

import os
import secrets
import time
from collections.abc import Mapping
from functools import cache

from payment_webhooks import contract
from payment_webhooks.archive.archiver import Archiver, Run, Source
from payment_webhooks.archive.bucket import ArchiveBucket
from payment_webhooks.archive.progress import ProgressItem
from payment_webhooks.archive.transactions import TransactionSource
from payment_webhooks.archive.webhooks import WebhookSource
from payment_webhooks.aws.botocore_clients import s3_client
from payment_webhooks.aws.clients import json_api
from payment_webhooks.aws.json_client import DYNAMODB, Api
from payment_webhooks.deadline import Deadline
from payment_webhooks.inbox.payloads import BucketPayloads


class Archive:
    """Everything that is archived. One object for a container; `runs` begins anew at each invocation."""

    def __init__(
        self, sources: list[Source], dynamodb: Api, table: str, bucket: ArchiveBucket, deadline: Deadline
    ) -> None:
        self._sources = sources
        self._dynamodb = dynamodb
        self._table = table
        self._bucket = bucket
        self._deadline = deadline

    def run(self, invocation_id: str, seconds: float) -> list[Run]:
        """Run each source after the other, each with an equal share of the time that is left.

        Lambda may deliver one asynchronous call twice, at once, under one id; so the id alone is not a run's own.
        """
        run_id = f"{invocation_id}/{secrets.token_hex(8)}"
        ends = time.monotonic() + seconds
        runs: list[Run] = []
        for number, source in enumerate(self._sources):
            left = ends - time.monotonic()
            self._deadline.start(left / (len(self._sources) - number))
            item = ProgressItem(self._dynamodb, self._table, source.name, run_id, time.time)
            runs.append(Archiver(source, item, self._bucket, self._deadline).run())
        return runs


def make_archive(environment: Mapping[str, str]) -> Archive:
    """Raises KeyError for a missing setting. Connects to nothing yet."""
    deadline = Deadline()
    dynamodb = json_api(DYNAMODB, deadline, environment)
    table = environment[contract.ENV_TRANSACTIONS_TABLE]
    transactions = TransactionSource(dynamodb, table, int(environment[contract.ENV_ARCHIVE_AFTER_DAYS]))
    payloads = BucketPayloads(s3_client, environment[contract.ENV_PAYLOAD_BUCKET], deadline)
    retention_days = int(environment[contract.ENV_INBOX_RETENTION_DAYS])
    webhooks = WebhookSource(dynamodb, environment[contract.ENV_INBOX_TABLE], payloads, retention_days)
    bucket = ArchiveBucket(s3_client, environment[contract.ENV_ARCHIVE_BUCKET], deadline)
    return Archive([transactions, webhooks], dynamodb, table, bucket, deadline)


archive = cache(lambda: make_archive(os.environ))
