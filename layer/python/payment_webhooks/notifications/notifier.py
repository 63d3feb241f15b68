"""Publishes each notification of a batch of queue messages once."""

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from payment_webhooks.aws.batch_response import BatchResponse, batch_response
from payment_webhooks.errors import Unavailable, WebhookError
from payment_webhooks.ledger.reader import LedgerReader
from payment_webhooks.notifications.content import BadMessage, Notification, notifications_for, parse_message
from payment_webhooks.notifications.markers import Claim, NotificationMarkers
from payment_webhooks.telemetry.logs import (
    ERROR,
    INFO,
    WARNING,
    Logger,
    describe,
    log,
    milliseconds_since,
    trace_id,
)

# Gives the topic's id of the message; raises Unavailable.
Send = Callable[[Notification], str]


class Notifier:
    """`new_owner` gives a text that no other attempt has."""

    def __init__(
        self,
        ledger: LedgerReader,
        markers: NotificationMarkers,
        send: Send,
        write: Logger = log,
        new_owner: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._ledger = ledger
        self._markers = markers
        self._send = send
        self._write = write
        self._new_owner = new_owner

    def handle(self, event: Mapping[str, Any]) -> BatchResponse:
        """Lambda's event of an SQS source; names the messages that are to be delivered again.

        One that another attempt can't help is named, too: the queue gives it to its dead-letter queue.
        """
        return batch_response(
            record["messageId"] for record in event["Records"] if not self._done_with(record)
        )

    def _done_with(self, record: Mapping[str, Any]) -> bool:
        """Whether the message may be deleted. Never raises an Exception: the rest of the batch goes on."""
        started = time.monotonic()
        fields: dict[str, Any] = {}
        level, done = INFO, True
        try:
            self._notify(record["body"], fields)
        except Exception as error:
            done = False
            level = WARNING if isinstance(error, Unavailable) else ERROR
            fields |= {
                "outcome": "refused" if isinstance(error, BadMessage) else "retried",
                **describe(error),
            }
        self._write(
            level,
            "notification",
            trace_id=trace_id(),
            message_id=record["messageId"],
            receive_count=int(record["attributes"]["ApproximateReceiveCount"]),
            duration_ms=milliseconds_since(started),
            **fields,
        )
        return done

    def _notify(self, body: str, fields: dict[str, Any]) -> None:
        """Publish what the message asks for; `fields` gets what the log may say of it."""
        request = parse_message(body)
        fields["transaction_id"] = request.transaction_id
        fields["event_id"] = request.event_id
        notifications = notifications_for(request, self._ledger.read(request.transaction_id))
        outcomes = [self._once(each) for each in notifications]
        fields["outcome"] = "notified" if outcomes else "nothing_to_tell"
        fields["published"] = outcomes.count(True)
        fields["repeated"] = outcomes.count(False)

    def _once(self, notification: Notification) -> bool:
        """Whether it was published now; False if it was before. Raises Unavailable to have it tried again."""
        owner = self._new_owner()
        claim = self._markers.claim(notification.key, owner)
        if claim is Claim.BUSY:
            raise Unavailable("notification_in_progress")
        if claim is Claim.PUBLISHED:
            return False
        try:
            message_id = self._send(notification)
        except Unavailable:
            self._release(notification, owner)
            raise
        self._mark(notification, message_id)
        return True

    def _release(self, notification: Notification, owner: str) -> None:
        try:
            self._markers.release(notification.key, owner)
        except Unavailable as error:  # the lease runs out by itself
            self._write(
                WARNING,
                "notification claim not released",
                transaction_id=notification.key.transaction_id,
                trace_id=trace_id(),
                **describe(error),
            )

    def _mark(self, notification: Notification, message_id: str) -> None:
        """It is out: to try the message again because of the mark alone would tell it twice."""
        try:
            self._markers.set_published(notification.key, message_id)
        except WebhookError as error:
            self._write(
                WARNING,
                "notification published but not marked",
                transaction_id=notification.key.transaction_id,
                trace_id=trace_id(),
                **describe(error),
            )
