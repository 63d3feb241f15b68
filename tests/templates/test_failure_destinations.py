"""Everything asynchronous has a place for what fails: no path of any template drops what it can't deliver."""

import pytest

from tests.support.library.failures import FAILURES, async_failure, keeper
from tests.support.templates.resources import Resource, resources, texts

PATHS = [found for found in resources() if found.type in FAILURES]


@pytest.mark.parametrize("found", PATHS, ids=str)
def test_every_asynchronous_path_has_a_place_for_what_fails(found: Resource) -> None:
    for destination in FAILURES[found.type](found):
        kept_in = keeper(destination)
        assert kept_in.type in ("AWS::SQS::Queue", "AWS::S3::Bucket")
        assert kept_in.title.endswith(("Dlq", "FailuresBucket"))


def test_the_paths_are_found() -> None:
    """So that the test above can't pass by finding nothing."""
    with_destination = {found.title for found in PATHS if FAILURES[found.type](found)}
    assert with_destination >= {
        "PaymentProcessorQueueSource",
        "AuditLoggerStreamSource",
        "ProcessingPipe",
        "WorkflowPipe",
        "ProcessingQueue",
        "InboxSweeperSchedule",
        "InboxSweeperFailedRuns",
    }


@pytest.mark.parametrize("found", resources("AWS::Lambda::EventSourceMapping"), ids=str)
def test_streams_fail_to_a_bucket_which_keeps_whole_records(found: Resource) -> None:
    # A queue gets metadata only, of records that the stream forgets after a day.
    if "StartingPosition" in found.properties:
        (destination,) = FAILURES[found.type](found)
        assert keeper(destination).type == "AWS::S3::Bucket"


def test_nothing_else_delivers_asynchronously() -> None:
    for bucket in resources("AWS::S3::Bucket"):
        assert "NotificationConfiguration" not in bucket.properties
    assert not resources("AWS::Logs::SubscriptionFilter")


@pytest.mark.parametrize("found", resources("AWS::Scheduler::Schedule"), ids=str)
def test_a_schedule_tries_again_in_bounds(found: Resource) -> None:
    retries = found["Target"]["RetryPolicy"]
    assert 0 < retries["MaximumRetryAttempts"] <= 185
    assert 60 <= retries["MaximumEventAgeInSeconds"] <= 21_600


def test_a_path_without_a_destination_is_found() -> None:
    """The counterexample of the first test."""
    pipe = Resource("x", "Pipe", {"Type": "AWS::Pipes::Pipe", "Properties": {"SourceParameters": {}}})
    with pytest.raises(KeyError):
        FAILURES[pipe.type](pipe)
    with pytest.raises(StopIteration):
        async_failure("WebhookReceiver")
    with pytest.raises(KeyError):
        keeper({"Ref": "NowhereArn"})


def test_a_function_that_a_schedule_calls_may_send_to_the_destination_itself() -> None:
    # Lambda delivers a failed call with the function's own role.
    for config in resources("AWS::Lambda::EventInvokeConfig"):
        function = config["FunctionName"]["Ref"]
        policy = next(
            each for each in resources("AWS::IAM::ManagedPolicy") if each.title == f"{function}Policy"
        )
        destination = async_failure(function)
        sends = [
            each
            for each in policy["PolicyDocument"]["Statement"]
            if each["Action"] == ["sqs:SendMessage"] and destination in each["Resource"]
        ]
        assert len(sends) == 1
        assert f"sqs.{'${AWS::Region}'}.amazonaws.com" in texts(policy["PolicyDocument"])
