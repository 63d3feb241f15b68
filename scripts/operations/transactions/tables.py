"""Draws payments, their events and objects, and payouts as tables for people."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from payment_webhooks.money import amount_text
from payment_webhooks.transaction_api.schemas import DISPUTE_STATUSES
from scripts.command_line.streams import print_table

# Narrow enough for a terminal of 80 columns, with ids as long as the providers'; --json has everything.
_LISTED: Final = ("since", "transaction_id", "status", "net")
_EVENTS: Final = ("when", "status", "amount", "event_id")
_OBJECTS: Final = ("when", "status", "amount", "object_id")
_DISPUTES: Final = frozenset(DISPUTE_STATUSES)
_PAYOUTS: Final = ("since", "transaction_id", "status", "provider_status", "arrival_date", "amount")


def print_list(transactions: Sequence[Mapping[str, Any]], status: str | None) -> None:
    """Those of a list of this status, or of none, with the day by which it has them."""
    name = "dispute_since" if status in _DISPUTES else "status_since" if status else "began_at"
    print_rows(_LISTED, _since(transactions, name))


def print_payouts(payouts: Sequence[Mapping[str, Any]]) -> None:
    print_rows(_PAYOUTS, _since(payouts, "began_at"))


def print_events(events: Sequence[Mapping[str, Any]]) -> None:
    print_rows(_EVENTS, events)


def print_objects(objects: Sequence[Mapping[str, Any]]) -> None:
    """The refunds and disputes of a payment."""
    print_rows(_OBJECTS, objects)


def _since(items: Sequence[Mapping[str, Any]], name: str) -> list[dict[str, Any]]:
    """The items, each with the day of the time of that name."""
    return [{**each, "since": each[name][:10]} for each in items]


def print_rows(columns: Sequence[str], items: Sequence[Mapping[str, Any]]) -> None:
    """Events, transactions, or the refunds and disputes of one."""
    rows = [[_row(item)[name] for name in columns] for item in items]
    print_table(columns, rows, numbers=("amount", "net"))


def _row(item: Mapping[str, Any]) -> dict[str, Any]:
    """The status says of what it is, how disputes stand, and what is no money; `when` is the time to the minute."""
    is_test = item.get("livemode") is False
    words = (item.get("object_kind"), item["status"], item.get("dispute_status"), "(test)" if is_test else "")
    when = item.get("occurred_at", "")[:16].replace("T", " ")
    return {**for_people(item), "status": " ".join(filter(None, words)), "when": when}


def for_people(item: Mapping[str, Any]) -> dict[str, Any]:
    """`item` with each `*_minor` as an amount for people, under its name without that; `currency` goes into it."""
    minor = {name: value for name, value in item.items() if name.endswith("_minor")}
    rest = {name: value for name, value in item.items() if name not in minor and name != "currency"}
    return rest | {
        name.removesuffix("_minor"): amount_text(value, item["currency"]) for name, value in minor.items()
    }
