"""What a deployed system tells others of payments, and what it counts of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from mixed_events import CAPTURED_MINOR, UNCONFIRMED, Event

from payment_webhooks.analytics.counted_effects import Tally
from stacks.webhook_endpoints import endpoint_named
from tests.support.system.analytics_totals import counted_totals
from tests.support.system.deployed_system import DeployedSystem
from tests.support.system.listener import Listener


@dataclass(frozen=True)
class Effects:
    """Changes that the bus was told of, payments that subscribers were told of, and how often in all.

    `counted_payments` and `counted_minor`, what they captured, are those of analytics, by "provider currency status".
    """

    events: int
    notifications: int
    counted_payments: dict[str, int]
    counted_minor: dict[str, int]
    event_deliveries: int = field(default=0, compare=False)  # at least once each
    notification_deliveries: int = field(default=0, compare=False)


def true_effects(distinct: Sequence[Event]) -> Effects:
    """One event for each payment; a notification where the money is known to have moved."""
    payments: Counter[str] = Counter()
    minor: Counter[str] = Counter()
    for endpoint, _ in distinct:
        amount_minor, currency = CAPTURED_MINOR[endpoint]
        name = f"{endpoint_named(endpoint).provider} {currency} succeeded"
        payments[name] += 1
        minor[name] += amount_minor
    told = sum(1 for endpoint, _ in distinct if endpoint not in UNCONFIRMED)
    return Effects(len(distinct), told, dict(payments), dict(minor))


class Ears:
    """Listens to the bus and to the notifications topic, and reads the counters."""

    def __init__(self, system: DeployedSystem) -> None:
        self._system = system
        self._bus = Listener(system, "load-events").subscribe_to_bus(system.outputs["EventBusName"])
        topic = system.outputs["NotificationsTopicArn"]
        self._topic = Listener(system, "load-notifications").subscribe_to_topic(topic)
        self._heard: tuple[list[str], list[str]] = ([], [])
        self._counted_before: dict[str, Tally] = {}

    def forget(self) -> None:
        """What was heard and counted so far is of no interest."""
        self.heard()
        self._heard = ([], [])
        self._counted_before = self._counted()

    def heard(self) -> Effects:
        """Since the beginning, or since `forget`."""
        events, notifications = self._heard
        events += [str(each["detail"]["dedupe_id"]) for each in self._bus.drain()]
        notifications += [
            f"{each['notification_type']} {each['transaction_id']}" for each in self._topic.drain()
        ]
        counted = {
            name: (
                tally.payments - self._before(name).payments,
                tally.captured_minor - self._before(name).captured_minor,
            )
            for name, tally in self._counted().items()
        }
        return Effects(
            len(set(events)),
            len(set(notifications)),
            {name: payments for name, (payments, _) in counted.items() if payments},
            {name: minor for name, (_, minor) in counted.items() if minor},
            len(events),
            len(notifications),
        )

    def _before(self, name: str) -> Tally:
        return self._counted_before.get(name, Tally())

    def _counted(self) -> dict[str, Tally]:
        found: dict[str, Tally] = {}
        for bucket, tally in counted_totals(self._system).items():
            name = f"{bucket.provider} {bucket.currency} {bucket.status}"
            found[name] = found.get(name, Tally()).plus(tally)
        return found
