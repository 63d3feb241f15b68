"""Several ids of one payment: whichever is told first, it is one payment in the end, and no money is counted twice."""

from collections import Counter
from collections.abc import Iterable
from functools import partial
from itertools import permutations

import pytest

from payment_webhooks import contract
from payment_webhooks.domain import events as words
from payment_webhooks.domain.effect import Effect
from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.domain.facts import Facts, facts_of
from payment_webhooks.domain.payment_state import fold
from payment_webhooks.domain.sentences import sentence
from payment_webhooks.domain.told import notification_types
from payment_webhooks.errors import Unavailable
from payment_webhooks.ledger.items import from_item
from payment_webhooks.ledger.payment_items import Pointer, pointer_item
from payment_webhooks.ledger.payment_items import from_item as from_head
from payment_webhooks.ledger.reader import LedgerReader, head_of
from payment_webhooks.ledger.writer import LedgerWriter, Recorded
from payment_webhooks.publishing.publisher import event_detail
from tests.support.library.fake_dynamodb import FakeDynamoDB
from tests.support.library.interleaving import Interleaved, run_at_once
from tests.support.library.ledger import payment_event, refund_event, row_of
from tests.support.library.receiving import LEDGER, TABLES

Told = tuple[NormalisedEvent, tuple[str, ...]]
ORDER = (payment_event(words.PENDING, 900, 1)._replace(transaction_id="O"), ("O",))
AUTHORIZATION = (payment_event(words.AUTHORIZED, 900, 2)._replace(transaction_id="A"), ("O", "A"))
CAPTURE = (payment_event(words.SUCCEEDED, 900, 3)._replace(transaction_id="C"), ("O", "A", "C"))
REFUND = (refund_event("re_1", words.REFUNDED, 100, 4)._replace(transaction_id="C"), ("C",))
LONELY_AUTHORIZATION = (AUTHORIZATION[0]._replace(event_id="evt_lonely"), ("A",))
IDS = ("O", "A", "C")


def write(
    api: FakeDynamoDB | Interleaved, event: NormalisedEvent, ids: Iterable[str], *, confirmed: bool = True
) -> list[Recorded]:
    ledger = LedgerWriter(api, LEDGER, str, lambda attempts: None, lambda minor, currency: minor >= 900)
    return ledger.append(row_of(event, confirmed=confirmed), [f"stripe:{each}" for each in ids])


def effects(dynamodb: FakeDynamoDB) -> list[tuple[str, int, Effect | None]]:
    """(partition, version, effect) of each row of the table."""
    rows = [item for item in dynamodb.items(LEDGER) if "event_id" in item and contract.VERSION in item]
    found = []
    for item in rows:
        reader = LedgerReader(dynamodb, LEDGER)
        row = from_item(item)
        effect = reader.read(row.transaction_id).effect_of(row)
        found.append((row.transaction_id, int(item[contract.VERSION]["N"]), effect))
    return sorted(found, key=lambda each: each[:2])


