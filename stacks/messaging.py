"""Layer `messaging`: the queue that feeds the processor, and the dead-letter queues."""

from dataclasses import dataclass
from typing import Any

from troposphere import Template

from stacks import parameters
from stacks.names import IN_TEMPLATE
from stacks.resources.house_rules import finish
from stacks.resources.queues import dead_letter_queue, queue_with_dead_letters
from stacks.security import SecurityOutputs
from stacks.wiring import publish, receive

# Five tries, as AWS recommends for a queue that a function consumes: throttled batches count as tries too.
MAXIMUM_RECEIVES = 5


@dataclass(frozen=True)
class MessagingOutputs:
    processing_queue_url: Any
    processing_queue_arn: Any
    processing_dlq_url: Any
    processing_dlq_arn: Any
    pipe_dlq_url: Any
    pipe_dlq_arn: Any
    schedules_dlq_url: Any
    schedules_dlq_arn: Any


def build_messaging() -> Template:
    template = Template(Description="Payment webhooks: queues")
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
        MAXIMUM_RECEIVES,
        parameters.QUEUE_VISIBILITY_TIMEOUT.ref(template),
    )
    pipe_dead_letters = dead_letter_queue(template, "PipeDlq", IN_TEMPLATE.pipe_dlq, key_arn)
    schedules_dead_letters = dead_letter_queue(template, "SchedulesDlq", IN_TEMPLATE.schedules_dlq, key_arn)
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
        ),
    )
    return finish(template)
