"""Names of the event bus, its rules and their targets, and what all names are made with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class NameForms:
    """The values that names are made of, and the forms that they have in common."""

    suffix: str
    account: str = ""
    region: str = ""
    partition: str = "aws"

    def _named(self, kind: str, purpose: str) -> str:
        return f"{kind}-{purpose}-{self.suffix}"

    def queue(self, purpose: str) -> str:
        return self._named("queue", purpose)

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def queue_arn(self, name: str) -> str:
        return self.arn("sqs", name)


class EventNames(NameForms):
    """Names of events and notifications."""

    @property
    def events_dlq(self) -> str:
        """Events that a rule could not deliver."""
        return self.queue("events-dlq")

    @property
    def notification_queue(self) -> str:
        return self.queue("notification")

    @property
    def notification_dlq(self) -> str:
        return self.queue("notification-dlq")

    @property
    def notifications_table(self) -> str:
        return self._named("table", "notifications")

    @property
    def event_bus(self) -> str:
        return self._named("bus", "payment-events")

    @property
    def event_bus_arn(self) -> str:
        return self.arn("events", f"event-bus/{self.event_bus}")

    def rule(self, purpose: str) -> str:
        return self._named("rule", purpose)

    def rule_arn(self, purpose: str) -> str:
        """Of a rule on the environment's own bus."""
        return self.arn("events", f"rule/{self.event_bus}/{self.rule(purpose)}")

    def topic(self, purpose: str) -> str:
        return self._named("topic", purpose)

    @property
    def critical_alerts_topic(self) -> str:
        return self.topic("critical-alerts")

    @property
    def notifications_topic(self) -> str:
        return self.topic("notifications")

    def topic_arn(self, name: str) -> str:
        return self.arn("sns", name)

    @property
    def config_parameter(self) -> str:
        return f"/payment-webhook/{self.suffix}/config"

    @property
    def config_parameter_arn(self) -> str:
        return self.arn("ssm", f"parameter{self.config_parameter}")

    @property
    def standard_payments_log_group(self) -> str:
        """EventBridge writes to groups under this prefix alone."""
        return f"/aws/events/standard-payments-{self.suffix}"

    @property
    def queue_arn_pattern(self) -> str:
        """Every queue of the environment, a team's own among them if it is named as ours are."""
        return self.queue_arn(self.queue("*"))
