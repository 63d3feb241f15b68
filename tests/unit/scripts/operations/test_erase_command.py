"""Who is meant is found in inbox and ledger, what is not there is named, and a run that ends says how far it came."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.aws.service_errors import ServiceError
from payment_webhooks.errors import Unavailable
from payment_webhooks.ledger.reader import LedgerReader
from payment_webhooks.transaction_api.listing import Days
from scripts.command_line.errors import NotFound, Refused
from scripts.operations.erase.command import erase
from scripts.operations.erase.held import Held
from scripts.operations.erase.search import of_customer
from scripts.operations.find.question import Question
from tests.support.library.processing import Processing
from tests.support.library.receiving import INBOX, LEDGER
from tests.support.scripts.stubs import function_of, stubbed
from tests.unit.scripts.operations.test_find_search import LIVE, body, search

Fault = Callable[[], BaseException]


class Client:
    """boto3's of DynamoDB. `faults`: by the number of the update that they end."""

    def __init__(self, processing: Processing, faults: Mapping[int, Fault]) -> None:
        self._dynamodb, self._faults, self._updates = processing.dynamodb, faults, 0

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = name.title().replace("_", "")

        def call(**parameters: Any) -> dict[str, Any]:
            if operation == "UpdateItem":
                self._updates += 1
                if self._updates in self._faults:
                    raise self._faults[self._updates]()
            return self._dynamodb(operation, parameters)

        return call


def run(processing: Processing, *events: str, lists: bool = True, **arguments: Any) -> int:
    s3, answers = stubbed("s3")
    if lists:
        answers.add_response("list_objects_v2", {})
    else:
        answers.add_client_error("list_objects_v2", "AccessDenied")
    clients = {"dynamodb": Client(processing, arguments.pop("faults", {})), "s3": s3}
    target = SimpleNamespace(
        client=clients.__getitem__,
        describe=lambda: "nowhere",
        caller_arn="arn:aws:iam::111111111111:user/ann",
    )
    names = SimpleNamespace(inbox_table=INBOX, transactions_table=LEDGER, failures_bucket="failures")
    settings = {"count": None, "dry_run": False, "yes": True, "ticket": "OPS-1", **arguments}
    code: int = function_of(erase)(
        SimpleNamespace(suffix="dev", names=names, target=target),
        customer=None,
        events=events,
        per_second=1000,
        as_json=True,
        **settings,
    )
    return code


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.fixture
def processing() -> Processing:
    """Five that are processed, of five payments."""
    found = Processing()
    for number in range(5):
        of_one = {"id": f"order-{number}", "transaction_id": f"T-{number}", "name": "Ada"}
        found.process(found.store("internal", body(**of_one)))
    return found


EVENTS = tuple(f"internal:order-{number}" for number in range(5))


def interrupted() -> BaseException:
    return KeyboardInterrupt()


def denied() -> BaseException:
    return ServiceError("dynamodb", "AccessDeniedException", 400, {})


@pytest.mark.parametrize(("fault", "raised"), [(interrupted, KeyboardInterrupt), (denied, Unavailable)])
def test_a_run_that_ends_early_says_how_many_went_and_the_same_line_goes_on(
    processing: Processing, fault: Fault, raised: type[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(raised):
        run(processing, *EVENTS, count=5, faults={3: fault})
    first = capsys.readouterr()
    document = json.loads(first.out)
    assert (document["found"], document["erased"], document["ledger_rows"]) == (5, 2, 5)
    assert "2 erased" in first.err
    with pytest.raises(Refused, match="there are 3, not 5"):
        run(processing, *EVENTS, count=5, ticket="OPS-2")
    capsys.readouterr()
    assert run(processing, *EVENTS, count=5) == 0
    again = told(capsys)
    assert (again["found"], again["erased"], again["erased_before"]) == (3, 3, 2)
    assert run(processing, *EVENTS, count=5) == 0
    assert told(capsys)["erased_before"] == 5


def test_what_dynamodb_refuses_by_itself_and_what_changed_meanwhile_is_named_and_the_others_go(
    processing: Processing, capsys: pytest.CaptureFixture[str]
) -> None:
    too_large = ServiceError("dynamodb", "ValidationException", 400, {})
    (item,) = (each for each in processing.receiving.inbox() if each["event_id"] == {"S": "order-2"})

    def replayed() -> BaseException:
        processing.dynamodb("PutItem", {"TableName": INBOX, "Item": {**item, "status": {"S": "received"}}})
        return ServiceError("dynamodb", "ConditionalCheckFailedException", 400, {})

    assert run(processing, *EVENTS, count=5, faults={1: lambda: too_large, 3: replayed}) == 1
    document = told(capsys)
    assert document["erased"] == 3
    assert document["left_alone"] == [
        "internal:order-0 (ValidationException)",
        "internal:order-2 (changed meanwhile)",
    ]


def test_each_event_that_is_not_there_is_named(
    processing: Processing, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(processing, "order-0", "order-9", "stripe:evt_1", dry_run=True) == 1
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert document["not_found"] == ["order-9", "stripe:evt_1"]
    assert (document["payments"], document["ledger_rows"], document["found"]) == (1, 1, 1)
    assert "    order-9\n" in said.err
    with pytest.raises(NotFound):
        run(processing, "order-9", dry_run=True)


def test_who_may_not_list_failed_batches_can_erase_and_is_told(
    processing: Processing, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(processing, "order-0", count=1, lists=False) == 0
    (batches,) = (each for each in told(capsys)["stays"] if each["place"] == "failed batches")
    assert (batches["number"], batches["until"]) == (None, None)
    assert "s3:ListBucket" in batches["why"]


def of(processing: Processing, customer: str) -> Held:
    hits, _ = search(processing, customer=customer)
    inbox, ledger = DynamoDbTable(processing.dynamodb, INBOX), LedgerReader(processing.dynamodb, LEDGER)
    today = date(2026, 11, 22)
    question = Question(Days(today, today), has_days=False, customer=customer)
    return of_customer(inbox, ledger, question, hits, today)


def test_what_waits_and_names_the_customer_is_named_though_it_has_no_payment() -> None:
    processing = Processing()
    processing.process(processing.store("internal", body(name="Ada")))
    processing.store("internal", body(id="order-18", transaction_id="T-18"))  # pending
    processing.store("internal", body(**{**LIVE, "id": "order-19", "customer_id": "C-4711"}))
    processing.store("internal", body(**{**LIVE, "id": "order-20"}))  # of another
    found = of(processing, "C-4711")
    assert (found.payments, len(found.erasable)) == (1, 1)
    assert found.left == ("internal:order-18 (received)", "internal:order-19 (unexpected)")
    assert of(processing, "internal:C-4712").left == ("internal:order-20 (unexpected)",)


def test_a_payment_whose_customer_has_changed_says_how_many_webhooks_name_another() -> None:
    processing = Processing()
    processing.process(processing.store("internal", body(customer_id="C-1")))
    refund = {
        "type": "refund",
        "object_id": "R-1",
        "status": "succeeded",
        "created_at": "2026-11-21T10:00:00Z",
    }
    processing.process(processing.store("internal", body(id="back-17", customer_id="C-2", **refund)))
    found = of(processing, "C-2")
    assert (found.rows, found.of_others) == (2, 1)
    assert of(processing, "C-1").payments == 0