def summed(told: Iterable[Effect | None]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for effect in filter(None, told):
        for sign, facts in ((-1, effect.before), (1, effect.after)):
            if facts is not None:
                total["payments"] += sign
                total.update({name: sign * (getattr(facts, name) or 0) for name in NUMBERS})
    return {name: number for name, number in total.items() if number}


NUMBERS = [name for name in Facts._fields if name.endswith("_minor") or name == "declined_attempts"]


def assert_one_payment(dynamodb: FakeDynamoDB, ids: Iterable[str], rows: int) -> str:
    """The id under which it is."""
    reader = LedgerReader(dynamodb, LEDGER)
    found = [reader.read(f"stripe:{each}") for each in ids]
    assert len({each.payment for each in found}) == 1
    payment = found[0].payment
    assert payment is not None
    assert len([row for row in found[0].rows if row.object_kind != words.KIND_CORRECTION]) == rows
    assert facts_of(fold(found[0].rows)) == facts_of(payment.state)
    told = effects(dynamodb)
    state = Effect(1, "", None, facts_of(payment.state))
    assert summed(effect for _, _, effect in told) == summed([state])
    for partition in {each[0] for each in told}:
        versions = [version for each, version, _ in told if each == partition]
        assert versions == list(range(1, len(versions) + 1))
    return payment.transaction_id


def test_an_event_makes_pointers_of_the_ids_that_nothing_is_known_of() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    write(dynamodb, *CAPTURE)
    assert assert_one_payment(dynamodb, IDS, rows=1) == "stripe:O"
    heads = [from_head(head_of(LedgerReader(dynamodb, LEDGER).items(f"stripe:{each}"))) for each in IDS[1:]]
    assert heads == [Pointer(f"stripe:{each}", "stripe:O") for each in IDS[1:]]
    (row,) = LedgerReader(dynamodb, LEDGER).read("stripe:A").rows
    assert (row.transaction_id, row.provider_transaction_id) == ("stripe:O", "C")


def test_what_came_first_under_an_id_that_comes_later_stays_where_it_is() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    write(dynamodb, *REFUND)
    write(dynamodb, *CAPTURE)
    assert assert_one_payment(dynamodb, IDS, rows=2) == "stripe:C"


def test_two_payments_that_turn_out_to_be_one_are_told_as_one() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    write(dynamodb, *ORDER)
    write(dynamodb, *REFUND)
    took, gone, own = write(dynamodb, *CAPTURE)
    assert assert_one_payment(dynamodb, IDS, rows=3) == "stripe:O"
    assert [each.row.status for each in (took, gone, own)] == [words.MERGED, words.MERGED, words.SUCCEEDED]
    assert gone.effect is not None
    assert (gone.row.transaction_id, gone.effect.after, gone.effect.rise("refunded_minor")) == (
        "stripe:C",
        None,
        -100,
    )
    assert own.effect is not None
    assert (own.effect.rise("captured_minor"), own.effect.rise("refunded_minor")) == (900, 0)
    types = [notification_types(each.row, each.effect) for each in (took, gone, own) if each.effect]
    assert types == [[], [], ["high_value_alert", "payment_confirmation"]]
    details = [event_detail(each.row, each.effect) for each in (took, gone, own) if each.effect]
    assert [(each["moves_money"], each["confirmed"]) for each in details] == [
        (False, True),
        (False, True),
        (True, True),
    ]
    assert [each["summary"].partition(".")[0] for each in details[:2]] == [
        "Payment stripe:C was joined to this one: they are one payment",
        "Payment stripe:C was joined to stripe:O, which has all of it now",
    ]


def test_a_merge_is_as_confirmed_as_its_money() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    write(dynamodb, *ORDER)
    write(dynamodb, *REFUND, confirmed=False)
    took, gone, _ = write(dynamodb, *CAPTURE)
    assert (took.row.confirmed, gone.row.confirmed) == (False, False)
    assert gone.effect is not None
    assert sentence(gone.row, gone.effect) == (
        "Payment stripe:C was joined to stripe:O, which has all of it now. "
        "Nobody but the webhook itself vouches for this."
    )


def test_a_retry_tells_the_merges_again_and_writes_nothing() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    for told in (ORDER, REFUND):
        write(dynamodb, *told)
    first = write(dynamodb, *CAPTURE)
    before = dynamodb.items(LEDGER)
    again = write(dynamodb, *CAPTURE)
    assert sorted(again[:-1]) == sorted(first[:-1])
    assert again[-1] == first[-1]
    assert dynamodb.items(LEDGER) == before


def test_three_payments_and_a_payment_that_has_taken_over_another_become_one() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    for told in (REFUND, LONELY_AUTHORIZATION, (CAPTURE[0], ("A", "C")), ORDER):
        write(dynamodb, *told)
    late = payment_event(words.SUCCEEDED, 900, 9)._replace(transaction_id="C")
    write(dynamodb, late, IDS)
    assert assert_one_payment(dynamodb, IDS, rows=5) == "stripe:O"
    payment = LedgerReader(dynamodb, LEDGER).read("stripe:C").payment
    assert payment is not None
    assert payment.members == ("stripe:A", "stripe:C")
    assert from_head(head_of(LedgerReader(dynamodb, LEDGER).items("stripe:C"))) == Pointer(
        "stripe:C", "stripe:A"
    )


def test_a_payment_that_is_taken_over_again_and_again_is_found_by_its_first_id() -> None:
    """Each time by a payment that came first: the pointers become a chain."""
    dynamodb = FakeDynamoDB(TABLES, compared=False)
    ids = [f"P{number}" for number in range(13)]
    for number, name in enumerate(ids):
        write(dynamodb, payment_event(words.PENDING, 900, number)._replace(transaction_id=name), [name])
    for number in range(1, len(ids)):
        joins = payment_event(words.AUTHORIZED, 900, 100 + number)._replace(transaction_id=ids[number])
        write(dynamodb, joins, [ids[number], ids[number - 1]])
    assert assert_one_payment(dynamodb, ids, rows=25) == "stripe:P12"


def test_in_any_order_it_is_one_payment_in_the_end() -> None:
    for order in permutations([ORDER, LONELY_AUTHORIZATION, CAPTURE, REFUND]):
        dynamodb = FakeDynamoDB(TABLES, compared=False)
        for told in order:
            write(dynamodb, *told)
        assert_one_payment(dynamodb, IDS, rows=4)


def test_payments_that_turn_out_to_be_one_began_with_the_earliest_of_all_their_events() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    write(dynamodb, ORDER[0]._replace(occurred_at=REFUND[0].occurred_at), ["O"])
    write(dynamodb, *LONELY_AUTHORIZATION)
    write(dynamodb, *CAPTURE)
    (head,) = {LedgerReader(dynamodb, LEDGER).read(f"stripe:{each}").payment for each in ("O", "A")}
    assert head is not None
    assert head.began_at == LONELY_AUTHORIZATION[0].occurred_at


@pytest.mark.parametrize(
    "told",
    [
        [ORDER, AUTHORIZATION, CAPTURE],
        [REFUND, CAPTURE],
        [ORDER, REFUND, LONELY_AUTHORIZATION, AUTHORIZATION, CAPTURE],
    ],
    ids=["order, authorization, capture", "refund, capture", "all"],
)
def test_at_once_in_threads_it_is_one_payment_in_the_end(told: list[Told]) -> None:
    dynamodb = FakeDynamoDB(TABLES)
    shared = Interleaved(dynamodb, len(told))
    run_at_once([partial(write, shared, *each) for each in told])
    assert shared.cancelled > 0
    assert_one_payment(dynamodb, IDS, rows=len(told))


def test_pointers_that_lead_nowhere_are_an_outage() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    for pair in (("stripe:O", "stripe:A"), ("stripe:A", "stripe:O")):
        dynamodb("PutItem", {"TableName": LEDGER, "Item": pointer_item(Pointer(*pair))})
    with pytest.raises(Unavailable, match="ledger_pointers_lead_nowhere"):
        LedgerReader(dynamodb, LEDGER).read("stripe:O")
