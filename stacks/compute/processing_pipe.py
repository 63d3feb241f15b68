"""The pipe from the inbox's stream to the payment processor."""

from troposphere.pipes import Pipe
from troposphere.stepfunctions import StateMachine

from payment_webhooks import contract
from stacks.compute.lambda_function import Runtime
from stacks.compute.processing_workflow import workflow_mode
from stacks.compute.stream_pipe import StreamFlow, stream_pipe


def add_processing_pipe(runtime: Runtime, workflow: StateMachine) -> Pipe:
    """The pipe. It sends the keys of each new webhook to the processor's queue, or to the state machine `workflow`,
    as ProcessingMode says.

    The queue and its source stay in both modes: the sweeper sends there, and messages that are in the queue when the
    mode changes are not lost.
    """
    image = "$.dynamodb.NewImage"
    flow = StreamFlow(
        stream_arn=runtime.data.inbox_stream_arn,
        queue_arn=runtime.messaging.processing_queue.arn,
        machine_arn=workflow.ref(),
        to_machine=workflow_mode(runtime.template),
        dead_letter_arn=runtime.messaging.pipe_dlq.arn,
        pattern={
            "eventName": ["INSERT"],
            "dynamodb": {"NewImage": {contract.STATUS: {"S": [contract.STATUS_RECEIVED]}}},
        },
        message={
            contract.MESSAGE_WEBHOOK_ID: f"{image}.{contract.WEBHOOK_ID}.S",
            contract.MESSAGE_TIMESTAMP: f"{image}.{contract.WEBHOOK_TIMESTAMP}.S",
        },
    )
    return stream_pipe(runtime.template, runtime.key_arn, flow)
