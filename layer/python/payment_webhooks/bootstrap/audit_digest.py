"""Wires the audit digest from its environment variables, once for each container."""

import base64
import os
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from payment_webhooks import contract
from payment_webhooks.audit.digest_store import BucketVersions, KeptDigests
from payment_webhooks.audit.digester import Digester, SigningKey
from payment_webhooks.aws.botocore_clients import make_s3_client
from payment_webhooks.aws.clients import json_api
from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.aws.json_client import DYNAMODB, KMS, Api
from payment_webhooks.aws.service_errors import ServiceError
from payment_webhooks.aws.write_once_bucket import WriteOnceBucket
from payment_webhooks.deadline import Deadline

LONGEST_SIGNATURE = 72  # bytes, of ECDSA over P-256 in DER


def make_digester(
    environment: Mapping[str, str], clock: Callable[[], float] = time.time
) -> tuple[Digester, Deadline]:
    """The digester, and the deadline that each invocation starts. Raises KeyError for a missing setting."""
    deadline = Deadline()
    s3 = make_s3_client(environment)
    bucket, key = environment[contract.ENV_AUDIT_BUCKET], environment[contract.ENV_SIGNING_KEY]
    kms = json_api(KMS, deadline, environment)
    table = DynamoDbTable(
        json_api(DYNAMODB, deadline, environment), environment[contract.ENV_TRANSACTIONS_TABLE]
    )
    digester = Digester(
        bucket,
        SigningKey(
            key,
            lambda sha256: sign(kms, key, sha256),
            lambda sha256, signature: is_signed(kms, key, sha256, signature),
        ),
        BucketVersions(s3, bucket, deadline),
        WriteOnceBucket(s3, bucket, "audit_bucket_unavailable"),
        KeptDigests(table),
        deadline,
        clock,
    )
    return digester, deadline


def sign(kms: Api, key: str, sha256: bytes) -> bytes:
    """KMS's signature of a hash; the document itself never goes there."""
    return base64.b64decode(kms("Sign", _of_hash(key, sha256))["Signature"])


def is_signed(kms: Api, key: str, sha256: bytes, signature: bytes) -> bool:
    """Whether the signature is the key's. Any other answer than yes or no raises Unavailable.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_Verify.html
    """
    if not 0 < len(signature) <= LONGEST_SIGNATURE:  # KMS refuses an empty one as a mistake of the caller
        return False
    try:
        return kms("Verify", {**_of_hash(key, sha256), "Signature": signature})["SignatureValid"] is True
    except ServiceError as error:
        if error.code != "KMSInvalidSignatureException":
            raise
    return False


def _of_hash(key: str, sha256: bytes) -> dict[str, Any]:
    return {
        "KeyId": key,
        "Message": sha256,
        "MessageType": "DIGEST",
        "SigningAlgorithm": "ECDSA_SHA_256",
    }


digester = cache(lambda: make_digester(os.environ))
