"""The cursor of a list: where its next page begins, good for this list alone. Pure.

It holds a position and the days that the list is of, so that a list which was asked for without days stays that list
past midnight; and a digest of these and the query, so that one of another query, or one that was cut or changed, is
told from a good one. No key is needed: whoever may ask for a list may have all of it, so a cursor made by hand gives
nothing that a query does not.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from payment_webhooks.transaction_api.listing import Days, Position
from payment_webhooks.transaction_api.request import InvalidRequest

_DIGEST_BYTES: Final = 12
WRONG_CURSOR: Final = (
    "cursor: not one that this query was given. Repeat the query of the page before with its next_cursor, or begin "
    "without one."
)


def make_cursor(query: Mapping[str, Any], days: Days, position: Position) -> str:
    """`query`: what the list was asked for, as it was given, without cursor and limit."""
    content = json.dumps([days.first.isoformat(), days.last.isoformat(), *position]).encode()
    return base64.urlsafe_b64encode(_digest(query, content) + content).decode().rstrip("=")


def read_cursor(query: Mapping[str, Any], cursor: str) -> tuple[Days, Position]:
    """Raises InvalidRequest for a cursor that this query was not given."""
    try:
        held = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        digest, content = held[:_DIGEST_BYTES], held[_DIGEST_BYTES:]
        if digest != _digest(query, content):
            raise ValueError
        first, last, since, transaction_id = (str(each) for each in json.loads(content))
        days, position = Days(_day(first), _day(last)), Position(since, transaction_id)
        # base64 leaves bits unused at its end; a position outside of the days is nobody's, nor is one that no key has:
        # DynamoDB takes no half of a surrogate pair.
        known = days.hold(since) and since.isascii()
        if not known or cursor != make_cursor(query, days, position):
            raise ValueError
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidRequest(WRONG_CURSOR) from error
    return days, position


def _digest(query: Mapping[str, Any], content: bytes) -> bytes:
    asked = json.dumps(query, sort_keys=True).encode()
    return hashlib.sha256(hashlib.sha256(asked).digest() + content).digest()[:_DIGEST_BYTES]


def _day(text: str) -> date:
    return date.fromisoformat(text)
