"""What is looked for is found by the index that leaves fewest, and what fits is what was asked for."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from payment_webhooks.domain import events as words
from payment_webhooks.transaction_api.listing import Days
from scripts.command_line.exit_codes import EXIT_USAGE
from scripts.command_line.main import main
from scripts.operations.find.answer import as_csv, lines
from scripts.operations.find.capacity import Meter, Reading, Sizes, Spent, estimate, share_of_days
from scripts.operations.find.plan import left_out, plan
from scripts.operations.find.question import (
    Question,
    amount_of,
    asks_archive,
    fits_payment,
    fits_webhook,
    inbox_partitions,
    listings,
    snippet,
    times_of,
    with_endpoints,
)
from scripts.operations.find.search import Hit
from tests.support.library.ledger import payment_event, payment_of, row_of

DAYS = Days(date(2026, 11, 20), date(2026, 11, 21))
NOW = datetime(2026, 11, 22, tzinfo=UTC)
ID = "stripe:evt_3SGev0001TestAbcdefghijk"


def asked(**parts: Any) -> Question:
    return Question(DAYS, has_days=True, **parts)


def tables(**sizes: tuple[int, int]) -> dict[str, Any]:
    """What DescribeTable says of a table that is ten days old, by index (its hyphens as underscores)."""
    indexes = [
        {"IndexName": name.replace("_", "-"), "ItemCount": items, "IndexSizeBytes": size}
        for name, (items, size) in sizes.items()
        if name != "table"
    ]
    items, size = sizes.get("table", (0, 0))
    created = datetime(2026, 11, 12, tzinfo=UTC)
    return {
        "ItemCount": items,
        "TableSizeBytes": size,
        "CreationDateTime": created,
        "GlobalSecondaryIndexes": indexes,
    }


@pytest.mark.parametrize(
    ("question", "index", "partitions"),
    [
        (asked(customer="stripe:cus_1", status="succeeded"), "customer-index", 1),
        (asked(status="succeeded", provider="stripe"), "status-index", 20),
        (asked(status="disputed"), "dispute-index", 20),
        (asked(provider="paypal"), "provider-index", 20),
        (asked(amount=Decimal("10.99")), "provider-index", 20),
    ],
)
def test_payments_are_found_by_the_index_that_leaves_fewest(
    question: Question, index: str, partitions: int
) -> None:
    found = listings(question)[0]
    assert found.payment_index.name == index
    assert sum(len(step.partitions) for step in found.steps) == partitions


@pytest.mark.parametrize(
    ("question", "indexes"),
    [
        (asked(status="received"), {"pending-index": 20}),
        (asked(status="conflict"), {"attention-index": 8}),
        (asked(status="processed"), {"archive-index": 20}),
        (asked(text="x"), {"pending-index": 20, "attention-index": 32, "archive-index": 20}),
        (asked(customer="stripe:cus_1"), {"pending-index": 20, "attention-index": 32}),
        (asked(provider="stripe"), {"pending-index": 20, "attention-index": 32}),
        (asked(transaction="stripe:pi_1"), {"pending-index": 20, "attention-index": 32}),
        (asked(amount=Decimal("10.99"), status="conflict"), {"attention-index": 8}),
        (
            asked(amount=Decimal("10.99"), place="inbox"),
            {"pending-index": 20, "attention-index": 32, "archive-index": 20},
        ),
        (asked(amount=Decimal("10.99"), place="ledger"), {}),
        (asked(event="stripe:evt_1", amount=Decimal("10.99")), {}),
    ],
)
def test_webhooks_are_found_by_the_sparse_indexes(question: Question, indexes: dict[str, int]) -> None:
    found = [each.index_name for each in inbox_partitions(question)]
    assert {name: found.count(name) for name in found} == indexes


def test_what_waits_is_read_by_its_time_unless_nobody_gave_days() -> None:
    assert times_of(asked()) == ("2026-11-20", "2026-11-22")
    assert times_of(asked()._replace(has_days=False)) == ("0", "2026-11-22")


def test_of_a_provider_only_its_endpoints_are_read_of_what_is_done() -> None:
    found = list(inbox_partitions(asked(status="processed", provider="paypal")))
    assert {each.begins for each in found} == {"paypal:"}
    assert len(found) == 20


def test_an_id_is_looked_for_under_each_endpoint_of_the_provider() -> None:
    assert with_endpoints(asked(), "stripe:evt_1") == ["stripe:evt_1"]
    assert "paypal:WH-1" in with_endpoints(asked(), "WH-1")
    assert with_endpoints(asked(provider="stripe"), "evt_1") == ["stripe:evt_1"]
    bare = asked(customer="cus_1")
    assert "stripe:cus_1" in [step.partitions[0] for each in listings(bare) for step in each.steps]
    payment = payment_of([row_of(payment_event(words.SUCCEEDED, 1099))])
    payment = payment._replace(state=payment.state._replace(customer_id="cus_1"))
    assert [fits_payment(asked(customer=each), payment) for each in ("cus_1", "stripe:cus_1", "cus_2")] == [
        True,
        True,
        False,
    ]
    by_key = plan(asked(transaction="pi_1"), tables(), tables(), NOW)
    assert "stripe:pi_1, paypal:pi_1" in by_key.lines[0]


def test_the_archive_is_asked_for_webhooks_of_days_that_somebody_gave() -> None:
    assert asks_archive(asked(event="evt_1"))
    assert asks_archive(asked(transaction="stripe:pi_1"))
    assert not asks_archive(asked(event="evt_1")._replace(has_days=False))
    assert asks_archive(asked(text="x", customer="stripe:cus_1"))
    assert asks_archive(asked(amount=Decimal("10.99"), place="archive"))
    assert not asks_archive(asked(amount=Decimal("10.99")))
    assert not asks_archive(asked(event="evt_1", status="failed"))
    assert not asks_archive(asked(status="failed"))


def test_one_place_alone_is_asked_where_somebody_says_so() -> None:
    places = ("inbox", "ledger", "archive")
    webhooks = [asked(place=each, status="processed") for each in places]
    assert [any(inbox_partitions(each)) for each in webhooks] == [True, False, False]
    assert [asks_archive(each) for each in webhooks] == [False, False, True]
    assert [bool(listings(asked(place=each, status="failed"))) for each in places] == [False, True, False]


@pytest.mark.parametrize(
    ("parts", "fits"),
    [
        ({"amount": Decimal("10.99"), "currency": "USD"}, True),
        ({"amount": Decimal("10.990")}, True),
        ({"amount": Decimal("10.99"), "currency": "EUR"}, False),
        ({"amount": Decimal("1099")}, False),
        ({"status": "succeeded", "provider": "stripe"}, True),
        ({"status": "failed"}, False),
        ({"customer": "stripe:cus_1"}, False),
    ],
)
def test_a_payment_fits_by_each_part(parts: dict[str, Any], fits: bool) -> None:
    payment = payment_of([row_of(payment_event(words.SUCCEEDED, 1099))])
    assert fits_payment(asked(**parts), payment) is fits


def test_a_webhook_fits_by_status_endpoint_and_id() -> None:
    item = {"webhookId": "stripe:evt_1", "status": "ignored"}
    assert fits_webhook(asked(status="ignored", provider="stripe", event="evt_1"), item)
    others = ({"status": "processed"}, {"provider": "paypal"}, {"event": "evt_2"})
    assert [fits_webhook(asked(**each), item) for each in others] == [False, False, False]


@pytest.mark.parametrize("text", ["", "ten", "NaN", "Infinity"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{text}$"):
        amount_of(text)


def test_of_a_body_only_what_is_around_the_place_is_shown() -> None:
    body = "a" * 100 + " Order\n 4711 \x1b " + "b" * 100
    assert snippet(body, "ORDER\n 4711") == f"…{'a' * 29} Order 4711 \\x1b {'b' * 27}…"
    assert snippet(body, "none") is None
    assert snippet("order 4711", "order 4711") == "order 4711"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r'{"name": "Zo\u00eb Lovelace"}', "Zoë Lovelace"),
        ('{"name": "Zoe\u0308 Lovelace"}', "zo\u00eb LOVELACE"),
        ('{"name": "Zo\u00eb Lovelace"}', "Zoe\u0308 lovelace"),
        (r'{"address": [{"line": "c\/o Ada"}]}', "c/o ada"),
        (r'{"quote \"x\"": 1}', 'quote "x"'),
        ('{"amount": 10.00}', '"amount": 10.00'),
        (r'{"half": "\ud800", "name": "Ada"}', "ada"),
        ("no json: Ada", "ada"),
    ],
)
def test_a_text_is_found_however_json_writes_it(body: str, text: str) -> None:
    found = snippet(body, text)
    assert found is not None
    assert found.isprintable()
    assert snippet(body, f"{text}!") is None


def test_an_estimate_goes_by_days_sizes_and_how_items_are_read() -> None:
    sizes = {"": Sizes(1_000, 5_000_000), "archive-index": Sizes(1_000, 163_840)}
    assert estimate(Reading("archive-index", 20, 0.5), sizes) == 10
    # 500 entries, each of an item of 5,000 bytes: two times 4 KB, half a unit each.
    assert estimate(Reading("archive-index", 20, 0.5, items=True), sizes) == 10 + 500
    assert estimate(Reading("archive-index", 20, 0.5, items=True, is_consistent=True), sizes) == 10 + 1_000
    assert estimate(Reading("pending-index", 20, 1.0), sizes) == 10  # each empty partition: half a unit
    assert (share_of_days(2, 10.0), share_of_days(20, 10.0), share_of_days(1, 0.1)) == (0.2, 1.0, 1.0)


def test_a_plan_says_by_which_index_and_how_much_before_anything_is_read() -> None:
    inbox = tables(table=(1_000, 4_096_000), archive_index=(1_000, 81_920))
    ledger = tables(table=(1_000, 1_000_000), status_index=(1_000, 163_840))
    found = plan(asked(text="x"), inbox, ledger, NOW)
    assert found.lines == (
        "inbox by pending-index: 20 partitions, then the items",
        "inbox by attention-index: 32 partitions, then the items",
        "inbox by archive-index: 20 partitions, then the items",
        "days: 2026-11-20 to 2026-11-21",
    )
    assert found.units == 10 + 16 + 10 + 100  # a fifth of 1,000 items of 4 KB
    payments = plan(asked(status="succeeded"), inbox, ledger, NOW)
    assert payments.lines[0] == "ledger by status-index: 20 partitions, then the items"
    assert plan(asked(event="stripe:evt_1"), inbox, ledger, NOW).units == 1
    whenever = asked(customer="stripe:cus_1")._replace(days=Days(date.min, DAYS.last))
    assert plan(whenever, inbox, ledger, NOW).lines[-1] == "days: any to 2026-11-21"


@pytest.mark.parametrize(
    ("question", "days_given", "said"),
    [
        (asked(event="evt_1"), False, ["webhooks that the inbox has no more"]),
        (asked(event="evt_1"), True, []),
        (
            asked(amount=Decimal("10.99")),
            False,
            ["webhooks that", "what was done, and payments that began, before"],
        ),
        (asked(customer="cus_1", place="ledger")._replace(days=Days(date.min, DAYS.last)), False, []),
        (asked(transaction="stripe:pi_1"), True, ["what was deleted: python scripts/trace.py --transaction"]),
    ],
)
def test_what_was_not_looked_at_is_said_where_nothing_is_found(
    question: Question, days_given: bool, said: list[str]
) -> None:
    found = list(left_out(question._replace(has_days=days_given)))
    assert [one.startswith(other) for one, other in zip(found, said, strict=True)] == [True] * len(said)


def test_what_is_read_is_counted_and_ends_at_the_limit() -> None:
    asked_for: list[dict[str, Any]] = []

    def api(operation: str, parameters: Any) -> dict[str, Any]:
        asked_for.append(dict(parameters))
        batch = [{"CapacityUnits": 2.0}, {"CapacityUnits": 1.0}]
        return {"ConsumedCapacity": batch if operation == "BatchGetItem" else {"CapacityUnits": 1.5}}

    meter = Meter(4.0)
    call = meter.measured(api)
    call("Query", {})
    call("BatchGetItem", {})
    assert (meter.units, asked_for[0]) == (4.5, {"ReturnConsumedCapacity": "TOTAL"})
    with pytest.raises(Spent):
        call("Query", {})
    call("DescribeTable", {})
    assert asked_for[-1] == {}


def test_each_item_is_one_line_of_80_columns_with_its_id_whole() -> None:
    hits = [
        Hit("2026-11-21T09:30:00.000000Z", "inbox", "quarantined", ID, snippet="…order 4711…"),
        Hit("2026-11-21", "ledger", "succeeded", "stripe:pi_3SGev0001TestAbcdefghijk", "123,456.00 USD"),
    ]
    shown = list(lines(hits))
    assert [len(line) <= 80 for line in shown] == [True, True, True]
    assert shown[0] == f"2026-11-21 inbox   quarantined {ID}"  # the time of day made way
    assert shown[1] == "    …order 4711…"
    assert "stripe:pi_3SGev0001TestAbcdefghijk 123,456.00 USD" in shown[2]
    assert next(lines(hits[:1])).startswith("2026-11-21 09:30 inbox")


def test_items_of_one_webhook_are_told_apart_by_their_timestamps() -> None:
    copies = [Hit("2026-11-21", "inbox", "conflict", ID, timestamp=each) for each in ("t-1", "t-2")]
    assert [*lines(copies)][1::2] == ["    --timestamp t-1", "    --timestamp t-2"]
    assert len([*lines(copies[:1])]) == 1


def test_a_cell_that_a_spreadsheet_would_run_is_text() -> None:
    heading, row = as_csv([Hit("2026-11-21", "inbox", "failed", '=HYPERLINK("x")', "-5.00 USD")]).splitlines()
    assert heading == "at,place,status,id,amount,event_type,snippet,location,timestamp,erased"
    assert row == '2026-11-21,inbox,failed,"\'=HYPERLINK(""x"")",-5.00 USD,,,,,'


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Say what to find"),
        (("--text", "x"), "--text needs --from"),
        (("--text", "4242424242424242", "--from", "2026-11-21"), "looks like card data"),
        (("--status", "lost"), "is none of "),
        (("--amount", "ten"), "is no amount"),
        (("--amount", "10.999", "--currency", "USD"), "10.999 has more than 2 decimals"),
        (("--amount", "10.99999"), "more than 4 decimals"),
        (("--event", " "), "an id is not blank"),
        (("--event", "evt_1", "--in", "ledger"), "--in ledger has none such"),
        (("--event", "canary:1"), "trace.py canary:1 "),
        (("--status", "failed", "--in", "archive", "--from", "2026-11-21"), "--in archive has none such"),
        (("--customer", "cus_1", "--in", "archive"), "--in archive has none such"),
        (("--currency", "xxd"), "'XXD' is no currency"),
        (("--status", "failed", "--csv", "--json"), "not both"),
    ],
)
def test_what_cannot_be_asked_is_said_before_anything_is_read(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main("find", ["--suffix", "dev", "--local", *arguments]) == EXIT_USAGE
    told = capsys.readouterr()
    assert said in told.err
    assert "4242424242424242" not in told.err
