"""Exactly what the pipe and the state machine may do, by ARN."""

from typing import Any

import pytest

from tests.support.grants import grants, key_grants
from tests.support.templates import resource

KEY = {"Ref": "KeyArn"}

STREAM = [
    (
        ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
        [{"Ref": "InboxStreamArn"}],
        None,
    ),
    (["dynamodb:ListStreams"], ["*"], None),
]
MACHINE = {
    "Fn::Sub": "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}"
    ":stateMachine:state-machine-processing-${EnvironmentSuffix}"
}


@pytest.mark.parametrize(
    ("mode", "granted"),
    [
        (
            "PipeProcessing",
            [(["sqs:SendMessage"], [{"Ref": "ProcessingQueueArn"}, {"Ref": "PipeDlqArn"}], None)],
        ),
        (
            "PipeWorkflow",
            [
                (["sqs:SendMessage"], [{"Ref": "PipeDlqArn"}], None),
                (["states:StartExecution"], [MACHINE], None),
            ],
        ),
    ],
)
def test_what_the_pipe_may_do_in_each_mode(mode: str, granted: list[Any]) -> None:
    assert grants(f"{mode}Policy") == [*STREAM, *granted]
    assert [each["Resource"] for each in key_grants(f"{mode}Policy")] == [[KEY]]
    trust = resource("compute", f"{mode}Role")["AssumeRolePolicyDocument"]["Statement"][0]
    name = resource("compute", "ProcessingPipe")["Name"]["Fn::Sub"]
    arn = f"arn:${{AWS::Partition}}:pipes:${{AWS::Region}}:${{AWS::AccountId}}:pipe/{name}"
    assert trust["Condition"] == {
        "ArnEquals": {"aws:SourceArn": {"Fn::Sub": arn}},
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
    }


def test_what_the_state_machine_may_do() -> None:
    processor = {"Fn::GetAtt": ["PaymentProcessor", "Arn"]}
    assert grants("ProcessingWorkflowPolicy") == [(["lambda:InvokeFunction"], [processor], None)]
    (key,) = key_grants("ProcessingWorkflowPolicy")
    assert (key["Action"], key["Resource"]) == (["kms:Decrypt", "kms:GenerateDataKey"], [KEY])
    context = {"kms:EncryptionContext:aws:states:stateMachineArn": MACHINE}
    assert key["Condition"] == {"StringEquals": context}
    trust = resource("compute", "ProcessingWorkflowRole")["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Principal"] == {"Service": "states.amazonaws.com"}
    assert trust["Condition"]["ArnEquals"] == {"aws:SourceArn": MACHINE}
