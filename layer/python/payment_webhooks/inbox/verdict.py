"""What was decided of a webhook by the settings of a moment, and what may turn that. Pure."""

from typing import Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import Item


class Verdict(NamedTuple):
    """The status under which the webhook is stored, and why; no reason for one that is taken."""

    status: str
    reason: str | None = None

    def turns_into(self, other: "Verdict") -> bool:
        """Whether a webhook that was stored with this verdict is stored anew with `other`. What the processor ignored
        was taken once: only being taken again can change that.
        """
        if self.status not in OPEN_VERDICTS or other == self:
            return False
        return other == TAKEN or self.reason in _OF_SETTINGS


def verdict_of(item: Item) -> Verdict:
    """That of an item of the inbox."""
    return Verdict(item[contract.STATUS]["S"], item.get(contract.STATUS_REASON, {}).get("S"))


TAKEN: Final = Verdict(contract.STATUS_RECEIVED)
_OF_SETTINGS: Final = (contract.REASON_MODE, contract.REASON_ACCOUNT, contract.REASON_TEST_EVENT)
# All other statuses are final, or a person's to change.
OPEN_VERDICTS: Final = (contract.STATUS_UNEXPECTED, contract.STATUS_IGNORED)
