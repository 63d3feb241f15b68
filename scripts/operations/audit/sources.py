"""Where the parts of a proof come from: AWS, or folders that somebody has kept."""

from __future__ import annotations

import base64
import json
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from payment_webhooks import contract
from payment_webhooks.audit.digest_store import TEXT
from scripts.command_line.copyable_command import copyable
from scripts.command_line.errors import UsageError
from scripts.operations.audit.verification import Cold, IsSigned
from scripts.operations.cold_objects import InGlacier, read_object

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client

KEY_FILE: Final = "public-key.pem"
COPIES_FILE: Final = "digests.json"  # the text of each digest by its hour


class BucketTrail:
    """The audit bucket itself."""

    def __init__(self, s3: S3Client, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def read(self, key: str) -> bytes | None:
        try:
            return read_object(self._s3, self._bucket, key)
        except InGlacier as error:
            raise Cold(key) from error
        except self._s3.exceptions.NoSuchKey:
            return None

    def listing(self, first: str, end: str) -> Iterator[tuple[str, datetime]]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=contract.AUDIT_PREFIX, StartAfter=first
        )
        for page in pages:
            for entry in page.get("Contents", []):
                if entry["Key"] >= end:
                    return
                yield entry["Key"], entry["LastModified"]


class FolderTrail:
    """A copy of the bucket, as `aws s3 sync` makes it: it gives each file the time of its object."""

    def __init__(self, folder: Path) -> None:
        """Raises UsageError where there is no such folder."""
        if not folder.is_dir():
            raise UsageError(f"there is no folder {folder}", "aws s3 sync s3://BUCKET FOLDER")
        self._folder = folder

    def last_hour(self) -> str:
        """That of the last digest in it: the copy may have been made before there were later ones."""
        digests = (self._folder / contract.AUDIT_DIGEST_PREFIX).glob("date=*/hour=??.json")
        hours = (f"{path.parent.name[5:]}T{path.stem[5:]}" for path in digests)
        return max(hours, default="")

    def read(self, key: str) -> bytes | None:
        path = self._folder / key
        return path.read_bytes() if path.is_file() else None

    def listing(self, first: str, end: str) -> Iterator[tuple[str, datetime]]:
        for path in (self._folder / contract.AUDIT_PREFIX).rglob("*"):
            key = path.relative_to(self._folder).as_posix()
            if path.is_file() and first < key < end:
                yield key, datetime.fromtimestamp(path.stat().st_mtime, UTC)


def deployed_copies(dynamodb: DynamoDBClient, table: str) -> dict[str, str]:
    """The copies of all digests, by their hour."""
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table,
        ConsistentRead=True,
        KeyConditionExpression="#id = :id",
        ExpressionAttributeNames={"#id": contract.TRANSACTION_ID},
        ExpressionAttributeValues={":id": {"S": contract.AUDIT_DIGESTS}},
    )
    items = [item for page in pages for item in page["Items"]]
    # Whatever stands there instead of a text, is no digest.
    return {item[contract.TRANSACTION_TIMESTAMP]["S"]: item.get(TEXT, {}).get("S", "") for item in items}


def deployed_key(kms: KMSClient, alias: str) -> str:
    """The public key, as PEM."""
    der = base64.b64encode(kms.get_public_key(KeyId=alias)["PublicKey"]).decode()
    lines = "\n".join(textwrap.wrap(der, 64))
    return f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n"


def signatures_of(public_key: str) -> IsSigned:
    """Raises UsageError for what is no public key of an elliptic curve."""
    try:
        key = load_pem_public_key(public_key.encode())
    except ValueError as error:
        raise UsageError(
            "that is no public key", f"make it: {copyable('audit', 'export', 'FOLDER')}"
        ) from error
    if not isinstance(key, EllipticCurvePublicKey):
        export = copyable("audit", "export", "FOLDER")
        raise UsageError("that is not the public key of the digests", f"make it: {export}")

    def is_signed(sha256: bytes, signature: bytes) -> bool:
        try:
            key.verify(signature, sha256, ECDSA(Prehashed(SHA256())))
        except InvalidSignature:
            return False
        return True

    return is_signed


def keep(folder: Path, public_key: str, copies: dict[str, str]) -> None:
    """Write what a proof needs beside the bucket. Raises UsageError where other files of that name are there."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = kept_in(folder) if (folder / COPIES_FILE).exists() else ("", {})
    if kept[0] not in ("", public_key):
        raise UsageError(f"{folder} has another public key", "keep this one in a folder of its own")
    changed = sorted(hour for hour, text in kept[1].items() if copies.get(hour, text) != text)
    if changed:
        raise UsageError(
            f"{folder} has another digest of {changed[0]}",
            f"one is forged: {copyable('audit', 'verify', '--kept', str(folder))}",
        )
    (folder / KEY_FILE).write_text(public_key, encoding="utf-8")
    document = json.dumps({**kept[1], **copies}, indent=0, sort_keys=True)
    (folder / COPIES_FILE).write_text(f"{document}\n", encoding="utf-8")


def kept_in(folder: Path) -> tuple[str, dict[str, str]]:
    """Public key and copies. Raises UsageError for a folder that `keep` has not written."""
    try:
        copies: Any = json.loads((folder / COPIES_FILE).read_text(encoding="utf-8"))
        return (folder / KEY_FILE).read_text(encoding="utf-8"), {
            str(hour): str(text) for hour, text in copies.items()
        }
    except (OSError, ValueError, AttributeError) as error:
        export = copyable("audit", "export", str(folder))
        raise UsageError(f"{folder} holds no public key and digests", f"make it: {export}") from error
