"""Wires the audit logger from its environment variables, once for each container."""

import os
from functools import cache

from payment_webhooks import contract
from payment_webhooks.aws.botocore_clients import s3_client
from payment_webhooks.aws.write_once_bucket import WriteOnceBucket


@cache
def audit_bucket() -> WriteOnceBucket:
    """Raises KeyError for a missing setting."""
    return WriteOnceBucket(s3_client(), os.environ[contract.ENV_AUDIT_BUCKET], "audit_bucket_unavailable")
