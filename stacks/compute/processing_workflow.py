"""The state machine of workflow mode.

It exists in both modes and costs nothing while no execution is started. So a change of mode neither makes nor removes
a resource and ends no execution: it only changes the pipe's target.
"""

from awacs import awslambda
from troposphere import Template
from troposphere.awslambda import Function
from troposphere.stepfunctions import StateMachine

from stacks.common.log_groups import log_group
from stacks.common.statements import allow
from stacks.compute.lambda_function import Runtime
from stacks.compute.state_machine import MachineSettings, state_machine
from stacks.compute.workflow_definition import definition
from stacks.names import IN_TEMPLATE
from stacks.parameters import features


def workflow_mode(template: Template) -> str:
    """The name of the condition that holds in workflow mode."""
    return features.PROCESSING_MODE.is_value(template, features.WORKFLOW_MODE)


def add_processing_workflow(runtime: Runtime, processor: Function) -> StateMachine:
    """The state machine. Its role may only call the processor, which does all the work."""
    template = runtime.template
    group = log_group(template, "ProcessingWorkflowLogGroup", IN_TEMPLATE.workflow_log_group, runtime.key_arn)
    settings = MachineSettings(
        title="ProcessingWorkflow",
        purpose="processing-workflow",
        name=IN_TEMPLATE.processing_workflow,
        arn=IN_TEMPLATE.processing_workflow_arn,
        definition=definition(processor.get_att("Arn")),
    )
    grants = [allow([awslambda.InvokeFunction], [processor.get_att("Arn")])]
    return state_machine(template, settings, runtime.key_arn, group, grants)
