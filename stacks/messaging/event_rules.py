"""Rules of the environment's event bus: one target each, tried again in bounds, with a dead-letter queue."""

from typing import Any, NamedTuple

from awacs import sqs as actions
from awacs.aws import Allow, ArnEquals, Condition, Principal, Statement
from troposphere import Sub, Template
from troposphere.events import DeadLetterConfig, EventBus, RetryPolicy, Rule, Target

from stacks.names import IN_TEMPLATE, title

EVENTS_SERVICE = "events.amazonaws.com"
# EventBridge's longest: an outage of a target for a day loses nothing, and what is older is in the queue.
RETRIES = 185
LATEST_SECONDS = 24 * 60 * 60


class Routing(NamedTuple):
    """`purpose` names the rule, e.g. `high-value`; `detail` is its pattern of the event's detail.

    input_path: the part of the event that the target gets; None for all of it.
    """

    purpose: str
    description: str
    detail: dict[str, Any]
    target_arn: Any
    input_path: str | None = None


def event_rule(
    template: Template, bus: EventBus, pattern: dict[str, Any], routing: Routing, dead_letter_arn: Any
) -> Rule:
    """A rule with its target. `pattern` is shared by all rules of the bus: source and detail type.

    No role: EventBridge's user guide says that topics, queues and log groups are reached by their own policies
    and that a role may make delivery fail where they are encrypted.
    """
    extra = {"InputPath": routing.input_path} if routing.input_path else {}
    return template.add_resource(
        Rule(
            f"{title(routing.purpose)}Rule",
            Name=Sub(IN_TEMPLATE.rule(routing.purpose)),
            Description=routing.description,
            EventBusName=bus.ref(),
            EventPattern={**pattern, "detail": routing.detail},
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
    )


def rules_send_statement(sources: list[str]) -> Statement:
    """Lets rules and buses (ARNs, as texts for `Sub`) send to the queue that the statement is given to."""
    return Statement(
        Sid="EventsOfThisEnvironment",
        Effect=Allow,
        Principal=Principal("Service", EVENTS_SERVICE),
        Action=[actions.SendMessage],
        Condition=Condition(ArnEquals("aws:SourceArn", [Sub(source) for source in sources])),
    )
