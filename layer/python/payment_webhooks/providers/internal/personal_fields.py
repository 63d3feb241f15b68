"""Fields of in-house events that tell of a person: docs/internal-events.md knows none, so all that it does not know."""

from typing import Final

_FIELDS: Final = """
    amount_minor created_at currency customer_id id livemode object_id status transaction_id type
"""
_KNOWN: Final = frozenset(_FIELDS.split())


def is_personal(within: str, name: str) -> bool:
    """As Provider.is_personal."""
    return bool(within) or name not in _KNOWN
