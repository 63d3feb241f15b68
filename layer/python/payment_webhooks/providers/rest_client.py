"""HTTPS with a provider's own API: one call at a time, each bounded in time and size, every answer a JSON object."""

import json
import os
import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import botocore
import urllib3  # from the layer; only who asks a provider imports this module, and pays for it

from payment_webhooks.deadline import Deadline
from payment_webhooks.errors import Unavailable
from payment_webhooks.providers.event_list import MOST_BYTES, NO_END, TIMEOUT_SECONDS, Refused, Throttled

OK: Final = 200
TOO_MANY_REQUESTS: Final = 429
UNAVAILABLE: Final = 503  # with Retry-After it says for how long (RFC 9110, section 10.2.3)
_LONGEST_WAIT_DIGITS: Final = 5  # seconds of more than a day are no wait


class Answer(NamedTuple):
    """`document` is what the body holds; empty where it is no JSON object, which a status of 200 never is."""

    status: int
    document: dict[str, Any]
    retry_after_seconds: float | None = None


class RestClient:
    """Calls of one provider, `source` in the reasons of errors. `bundle` is a file of authorities; None means
    botocore's. `keeps_connection`: for many calls in a row; one that idles between invocations is dead by the next.
    `deadline`: what is left of it cuts a call's time-out. `monotonic`: a clock.
    """

    def __init__(
        self,
        source: str,
        url: str,
        timeout_seconds: float,
        most_bytes: int,
        *,
        bundle: str | None = None,
        pool: urllib3.PoolManager | None = None,
        keeps_connection: bool = False,
        deadline: Deadline = NO_END,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._url = url
        self._most_bytes = most_bytes
        self._keeps_connection = keeps_connection
        self._pool = pool or urllib3.PoolManager(
            num_pools=2,
            ca_certs=bundle or os.path.join(os.path.dirname(botocore.__file__), "cacert.pem"),
            cert_reqs="CERT_REQUIRED",
            retries=False,
        )
        self._timeout_seconds = timeout_seconds
        self._deadline = deadline
        self._monotonic = monotonic

    def exchange(self, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> Answer:
        """Raises Unavailable when there is no answer, or one of 200 that is no JSON object."""
        seconds = self._deadline.limit(self._timeout_seconds)
        ends = self._monotonic() + seconds
        try:
            answer = self._pool.request(
                method,
                self._url + path,
                body=body,
                headers=headers,
                redirect=False,
                preload_content=False,
                timeout=urllib3.Timeout(total=seconds),
            )
            is_whole = False
            try:
                content = self._read(answer, ends)
                is_whole = len(content) <= self._most_bytes
            finally:
                if not (is_whole and self._keeps_connection):
                    answer.close()
                answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError):
            raise Unavailable(f"{self._source}_unreachable") from None
        try:
            document = json.loads(content) if is_whole else None
        except (ValueError, RecursionError):
            document = None
        if isinstance(document, dict):
            return Answer(answer.status, document, _seconds(answer.headers.get("Retry-After")))
        if answer.status == OK:
            raise Unavailable(f"{self._source}_answer_malformed")
        return Answer(answer.status, {}, _seconds(answer.headers.get("Retry-After")))

    def _read(self, answer: urllib3.BaseHTTPResponse, ends: float) -> bytes:
        """At most one byte more than is taken. Raises TimeoutError at the end: the pool's is for each part by itself,
        however many there are (urllib3, "Timeout").
        """
        content = b""
        while len(content) <= self._most_bytes:
            part = answer.read1(self._most_bytes + 1 - len(content))
            content += part
            if not part:
                break
            if self._monotonic() >= ends:
                raise TimeoutError
        return content

    def document(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> dict[str, Any]:
        """What an answer of 200 holds. Raises Throttled, Refused, and Unavailable for every other answer."""
        return self.accepted(self.exchange(method, path, headers, body))

    def accepted(self, answer: Answer, part: str = "") -> dict[str, Any]:
        """The document of an answer of 200. Raises as `document`. `part`: of the API, in the reasons of errors."""
        reason = f"{self._source}{part}_http_{answer.status}"
        waits = answer.status == UNAVAILABLE and answer.retry_after_seconds is not None
        if waits or answer.status == TOO_MANY_REQUESTS:
            raise Throttled(reason, answer.retry_after_seconds)
        if 400 <= answer.status < 500:
            raise Refused(reason, answer.document)
        if answer.status != OK:
            raise Unavailable(reason)
        return answer.document


def _seconds(text: str | None) -> float | None:
    """Of a Retry-After header in seconds (RFC 9110, section 10.2.3); one with a date says nothing here."""
    return float(text) if text and text.isdecimal() and len(text) <= _LONGEST_WAIT_DIGITS else None


def list_client(source: str, url: str, deadline: Deadline) -> RestClient:
    """The client of a provider's list, which is read page after page on one connection."""
    return RestClient(source, url, TIMEOUT_SECONDS, MOST_BYTES, keeps_connection=True, deadline=deadline)
