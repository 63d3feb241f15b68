"""What the transaction API says of transactions, and what it takes, as JSON schemas. None has room for a payload."""

from collections.abc import Mapping
from typing import Any, Final

from payment_webhooks.domain import events as words
from payment_webhooks.domain.payment_amounts import STATUS_UNKNOWN
from payment_webhooks.ledger.payment_items import INLINE_OBJECTS
from payment_webhooks.providers.registry import PROVIDERS
from payment_webhooks.transaction_api.description import ERROR_SCHEMA, Schema

# "{endpoint}:{the provider's id}", as the ledger's keys are.
KEY_PATTERN: Final = "^[a-z0-9][a-z0-9-]{0,31}:[A-Za-z0-9._:-]{1,200}$"
REQUEST_ID_PATTERN: Final = "^[A-Za-z0-9._:-]{1,100}$"
CURSOR_PATTERN: Final = "^[A-Za-z0-9_-]{1,1024}$"
INSTANT_PATTERN: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{6}Z$"

PAYMENT_STATUSES: Final = (
    words.PENDING,
    words.AUTHORIZED,
    words.FAILED,
    words.CANCELED,
    words.CLOSED,
    words.SUCCEEDED,
    words.PARTIALLY_REFUNDED,
    words.REFUNDED,
)
DISPUTE_STATUSES: Final = (words.INQUIRY, words.DISPUTED, words.DISPUTE_WON, words.DISPUTE_LOST)
# Of a payment, or of its disputes.
STATUSES: Final = (*PAYMENT_STATUSES, STATUS_UNKNOWN, *DISPUTE_STATUSES)

_TEXT: Final[Schema] = {"type": "string"}
_TEXT_OR_NULL: Final[Schema] = {"type": ["string", "null"]}
_NUMBER: Final[Schema] = {"type": "integer"}
_NUMBER_OR_NULL: Final[Schema] = {"type": ["integer", "null"]}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 1}
_INSTANT: Final[Schema] = {"type": "string", "pattern": INSTANT_PATTERN}
_DAY: Final[Schema] = {"type": "string", "format": "date"}
_BOOLEAN_OR_NULL: Final[Schema] = {"type": ["boolean", "null"]}
_LINKS: Final[Mapping[str, Schema]] = {
    f"{name}_id": {
        **_TEXT_OR_NULL,
        "description": f"The provider's id of the {name} that was paid, where it tells one",
    }
    for name in ("invoice", "subscription", "order")
}
_AMOUNTS: Final = {
    "authorized": "What may still be captured",
    "captured": "What came in, in all",
    "captured_unconfirmed": "The part of captured that rests on events alone which nobody has confirmed",
    "refunded": "What went back, in all",
    "refunded_unconfirmed": "Refunded, less what confirmed events tell of it",
    "disputed": "What disputes have taken and no refund tells",
    "disputed_unconfirmed": "Disputed, less what confirmed events tell of it",
    "held": "What open disputes hold back on the seller's account; still in the net",
    "held_unconfirmed": "Held, less what confirmed events tell of it",
    "net": "Captured less refunded less disputed, before any fee: not what arrives in the bank",
}


