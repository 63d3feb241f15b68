"""What is looked for, and where: which index answers which question. Pure."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.day_shards import later
from payment_webhooks.domain.events import NormalisedEvent, parts_of
from payment_webhooks.inbox.sparse_indexes import DONE_STATUSES
from payment_webhooks.ledger.payment_items import Payment
from payment_webhooks.money import optional_decimal_string
from payment_webhooks.providers.registry import PROVIDERS
from payment_webhooks.transaction_api.listing import Days, Listing, by_customer, by_provider, by_status
from payment_webhooks.transaction_api.schemas import STATUSES
from scripts.command_line.plain_text import visible
from scripts.operations.inbox.search import ALWAYS, Partition, partitions
from stacks.webhook_endpoints import endpoint_names

WAITING: Final = (contract.STATUS_RECEIVED, *contract.ATTENTION_STATUSES)
INBOX_STATUSES: Final = (*WAITING, *DONE_STATUSES)
INBOX: Final = "inbox"
LEDGER: Final = "ledger"
ARCHIVE: Final = "archive"
_AMOUNTS: Final = ("authorized_minor", "captured_minor", "refunded_minor", "disputed_minor", "net_minor")
_TOLD_AMOUNTS: Final = ("amount_minor", "authorized_minor", "captured_minor", "refunded_total_minor")
_AROUND: Final = 30  # characters of a body on both sides of what was found


class Question(NamedTuple):
    """Each part is None for any. days: both included, of being done, of waiting, or of a payment's beginning; has_days:
    whether somebody gave them: else what waits is wanted since whenever. place: INBOX, LEDGER or ARCHIVE alone.
    with_bodies: whether hits have them.
    """

    days: Days
    has_days: bool
    place: str | None = None
    event: str | None = None
    transaction: str | None = None
    customer: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    status: str | None = None
    provider: str | None = None
    text: str | None = None
    with_bodies: bool = False

    @property
    def first_and_last(self) -> tuple[str, str]:
        return self.days.first.isoformat(), self.days.last.isoformat()

    def asks(self, place: str) -> bool:
        return self.place in (None, place)

    @property
    def is_of_payments(self) -> bool:
        return self.customer is not None or self.amount is not None or self.currency is not None

    @property
    def is_of_events(self) -> bool:
        """Whether the event in a webhook's body says if it fits."""
        return self.transaction is not None or self.is_of_payments

    @property
    def needs_items(self) -> bool:
        """Whether the indexes of the inbox do not have all that it takes."""
        return self.text is not None or self.with_bodies or self.is_of_events

    @property
    def inbox_statuses(self) -> tuple[str, ...]:
        """Of the webhooks that the inbox's indexes are asked for. What is done is in the ledger as its payment."""
        if self.event is not None or not self.asks(INBOX):
            return ()
        is_of_all = self.text is not None or self.status is not None or self.place == INBOX
        known = INBOX_STATUSES if is_of_all and self.transaction is None else WAITING
        return tuple(each for each in known if self.status in (None, each))

    @property
    def is_of_days(self) -> bool:
        """Whether each of its days is read by itself, in inbox or archive."""
        return asks_archive(self) or not set(DONE_STATUSES).isdisjoint(self.inbox_statuses)


def with_endpoints(question: Question, text: str | None) -> list[str]:
    """The ids that `text` may mean: itself where it names an endpoint, or one of each endpoint; none for None."""
    known = endpoint_names(question.provider)
    if text is None or text.partition(":")[0] in known:
        return [text] if text else []
    return [f"{each}:{text}" for each in known]


def listings(question: Question) -> list[Listing]:
    """The lists of the ledger that have every payment that is wanted: by what leaves fewest. Empty for none."""
    others = (question.text, question.event, question.transaction)
    if any(each is not None for each in others) or not question.asks(LEDGER):
        return []
    if question.customer is not None:
        return [by_customer(each, question.days) for each in with_endpoints(question, question.customer)]
    if question.status in STATUSES:
        return [by_status(question.status, question.days)]
    if question.status is not None:
        return []
    if question.provider is not None:
        return [by_provider(question.provider, question.days)]
    return [by_provider(name, question.days) for name in PROVIDERS.names] if question.is_of_payments else []


def inbox_partitions(question: Question) -> Iterator[Partition]:
    """Those that have every webhook that is wanted."""
    endpoints = endpoint_names(question.provider) if question.provider else ()
    return partitions(question.inbox_statuses, *question.first_and_last, endpoints)


