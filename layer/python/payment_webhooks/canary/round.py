"""One round of the canary: a synthetic webhook is sent to the public path, and waited for until it is judged.

Nothing is raised for a round that failed: its metrics are missing then, which is what the alarm looks at, and the log
line has the reason.
"""

import base64
import os
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.endpoints.secret_document import EndpointSecret, live_keys
from payment_webhooks.errors import WebhookError
from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.providers.canary import SIGNATURE_HEADER, synthetic_body
from payment_webhooks.providers.timestamped_hmac import sign
from payment_webhooks.telemetry.logs import ERROR, INFO, LogField, Logger, log
from payment_webhooks.telemetry.metrics import SECONDS, metric_fields
from payment_webhooks.timestamps import utc_timestamp

# Senders give up after ten seconds (Square's is the shortest time known).
POST_SECONDS: Final = 10.0
# From the request on. With it, and a minute in which the scheduler calls, one round that is missed leaves less time
# without a webhook than the alarm `canary-lost` waits, and two leave more.
PATIENCE_SECONDS: Final = 30.0
LOOK_EVERY_SECONDS: Final = 0.5
LINE: Final = "canary round"  # of the log
_OK: Final = 200
_ACCEPTED: Final = "accepted"
_JUDGED: Final = contract.STATUS_IGNORED
_RANDOM_BYTES: Final = 15

# Body and headers -> HTTP status, and the answer's document if the status is 200. Raises Unavailable.
Post = Callable[[bytes, dict[str, str]], tuple[int, Mapping[str, Any]]]
# The status of this item of the inbox; None where there is none. Raises Unavailable.
Look = Callable[[InboxKeys], str | None]


class Round(NamedTuple):
    """`accepted_seconds`, `judged_seconds`: from the request on, as far as it came. `reason`: why it failed."""

    webhook_id: str
    accepted_seconds: float | None = None
    judged_seconds: float | None = None
    reason: str | None = None


class Canary:
    """`clock` gives Unix seconds, `new_id` an id that no other round has."""

    def __init__(
        self,
        secret: Callable[[], EndpointSecret],
        post: Post,
        look: Look,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        new_id: Callable[[], str] | None = None,
    ) -> None:
        self._secret = secret
        self._post = post
        self._look = look
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep
        self._new_id = new_id or _random_id

    def round(self) -> Round:
        """Send one webhook, and wait until it is judged."""
        now = self._clock()
        event_id = self._new_id()
        keys = InboxKeys(f"{contract.CANARY}:{event_id}", utc_timestamp(now))
        result = Round(keys.webhook_id)
        try:
            body = synthetic_body(event_id, keys.timestamp)
            key = live_keys(self._secret())[0].value
            headers = {
                "Content-Type": "application/json",
                "User-Agent": "payment-webhooks-canary",
                SIGNATURE_HEADER: sign(key, body, int(now)),
            }
            started = self._monotonic()
            status, answer = self._post(body, headers)
            if status != _OK:
                return result._replace(reason=f"http_{status}")
            if answer.get("status") != _ACCEPTED:
                return result._replace(reason="not_accepted")
            result = result._replace(accepted_seconds=self._monotonic() - started)
            return self._judged(result, keys, started)
        except WebhookError as error:
            return result._replace(reason=error.reason)

    def _judged(self, result: Round, keys: InboxKeys, started: float) -> Round:
        while True:
            status = self._look(keys)
            passed = self._monotonic() - started
            if status not in (_JUDGED, contract.STATUS_RECEIVED):
                return result._replace(reason=f"judged_{status}" if status else "not_in_inbox")
            if passed > PATIENCE_SECONDS:
                return result._replace(reason="not_judged")
            if status == _JUDGED:
                return result._replace(judged_seconds=passed)
            self._sleep(LOOK_EVERY_SECONDS)


def report(result: Round, write: Logger = log, **fields: LogField) -> None:
    """The round's line, with `fields`; it counts how far the round came."""
    reached = {
        contract.METRIC_CANARY_ACCEPTED: result.accepted_seconds,
        contract.METRIC_CANARY_JUDGED: result.judged_seconds,
    }
    metrics = {name: (seconds, SECONDS) for name, seconds in reached.items() if seconds is not None}
    write(
        ERROR if result.reason else INFO,
        LINE,
        webhook_id=result.webhook_id,
        reason=result.reason,
        **fields,
        **(metric_fields(metrics) if metrics else {}),
    )


def answer_of(result: Round) -> dict[str, Any]:
    """The function's answer, for who calls it by hand."""
    return {
        contract.CANARY_ANSWER_JUDGED: result.judged_seconds,
        contract.CANARY_ANSWER_REASON: result.reason,
        contract.WEBHOOK_ID: result.webhook_id,
    }


def _random_id() -> str:
    """Letters, and digits that are too few in a row to be taken for a card number."""
    return base64.b32encode(os.urandom(_RANDOM_BYTES)).decode().lower()