def record(description: str, properties: Mapping[str, Schema], *optional: str) -> dict[str, Any]:
    """The schema of an object with these properties and no other; those not in `optional` are always there."""
    required = sorted(properties.keys() - set(optional))
    return {
        "type": "object",
        "description": description,
        "properties": dict(properties),
        # Draft 4 wants at least one name in it (json-schema.org/draft-04/schema, `stringArray`).
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


_OBJECT: Final = record(
    "A refund or a dispute, as its latest event tells it",
    {
        "object_kind": {"type": "string", "enum": [words.KIND_REFUND, words.KIND_DISPUTE]},
        "object_id": _TEXT,
        "status": _TEXT,
        "amount_minor": _NUMBER_OR_NULL,
        "amount": _TEXT_OR_NULL,
        "currency": _TEXT_OR_NULL,
        "occurred_at": _INSTANT,
        "occasion": {
            **_TEXT_OR_NULL,
            "description": "Sets apart what reaches one status with one amount again, such as the stage of a dispute",
        },
    },
)
_EVENT: Final[Mapping[str, Schema]] = {
    "transaction_id": {"type": "string", "pattern": KEY_PATTERN},
    "endpoint": _TEXT,
    "provider": {"type": "string", "enum": list(PROVIDERS.names)},
    "event_id": _TEXT,
    "event_type": _TEXT,
    "webhook_id": _TEXT,
    "occurred_at": _INSTANT,
    "recorded_at": _INSTANT,
    "object_kind": {
        "type": "string",
        "enum": [words.KIND_PAYMENT, words.KIND_REFUND, words.KIND_DISPUTE, words.KIND_CORRECTION],
    },
    "object_id": _TEXT,
    "status": _TEXT,
    "amount_minor": _NUMBER_OR_NULL,
    "amount": _TEXT_OR_NULL,
    "amount_meaning": _TEXT_OR_NULL,
    "currency": _TEXT_OR_NULL,
    "customer_id": _TEXT_OR_NULL,
    "account": _TEXT_OR_NULL,
    **_LINKS,
    "livemode": _BOOLEAN_OR_NULL,
    "confirmed": {"type": "boolean"},
    "answers": {**_TEXT_OR_NULL, "description": "Of a correction: the event that it speaks of"},
    "reason": {**_TEXT_OR_NULL, "description": "Of a correction: what a person gave for it"},
}
_ARCHIVED: Final = record(
    "Where events of it were archived; the state and the history have them all the same",
    {
        "generation": _NUMBER,
        "location": _TEXT,
        "sha256": _TEXT,
        "archived_at": _INSTANT,
        "rows": _NUMBER,
    },
)
_STATE: Final[Mapping[str, Schema]] = {
    "transaction_id": {"type": "string", "pattern": KEY_PATTERN},
    "endpoint": _TEXT,
    "provider": {"type": "string", "enum": list(PROVIDERS.names)},
    "version": {**_COUNT, "description": "Of the state: each event that is recorded raises it by one"},
    "members": {
        "type": "array",
        "items": {
            **_TEXT,
            "description": "Transactions that turned out to be this one, and are part of it now",
        },
    },
    "began_at": {
        **_INSTANT,
        "description": "When the earliest of its events occurred; an older one that comes later moves it back",
    },
    "customer_id": {
        "type": ["string", "null"],
        "description": '"{endpoint}:{the provider\'s id}", as the query takes it',
    },
    "account": {**_TEXT_OR_NULL, "description": "The provider's account whose money it is; null: our own"},
    **_LINKS,
    "status": {"type": "string", "enum": [*PAYMENT_STATUSES, STATUS_UNKNOWN]},
    "status_since": {**_INSTANT, "description": "When the event occurred that brought it"},
    "dispute_status": {"type": ["string", "null"], "enum": [*DISPUTE_STATUSES, None]},
    "dispute_since": {"type": ["string", "null"], "pattern": INSTANT_PATTERN},
    "currency": {"type": ["string", "null"], "description": "ISO 4217"},
    **{
        f"{name}_minor": {**_NUMBER, "description": f"{text}. Minor units of `currency`"}
        for name, text in _AMOUNTS.items()
    },
    "fee_minor": {
        **_NUMBER_OR_NULL,
        "description": "What provider and platform keep in all, not taken from the net; null where they do not say",
    },
    "declined_attempts": {
        "type": "integer",
        "minimum": 0,
        "description": "How often somebody tried to pay and was declined",
    },
    "amounts": record(
        "The same as text in major units; none without a currency",
        dict.fromkeys((*_AMOUNTS, "fee"), _TEXT),
        *_AMOUNTS,
        "fee",
    ),
    "livemode": _BOOLEAN_OR_NULL,
    "confirmed": {
        "type": "boolean",
        "description": "False while what moves money rests on events that nobody has confirmed",
    },
    # Not beside "array": API Gateway has refused that (amazon-archives/aws-apigateway-importer#69 and #75).
    "flags": {
        "type": "array",
        "items": {**_TEXT, "description": "Why a person should look at the amounts"},
    },
    "objects": {"type": "array", "items": _OBJECT},
    "objects_left_out": {
        "type": "integer",
        "minimum": 0,
        "description": f"Of more than {INLINE_OBJECTS} the newest are shown; the history has all",
    },
    "updated_at": _INSTANT,
    "event_count": _COUNT,
}

TRANSACTION_SCHEMAS: Final[Mapping[str, Schema]] = {
    ERROR_SCHEMA: record("What went wrong", {"error": _TEXT, "message": _TEXT}),
    "TransactionState": record("The state that a transaction's events add up to", _STATE),
    "TransactionEvent": record("One event of a transaction, as the ledger keeps it", _EVENT),
    "Transaction": record(
        "The state, and its events in their order when they were asked for",
        {
            **_STATE,
            "archived": {"type": "array", "items": _ARCHIVED},
            "history": {"type": "array", "items": {"$ref": "TransactionEvent"}},
        },
        "history",
    ),
    "TransactionList": record(
        "A page of a list",
        {
            "from": _DAY,
            "to": _DAY,
            "transactions": {"type": "array", "items": {"$ref": "TransactionState"}},
            "next_cursor": {
                "type": ["string", "null"],
                "description": "Asks for the next page, with the same query; null at the end",
            },
        },
    ),
    "NotificationRequest": record(
        "An empty object, or with an id for the request",
        {
            "request_id": {
                "type": "string",
                "pattern": REQUEST_ID_PATTERN,
                "description": "1 to 100 of A-Z, a-z, 0-9 and . _ : -; an id of its own is given without it",
            }
        },
        "request_id",
    ),
    "NotificationAccepted": record(
        "The request is on its queue",
        {
            "transaction_id": {"type": "string", "pattern": KEY_PATTERN},
            "request_id": {"type": "string", "pattern": REQUEST_ID_PATTERN},
            "status": {"type": "string", "enum": ["queued"]},
        },
    ),
}
