"""Fingerprints a body with a keyed hash, to tell a redelivery from a webhook with other content.

A plain hash of a body that differs from the stored, masked copy only in a card number would let anyone who
reads it try all numbers. The key is a secret of its own that never changes: with another one, every
redelivery would look like a conflict.
"""

import hmac
import json
from collections.abc import Mapping
from typing import Any


def canonical(
    document: Mapping[str, Any] | None, body: bytes, volatile_fields: frozenset[str] = frozenset()
) -> bytes:
    """The bytes to compare deliveries by: the document with sorted keys and without its volatile fields.

    `document` is None for a body that could not be read; then the body itself counts.
    """
    if document is None:
        return body
    kept = {name: value for name, value in document.items() if name not in volatile_fields}
    try:
        return json.dumps(kept, sort_keys=True, separators=(",", ":")).encode()
    except RecursionError:  # nested deeper than it can be written, though it could be read
        return body


def fingerprint(key: bytes, data: bytes) -> str:
    """HMAC-SHA256, 64 hexadecimal digits. Raises ValueError for an empty key."""
    if not key:
        raise ValueError("the fingerprint key is empty")
    return hmac.digest(key, data, "sha256").hex()
