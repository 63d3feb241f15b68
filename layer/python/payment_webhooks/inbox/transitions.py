"""Which status of a webhook may follow which. Pure.

received ──► processed | ignored | quarantined | conflict        done: no longer pending
         └─► failed                                              given up, once; a redrive starts it again
quarantined | conflict | failed | unexpected ──► received | discarded    a person's decision (scripts/inbox.py)
processed ──► received                                           replayed by a person (scripts/replay.py)
unexpected | ignored ──► received | unexpected | ignored         judged again: it came again, or a person asked
"""

from collections.abc import Mapping
from typing import Final

from payment_webhooks import contract

_APPLIED: Final = (
    contract.STATUS_PROCESSED,
    contract.STATUS_IGNORED,
    contract.STATUS_QUARANTINED,
    contract.STATUS_CONFLICT,
)
_DECIDED: Final = (contract.STATUS_RECEIVED, contract.STATUS_DISCARDED)
TRANSITIONS: Final[Mapping[str, tuple[str, ...]]] = {
    contract.STATUS_RECEIVED: (*_APPLIED, contract.STATUS_FAILED),
    contract.STATUS_FAILED: (*_APPLIED, *_DECIDED),
    contract.STATUS_QUARANTINED: _DECIDED,
    contract.STATUS_CONFLICT: _DECIDED,
    contract.STATUS_UNEXPECTED: (*_DECIDED, contract.STATUS_IGNORED),
    contract.STATUS_IGNORED: (contract.STATUS_RECEIVED, contract.STATUS_UNEXPECTED),
    contract.STATUS_PROCESSED: (contract.STATUS_RECEIVED,),
    contract.STATUS_DISCARDED: (),
}


def may_follow(before: str, after: str) -> bool:
    """Whether a webhook, or a guard, of one status may have the other next, or still."""
    return before == after or after in TRANSITIONS.get(before, ())
