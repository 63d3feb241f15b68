"""Fetches the certificates that providers sign with, over HTTPS.

The URL has passed the provider's own allow-list before it gets here (paypal/signature.py). Still: no redirect is
followed, the host's certificate is checked, the answer and the time for it are bounded.
"""

import os
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from payment_webhooks.cache_age import is_younger
from payment_webhooks.errors import InvalidSignature, Unavailable

if TYPE_CHECKING:
    import urllib3

TIMEOUT_SECONDS: Final = 3.0  # the receiver has 8 s in all
MAX_CERTIFICATE_BYTES: Final = 64 * 1024
MAX_CACHED_URLS: Final = 16
FRESH_SECONDS: Final = 6 * 3600.0  # a new certificate has a new URL
# While the host is down, one request in this time waits for it; the others are answered at once.
RETRY_AFTER_SECONDS: Final = 10.0
# Whoever sends names the URL, and is not authentic yet: without a limit anyone makes us call, and fill all containers
# with requests that wait. What was fetched once is outside it.
MAX_NEW_URLS: Final = 5
NEW_URLS_SECONDS: Final = 10.0
_PEM_MARK: Final = b"-----BEGIN CERTIFICATE-----"
_CHUNK_BYTES: Final = 8192


@dataclass(slots=True)
class _Entry:
    pem: bytes | None  # None: the last attempt failed
    kept_at: float
    fresh_seconds: float


class CertificateFetcher:
    """A callable from URL to PEM, with a bounded cache of its own. One for each container."""

    def __init__(
        self,
        authority_bundle: str | None = None,
        clock: Callable[[], float] = time.time,
        pool: "urllib3.PoolManager | None" = None,
    ) -> None:
        """`authority_bundle`: a file of PEM certificates to check the host with; None means botocore's. `pool`: the
        connections; None makes them at the first download.
        """
        self._authority_bundle = authority_bundle
        self._clock = clock
        self._entries: dict[str, _Entry] = {}
        self._asked_new: deque[float] = deque(maxlen=MAX_NEW_URLS)
        self._pool = pool

    def __call__(self, url: str) -> bytes:
        """The PEM text at `url`.

        Raises Unavailable("certificate_unavailable") for every trouble on the way, for an answer that is not PEM, and
        without a call for more new URLs than MAX_NEW_URLS in NEW_URLS_SECONDS, so that the provider sends again;
        InvalidSignature("certificate_not_found") when the host says that there is none. What was fetched before is used
        again while the host does not answer.
        """
        entry = self._entries.get(url)
        if entry is None or not is_younger(entry.kept_at, self._clock(), entry.fresh_seconds):
            entry = self._refresh(url, entry)
        if entry.pem is None:
            raise Unavailable("certificate_unavailable")
        return entry.pem

    def _refresh(self, url: str, stale: _Entry | None) -> _Entry:
        if stale is None or stale.pem is None:
            self._spend()
        try:
            entry = _Entry(self._download(url), self._clock(), FRESH_SECONDS)
        except Unavailable:
            entry = _Entry(stale.pem if stale else None, self._clock(), RETRY_AFTER_SECONDS)
        self._entries.pop(url, None)
        while len(self._entries) >= MAX_CACHED_URLS:
            self._entries.pop(self._least_wanted(), None)
        self._entries[url] = entry
        return entry

    def _spend(self) -> None:
        """One call for a URL that never answered. Raises Unavailable when there were too many."""
        now = self._clock()
        is_full = len(self._asked_new) == MAX_NEW_URLS
        if is_full and is_younger(self._asked_new[0], now, NEW_URLS_SECONDS):
            raise Unavailable("certificate_unavailable")
        self._asked_new.append(now)

    def _least_wanted(self) -> str:
        """A failure before a certificate: the sender makes up URLs, and must not push out what the provider uses."""
        failures = (url for url, entry in self._entries.items() if entry.pem is None)
        return next(failures, next(iter(self._entries)))

    def _download(self, url: str) -> bytes:
        import urllib3  # from the layer; only for a provider that signs with a certificate

        if not url.startswith("https://"):
            raise InvalidSignature("certificate_url_not_allowed")
        deadline = time.monotonic() + TIMEOUT_SECONDS
        try:
            response = self._http().request(
                "GET", url, redirect=False, preload_content=False, headers={"Accept-Encoding": "identity"}
            )
            try:
                if response.status in (404, 410):
                    raise InvalidSignature("certificate_not_found")
                pem = self._read(response, deadline) if response.status == 200 else b""
            finally:
                response.close()
        except (urllib3.exceptions.HTTPError, OSError):
            raise Unavailable("certificate_unavailable") from None
        if _PEM_MARK not in pem:
            raise Unavailable("certificate_unavailable")
        return pem

    def _read(self, response: "urllib3.BaseHTTPResponse", deadline: float) -> bytes:
        """At most MAX_CERTIFICATE_BYTES, before `deadline`: a socket's time limit starts again with each byte."""
        content = bytearray()
        while chunk := response.read1(_CHUNK_BYTES):
            content += chunk
            if len(content) > MAX_CERTIFICATE_BYTES or time.monotonic() > deadline:
                raise Unavailable("certificate_unavailable")
        return bytes(content)

    def _http(self) -> "urllib3.PoolManager":
        if self._pool is None:
            import botocore
            import urllib3

            bundle = self._authority_bundle or os.path.join(os.path.dirname(botocore.__file__), "cacert.pem")
            timeout = urllib3.Timeout(total=TIMEOUT_SECONDS)  # both together fit into the deadline
            self._pool = urllib3.PoolManager(
                num_pools=4, ca_certs=bundle, cert_reqs="CERT_REQUIRED", retries=False, timeout=timeout
            )
        return self._pool
