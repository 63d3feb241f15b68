"""What `find` says of read units and of what it could not read: before, while and after it reads."""

import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from payment_webhooks.transaction_api.listing import Days
from scripts.command_line.errors import Refused
from scripts.operations.find.command import found_by
from scripts.operations.find.question import Question
from stacks.names import Names
from tests.support.scripts.stubs import stubbed

DAYS = Days(date(2026, 11, 20), date(2026, 11, 20))
OF_A_KEY = Question(DAYS, has_days=False, event="internal:order-17", place="inbox")
OF_ITS_ENDPOINTS = OF_A_KEY._replace(event="order-17")
OF_DAYS = Question(DAYS, has_days=True, status="failed", place="inbox")
ARCHIVED = OF_A_KEY._replace(has_days=True, place="archive")
PART = {"key": "webhooks/part-1", "provider": "internal", "bytes": 1_000, "sha256": "0" * 64}


class Found:
    """One run of `find`, against tables of `items` failed webhooks of 4 KB, whose queries take `units` each."""

    def __init__(self, question: Question, queries: int = 0, units: float = 0.5, items: int = 0) -> None:
        self.dynamodb, self.tables = stubbed("dynamodb")
        self.s3, self.objects = stubbed("s3")
        self._question = question
        sizes = {"ItemCount": items, "TableSizeBytes": items * 4_096}
        index = {"IndexName": "attention-index", "ItemCount": items, "IndexSizeBytes": items * 100}
        created = datetime(2026, 11, 20, tzinfo=UTC)
        table = {**sizes, "CreationDateTime": created, "GlobalSecondaryIndexes": [index]}
        for _ in range(2):
            self.tables.add_response("describe_table", {"Table": table})
        for _ in range(queries):
            answer = {"Items": [], "ConsumedCapacity": {"CapacityUnits": units}}
            self.tables.add_response("query", answer)

    def by(
        self, max_read_units: float | None = None, yes: bool = False, restore: bool = False
    ) -> dict[str, Any]:
        clients = {"dynamodb": self.dynamodb, "s3": self.s3}
        target = SimpleNamespace(client=clients.__getitem__)
        names = Names("dev", "123456789012", "eu-west-1")
        environment: Any = SimpleNamespace(target=target, names=names, suffix="dev")
        hits, summary = found_by(environment, self._question, max_read_units, yes, restore)
        assert hits == []
        self.tables.assert_no_pending_responses()
        self.objects.assert_no_pending_responses()
        return summary


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[str]]:
    return lambda: capsys.readouterr().err.splitlines()


def test_the_units_are_said_before_and_after(told: Callable[[], list[str]]) -> None:
    summary = Found(OF_A_KEY, queries=1, units=2.5).by()
    assert told()[-2:] == ["about 1 read unit", "0 items; 2.5 read units"]
    assert (summary["read_units"], summary["estimated_read_units"], summary["complete"]) == (2.5, 1.0, True)


def test_more_than_is_allowed_is_not_begun() -> None:
    with pytest.raises(Refused, match="more than --max-read-units 1"):
        Found(OF_ITS_ENDPOINTS).by(max_read_units=1)


def test_it_ends_where_the_units_do_and_says_so(told: Callable[[], list[str]]) -> None:
    summary = Found(OF_ITS_ENDPOINTS, queries=1, units=5.0).by(max_read_units=4)
    assert "not all: it ended after 5.0 read units (--max-read-units)" in told()
    assert summary["complete"] is False


@pytest.mark.parametrize(
    ("items", "is_asked"),
    [(81_920, False), (81_930, True)],  # 1,000 units, and a part of one more
)
def test_above_a_thousand_units_it_asks(
    items: int, is_asked: bool, told: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    find = Found(OF_DAYS, queries=0 if is_asked else 8, items=items)
    if is_asked:
        with pytest.raises(Refused, match="nothing was changed"):
            find.by()
    else:
        find.by()
    assert any("read them?" in line for line in told()) is is_asked
    Found(OF_DAYS, queries=8, items=items).by(yes=True)
    assert not any("read them?" in line for line in told())


@pytest.mark.parametrize(("yes", "queries"), [(False, 4), (True, 8)])
def test_without_a_yes_it_ends_at_twice_what_was_said(yes: bool, queries: int) -> None:
    found = Found(OF_DAYS, queries=queries, units=500.0, items=73_728).by(yes=yes)
    assert (found["estimated_read_units"], found["complete"]) == (900.0, yes)


@pytest.mark.parametrize(
    ("restore", "said"),
    [
        (False, "is in Glacier: --restore, or aws s3api restore-object "),
        (True, "is in Glacier: it is asked for; ask again in three to five hours"),
    ],
)
def test_what_is_cold_is_named_and_restored_where_somebody_says_so(
    restore: bool, said: str, told: Callable[[], list[str]]
) -> None:
    find = Found(ARCHIVED)
    bucket = Names("dev", "123456789012", "eu-west-1").archive_bucket
    _archive(find.objects)
    if restore:
        find.objects.add_response("restore_object", {})
    summary = find.by(restore=restore)
    assert any(said in line for line in told())
    assert summary["complete"] is False
    assert summary["cold"] == [{"bucket": bucket, "key": "webhooks/part-1"}]


def _archive(objects: Stubber) -> None:
    """One part, in Glacier."""
    text = json.dumps(PART).encode()
    objects.add_response("list_objects_v2", {"Contents": [{"Key": "manifest"}]})
    objects.add_response("get_object", {"Body": StreamingBody(io.BytesIO(text), len(text))})
    objects.add_client_error("get_object", "InvalidObjectState")
