"""Nested stack `messaging`: the queue that feeds the processor, the event bus and what it feeds, dead-letter queues."""

from dataclasses import dataclass
from typing import Any

from troposphere import Template

from stacks.common.house_rules import apply_house_rules
from stacks.messaging.event_bus import add_event_routing
from stacks.messaging.queues import QueueOutputs, QueueSettings, dead_letter_queue, queue_with_dead_letters
from stacks.names import IN_TEMPLATE
from stacks.parameters.functions import QUEUE_VISIBILITY_TIMEOUT
from stacks.retention import PROCESSING_QUEUE
from stacks.security.stack import SecurityOutputs
from stacks.wiring.outputs import ResourceOutputs, publish, receive

# Five tries, as AWS recommends for a queue that a function consumes: throttled batches count as tries too.
MAXIMUM_RECEIVES = 5


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
    key_arn = receive(template, SecurityOutputs).key_arn
    dead_letters = dead_letter_queue(
        template, "ProcessingDlq", IN_TEMPLATE.processing_dlq, key_arn, IN_TEMPLATE.processing_queue
    )
    processing = queue_with_dead_letters(
        template,
        "ProcessingQueue",
        IN_TEMPLATE.processing_queue,
        key_arn,
        dead_letters,
        QueueSettings(
            maximum_receives=MAXIMUM_RECEIVES,
            visibility_seconds=QUEUE_VISIBILITY_TIMEOUT.ref(template),
            kept=PROCESSING_QUEUE,
        ),
    )
    pipe_dead_letters = dead_letter_queue(template, "PipeDlq", IN_TEMPLATE.pipe_dlq, key_arn)
    schedules_dead_letters = dead_letter_queue(template, "SchedulesDlq", IN_TEMPLATE.schedules_dlq, key_arn)
    events = add_event_routing(template, key_arn)
    publish(
        template,
        MessagingOutputs(
            processing_queue=QueueOutputs.of(processing),
            processing_dlq=QueueOutputs.of(dead_letters),
            pipe_dlq=QueueOutputs.of(pipe_dead_letters),
            schedules_dlq=QueueOutputs.of(schedules_dead_letters),
            event_bus=ResourceOutputs.of(events.bus),
            critical_alerts_topic_arn=events.critical_alerts.ref(),
            notifications_topic_arn=events.notifications.ref(),
            notification_queue=QueueOutputs.of(events.notification_queue),
            notification_dlq=QueueOutputs.of(events.notification_dead_letters),
            events_dlq=QueueOutputs.of(events.dead_letters),
            config_parameter_name=events.configuration.ref(),
        ),
    )
    return apply_house_rules(template)
