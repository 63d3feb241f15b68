"""Layer `messaging`: the queue that feeds the processor, the event bus and what it feeds, dead-letter queues."""

from typing import Any, NamedTuple

from troposphere import Template

from stacks.common.house_rules import apply_house_rules
from stacks.messaging.event_bus import add_event_routing
from stacks.messaging.queues import QueueSettings, dead_letter_queue, queue_with_dead_letters
from stacks.names import IN_TEMPLATE
from stacks.parameters import table as parameters
from stacks.security.stack import SecurityOutputs
from stacks.wiring.outputs import publish, receive

# Five tries, as AWS recommends for a queue that a function consumes: throttled batches count as tries too.
MAXIMUM_RECEIVES = 5


class MessagingOutputs(NamedTuple):
    processing_queue_url: Any
    processing_queue_arn: Any
    processing_dlq_url: Any
    processing_dlq_arn: Any
    pipe_dlq_url: Any
    pipe_dlq_arn: Any
    schedules_dlq_url: Any
    schedules_dlq_arn: Any
    event_bus_name: Any
    event_bus_arn: Any
    critical_alerts_topic_arn: Any
    notifications_topic_arn: Any
    notification_queue_url: Any
    notification_queue_arn: Any
    notification_dlq_url: Any
    events_dlq_url: Any
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
        QueueSettings(MAXIMUM_RECEIVES, parameters.QUEUE_VISIBILITY_TIMEOUT.ref(template)),
    )
    pipe_dead_letters = dead_letter_queue(template, "PipeDlq", IN_TEMPLATE.pipe_dlq, key_arn)
    schedules_dead_letters = dead_letter_queue(template, "SchedulesDlq", IN_TEMPLATE.schedules_dlq, key_arn)
    events = add_event_routing(template, key_arn)
    publish(
        template,
        MessagingOutputs(
            processing_queue_url=processing.ref(),
            processing_queue_arn=processing.get_att("Arn"),
            processing_dlq_url=dead_letters.ref(),
            processing_dlq_arn=dead_letters.get_att("Arn"),
            pipe_dlq_url=pipe_dead_letters.ref(),
            pipe_dlq_arn=pipe_dead_letters.get_att("Arn"),
            schedules_dlq_url=schedules_dead_letters.ref(),
            schedules_dlq_arn=schedules_dead_letters.get_att("Arn"),
            event_bus_name=events.bus.ref(),
            event_bus_arn=events.bus.get_att("Arn"),
            critical_alerts_topic_arn=events.critical_alerts.ref(),
            notifications_topic_arn=events.notifications.ref(),
            notification_queue_url=events.notification_queue.ref(),
            notification_queue_arn=events.notification_queue.get_att("Arn"),
            notification_dlq_url=events.notification_dead_letters.ref(),
            events_dlq_url=events.dead_letters.ref(),
            config_parameter_name=events.configuration.ref(),
        ),
    )
    return apply_house_rules(template)
