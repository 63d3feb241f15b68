"""What the archiver calls, in memory, and a way to kill it at any of these calls."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from payment_webhooks import contract
from payment_webhooks.archive.parts import MANIFEST_PREFIX, unpack
from tests.support.library.fake_dynamodb import FakeDynamoDB
from tests.support.second_engine.dynamodb import table_definition

BUCKET = "s3-archive"


class Killed(BaseException):
    """The function's end, at once: no handler of the code may see it."""


@dataclass
class Killer:
    """Counts the calls to AWS, and kills at one of them: before its effect or after it."""

    at_step: int = 0
    after_effect: bool = False
    steps: int = 0
    dead: bool = False

    def call(self, function: Any, *arguments: Any, **named: Any) -> Any:
        if self.dead:
            raise Killed
        self.steps += 1
        if self.steps == self.at_step and not self.after_effect:
            self.dead = True
            raise Killed
        answer = function(*arguments, **named)
        if self.steps == self.at_step:
            self.dead = True
            raise Killed
        return answer


@dataclass
class FakeBucket:
    """S3's client, as far as the archive uses it. `damage`: what a GET gives in place of what was put; `on_put`: what
    else happens meanwhile.
    """

    objects: dict[str, bytes] = field(default_factory=dict)
    puts: list[str] = field(default_factory=list)
    damage: bytes | None = None
    on_put: Callable[[str], None] = lambda key: None

    def put_object(self, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:
        assert Bucket == BUCKET
        self.objects[Key] = Body
        self.puts.append(Key)
        self.on_put(Key)

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        assert Bucket == BUCKET
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[Key] if self.damage is None else self.damage)}

    def lines(self, archive: str = contract.ARCHIVE_TRANSACTIONS) -> list[dict[str, Any]]:
        keys = sorted(key for key in self.objects if key.startswith(f"{archive}/"))
        return [line for key in keys for line in unpack(self.objects[key])]

    def manifests(self) -> list[str]:
        return sorted(key for key in self.objects if key.startswith(MANIFEST_PREFIX))


class ArchiveTables(FakeDynamoDB):
    """With the archive's index (two items a page), and updates that answer."""

    def _Query(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if "IndexName" not in parameters:
            return super()._Query(parameters)
        assert parameters["IndexName"] == contract.ARCHIVE_INDEX
        assert "ConsistentRead" not in parameters  # an index can't
        shard = parameters["ExpressionAttributeValues"][":shard"]
        partition = self._keys[parameters["TableName"]][0]
        items = self._items[parameters["TableName"]].values()
        found = [item for item in items if item.get(contract.ARCHIVE_SHARD) == shard]
        found.sort(key=lambda item: (item[partition]["S"], item["timestamp"]["S"]))
        start = parameters.get("ExclusiveStartKey")
        if start:
            last = start[partition]["S"], start["timestamp"]["S"]
            found = [item for item in found if (item[partition]["S"], item["timestamp"]["S"]) > last]
        indexes = table_definition(self._keys[parameters["TableName"]])["GlobalSecondaryIndexes"]
        (index,) = [each for each in indexes if each["IndexName"] == contract.ARCHIVE_INDEX]
        included = index["Projection"].get("NonKeyAttributes", ())
        names = {partition, "timestamp", contract.ARCHIVE_SHARD, *included}
        shown = [{name: item[name] for name in names if name in item} for item in found]
        return {"Items": shown[:2], **({"LastEvaluatedKey": shown[1]} if len(shown) > 2 else {})}

    def _GetItem(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        assert parameters["ConsistentRead"] is True
        table = parameters["TableName"]
        found = self._items[table].get(self._key(table, parameters["Key"]))
        return {"Item": found} if found else {}

    def _UpdateItem(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        super()._UpdateItem({"ExpressionAttributeValues": {}, **parameters})
        if "ReturnValues" not in parameters:
            return {}
        assert parameters["ReturnValues"] == "ALL_NEW"
        table = parameters["TableName"]
        return {"Attributes": self._items[table][self._key(table, parameters["Key"])]}


class Through:
    """A client whose calls go by the killer."""

    def __init__(self, client: Any, killer: Killer) -> None:
        self._client = client
        self._killer = killer

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        return lambda **named: self._killer.call(method, **named)
