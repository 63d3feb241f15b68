"""The event bus, its rules and their targets, and the configuration: a part of the nested stack `messaging`.

A rule decides by fields that the processor has put into the event: a pattern can't take a threshold from a
parameter, and an amount means nothing without its currency.
"""

import json
from typing import Any, NamedTuple

from troposphere import Sub, Template
from troposphere.events import DeadLetterConfig, EventBus
from troposphere.sns import Topic
from troposphere.sqs import Queue
from troposphere.ssm import Parameter

from payment_webhooks import contract
from payment_webhooks.domain import events as words
from payment_webhooks.publishing.configuration import DEFAULT_PUBLISH_ATTEMPTS, DEFAULT_PUBLISH_SECONDS
from stacks.common.log_groups import log_destination_arn, log_group
from stacks.function_catalogue import NOTIFICATION_HANDLER
from stacks.messaging.event_rules import EVENTS_SERVICE, Routing, event_rule, rules_send_statement
from stacks.messaging.queues import (
    LONGEST_WAIT_SECONDS,
    QueueSettings,
    dead_letter_queue,
    queue_with_dead_letters,
)
from stacks.messaging.topics import alarms_publish, encrypted_topic, mail_subscription, service_publishes
from stacks.names import IN_TEMPLATE, STANDARD_PAYMENTS_RULE
from stacks.parameters import features
from stacks.retention import NOTIFICATION_QUEUE

HIGH_VALUE = "high-value"
NOTIFICATION = "notification"
RULES = (HIGH_VALUE, STANDARD_PAYMENTS_RULE, NOTIFICATION)

NOTIFICATION_RECEIVES = 3
NOTIFICATION_WINDOW_SECONDS = 5
# AWS: at least six times the time limit of the function that consumes the queue, and the time in which a batch fills.
NOTIFICATION_VISIBILITY_SECONDS = 6 * NOTIFICATION_HANDLER.timeout_seconds + NOTIFICATION_WINDOW_SECONDS

_EVENTS = {"source": [contract.EVENT_SOURCE], "detail-type": [contract.EVENT_DETAIL_TYPE]}
# A transition that only a signature without a MAC proves must not be reported as money that moved.
_VOUCHED_FOR = [{contract.EVENT_CONFIRMED: [True]}, {contract.EVENT_MOVES_MONEY: [False]}]
HIGH_VALUE_DETAIL: dict[str, Any] = {contract.EVENT_HIGH_VALUE: [True], "$or": _VOUCHED_FOR}
# All events that do not go to the critical alerts, so that every event goes to one of the two.
STANDARD_DETAIL: dict[str, Any] = {
    "$or": [
        {contract.EVENT_HIGH_VALUE: [False]},
        {contract.EVENT_CONFIRMED: [False], contract.EVENT_MOVES_MONEY: [True]},
    ]
}
NOTIFICATION_DETAIL: dict[str, Any] = {
    "$or": [
        {
            contract.EVENT_OBJECT_KIND: [words.KIND_PAYMENT],
            contract.EVENT_STATE: [words.SUCCEEDED],
            contract.EVENT_CONFIRMED: [True],
        },
        {contract.EVENT_OBJECT_KIND: [words.KIND_PAYMENT], contract.EVENT_STATE: [words.FAILED]},
        {contract.EVENT_OBJECT_KIND: [words.KIND_DISPUTE], contract.EVENT_CONFIRMED: [True]},
        *({contract.EVENT_HIGH_VALUE: [True], **vouched} for vouched in _VOUCHED_FOR),
    ]
}

# The document as it is deployed. CloudFormation writes it again only when the text changes.
CONFIGURATION = json.dumps(
    {
        "high_value_thresholds": "THRESHOLDS",
        "retries": {"publish_attempts": DEFAULT_PUBLISH_ATTEMPTS},
        "timeouts": {"publish_seconds": DEFAULT_PUBLISH_SECONDS},
    }
).replace('"THRESHOLDS"', "${Thresholds}")


class EventRouting(NamedTuple):
    """Resources that `add_event_routing` adds to the nested stack `messaging`."""

    bus: EventBus
    critical_alerts: Topic
    notifications: Topic
    notification_queue: Queue
    notification_dead_letters: Queue
    dead_letters: Queue
    configuration: Parameter


