"""Nested stack `messaging`: the queue that feeds the processor, the event bus and what it feeds, dead-letter queues."""

from dataclasses import dataclass
from typing import Any

from troposphere import FindInMap, Template

from stacks.common.house_rules import apply_house_rules
from stacks.function_catalogue import NOTIFICATION_HANDLER
from stacks.messaging.event_bus import NOTIFICATION, RULES, add_configuration, add_event_bus
from stacks.messaging.queues import (
    LONGEST_WAIT_SECONDS,
    QueueOutputs,
    dead_letter_queue,
    queue_with_dead_letters,
    rules_send_statement,
)
from stacks.messaging.topics import critical_alerts_topic, encrypted_topic
from stacks.names import IN_TEMPLATE
from stacks.parameters.functions import PROCESSOR_TIMEOUT
from stacks.retention import NOTIFICATION_QUEUE, PROCESSING_QUEUE
from stacks.security.stack import SecurityOutputs
from stacks.wiring.outputs import ResourceOutputs, publish, receive

# After these receives the processor deletes a message: its webhook is given up, or left to the sweeper.
MAXIMUM_RECEIVES = 5
# Then SQS itself moves it, without a reason and whatever its row says, as when no processor starts at all. The most
# that SQS takes: its API reference, SetQueueAttributes, RedrivePolicy (1 to 1,000).
RECEIVES_BEFORE_REDRIVE = 1_000
# From the receipt of a batch to its start Lambda may need this long: a throttled call, a new container in a private
# network. AWS advises six times the time-out, for what is throttled again and again, and Lambda refuses less than once
# (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html); six times the 45 s after which the
# processor stops itself are within it.
START_MARGIN_SECONDS = 60
# Ten hours of a topic or a table that is out; what waits for a quarter of an hour rings an alarm.
NOTIFICATION_RECEIVES = 200
NOTIFICATION_WINDOW_SECONDS = 5
# AWS: at least six times the time limit of the function that consumes the queue, and the time in which a batch fills.
NOTIFICATION_VISIBILITY_SECONDS = 6 * NOTIFICATION_HANDLER.timeout_seconds + NOTIFICATION_WINDOW_SECONDS


@dataclass(frozen=True)
class MessagingOutputs:
    processing_queue: QueueOutputs
    processing_dlq: QueueOutputs
    pipe_dlq: QueueOutputs
    schedules_dlq: QueueOutputs
    event_bus: ResourceOutputs
    critical_alerts_topic_arn: Any
    notifications_topic_arn: Any
    notification_queue: QueueOutputs
    notification_dlq: QueueOutputs
    events_dlq: QueueOutputs
    config_parameter_name: Any


def build_messaging() -> Template:
    template = Template(Description="Payment webhooks: queues, topics, event bus and rules")
    key_arn = receive(template, SecurityOutputs).messages_key_arn
    processing, processing_dlq = queue_with_dead_letters(
        template,
        "Processing",
        IN_TEMPLATE.processing_queue,
        IN_TEMPLATE.processing_dlq,
        key_arn,
        RECEIVES_BEFORE_REDRIVE,
        PROCESSING_QUEUE,
        VisibilityTimeout=_processing_visibility(template),
        ReceiveMessageWaitTimeSeconds=0,
    )
    notification, notification_dlq = queue_with_dead_letters(
        template,
        "Notification",
        IN_TEMPLATE.notification_queue,
        IN_TEMPLATE.notification_dlq,
        key_arn,
        NOTIFICATION_RECEIVES,
        NOTIFICATION_QUEUE,
        senders=[rules_send_statement([IN_TEMPLATE.rule_arn(NOTIFICATION)])],
        VisibilityTimeout=NOTIFICATION_VISIBILITY_SECONDS,
        ReceiveMessageWaitTimeSeconds=LONGEST_WAIT_SECONDS,
    )
    event_sources = [*(IN_TEMPLATE.rule_arn(purpose) for purpose in RULES), IN_TEMPLATE.event_bus_arn]
    senders = [rules_send_statement(event_sources)]
    events_dlq = dead_letter_queue(template, "EventsDlq", IN_TEMPLATE.events_dlq, key_arn, senders=senders)
    pipe_dlq = dead_letter_queue(template, "PipeDlq", IN_TEMPLATE.pipe_dlq, key_arn)
    schedules_dlq = dead_letter_queue(template, "SchedulesDlq", IN_TEMPLATE.schedules_dlq, key_arn)
    alerts = critical_alerts_topic(template, key_arn)
    notifications = encrypted_topic(template, "NotificationsTopic", IN_TEMPLATE.notifications_topic, key_arn)
    notification_arn = notification.get_att("Arn")
    bus = add_event_bus(template, key_arn, events_dlq.get_att("Arn"), alerts.ref(), notification_arn)
    publish(
        template,
        MessagingOutputs(
            processing_queue=QueueOutputs.of(processing),
            processing_dlq=QueueOutputs.of(processing_dlq),
            pipe_dlq=QueueOutputs.of(pipe_dlq),
            schedules_dlq=QueueOutputs.of(schedules_dlq),
            event_bus=ResourceOutputs.of(bus),
            critical_alerts_topic_arn=alerts.ref(),
            notifications_topic_arn=notifications.ref(),
            notification_queue=QueueOutputs.of(notification),
            notification_dlq=QueueOutputs.of(notification_dlq),
            events_dlq=QueueOutputs.of(events_dlq),
            config_parameter_name=add_configuration(template).ref(),
        ),
    )
    return apply_house_rules(template)


def _processing_visibility(template: Template) -> FindInMap:
    """The processor's time-out and the margin, by a mapping: CloudFormation cannot add."""
    name, timeout = "ProcessingVisibility", PROCESSOR_TIMEOUT
    table = {str(seconds): {"Seconds": int(seconds) + START_MARGIN_SECONDS} for seconds in timeout.allowed}
    template.add_mapping(name, table)
    return FindInMap(name, timeout.ref(template), "Seconds")
