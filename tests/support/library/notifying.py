"""A notification handler over the ledger of a processor, all in memory."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from payment_webhooks import contract
from payment_webhooks.domain.effect import Effect
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.ledger.reader import LedgerReader
from payment_webhooks.notifications.content import Notification
from payment_webhooks.notifications.markers import NotificationMarkers
from payment_webhooks.notifications.notifier import Notifier
from payment_webhooks.processing.processor import Confirm
from payment_webhooks.publishing.publisher import event_detail
from tests.support.library.fake_dynamodb import FakeDynamoDB
from tests.support.library.processing import Processing, record
from tests.support.library.receiving import LEDGER, NOW, Receiving

MARKERS = "notifications"


@dataclass
class Notifying:
    """`details`: what the processor told the bus. `told`: what the topic took. `failures`: its answers to come,
    and whether it had taken the message all the same.
    """

    now: float = NOW
    told: list[Notification] = field(default_factory=list)
    failures: list[tuple[Exception, bool]] = field(default_factory=list)
    details: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    receiving: Receiving = field(default_factory=Receiving)
    confirm: Confirm | None = None

    def __post_init__(self) -> None:
        self.processing = Processing(self.receiving, publisher=self._publish, confirm=self.confirm)
        self.markers_table = FakeDynamoDB(
            {MARKERS: (contract.NOTIFICATION_TRANSACTION, contract.NOTIFICATION_ID)}
        )
        self.markers = NotificationMarkers(self.markers_table, MARKERS, lambda: self.now)
        ledger = LedgerReader(self.processing.dynamodb, LEDGER)
        self.notifier = Notifier(ledger, self.markers, self._send, self._write)

    @property
    def types(self) -> list[str]:
        return [each.attributes["notification_type"] for each in self.told]

    def apply(self, endpoint: str, body: bytes) -> dict[str, Any]:
        """Process a webhook; the message that the rule would send of its event."""
        self.processing.process(self.processing.store(endpoint, body))
        return self.details[-1]

    def deliver(self, message: Mapping[str, Any] | str) -> bool:
        """Whether the message may be deleted."""
        body = message if isinstance(message, str) else json.dumps(message)
        answer = self.notifier.handle({"Records": [record("m-1", body)]})
        return answer == {"batchItemFailures": []}

    def marker(self) -> dict[str, Any]:
        (item,) = self.markers_table.items(MARKERS)
        return {name: next(iter(value.values())) for name, value in item.items()}

    def _publish(self, row: LedgerRow, effect: Effect) -> None:
        self.details.append(event_detail(row, effect))

    def _send(self, notification: Notification) -> str:
        error, taken = self.failures.pop(0) if self.failures else (None, True)
        if taken:
            self.told.append(notification)
        if error is not None:
            raise error
        return f"sns-{len(self.told)}"

    def _write(self, level: str, message: str, **fields: Any) -> None:
        self.lines.append({"level": level, "message": message, **fields})
