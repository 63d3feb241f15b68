"""What a provider tells of the money on an account's balance: page by page, each movement with its payment."""

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple, Protocol

from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.providers.event_list import Window

CAPTURED: Final = "captured"
REFUNDED: Final = "refunded"
DISPUTED: Final = "disputed"
# Refunds and disputes, where the provider tells one loss as either: the ledger's sum of both.
GIVEN_BACK: Final = "given_back"
# To the bank, less than 0 where money is taken from it; nothing where it failed.
PAID_OUT: Final = "paid_out"
UNREADABLE: Final = "unreadable"


class MoneyEntry(NamedTuple):
    """One movement. `measure`: what of the payment it raises, or lowers where the amount is less than 0; the
    provider's own word where it is of no payment, such as a fee. `payment`: an id that the ledger has, too; a payout's
    where it is paid out.
    """

    measure: str
    payment: str | None = None
    amount_minor: int = 0
    currency: str = ""
    occurred_at: str = ""


class BalancePage(NamedTuple):
    """`cursor`: where the next page begins; None when there is no other."""

    entries: tuple[MoneyEntry, ...]
    cursor: str | None


class BalanceList(Protocol):
    """A provider's own list of movements. `measures`: those of payments that it tells."""

    measures: tuple[str, ...]

    def page(self, window: Window, cursor: str | None) -> BalancePage:
        """As EventList.page. There may be movements from before the window, too; they have their times."""


def entries_of(
    objects: Iterable[dict[str, Any]], read: Callable[[dict[str, Any]], MoneyEntry | None]
) -> tuple[MoneyEntry, ...]:
    """What `read` makes of each, without those that it says nothing of. One that can't be read hides no other."""

    def one(found: dict[str, Any]) -> MoneyEntry | None:
        try:
            return read(found)
        except UnreadableEvent:
            return MoneyEntry(UNREADABLE)

    return tuple(entry for entry in map(one, objects) if entry is not None)
