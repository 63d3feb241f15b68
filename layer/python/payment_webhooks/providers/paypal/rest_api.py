"""PayPal's REST API, as far as an event is confirmed with it: an access token, and reading one resource again.

The path is built from the resource's id and kind, never from a link in the event, which a forger writes.
Sources: https://developer.paypal.com/api/rest/authentication/ (client credentials, `expires_in` seconds) and
payments_payment_v2.json, checkout_orders_v2.json, customer_disputes_v1.json of paypal-rest-api-specifications.
"""

import json
import os
import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any, Final

import botocore
import urllib3  # from the layer; only a confirmed PayPal endpoint imports this module, and pays for it

from payment_webhooks.cache_age import is_younger
from payment_webhooks.endpoints.secret_document import ApiCredentials, Mode
from payment_webhooks.errors import Unavailable

API_URLS: Final[dict[Mode, str]] = {
    "live": "https://api-m.paypal.com",
    "test": "https://api-m.sandbox.paypal.com",
}
TIMEOUT_SECONDS: Final = 5.0
MAX_ANSWER_BYTES: Final = 512 * 1024
TOKEN_MARGIN_SECONDS: Final = 60.0  # a token that ends while a call is under way is of no use
SOURCE: Final = "paypal"
NOT_FOUND: Final = 404
UNAUTHORIZED: Final = 401


class PayPalApi:
    """One application's access, in one container. `bundle` is a file of authorities; None means botocore's."""

    def __init__(
        self,
        credentials: ApiCredentials,
        mode: Mode,
        clock: Callable[[], float] = time.time,
        bundle: str | None = None,
        pool: urllib3.PoolManager | None = None,
    ) -> None:
        self._credentials = credentials
        self._url = credentials.base_url or API_URLS[mode]
        self._clock = clock
        self._pool = pool or urllib3.PoolManager(
            num_pools=2,
            ca_certs=bundle or os.path.join(os.path.dirname(botocore.__file__), "cacert.pem"),
            cert_reqs="CERT_REQUIRED",
            retries=False,
            timeout=urllib3.Timeout(total=TIMEOUT_SECONDS),
        )
        self._token = ""
        self._token_given_at = 0.0
        self._token_seconds = 0.0

    def read(self, path: str) -> dict[str, Any] | None:
        """The resource at `path`; None when PayPal says that there is none.

        Raises Unavailable for every other answer: an outage, refused credentials, a throttle.
        """
        status, document = self._get(path)
        if status == UNAUTHORIZED:  # the token was revoked before its time
            self._token = ""
            status, document = self._get(path)
        if status == NOT_FOUND:
            return None
        if status != 200:
            raise Unavailable(f"{SOURCE}_http_{status}")
        return document

    def _get(self, path: str) -> tuple[int, dict[str, Any]]:
        if not self._token or not is_younger(self._token_given_at, self._clock(), self._token_seconds):
            self._renew()
        return self._exchange("GET", path, {"Authorization": f"Bearer {self._token}"})

    def _renew(self) -> None:
        pair = f"{self._credentials.client_id}:{self._credentials.client_secret}".encode()
        headers = {
            "Authorization": f"Basic {b64encode(pair).decode('ascii')}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        status, answer = self._exchange("POST", "/v1/oauth2/token", headers, b"grant_type=client_credentials")
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if status != 200 or not isinstance(token, str) or not isinstance(seconds, int):
            raise Unavailable(f"{SOURCE}_token_http_{status}")
        self._token = token
        self._token_given_at = self._clock()
        self._token_seconds = seconds - TOKEN_MARGIN_SECONDS

    def _exchange(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> tuple[int, dict[str, Any]]:
        try:
            answer = self._pool.request(
                method, self._url + path, body=body, headers=headers, redirect=False, preload_content=False
            )
            try:
                content = answer.read(MAX_ANSWER_BYTES + 1)
            finally:
                answer.close()  # one call a webhook: a connection that idles between invocations is dead by the next
        except (urllib3.exceptions.HTTPError, OSError):
            raise Unavailable(f"{SOURCE}_unreachable") from None
        if answer.status != 200:
            return answer.status, {}
        try:
            document = json.loads(content) if len(content) <= MAX_ANSWER_BYTES else None
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise Unavailable(f"{SOURCE}_answer_malformed")
        return answer.status, document