def times_of(question: Question) -> tuple[str, str]:
    """From when to when the times of what waits are."""
    first, last = question.first_and_last
    return (first, later(last, 1)) if question.has_days else (ALWAYS[0], later(last, 1))


def asks_archive(question: Question) -> bool:
    """Whether the archive of webhooks may have what is wanted: of days that somebody has given alone."""
    is_of_webhooks = any(part is not None for part in (question.event, question.transaction, question.text))
    return (
        question.asks(ARCHIVE)
        and question.has_days
        and question.status in (None, *DONE_STATUSES)
        and (is_of_webhooks or question.status is not None or question.place == ARCHIVE)
    )


def is_read(question: Question) -> bool:
    """Whether any place has what is wanted."""
    by_key = (question.event is not None and question.asks(INBOX)) or (
        question.transaction is not None and (question.asks(INBOX) or question.asks(LEDGER))
    )
    return by_key or any(listings(question)) or any(inbox_partitions(question)) or asks_archive(question)


def fits_webhook(question: Question, item: Mapping[str, Any]) -> bool:
    """Of an inbox item, or what an index has of one: all but what its body says."""
    webhook_id, status = str(item[contract.WEBHOOK_ID]), item.get(contract.STATUS)
    return (
        webhook_id.partition(":")[0] in endpoint_names(question.provider)
        and (status is None or question.status in (None, status))
        and (question.event is None or webhook_id in with_endpoints(question, question.event))
    )


def fits_event(question: Question, endpoint: str, event: NormalisedEvent) -> bool:
    """Of the event in a webhook's body: what it says of one of its payments."""
    ids = with_endpoints(question, question.transaction)
    return any(
        (question.transaction is None or any(f"{endpoint}:{each}" in ids for each in part.payment_ids))
        and _fits_money(
            question,
            f"{endpoint}:{part.customer_id}",
            part.currency,
            (getattr(part, name) for name in _TOLD_AMOUNTS),
        )
        for part in parts_of(event)
    )


def fits_payment(question: Question, payment: Payment) -> bool:
    state = payment.state
    amounts = [getattr(state, name) for name in _AMOUNTS]
    if payment.payout is not None:
        amounts = [payment.payout.amount_minor]
    currency = payment.payout.currency if payment.payout else state.currency
    return (
        question.status in (None, state.status, state.dispute_status)
        and question.provider in (None, payment.provider)
        and _fits_money(question, f"{payment.endpoint}:{state.customer_id}", currency, amounts)
    )


def _fits_money(
    question: Question, customer: str, currency: str | None, amounts: Iterable[int | None]
) -> bool:
    return (
        (question.customer is None or customer in with_endpoints(question, question.customer))
        and question.currency in (None, currency)
        and (question.amount is None or any(is_amount(each, currency, question.amount) for each in amounts))
    )


def is_amount(minor: int | None, currency: str | None, amount: Decimal) -> bool:
    """Whether so many minor units of the currency are the amount."""
    written = optional_decimal_string(minor, currency)
    return written is not None and Decimal(written) == amount


def amount_of(text: str) -> Decimal:
    """Raises ValueError for what is no amount in major units, such as 1099.00."""
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not amount.is_finite():
        raise ValueError(text)
    return amount


def snippet(body: str, text: str) -> str | None:
    """The first place of a text in a body, in any case, with some characters around it, on one line; None for none.

    In the body as it came, then in the texts that its JSON means: an `ë` may be written as an escape, or as two
    characters, which look the same.
    """
    wanted = _folded(text)
    for form in (body, "\n".join(_texts_of_json(body))):
        shown = unicodedata.normalize("NFC", form)
        at = _folded(shown).find(wanted)
        if at >= 0:
            first, end = max(0, at - _AROUND), at + len(text) + _AROUND
            marks = ("…" if first else "", "…" if end < len(shown) else "")
            return visible(" ".join(shown[first:end].split())).join(marks)
    return None


def _folded(text: str) -> str:
    """The same for texts that differ in case or form alone."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _texts_of_json(body: str) -> Iterator[str]:
    """Each name and each text; nothing of what is no JSON."""
    try:
        left = [json.loads(body)]
    except (ValueError, RecursionError):
        return
    while left:
        value = left.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            left += reversed(value)
        elif isinstance(value, dict):
            left += reversed([part for pair in value.items() for part in pair])
