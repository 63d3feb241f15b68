"""The pipe_targets shim; see test_shims.py. A pipe delivers as EventBridge Pipes does."""

import json
from dataclasses import dataclass
from typing import Any

from scripts.local_engine import control
from tests.support.system import small_stacks as stacks
from tests.support.system.engine_clients import Clients
from tests.support.system.small_stacks import unique
from tests.support.system.waiting import wait_for

TEMPLATE = '{"id": "<$.dynamodb.Keys.id.S>", "quoted": "<$.dynamodb.NewImage.note.S>"}'
RETRIES = 1


@dataclass(frozen=True)
class Pipe:
    """A table, a pipe that passes its INSERTs of status `received`, the pipe's queue and its dead-letter queue."""

    clients: Clients
    name: str
    table: str
    queue_url: str
    dead_letter_url: str

    def put(self, item_id: str, status: str = "received", note: str = "plain") -> None:
        item = {"id": {"S": item_id}, "status": {"S": status}, "note": {"S": note}}
        self.clients("dynamodb").put_item(TableName=self.table, Item=item)

    def messages(self, url: str) -> list[Any]:
        """What is in the queue now; it is deleted."""
        found = []
        while (
            batch := self.clients("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages")
        ):
            for message in batch:
                self.clients("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                found.append(json.loads(message["Body"]))
        return found

    def next_message(self) -> Any:
        """Waits for one message of the queue."""
        return wait_for("a message", lambda: self.messages(self.queue_url))[0]


def deploy_pipe(clients: Clients, may_send: bool = True) -> Pipe:
    name = unique("pipe")
    status = stacks.create(clients, name, pipe_resources(name, may_send), outputs())
    assert status == "CREATE_COMPLETE"
    made = stacks.outputs_of(clients, name)
    return Pipe(clients, name, made["Table"], made["Queue"], made["DeadLetters"])


def outputs() -> dict[str, Any]:
    return {title: {"Value": {"Ref": title}} for title in ("Table", "Queue", "DeadLetters")}


def pipe_resources(name: str, may_send: bool) -> dict[str, Any]:
    stream, queue, letters = (
        {"Fn::GetAtt": each} for each in (["Table", "StreamArn"], ["Queue", "Arn"], ["DeadLetters", "Arn"])
    )
    read = [
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
    ]
    grants: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": read, "Resource": stream},
        {
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Resource": [queue, letters] if may_send else [letters],
        },
    ]
    keys = [{"AttributeName": "id", "KeyType": "HASH"}]
    return {
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "KeySchema": keys,
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
                "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
            },
        },
        "Queue": {"Type": "AWS::SQS::Queue"},
        "DeadLetters": {"Type": "AWS::SQS::Queue"},
        "Policy": queue_policy_that_wants_tls(),
        "Role": stacks.role("pipes.amazonaws.com", *grants),
        "Pipe": pipe(name, stream, queue, letters),
    }


def pipe(name: str, stream: Any, queue: Any, letters: Any) -> dict[str, Any]:
    pattern = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"status": {"S": ["received"]}}}}
    return {
        "Type": "AWS::Pipes::Pipe",
        "DependsOn": "Policy",
        "Properties": {
            "Name": name,
            "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
            "Source": stream,
            "SourceParameters": {
                "FilterCriteria": {"Filters": [{"Pattern": json.dumps(pattern)}]},
                "DynamoDBStreamParameters": {
                    "StartingPosition": "TRIM_HORIZON",
                    "BatchSize": 10,
                    "MaximumRetryAttempts": RETRIES,
                    "DeadLetterConfig": {"Arn": letters},
                },
            },
            "Target": queue,
            "TargetParameters": {"InputTemplate": TEMPLATE},
        },
    }


def queue_policy_that_wants_tls() -> dict[str, Any]:
    """The pipe's poller has no request and so no transport; it must not count as one without TLS."""
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {
            "Queues": [{"Ref": "Queue"}],
            "PolicyDocument": {"Version": "2012-10-17", "Statement": [deny]},
        },
    }


def test_engine_holds_records_for_queues(bare_aws: Clients) -> None:
    pipe = deploy_pipe(bare_aws)
    pipe.put("held")
    log = bare_aws.state.folder / control.LOG_FILE
    held = f"Pipes {pipe.name}: holding 1 record(s); MiniStack delivers to sns and states, not to sqs"
    wait_for("the engine to say that it holds the record", lambda: held in log.read_text())


def test_pipe_delivers_what_matches_as_the_template_says(aws: Clients) -> None:
    pipe = deploy_pipe(aws)
    for number in range(12):  # more than one batch
        pipe.put(f"item-{number}", note='a "quoted" ünote')
        pipe.put(f"item-{number}", note="modified")
        pipe.put(f"other-{number}", status="quarantined")
    received: list[Any] = []

    def look() -> bool:
        received.extend(pipe.messages(pipe.queue_url))
        return len(received) >= 12

    wait_for("twelve messages", look)
    pipe.put("last")
    assert pipe.next_message() == {"id": "last", "quoted": "plain"}  # so nothing else is on its way
    assert received == [{"id": f"item-{number}", "quoted": 'a "quoted" ünote'} for number in range(12)]
    assert pipe.messages(pipe.dead_letter_url) == []


def test_pipe_gives_up_and_leaves_the_place_in_the_stream(aws: Clients) -> None:
    pipe = deploy_pipe(aws, may_send=False)
    pipe.put("not-allowed", note="the payload")
    letter = wait_for("a dead letter", lambda: pipe.messages(pipe.dead_letter_url))[0]
    assert letter["context"]["condition"] == "RetryAttemptsExhausted"
    assert letter["DDBStreamBatchInfo"]["batchSize"] == 1
    assert letter["DDBStreamBatchInfo"]["startSequenceNumber"]
    assert "payload" not in json.dumps(letter)
    log = (aws.state.folder / control.LOG_FILE).read_text()
    assert log.count(f"pipe {pipe.name}, attempt") == 1 + RETRIES
    assert "may not sqs:SendMessage" in log


def test_pipe_follows_an_update(aws: Clients) -> None:
    pipe = deploy_pipe(aws)
    resources = pipe_resources(pipe.name, may_send=True)
    resources["Pipe"]["Properties"]["TargetParameters"]["InputTemplate"] = '"<$.eventName>"'
    assert stacks.update(aws, pipe.name, resources, outputs()) == "UPDATE_COMPLETE"
    pipe.put("after")
    assert pipe.next_message() == "INSERT"


def test_pipe_refuses_what_aws_refuses(aws: Clients) -> None:
    name = unique("pipe")
    resources = pipe_resources(name, may_send=True)
    resources["Pipe"]["Properties"]["SourceParameters"]["DynamoDBStreamParameters"]["BatchSize"] = 11
    assert stacks.create(aws, name, resources, outputs()) == "ROLLBACK_COMPLETE"
