"""Layer `compute`: the functions, what feeds them, and the pipe from the inbox to the queue."""

from typing import Any, Final, NamedTuple

from troposphere import If, Template

from stacks.common.house_rules import apply_house_rules
from stacks.compute.function_network import function_network
from stacks.compute.functions.analytics_processor import add_analytics_processor
from stacks.compute.functions.audit_logger import add_audit_logger
from stacks.compute.functions.inbox_sweeper import add_inbox_sweeper
from stacks.compute.functions.notification_handler import add_notification_handler
from stacks.compute.functions.payment_processor import add_payment_processor, add_processing_pipe
from stacks.compute.functions.transaction_api import add_transaction_api_function
from stacks.compute.functions.transaction_archiver import add_transaction_archiver
from stacks.compute.functions.webhook_receiver import add_health, add_webhook_receiver
from stacks.compute.lambda_function import Runtime, shared_layer
from stacks.compute.processing_workflow import add_processing_workflow
from stacks.data.stack import DataOutputs
from stacks.messaging.stack import MessagingOutputs
from stacks.network.stack import NetworkOutputs
from stacks.parameters import features
from stacks.security.stack import SecurityOutputs
from stacks.wiring.outputs import publish, receive

NOT_THERE: Final = "none"  # an output of a nested stack can't be left out: the root reads it


class ComputeOutputs(NamedTuple):
    webhook_receiver_arn: Any
    webhook_receiver_name: Any
    processing_workflow_arn: Any  # without a meaning in queue mode
    payment_processor_name: Any
    audit_logger_name: Any
    health_arn: Any
    health_name: Any
    health_function_url: Any  # without a meaning unless HealthFunctionUrl
    inbox_sweeper_name: Any
    notification_handler_name: Any
    analytics_processor_name: Any
    transaction_api_arn: Any
    transaction_api_name: Any
    transaction_archiver_name: Any


def build_compute() -> Template:
    template = Template(Description="Payment webhooks: functions and what feeds them")
    security = receive(template, SecurityOutputs)
    data = receive(template, DataOutputs)
    messaging = receive(template, MessagingOutputs)
    network = function_network(template, receive(template, NetworkOutputs))
    runtime = Runtime(template, security.key_arn, shared_layer(template), network)

    receiver = add_webhook_receiver(runtime, data)
    processor = add_payment_processor(runtime, data, messaging)
    audit = add_audit_logger(runtime, data)
    health, health_url = add_health(runtime)
    sweeper = add_inbox_sweeper(runtime, data, messaging)
    notifications = add_notification_handler(runtime, data, messaging)
    analytics = add_analytics_processor(runtime, data)
    transactions = add_transaction_api_function(runtime, data, messaging)
    archiver = add_transaction_archiver(runtime, data, messaging)
    workflow = add_processing_workflow(runtime, processor)
    add_processing_pipe(template, security.key_arn, data, messaging, workflow)
    publish(
        template,
        ComputeOutputs(
            webhook_receiver_arn=receiver.get_att("Arn"),
            webhook_receiver_name=receiver.ref(),
            processing_workflow_arn=workflow.ref(),
            payment_processor_name=processor.ref(),
            audit_logger_name=audit.ref(),
            health_arn=health.get_att("Arn"),
            health_name=health.ref(),
            health_function_url=If(
                features.HEALTH_FUNCTION_URL.is_true(template), health_url.get_att("FunctionUrl"), NOT_THERE
            ),
            inbox_sweeper_name=sweeper.ref(),
            notification_handler_name=notifications.ref(),
            analytics_processor_name=analytics.ref(),
            transaction_api_arn=transactions.get_att("Arn"),
            transaction_api_name=transactions.ref(),
            transaction_archiver_name=archiver.ref(),
        ),
    )
    return apply_house_rules(template)
