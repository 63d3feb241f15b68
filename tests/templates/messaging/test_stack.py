"""Queues, their dead-letter queues, and the pipe that feeds the processing queue."""

import json

import pytest

from payment_webhooks import contract
from stacks.names import Names
from tests.support.templates.resources import Resource, resource, resources

DAY_SECONDS = 86_400


def test_the_processing_queue_leaves_giving_up_to_the_processor() -> None:
    """SQS's redrive knows no reason, and of no row: the sweeper brings again what it moves."""
    queue = resource("messaging", "ProcessingQueue")
    assert queue["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["ProcessingDlq", "Arn"]},
        "maxReceiveCount": 1000,
    }
    assert queue["MessageRetentionPeriod"] == 4 * DAY_SECONDS


def test_the_processor_gives_up_after_five_attempts() -> None:
    variables = resource("compute", "PaymentProcessor")["Environment"]["Variables"]
    assert variables[contract.ENV_MAX_RECEIVE_COUNT] == "5"


@pytest.mark.parametrize("title", ["ProcessingDlq", "PipeDlq", "SchedulesDlq"])
def test_dead_letters_stay_for_the_longest_that_sqs_allows(title: str) -> None:
    assert resource("messaging", title)["MessageRetentionPeriod"] == 14 * DAY_SECONDS


def test_only_the_processing_queue_may_redrive_to_its_dead_letter_queue() -> None:
    arn = "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:queue-processing-${EnvironmentSuffix}"
    assert resource("messaging", "ProcessingDlq")["RedriveAllowPolicy"] == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": [{"Fn::Sub": arn}],
    }
    assert arn.endswith(f":{resource('messaging', 'ProcessingQueue')['QueueName']['Fn::Sub']}")


@pytest.mark.parametrize("title", ["ProcessingQueue", "PipeDlq", "SchedulesDlq"])
def test_no_queue_may_redrive_to_the_others(title: str) -> None:
    assert resource("messaging", title)["RedriveAllowPolicy"] == {"redrivePermission": "denyAll"}


@pytest.mark.parametrize("queue", resources("AWS::SQS::Queue"), ids=str)
def test_every_queue_has_a_policy_of_its_own(queue: Resource) -> None:
    policy = resource("messaging", f"{queue.title}Policy")
    assert policy["Queues"] == [{"Ref": queue.title}]
    assert policy["PolicyDocument"]["Statement"][0]["Resource"] == [{"Fn::GetAtt": [queue.title, "Arn"]}]


@pytest.mark.parametrize("pipe", resources("AWS::Pipes::Pipe"), ids=str)
def test_the_pipe_passes_new_webhooks_and_those_that_are_received_anew(pipe: Resource) -> None:
    filters = pipe["SourceParameters"]["FilterCriteria"]["Filters"]
    assert [json.loads(each["Pattern"]) for each in filters] == [
        {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"status": {"S": ["received"]}}}},
        {
            "eventName": ["MODIFY"],
            "dynamodb": {
                "OldImage": {
                    "status": {
                        "S": ["ignored", "processed", "unexpected", "conflict", "quarantined", "failed"]
                    }
                },
                "NewImage": {"status": {"S": ["received"]}},
            },
        },
    ]


@pytest.mark.parametrize("pipe", resources("AWS::Pipes::Pipe"), ids=str)
def test_the_pipe_sends_the_keys_and_nothing_else(pipe: Resource) -> None:
    template = pipe["TargetParameters"]["InputTemplate"]
    assert json.loads(template) == {
        contract.MESSAGE_WEBHOOK_ID: "<$.dynamodb.NewImage.webhookId.S>",
        contract.MESSAGE_TIMESTAMP: "<$.dynamodb.NewImage.timestamp.S>",
    }


@pytest.mark.parametrize("pipe", resources("AWS::Pipes::Pipe"), ids=str)
def test_the_pipe_starts_at_the_beginning_and_gives_up_in_bounds(pipe: Resource) -> None:
    stream = pipe["SourceParameters"]["DynamoDBStreamParameters"]
    # With LATEST a pipe may miss records while it is made or updated (Lambda's guide says so of its own).
    assert stream["StartingPosition"] == "TRIM_HORIZON"
    assert stream["DeadLetterConfig"] == {"Arn": {"Ref": "PipeDlqArn"}}
    assert stream["OnPartialBatchItemFailure"] == "AUTOMATIC_BISECT"
    assert 0 < stream["MaximumRetryAttempts"] < 100
    # A new pipe reads the whole day again: an age limit would make dead letters of what is done long since.
    assert "MaximumRecordAgeInSeconds" not in stream


@pytest.mark.parametrize("pipe", resources("AWS::Pipes::Pipe"), ids=str)
def test_the_pipe_is_encrypted_and_logs_without_the_records(pipe: Resource) -> None:
    assert pipe["KmsKeyIdentifier"] == {"Ref": "DataKeyArn"}
    log = pipe["LogConfiguration"]
    assert log["Level"] == "ERROR"
    assert "IncludeExecutionData" not in log
    arn = log["CloudwatchLogsLogDestination"]["LogGroupArn"]["Fn::Sub"]
    assert arn.endswith(":log-group:${ProcessingPipeLogGroup}")


def test_the_inbox_stream_has_two_readers_at_most() -> None:
    # More than two readers of a shard are throttled (DynamoDB developer guide, "Reading and processing a stream").
    mappings = [each["EventSourceArn"] for each in resources("AWS::Lambda::EventSourceMapping")]
    # One pipe in each mode; while the mode changes, both are there for minutes.
    pipes = {each.document["Condition"]: each["Source"] for each in resources("AWS::Pipes::Pipe")}
    modes = ("ProcessingModeIsQueue", "ProcessingModeIsWorkflow")
    assert pipes == {mode: {"Ref": "InboxStreamArn"} for mode in modes}
    assert mappings.count({"Ref": "InboxStreamArn"}) == 1


def test_scripts_find_the_queues_by_name() -> None:
    names = Names("dev")
    assert names.processing_queue == "queue-processing-dev"
    assert names.processing_dlq == "queue-processing-dlq-dev"
