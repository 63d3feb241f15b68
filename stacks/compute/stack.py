"""Nested stack `compute`: the functions, their sources, and the pipe from the inbox to the processor."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from troposphere import Template
from troposphere.awslambda import Function

from stacks.common.house_rules import apply_house_rules
from stacks.common.keys import Keys
from stacks.compute.function_network import function_network
from stacks.compute.functions.analytics_processor import add_analytics_processor
from stacks.compute.functions.audit_digest import add_audit_digest
from stacks.compute.functions.audit_logger import add_audit_logger
from stacks.compute.functions.health import add_health, add_health_url
from stacks.compute.functions.inbox_sweeper import add_inbox_sweeper
from stacks.compute.functions.notification_handler import add_notification_handler
from stacks.compute.functions.payment_processor import add_payment_processor
from stacks.compute.functions.reconciler import add_reconciler
from stacks.compute.functions.transaction_api import add_transaction_api
from stacks.compute.functions.transaction_archiver import add_transaction_archiver
from stacks.compute.functions.webhook_receiver import add_webhook_receiver
from stacks.compute.lambda_function import Runtime, shared_layer
from stacks.compute.processing_pipe import add_processing_pipes
from stacks.compute.processing_workflow import add_processing_workflow
from stacks.compute.schedules import schedule_group
from stacks.data.stack import DataOutputs
from stacks.function_catalogue import HEALTH, PAYMENT_PROCESSOR
from stacks.messaging.stack import MessagingOutputs
from stacks.network.stack import NetworkOutputs
from stacks.security.stack import SecurityOutputs
from stacks.wiring.outputs import ResourceOutputs, publish, receive

# By folder.
_ADD: Final[dict[str, Callable[[Runtime], Function]]] = {
    "webhook_receiver": add_webhook_receiver,
    "payment_processor": add_payment_processor,
    "audit_logger": add_audit_logger,
    "audit_digest": add_audit_digest,
    "health": add_health,
    "inbox_sweeper": add_inbox_sweeper,
    "notification_handler": add_notification_handler,
    "analytics_processor": add_analytics_processor,
    "transaction_api": add_transaction_api,
    "transaction_archiver": add_transaction_archiver,
    "reconciler": add_reconciler,
}


@dataclass(frozen=True)
class ComputeOutputs:
    functions: dict[str, ResourceOutputs]  # by folder
    shared_layer_arn: Any
    schedule_group_name: Any
    network_leaving_policy_arn: Any
    network_joining_policy_arn: Any
    processing_workflow_arn: Any  # without a meaning in queue mode
    health_function_url: Any  # without a meaning unless HealthFunctionUrl


def build_compute() -> Template:
    template = Template(Description="Payment webhooks: functions and what feeds them")
    security = receive(template, SecurityOutputs)
    network = function_network(template, receive(template, NetworkOutputs))
    runtime = Runtime(
        template,
        keys=Keys(security.data_key_arn, security.messages_key_arn, security.secrets_key_arn),
        signing_key_arn=security.signing_key_arn,
        layer_arn=shared_layer(template).ref(),
        schedule_group=schedule_group(template).ref(),
        network=network,
        data=receive(template, DataOutputs),
        messaging=receive(template, MessagingOutputs),
    )
    functions = {folder: add(runtime) for folder, add in _ADD.items()}
    workflow = add_processing_workflow(runtime, functions[PAYMENT_PROCESSOR.folder])
    add_processing_pipes(runtime, workflow)
    leaving, joining = network.policies
    publish(
        template,
        ComputeOutputs(
            shared_layer_arn=runtime.layer_arn,
            schedule_group_name=runtime.schedule_group,
            network_leaving_policy_arn=leaving,
            network_joining_policy_arn=joining,
            functions={folder: ResourceOutputs.of(function) for folder, function in functions.items()},
            processing_workflow_arn=workflow.ref(),
            health_function_url=add_health_url(template, functions[HEALTH.folder]),
        ),
    )
    return apply_house_rules(template)
