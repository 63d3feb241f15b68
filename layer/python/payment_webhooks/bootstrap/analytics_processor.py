"""Wires the analytics processor from its environment variables, once for each container."""

import os
import random
import time
from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.analytics.counters import AnalyticsTable
from payment_webhooks.analytics.stream_batch import Keep
from payment_webhooks.aws.botocore_clients import s3_client
from payment_webhooks.aws.clients import json_api
from payment_webhooks.aws.json_client import DYNAMODB, CallLimits
from payment_webhooks.deadline import Deadline

FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 2.0


class Analytics(NamedTuple):
    """`deadline` is started by each invocation."""

    table: AnalyticsTable
    keep: Keep
    deadline: Deadline


def make_analytics(environment: Mapping[str, str]) -> Analytics:
    """Raises KeyError for a missing setting. Connects to nothing yet."""
    deadline = Deadline()
    bucket = environment[contract.ENV_FAILURES_BUCKET]

    def pause(attempt: int) -> None:
        deadline.pause(attempt, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)

    def pick_shard() -> int:
        return random.randrange(contract.ANALYTICS_SHARD_COUNT)  # noqa: S311 - spreads load, no secret

    def keep(key: str, content: bytes) -> None:
        # with botocore: nearly never needed
        from payment_webhooks.aws.write_once_bucket import WriteOnceBucket

        WriteOnceBucket(s3_client(), bucket, "failures_bucket_unavailable").add(key, content)

    # One attempt: AnalyticsTable tries again itself, with less to do and on another shard.
    dynamodb = json_api(DYNAMODB, deadline, environment, lambda: CallLimits(attempts=1))
    table = AnalyticsTable(dynamodb, environment[contract.ENV_ANALYTICS_TABLE], time.time, pick_shard, pause)
    return Analytics(table, keep, deadline)


analytics = cache(lambda: make_analytics(os.environ))
