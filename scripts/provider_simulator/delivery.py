"""Sends a webhook as its provider would: signed anew for each delivery, the body's bytes untouched."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import urllib3

from payment_webhooks.contract import PROVIDER_INTERNAL, PROVIDER_PAYPAL, PROVIDER_SQUARE, PROVIDER_STRIPE
from payment_webhooks.timestamps import utc_timestamp
from scripts.provider_simulator.signatures import SentHeaders

TIMEOUT_SECONDS: Final = 30.0  # API Gateway itself ends a request after 29 s
# Where an event of each provider has its id and its time of creation.
ID_FIELDS: Final = {
    PROVIDER_STRIPE: ("id", "created"),
    PROVIDER_SQUARE: ("event_id", "created_at"),
    PROVIDER_PAYPAL: ("id", "create_time"),
    PROVIDER_INTERNAL: ("id", "created_at"),
}


@dataclass(frozen=True)
class Delivery:
    """One answer: `body` is the JSON that came back, {} when it was none; `status_code` 0 when nothing came back."""

    status_code: int
    body: Mapping[str, Any]
    duration_ms: float


def checked_url(text: str) -> str:
    """`text` itself. Raises ValueError, which says what it is not, when nothing can be posted there."""
    try:
        url = urllib3.util.parse_url(text)
    except urllib3.exceptions.LocationParseError as error:
        raise ValueError("is no URL") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("is no http or https address")
    return text


def freshened(provider: str, body: bytes, now_seconds: float) -> bytes:
    """The same event as a new one: another id, created now. The JSON is written anew.

    Raises ValueError when the body is no JSON object.
    """
    event = json.loads(body)
    if not isinstance(event, dict):
        raise ValueError("the event is not a JSON object")
    id_field, time_field = ID_FIELDS[provider]
    event[id_field] = f"fresh_{uuid.uuid4().hex}"
    event[time_field] = int(now_seconds) if provider == PROVIDER_STRIPE else utc_timestamp(now_seconds)
    return json.dumps(event).encode()


def deliver(http: urllib3.PoolManager, url: str, body: bytes, headers: SentHeaders) -> Delivery:
    """Posts once. No redirect is followed and nothing is tried again: what came back is what is shown."""
    begun = time.monotonic()
    try:
        answer = http.request(
            "POST",
            url,
            body=body,
            headers=urllib3.HTTPHeaderDict(headers),
            timeout=TIMEOUT_SECONDS,
            retries=False,
            redirect=False,
        )
    except urllib3.exceptions.HTTPError as error:
        return Delivery(0, {"error": type(error).__name__}, (time.monotonic() - begun) * 1000)
    return Delivery(answer.status, _json_object(answer.data), (time.monotonic() - begun) * 1000)


def deliver_times(
    count: int, sign: Callable[[], SentHeaders], http: urllib3.PoolManager, url: str, body: bytes
) -> list[Delivery]:
    """`count` deliveries one after the other; `sign` is called for each, as a provider signs each attempt."""
    return [deliver(http, url, body, sign()) for _ in range(count)]


def _json_object(data: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(data)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
