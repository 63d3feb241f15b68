"""PayPal's REST API, as far as events are confirmed and listed with it: an access token, and reading one resource.

The path is built from the resource's id and kind, never from a link in the event, which a forger writes.
Sources: https://developer.paypal.com/api/rest/authentication/ (client credentials, `expires_in` seconds) and
payments_payment_v2.json, checkout_orders_v2.json, customer_disputes_v1.json of paypal-rest-api-specifications.
"""

import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from payment_webhooks.cache_age import is_younger
from payment_webhooks.endpoints.secret_document import ApiCredentials, Mode
from payment_webhooks.errors import Unavailable
from payment_webhooks.providers.rest_client import Answer, RestClient

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


class _Token(NamedTuple):
    text: str
    given_at: float
    seconds: float


class PayPalApi:
    """One application's access, in one container. `client`: None for one resource at a time."""

    def __init__(
        self,
        credentials: ApiCredentials,
        mode: Mode,
        clock: Callable[[], float] = time.time,
        client: RestClient | None = None,
    ) -> None:
        self._credentials = credentials
        self._clock = clock
        self._client = client or RestClient(
            SOURCE, url_of(credentials, mode), TIMEOUT_SECONDS, MAX_ANSWER_BYTES
        )
        self._token: _Token | None = None

    def read(self, path: str) -> dict[str, Any] | None:
        """The resource at `path`; None when PayPal says that there is none.

        Raises Unavailable for every other answer: an outage, refused credentials (Refused), a throttle (Throttled), of
        the resource as of the token.
        """
        answer = self._get(path)
        if answer.status == UNAUTHORIZED:  # the token was revoked before its time
            self._token = None
            answer = self._get(path)
        return None if answer.status == NOT_FOUND else self._client.accepted(answer)

    def _get(self, path: str) -> Answer:
        token = self._token
        if token is None or not is_younger(token.given_at, self._clock(), token.seconds):
            token = self._token = self._new_token()
        return self._client.exchange("GET", path, {"Authorization": f"Bearer {token.text}"})

    def _new_token(self) -> _Token:
        pair = f"{self._credentials.client_id}:{self._credentials.client_secret}".encode()
        headers = {
            "Authorization": f"Basic {b64encode(pair).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        answer = self._client.exchange("POST", "/v1/oauth2/token", headers, b"grant_type=client_credentials")
        document = self._client.accepted(answer, "_token")
        token, seconds = document.get("access_token"), document.get("expires_in")
        if not isinstance(token, str) or not isinstance(seconds, int):
            raise Unavailable(f"{SOURCE}_token_http_{answer.status}")
        return _Token(token, self._clock(), seconds - TOKEN_MARGIN_SECONDS)


def url_of(credentials: ApiCredentials, mode: Mode) -> str:
    return credentials.base_url or API_URLS[mode]
