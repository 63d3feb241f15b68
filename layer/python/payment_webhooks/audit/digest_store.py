"""Where digests stand: the versions in the audit bucket that they list, and their copies outside it.

The copy is an item of the ledger's table for each hour, written before the object in the bucket. Nobody who may write
to the bucket may write there, and the audit logger, which reads that table's stream, tells of every item that is
changed or removed. Of one that is added it knows nothing: what reads the copies asks for the signature.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import Item, item_of
from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.deadline import Deadline
from payment_webhooks.errors import Unavailable

TEXT = "digest"  # the attribute with SignedDigest.text
COPIES_A_PAGE = 25  # a genuine one is the first, but for what somebody has put there


class Version(NamedTuple):
    """came: when S3 took it. is_latest: nothing has taken its place, and nobody has deleted it."""

    key: str
    came: datetime
    is_latest: bool


class Copy(NamedTuple):
    """text: of a signed digest, or whatever somebody has put there instead; "" for what is no text."""

    hour: str
    text: str


class BucketVersions:
    """Through botocore's S3 client. A listing of versions has what somebody has deleted since, too."""

    def __init__(self, client: Any, bucket: str, deadline: Deadline) -> None:
        self._client = client
        self._bucket = bucket
        self._deadline = deadline

    def between(self, prefix: str, first: str, end: str) -> Iterator[Version]:
        """Versions of the keys below `prefix` that come after `first` and before `end`. Raises Unavailable."""
        position = {"KeyMarker": first}
        while True:
            page = self._page(Prefix=prefix, **position)
            for entry in page.get("Versions", ()):
                if entry["Key"] < end:
                    yield Version(entry["Key"], entry["LastModified"], entry["IsLatest"])
            if not page["IsTruncated"] or page["NextKeyMarker"] >= end:
                return
            position = {
                "KeyMarker": page["NextKeyMarker"],
                "VersionIdMarker": page["NextVersionIdMarker"],
            }

    def _page(self, **parameters: str) -> dict[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        self._deadline.limit(0)
        try:
            page: dict[str, Any] = self._client.list_object_versions(Bucket=self._bucket, **parameters)
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("audit_bucket_unavailable") from error
        return page


class KeptDigests:
    """The copies, genuine or not. Every method raises Unavailable."""

    def __init__(self, table: DynamoDbTable) -> None:
        self._table = table

    def newest_first(self) -> Iterator[Copy]:
        names, values = {"#id": contract.TRANSACTION_ID}, item_of({":id": contract.AUDIT_DIGESTS})
        options = {"ScanIndexForward": False, "Limit": COPIES_A_PAGE, "ConsistentRead": True}
        for item in self._table.query("#id = :id", names, values, **options):
            yield Copy(item[contract.TRANSACTION_TIMESTAMP]["S"], _text(item))

    def add(self, copy: Copy, forged: str) -> Copy:
        """Keep it, unless its hour has another one than `forged`; the one that is kept."""
        keys = {
            contract.TRANSACTION_ID: contract.AUDIT_DIGESTS,
            contract.TRANSACTION_TIMESTAMP: copy.hour,
        }
        write = self._table.put_if(
            item_of({**keys, TEXT: copy.text}),
            # What does not exist has no type.
            "NOT attribute_type(#text, :string) OR #text = :forged",
            {"#text": TEXT},
            item_of({":string": "S", ":forged": forged}),
        )
        return copy if write.done else Copy(copy.hour, _text(write.item))


def _text(item: Item) -> str:
    text: str = item.get(TEXT, {}).get("S", "")
    return text
