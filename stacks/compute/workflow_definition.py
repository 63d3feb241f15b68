"""The definition of workflow mode's state machine, in Amazon States Language.

ProcessWebhook ──► done
      └─ caught ─► GiveUp ─► NotProcessed

The input, the output and the history hold keys, outcomes and reason codes, never a payload.
"""

from typing import Any, Final

from troposphere import Sub

from payment_webhooks import contract
from stacks.parameters.functions import QUEUE_VISIBILITY_TIMEOUT

PROCESS: Final = "ProcessWebhook"
GIVE_UP: Final = "GiveUp"
NOT_PROCESSED: Final = "NotProcessed"

# The processor's longest time limit, a sixth of the longest visibility, and what Lambda needs to start it.
_LONGEST_INVOCATION: Final = max(int(seconds) for seconds in QUEUE_VISIBILITY_TIMEOUT.allowed) // 6
TASK_TIMEOUT_SECONDS: Final = _LONGEST_INVOCATION + 30
# More than all attempts of both tasks may take together; a webhook of an execution that is cut off stays pending.
MACHINE_TIMEOUT_SECONDS: Final = 3600

# All processors are busy, which passes, however long it lasts: about eight minutes, by which time the sweeper
# brings the webhook through the queue.
THROTTLED: Final[dict[str, Any]] = {
    "ErrorEquals": ["Lambda.TooManyRequestsException", "Lambda.EC2ThrottledException"],
    "IntervalSeconds": 2,
    "BackoffRate": 2.0,
    "MaxAttempts": 12,
    "MaxDelaySeconds": 60,
    "JitterStrategy": "FULL",
}
FAILED: Final[dict[str, Any]] = {
    "ErrorEquals": [
        "States.TaskFailed",
        "States.Timeout",
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
    ],
    "IntervalSeconds": 2,
    "BackoffRate": 2.0,
    "MaxAttempts": 3,
    "JitterStrategy": "FULL",
}
POINTLESS: Final[dict[str, Any]] = {"ErrorEquals": [contract.WORKFLOW_PERMANENT], "MaxAttempts": 0}


def definition(processor_arn: Any) -> dict[str, Any]:
    """The state machine's definition as an object, in which CloudFormation's functions may stand."""
    return {
        "Comment": "Applies one webhook of the inbox to the ledger",
        "StartAt": PROCESS,
        "TimeoutSeconds": MACHINE_TIMEOUT_SECONDS,
        "States": {
            PROCESS: {
                **_processor_task(processor_arn, {contract.WORKFLOW_TASK: contract.WORKFLOW_PROCESS}),
                "Retry": [POINTLESS, THROTTLED, FAILED],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": GIVE_UP}],
                "End": True,
            },
            GIVE_UP: {
                **_processor_task(
                    processor_arn,
                    {
                        contract.WORKFLOW_TASK: contract.WORKFLOW_GIVE_UP,
                        f"{contract.WORKFLOW_FAILURE}.$": "$",
                    },
                ),
                "Retry": [THROTTLED, FAILED],
                # The webhook stays pending, and the sweeper brings it through the queue.
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": NOT_PROCESSED}],
                "Next": NOT_PROCESSED,
            },
            NOT_PROCESSED: {
                "Type": "Fail",
                "Error": "WebhookNotProcessed",
                "Cause": "The inbox and the log of the processor say why",
            },
        },
    }


def _processor_task(processor_arn: Any, fields: dict[str, str]) -> dict[str, Any]:
    """A task that calls the processor with the execution's own input, not with a state's output."""
    payload = {
        **fields,
        f"{contract.WORKFLOW_INPUT}.$": "$$.Execution.Input",
        f"{contract.WORKFLOW_EXECUTION}.$": "$$.Execution.Id",
        f"{contract.WORKFLOW_RETRIES}.$": "$$.State.RetryCount",
    }
    return {
        "Type": "Task",
        "Resource": Sub("arn:${AWS::Partition}:states:::lambda:invoke"),
        "Parameters": {"FunctionName": processor_arn, "Payload": payload},
        "ResultSelector": {f"{contract.WORKFLOW_OUTCOME}.$": f"$.Payload.{contract.WORKFLOW_OUTCOME}"},
        "TimeoutSeconds": TASK_TIMEOUT_SECONDS,
    }
