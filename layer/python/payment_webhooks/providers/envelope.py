"""What the receiver needs of a body before it is stored: one strict parse, then id, type, time, mode.

Strictness serves one end: every later reader must see the same document. So a body with a byte order mark,
with invalid UTF-8, with a key twice in one object or with NaN is not readable, though some parsers accept it.
"""

import json
from collections.abc import Iterable
from typing import Any, Final, NamedTuple, NoReturn

from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.providers.fields import identifier, optional_identifier
from payment_webhooks.timestamps import utc_timestamp

MAX_NESTING: Final = 64  # Stripe's deepest object has about 10 levels; readers must not meet the stack's end


class NumberText(str):
    """A JSON number with a fraction or an exponent, as it was written.

    Never a float, so nothing is rounded; a type of its own, so no reader takes it for an id or an amount.
    """

    __slots__ = ()


class Envelope(NamedTuple):
    """`created` in the form of `timestamps.utc_timestamp`; None: the body does not say."""

    event_id: str
    event_type: str
    created: str
    livemode: bool | None
    account: str | None
    document: dict[str, Any]

    def __repr__(self) -> str:
        """Without the document, which may hold card data."""
        return f"Envelope(event_id={self.event_id!r}, event_type={self.event_type!r})"


def make_envelope(
    document: dict[str, Any],
    *,
    event_id: object,
    event_type: object,
    created: Any,
    livemode: object = None,
    account: object = None,
) -> Envelope:
    """The envelope of `document`, from what its fields say, checked: a provider knows where its fields are.

    event_id, event_type, account: texts as `fields.identifier` allows; account may be missing. created: what
    `timestamps.utc_timestamp` reads. livemode: a bool, or None where the body does not say.
    Raises UnreadableEvent: missing_ or invalid_ `event_id`, `event_type`, `timestamp`, `livemode`, `account`.
    """
    if created is None:
        raise UnreadableEvent("missing_timestamp")
    if livemode is not None and not isinstance(livemode, bool):
        raise UnreadableEvent("invalid_livemode")
    return Envelope(
        event_id=identifier(event_id, "event_id"),
        event_type=identifier(event_type, "event_type"),
        created=utc_timestamp(created),
        livemode=livemode,
        account=optional_identifier(account, "account"),
        document=document,
    )


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`.

    Raises UnreadableEvent: `body_not_json`, `body_not_object`, `duplicate_key`, `nesting_too_deep`.
    """
    try:
        document = _DECODER.decode(body.decode("utf-8"))
    except RecursionError as error:
        raise UnreadableEvent("nesting_too_deep") from error
    except ValueError as error:  # not UTF-8, not JSON, or an integer of thousands of digits
        raise UnreadableEvent("body_not_json") from error
    if not isinstance(document, dict):
        raise UnreadableEvent("body_not_object")
    # Counting is cheap and settles almost every body.
    if body.count(b"{") + body.count(b"[") > MAX_NESTING and _deeper_than(document, MAX_NESTING):
        raise UnreadableEvent("nesting_too_deep")
    return document


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise UnreadableEvent("duplicate_key")
    return document


def _refuse_constant(_name: str) -> NoReturn:
    raise UnreadableEvent("body_not_json")  # NaN and Infinity are not JSON (RFC 8259, section 6)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_unique_keys, parse_float=NumberText, parse_constant=_refuse_constant
)


def _deeper_than(document: dict[str, Any], levels: int) -> bool:
    layer: list[Any] = [document]
    for _ in range(levels):
        layer = [child for parent in layer for child in _children(parent) if isinstance(child, dict | list)]
        if not layer:
            return False
    return True


def _children(parent: Any) -> Iterable[Any]:
    return parent.values() if isinstance(parent, dict) else parent
