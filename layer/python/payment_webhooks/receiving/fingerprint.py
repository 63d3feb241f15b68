"""Fingerprints a body with a keyed hash, to tell a redelivery from a webhook with other content.

A plain hash of a body that differs from the stored, masked copy only in a card number would let anyone who
reads it try all numbers. The key is a secret of its own that never changes: with another one, every
redelivery would look like a conflict.
"""

import hmac
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from payment_webhooks.providers.envelope import NumberText

# Whether a body may have a number that is kept as text: almost none has, and only those are searched.
_DECIMAL: Final = re.compile(rb"[:,\[\s]-?[0-9]+[.eE]")


def canonical(
    document: Mapping[str, Any] | None, body: bytes, volatile_fields: frozenset[str] = frozenset()
) -> bytes:
    """The bytes to compare deliveries by: the document with sorted keys and without its volatile fields.

    `document` is None for a body that could not be read; then the body itself counts. Where numbers were kept as text
    is added, so that 1.0 is not "1.0".
    """
    if document is None:
        return body
    kept = {name: value for name, value in document.items() if name not in volatile_fields}
    try:
        written = json.dumps(kept, sort_keys=True, separators=(",", ":")).encode()
    except RecursionError:  # nested deeper than it can be written, though it could be read
        return body
    decimals = _decimals(kept) if _DECIMAL.search(body) else []
    return written + b"\n" + json.dumps(decimals).encode() if decimals else written


def _decimals(document: Mapping[str, Any]) -> list[int]:
    """Which of all values, counted as they are written, are numbers that were kept as text.

    Without recursion and without paths: a body of a million decimals must be stored within the deadline, too.
    """
    found: list[int] = []
    waiting: list[Any] = [document]
    count = 0
    while waiting:
        value = waiting.pop()
        count += 1
        if isinstance(value, NumberText):
            found.append(count)
        elif isinstance(value, dict):
            waiting += [value[name] for name in sorted(value, reverse=True)]
        elif isinstance(value, list):
            waiting += reversed(value)
    return found


def fingerprint(key: bytes, data: bytes) -> str:
    """HMAC-SHA256, 64 hexadecimal digits. Raises ValueError for an empty key."""
    if not key:
        raise ValueError("the fingerprint key is empty")
    return hmac.digest(key, data, "sha256").hex()
