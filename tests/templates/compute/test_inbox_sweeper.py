"""The sweeper: what it may do, when it runs, and that a run is over before the next."""

from payment_webhooks import contract
from payment_webhooks.processing.sweeper import SWEEP_AFTER_SECONDS
from tests.support.templates.resources import resource, statements

SCHEDULE = resource("compute", "InboxSweeperSchedule")
FUNCTION = resource("compute", "InboxSweeper")


def test_it_runs_every_five_minutes_and_each_run_ends_before_the_next() -> None:
    assert SCHEDULE["ScheduleExpression"] == "rate(5 minutes)"
    assert SCHEDULE["Target"]["Arn"] == {"Fn::GetAtt": ["InboxSweeper", "Arn"]}
    assert FUNCTION["Timeout"] < 300
    assert SCHEDULE["Target"]["RetryPolicy"]["MaximumEventAgeInSeconds"] < 300
    config = resource("compute", "InboxSweeperFailedRuns")
    assert config["MaximumEventAgeInSeconds"] < 300


def test_a_webhook_is_not_swept_before_its_message_has_come_for_the_last_time() -> None:
    """Even if each attempt is a crash, after which its message is hidden for a minute."""
    variables = resource("compute", "PaymentProcessor")["Environment"]["Variables"]
    assert int(variables[contract.ENV_MAX_RECEIVE_COUNT]) * 60 < SWEEP_AFTER_SECONDS == 600


def test_what_it_may_do() -> None:
    found = statements(resource("compute", "InboxSweeperPolicy")["PolicyDocument"])
    grants = [
        (each["Action"], each["Resource"])
        for each in found
        if not each["Action"][0].startswith(("logs:", "xray:", "kms:"))
    ]
    index = {"Fn::Sub": ["${Table}/index/pending-index", {"Table": {"Ref": "InboxTableArn"}}]}
    assert grants == [
        (["dynamodb:Query"], [index]),
        (["sqs:GetQueueAttributes", "sqs:SendMessage"], [{"Ref": "ProcessingQueueArn"}]),
        (["sqs:SendMessage"], [{"Ref": "SchedulesDlqArn"}]),
    ]


def test_what_its_schedule_may_do() -> None:
    role = resource("compute", "InboxSweeperScheduleRole")
    assert SCHEDULE["Target"]["RoleArn"] == {"Fn::GetAtt": ["InboxSweeperScheduleRole", "Arn"]}
    trust = role["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    name = resource("compute", "ScheduleGroup")["Name"]["Fn::Sub"]
    arn = f"arn:${{AWS::Partition}}:scheduler:${{AWS::Region}}:${{AWS::AccountId}}:schedule-group/{name}"
    assert trust["Condition"] == {
        "ArnEquals": {"aws:SourceArn": {"Fn::Sub": arn}},
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
    }
    assert SCHEDULE["GroupName"] == {"Ref": "ScheduleGroup"}
    found = statements(resource("compute", "InboxSweeperSchedulePolicy")["PolicyDocument"])
    assert [(each["Action"], each["Resource"]) for each in found] == [
        (["lambda:InvokeFunction"], [{"Fn::GetAtt": ["InboxSweeper", "Arn"]}]),
        (["sqs:SendMessage"], [{"Ref": "SchedulesDlqArn"}]),
        (["kms:Decrypt", "kms:GenerateDataKey"], [{"Ref": "MessagesKeyArn"}]),
        (["kms:Decrypt"], [{"Ref": "DataKeyArn"}]),
    ]
    assert SCHEDULE["KmsKeyArn"] == {"Ref": "DataKeyArn"}


def test_the_index_it_reads_has_only_what_is_pending_oldest_first() -> None:
    (index,) = [
        each
        for each in resource("data", "InboxTable")["GlobalSecondaryIndexes"]
        if each["IndexName"] == contract.PENDING_INDEX
    ]
    assert [each["AttributeName"] for each in index["KeySchema"]] == [
        contract.PENDING_SHARD,
        contract.PENDING_SINCE,
    ]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}
