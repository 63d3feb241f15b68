"""Lets hours of the audit bucket end, so that the audit digest has work, and holds the trail against its digests."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.audit.batch import minute_prefix
from payment_webhooks.audit.digest import HOUR, Digest, SignedDigest, digest_key, hour_of, pack_list, start_of
from payment_webhooks.audit.digest_store import TEXT
from payment_webhooks.audit.digester import due_hours
from payment_webhooks.aws.dynamodb_items import item_of
from scripts.operations.audit.verification import Copies, verify
from tests.support.faults.aws import Aws
from tests.support.faults.world import MOST_ROUNDS, World
from tests.support.library.audit_bucket import is_signed, sign

SIGNING_KEY: Final = "arn:aws:kms:us-east-1:000000000000:key/signing"
_BUCKET: Final = "/audit/"


def make_digests(world: World) -> datetime:
    """Two hours are due; the start of the last, once it has its digest."""
    last = start_of(due_hours(None, datetime.now(UTC))[0])
    _move(world.aws, last)
    _begin_chain(world.aws, last - 2 * HOUR)
    for _ in range(MOST_ROUNDS):
        world.invoke("audit_digest", {})
        if _BUCKET + digest_key(hour_of(last)) in world.aws.objects:
            return last
    raise AssertionError("an hour never has its digest")


def _move(aws: Aws, last: datetime) -> None:
    """All that is in the bucket came in these two hours: time that passes is taken off what is there."""
    for number, key in enumerate(sorted(key for key in aws.objects if key.startswith(_BUCKET))):
        came = last - HOUR * (number % 2) + timedelta(minutes=30)
        aws.put(
            f"{_BUCKET}{minute_prefix(came.isoformat())}{key.rpartition('/')[2]}", aws.objects.pop(key), came
        )


def _begin_chain(aws: Aws, hour: datetime) -> None:
    """The digest of an hour in which nothing came: what the function follows."""
    content, sha256, count = pack_list(())
    digest = Digest("audit", hour_of(hour), count, sha256, None, SIGNING_KEY)
    signed = SignedDigest(digest, sign(digest.sha256))
    aws.put(_BUCKET + digest.list_key, content)
    aws.put(_BUCKET + digest.key, signed.text.encode())
    keys = {contract.TRANSACTION_ID: contract.AUDIT_DIGESTS, contract.TRANSACTION_TIMESTAMP: digest.hour}
    aws.dynamodb("PutItem", {"TableName": "transactions", "Item": item_of({**keys, TEXT: signed.text})})


class _Trail(NamedTuple):
    """The audit bucket, as `audit verify` reads it."""

    aws: Aws

    def read(self, key: str) -> bytes | None:
        return self.aws.objects.get(_BUCKET + key)

    def listing(self, first: str, end: str) -> Iterator[tuple[str, datetime]]:
        for key, came in sorted(self.aws.came.items()):
            if key.startswith(_BUCKET) and first < key.removeprefix(_BUCKET) < end:
                yield key.removeprefix(_BUCKET), came


def digest_lies(aws: Aws, last: datetime, objects: int) -> Iterator[str]:
    """`objects`: those of the hours; each is in one digest, and the chain is whole."""
    texts = {
        item[contract.TRANSACTION_TIMESTAMP]["S"]: item[TEXT]["S"]
        for item in aws.items("transactions")
        if item[contract.TRANSACTION_ID]["S"] == contract.AUDIT_DIGESTS
    }
    copies = Copies(texts, hour_of(last))
    verdict = verify(_Trail(aws), copies, is_signed, last - 2 * HOUR, last + HOUR, last + 2 * HOUR)
    if not (not verdict.findings and (verdict.digests, verdict.objects) == (3, objects)):
        yield f"digests: {verdict}"