def add_event_routing(template: Template, key_arn: Any) -> EventRouting:
    rule_arns = [IN_TEMPLATE.rule_arn(purpose) for purpose in RULES]
    dead_letters = dead_letter_queue(
        template,
        "EventsDlq",
        IN_TEMPLATE.events_dlq,
        key_arn,
        senders=[rules_send_statement([*rule_arns, IN_TEMPLATE.event_bus_arn])],
    )
    queue, notification_dead_letters = _notification_queue(template, key_arn)
    # EventBridge does not support conditions in a topic's policy (its user guide, "Amazon SNS permissions").
    alerts = encrypted_topic(
        template,
        "CriticalAlertsTopic",
        IN_TEMPLATE.critical_alerts_topic,
        key_arn,
        [service_publishes("Events", EVENTS_SERVICE), alarms_publish()],
    )
    mail_subscription(template, alerts)
    notifications = encrypted_topic(template, "NotificationsTopic", IN_TEMPLATE.notifications_topic, key_arn)
    bus = _event_bus(template, key_arn, dead_letters)
    _add_rules(template, bus, key_arn, alerts, queue, dead_letters)
    return EventRouting(
        bus, alerts, notifications, queue, notification_dead_letters, dead_letters, _configuration(template)
    )


def _notification_queue(template: Template, key_arn: Any) -> tuple[Queue, Queue]:
    dead_letters = dead_letter_queue(
        template, "NotificationDlq", IN_TEMPLATE.notification_dlq, key_arn, IN_TEMPLATE.notification_queue
    )
    settings = QueueSettings(
        maximum_receives=NOTIFICATION_RECEIVES,
        visibility_seconds=NOTIFICATION_VISIBILITY_SECONDS,
        kept=NOTIFICATION_QUEUE,
        wait_seconds=LONGEST_WAIT_SECONDS,
    )
    senders = [rules_send_statement([IN_TEMPLATE.rule_arn(NOTIFICATION)])]
    queue = queue_with_dead_letters(
        template,
        "NotificationQueue",
        IN_TEMPLATE.notification_queue,
        key_arn,
        dead_letters,
        settings,
        senders,
    )
    return queue, dead_letters


def _event_bus(template: Template, key_arn: Any, dead_letters: Queue) -> EventBus:
    """Its dead-letter queue takes the events that the key failed for."""
    return template.add_resource(
        EventBus(
            "EventBus",
            Name=Sub(IN_TEMPLATE.event_bus),
            Description="Transitions of payments",
            KmsKeyIdentifier=key_arn,
            DeadLetterConfig=DeadLetterConfig(Arn=dead_letters.get_att("Arn")),
        )
    )


def _add_rules(
    template: Template, bus: EventBus, key_arn: Any, alerts: Topic, queue: Queue, dead_letters: Queue
) -> None:
    group = log_group(template, "StandardPaymentsLogGroup", IN_TEMPLATE.standard_payments_log_group, key_arn)
    routings = [
        Routing(HIGH_VALUE, "Payments of high value, to people", HIGH_VALUE_DETAIL, alerts.ref()),
        Routing(
            STANDARD_PAYMENTS_RULE,
            "All other payments, to a log",
            STANDARD_DETAIL,
            log_destination_arn(group),
        ),
        Routing(
            NOTIFICATION,
            "Confirmations, failures, disputes and high value, to the notification handler",
            NOTIFICATION_DETAIL,
            queue.get_att("Arn"),
            "$.detail",
        ),
    ]
    for routing in routings:
        event_rule(template, bus, _EVENTS, routing, dead_letters.get_att("Arn"))


def _configuration(template: Template) -> Parameter:
    return template.add_resource(
        Parameter(
            "Configuration",
            Name=Sub(IN_TEMPLATE.config_parameter),
            Description="Thresholds of high value, retries and time-outs; docs/events.md says how to change it",
            Type="String",
            Value=Sub(CONFIGURATION, Thresholds=features.HIGH_VALUE_THRESHOLDS.ref(template)),
        )
    )
