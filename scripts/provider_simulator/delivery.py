"""Sends a webhook as its provider would: signed anew for each delivery, the body's bytes untouched."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import urllib3

from scripts.provider_simulator.simulator import SentHeaders

TIMEOUT_SECONDS: Final = 30.0  # API Gateway itself ends a request after 29 s


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
        return Delivery(0, {"error": _reason(error)}, (time.monotonic() - begun) * 1000)
    return Delivery(answer.status, _json_object(answer.data), (time.monotonic() - begun) * 1000)


def deliver_times(
    count: int, sign: Callable[[], SentHeaders], http: urllib3.PoolManager, url: str, body: bytes
) -> list[Delivery]:
    """`count` deliveries one after the other; `sign` is called for each, as a provider signs each attempt."""
    return [deliver(http, url, body, sign()) for _ in range(count)]


def _reason(error: urllib3.exceptions.HTTPError) -> str:
    """Why nothing came back, as people say it."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, OSError):
        cause = cause.__cause__
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    is_late = isinstance(error, urllib3.exceptions.TimeoutError)
    return f"no answer within {TIMEOUT_SECONDS:.0f} s" if is_late else str(error)


def _json_object(data: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(data)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
