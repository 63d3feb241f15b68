"""Exactly what the pipe and the state machine may do, by ARN."""

from typing import Any

import pytest

from tests.support.templates.grants import grants, key_grants
from tests.support.templates.resources import resource

KEY = {"Ref": "DataKeyArn"}
MESSAGES = {"Ref": "MessagesKeyArn"}

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
    ("pipe", "mode", "granted"),
    [
        ("ProcessingPipe", "PipeProcessing", (["sqs:SendMessage"], [{"Ref": "ProcessingQueueArn"}], None)),
        ("WorkflowPipe", "PipeWorkflow", (["states:StartExecution"], [MACHINE], None)),
    ],
)
def test_what_the_pipe_may_do_in_each_mode(pipe: str, mode: str, granted: Any) -> None:
    dead_letters = (["sqs:SendMessage"], [{"Ref": "PipeDlqArn"}], None)
    assert grants(f"{mode}Policy") == [*STREAM, granted, dead_letters]
    assert [each["Resource"] for each in key_grants(f"{mode}Policy")] == [[KEY], [MESSAGES], *[[KEY]] * 3]
    trust = resource("compute", f"{mode}Role")["AssumeRolePolicyDocument"]["Statement"][0]
    assert resource("compute", pipe)["RoleArn"] == {"Fn::GetAtt": [f"{mode}Role", "Arn"]}
    name = resource("compute", pipe)["Name"]["Fn::Sub"]
    arn = f"arn:${{AWS::Partition}}:pipes:${{AWS::Region}}:${{AWS::AccountId}}:pipe/{name}"
    assert trust["Condition"] == {
        "ArnEquals": {"aws:SourceArn": {"Fn::Sub": arn}},
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
    }


def test_what_the_state_machine_may_do() -> None:
    processor = {"Fn::GetAtt": ["PaymentProcessor", "Arn"]}
    assert grants("ProcessingWorkflowPolicy") == [(["lambda:InvokeFunction"], [processor], None)]
    trust = resource("compute", "ProcessingWorkflowRole")["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Principal"] == {"Service": "states.amazonaws.com"}
    assert trust["Condition"]["ArnEquals"] == {"aws:SourceArn": MACHINE}


def test_the_state_machine_uses_the_key_for_its_own_data_and_for_its_log() -> None:
    """With a key of ours and a log the role needs both.

    Source: aws-cdk-lib, aws-stepfunctions/lib/state-machine.ts, what it adds to the role's policy for
    `encryptionConfiguration` together with `logs`.
    """
    logs = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:*"
    found = [
        (each["Action"], each["Resource"], each["Condition"])
        for each in key_grants("ProcessingWorkflowPolicy")
    ]
    assert found == [
        (
            ["kms:Decrypt", "kms:GenerateDataKey"],
            [KEY],
            {"StringEquals": {"kms:EncryptionContext:aws:states:stateMachineArn": MACHINE}},
        ),
        (
            ["kms:GenerateDataKey"],
            [KEY],
            {"StringLike": {"kms:EncryptionContext:SourceArn": {"Fn::Sub": logs}}},
        ),
    ]
