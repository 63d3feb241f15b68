"""What is asked of S3 and DynamoDB where digests stand: every page of versions, and copies that are written once."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.audit.digest_store import BucketVersions, Copy, KeptDigests, Version
from payment_webhooks.aws.dynamodb_items import item_of
from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.deadline import Deadline
from payment_webhooks.errors import Unavailable
from scripts.command_line.boto3_api import client_api
from tests.support.scripts.stubs import stubbed
from tests.support.second_engine.dynamodb import second_client

LEDGER = "ledger"
KEYS = (contract.TRANSACTION_ID, contract.TRANSACTION_TIMESTAMP)
CAME = datetime(2026, 11, 21, 8, 53, tzinfo=UTC)
ASKED = {"Bucket": "audit", "Prefix": "changes/"}


def listed(*keys: str, **more: Any) -> dict[str, Any]:
    """A page of versions; of each key the newest."""
    entries = [{"Key": key, "VersionId": "1", "LastModified": CAME, "IsLatest": True} for key in keys]
    return {"Versions": entries, "IsTruncated": bool(more), **more}


def between(*pages: tuple[dict[str, str], dict[str, Any]]) -> list[Version]:
    """The versions from changes/b to changes/y; pages: what must be asked for each, and the answer."""
    client, stub = stubbed("s3")
    for position, answer in pages:
        stub.add_response("list_object_versions", answer, {**ASKED, **position})
    deadline = Deadline(lambda: 0.0)
    deadline.start(800)
    found = list(BucketVersions(client, "audit", deadline).between("changes/", "changes/b", "changes/y"))
    stub.assert_no_pending_responses()
    return found


def test_a_key_with_versions_on_two_pages_is_gone_through_whole() -> None:
    """The next page begins after the version that ended this one, not after its key."""
    first = listed("changes/c", NextKeyMarker="changes/c", NextVersionIdMarker="v7")
    first["Versions"][0]["IsLatest"] = False
    found = between(
        ({"KeyMarker": "changes/b"}, first),
        (
            {"KeyMarker": "changes/c", "VersionIdMarker": "v7"},
            listed("changes/c", "changes/d", NextKeyMarker="changes/d", NextVersionIdMarker="v9"),
        ),
        ({"KeyMarker": "changes/d", "VersionIdMarker": "v9"}, listed("changes/e")),
    )
    assert found == [
        Version("changes/c", CAME, is_latest=False),
        *(Version(f"changes/{name}", CAME, is_latest=True) for name in "cde"),
    ]


def test_nothing_is_listed_from_the_end_on_and_no_page_after_it_asked_for() -> None:
    page = listed("changes/x", "changes/y", "changes/z", NextKeyMarker="changes/y", NextVersionIdMarker="v1")
    assert [each.key for each in between(({"KeyMarker": "changes/b"}, page))] == ["changes/x"]


def test_a_bucket_that_does_not_answer_and_a_run_without_time_end_the_listing() -> None:
    client, stub = stubbed("s3")
    stub.add_client_error("list_object_versions", "SlowDown")
    deadline = Deadline(lambda: 0.0)
    deadline.start(800)
    with pytest.raises(Unavailable, match="audit_bucket_unavailable"):
        list(BucketVersions(client, "audit", deadline).between("changes/", "changes/b", "changes/y"))
    deadline.start(0)
    with pytest.raises(Unavailable, match="deadline"):  # S3 is not asked: the stub has no answer left
        list(BucketVersions(client, "audit", deadline).between("changes/", "changes/b", "changes/y"))


class Ledger:
    """The table, with what was asked of it."""

    def __init__(self) -> None:
        self.client, self.queries = second_client({LEDGER: KEYS}), list[Any]()
        self.kept = KeptDigests(DynamoDbTable(self, LEDGER))

    def __call__(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "Query":
            self.queries.append(dict(parameters))
        return client_api(self.client)(operation, parameters)

    def put(self, **item: Any) -> None:
        self.client.put_item(TableName=LEDGER, Item=item_of(item))


def hour(number: int) -> str:
    return f"2026-11-{21 + number // 24}T{number % 24:02}"


def test_copies_are_read_newest_first_over_all_pages_and_as_they_are_now() -> None:
    """One that a run has just written must not be missing: the next digest would follow the one before it."""
    ledger = Ledger()
    for number in (7, 29, 9, *range(10, 29), *range(30, 40), 8):
        ledger.kept.add(Copy(hour(number), f"digest of {number}"), "")
    ledger.put(**{KEYS[0]: "stripe:pi_1", KEYS[1]: "9999"})
    newest, *others = ledger.kept.newest_first()
    assert newest == Copy("2026-11-22T15", "digest of 39")
    assert others == [Copy(hour(number), f"digest of {number}") for number in range(38, 6, -1)]
    assert {(query["ConsistentRead"], query["Limit"]) for query in ledger.queries} == {(True, 25)}
    assert next(ledger.kept.newest_first()) == newest
    assert len(ledger.queries) == 2 + 1  # one page is enough for the newest


def test_a_copy_is_written_once_and_the_one_that_is_there_stays() -> None:
    ledger = Ledger()
    assert ledger.kept.add(Copy(hour(9), "first"), "") == Copy(hour(9), "first")
    assert ledger.kept.add(Copy(hour(9), "second"), "") == Copy(hour(9), "first")
    assert list(ledger.kept.newest_first()) == [Copy(hour(9), "first")]


@pytest.mark.parametrize(
    ("stands", "read"), [({"digest": "made up"}, "made up"), ({"digest": 7}, ""), ({}, "")]
)
def test_a_digest_takes_the_place_of_what_is_none_and_of_nothing_else(
    stands: dict[str, Any], read: str
) -> None:
    ledger = Ledger()
    ledger.put(**{KEYS[0]: contract.AUDIT_DIGESTS, KEYS[1]: hour(9), **stands})
    assert list(ledger.kept.newest_first()) == [Copy(hour(9), read)]
    assert ledger.kept.add(Copy(hour(9), "genuine"), "made up") == Copy(hour(9), "genuine")
    assert ledger.kept.add(Copy(hour(9), "another"), "made up") == Copy(hour(9), "genuine")
