"""The event bus with its rules, and the configuration: a part of the nested stack `messaging`.

A rule decides by fields that the processor has put into the event: a pattern can't take a threshold from a
parameter, and an amount means nothing without its currency.
"""

import json
from typing import Any, NamedTuple

from troposphere import Sub, Template
from troposphere.events import DeadLetterConfig, EventBus, RetryPolicy, Rule, Target
from troposphere.ssm import Parameter

from payment_webhooks import contract
from payment_webhooks.domain.told import NOTIFICATION_TYPES
from payment_webhooks.publishing.configuration import DEFAULT_PUBLISH_ATTEMPTS, DEFAULT_PUBLISH_SECONDS
from stacks.common.log_groups import log_destination_arn, log_group
from stacks.names import IN_TEMPLATE, STANDARD_PAYMENTS_RULE, title
from stacks.parameters import features

HIGH_VALUE = "high-value"
NOTIFICATION = "notification"
RULES = (HIGH_VALUE, STANDARD_PAYMENTS_RULE, NOTIFICATION)

# EventBridge's longest: an outage of a target for a day loses nothing, and what is older is in the queue.
RETRIES = 185
LATEST_SECONDS = 24 * 60 * 60

_EVENTS = {"source": [contract.EVENT_SOURCE], "detail-type": [contract.EVENT_DETAIL_TYPE]}
# What only a signature without a MAC proves must not be reported as money that moved.
_VOUCHED_FOR = [{contract.EVENT_CONFIRMED: [True]}, {contract.EVENT_MOVES_MONEY: [False]}]
HIGH_VALUE_DETAIL: dict[str, Any] = {contract.EVENT_HIGH_VALUE: [True], "$or": _VOUCHED_FOR}
# All events that do not go to the critical alerts, so that every event goes to one of the two.
STANDARD_DETAIL: dict[str, Any] = {
    "$or": [
        {contract.EVENT_HIGH_VALUE: [False]},
        {contract.EVENT_CONFIRMED: [False], contract.EVENT_MOVES_MONEY: [True]},
    ]
}
# An event that names any of them: a pattern's list and an event's list match where they have something in common
# (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-arrays.html).
NOTIFICATION_DETAIL: dict[str, Any] = {contract.EVENT_NOTIFICATION_TYPES: list(NOTIFICATION_TYPES)}

# The document as it is deployed. CloudFormation writes it again with any update of the parameter, whatever it is of.
CONFIGURATION = json.dumps(
    {
        "high_value_thresholds": "THRESHOLDS",
        "retries": {"publish_attempts": DEFAULT_PUBLISH_ATTEMPTS},
        "timeouts": {"publish_seconds": DEFAULT_PUBLISH_SECONDS},
    }
).replace('"THRESHOLDS"', "${Thresholds}")


class Routing(NamedTuple):
    """`purpose` names the rule, e.g. `high-value`; `detail` is its pattern of the event's detail.

    input_path: the part of the event that the target gets; None for all of it.
    """

    purpose: str
    description: str
    detail: dict[str, Any]
    target_arn: Any
    input_path: str | None = None


def add_event_bus(
    template: Template, key_arn: Any, dead_letter_arn: Any, alerts_arn: Any, notification_queue_arn: Any
) -> EventBus:
    """Add the bus with its rules. Its dead-letter queue takes the events that the key failed for."""
    bus = EventBus(
        "EventBus",
        Name=Sub(IN_TEMPLATE.event_bus),
        Description="Changes of payments",
        KmsKeyIdentifier=key_arn,
        DeadLetterConfig=DeadLetterConfig(Arn=dead_letter_arn),
    )
    group = log_group(template, "StandardPaymentsLogGroup", IN_TEMPLATE.standard_payments_log_group, key_arn)
    routings = [
        Routing(
            HIGH_VALUE,
            "Payments of high value, to people",
            HIGH_VALUE_DETAIL,
            alerts_arn,
            f"$.detail.{contract.EVENT_SUMMARY}",
        ),
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
            notification_queue_arn,
            "$.detail",
        ),
    ]
    for routing in routings:
        template.add_resource(_rule(bus, routing, dead_letter_arn))
    return template.add_resource(bus)


def _rule(bus: EventBus, routing: Routing, dead_letter_arn: Any) -> Rule:
    """A rule with its target, tried again in bounds, and the dead-letter queue.

    No role: EventBridge's user guide says that topics, queues and log groups are reached by their own policies
    and that a role may make delivery fail where they are encrypted.
    """
    extra = {"InputPath": routing.input_path} if routing.input_path else {}
    return Rule(
        f"{title(routing.purpose)}Rule",
        Name=Sub(IN_TEMPLATE.rule(routing.purpose)),
        Description=routing.description,
        EventBusName=bus.ref(),
        EventPattern={**_EVENTS, "detail": routing.detail},
        State="ENABLED",
        Targets=[
            Target(
                Id=routing.purpose,
                Arn=routing.target_arn,
                DeadLetterConfig=DeadLetterConfig(Arn=dead_letter_arn),
                RetryPolicy=RetryPolicy(
                    MaximumEventAgeInSeconds=LATEST_SECONDS, MaximumRetryAttempts=RETRIES
                ),
                **extra,
            )
        ],
    )


def add_configuration(template: Template) -> Parameter:
    return template.add_resource(
        Parameter(
            "Configuration",
            Name=Sub(IN_TEMPLATE.config_parameter),
            Description="Thresholds of high value, retries and time-outs; docs/events.md says how to change it",
            Type="String",
            Value=Sub(CONFIGURATION, Thresholds=features.HIGH_VALUE_THRESHOLDS.ref(template)),
        )
    )
