"""Checks: notifications, transaction API, analytics, archive, health and configuration."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import urllib3

from payment_webhooks import contract
from payment_webhooks.analytics.query import analytics_query
from payment_webhooks.aws.dynamodb_items import item_of
from payment_webhooks.day_shards import DAY_SECONDS, cutoff_day, day_of
from payment_webhooks.ledger.reader import LedgerReader
from payment_webhooks.ledger.writer import LedgerWriter
from payment_webhooks.timestamps import utc_timestamp
from scripts.acceptance.bench import Bench
from scripts.acceptance.project_copy import changed_project
from scripts.acceptance.samples import IN_HOUSE, payment_body, transaction_id
from scripts.cloudformation.live_stack import webhook_url
from scripts.command_line.boto3_api import client_api
from scripts.operations.analytics.command import read_counters
from scripts.operations.transactions.client import TransactionClient, key_in_path, transactions_url
from stacks.function_catalogue import CANARY, PAYMENT_PROCESSOR, TRANSACTION_ARCHIVER
from stacks.parameters.features import SEND_CANARY

ARCHIVED_AGE_DAYS: Final = 200  # more than ArchiveAfterDays, 180 by default
TIMEOUT_SECONDS: Final = 30.0
STILL_SECONDS: Final = 10.0  # longer than a payment waits to be counted


def subscriber_is_told(bench: Bench) -> None:
    """A queue subscribes to the topic, as a team's own would; a payment is told to it once."""
    body = payment_body()
    with subscription(bench) as url:
        bench.processed(bench.accepted(IN_HOUSE, body))
        told = next_notification(bench, url, transaction_id(body))
    bench.expect("notification", told["notification_type"], "payment_confirmation")


def make_topic_queue(sqs: Any, name: str, topic_arn: str) -> tuple[str, str]:
    """URL and ARN of a new queue to which that SNS topic may send."""
    url: str = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn: str = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return url, arn


@contextmanager
def subscription(bench: Bench) -> Iterator[str]:
    """The URL of a new queue that subscribes to the notifications; both are gone afterwards."""
    sqs, sns, topic = bench.client("sqs"), bench.client("sns"), bench.stack.outputs["NotificationsTopicArn"]
    url, arn = make_topic_queue(sqs, bench.names.name("queue", "acceptance"), topic)
    subscribed = sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=arn,
        Attributes={"RawMessageDelivery": "true"},
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    bench.note("sns subscribe", subscribed)
    try:
        yield url
    finally:
        sns.unsubscribe(SubscriptionArn=subscribed)
        sqs.delete_queue(QueueUrl=url)


def next_notification(bench: Bench, url: str, of_transaction: str) -> dict[str, Any]:
    """The first message about that transaction. Raises CheckFailed."""

    def look() -> list[dict[str, Any]]:
        answer = bench.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        bodies = [json.loads(message["Body"]) for message in answer.get("Messages", [])]
        return [body for body in bodies if body.get("transaction_id") == of_transaction]

    return bench.wait_for(f"a notification of {of_transaction}", look, bool)[0]


def transaction_api_wants_a_signature(bench: Bench) -> None:
    body = payment_body()
    bench.processed(bench.accepted(IN_HOUSE, body))
    client = TransactionClient(bench.target, transactions_url(bench.target, bench.names))
    path = f"/transactions/{key_in_path(transaction_id(body))}"
    answer = client.get(path)
    bench.expect(f"GET {path}, signed", answer.status, 200)
    bench.expect(
        "status and captured",
        (answer.document["status"], answer.document["net_minor"]),
        ("succeeded", 12_500),
    )
    unsigned = urllib3.request(
        "GET", client.url(path), headers={"User-Agent": "acceptance"}, retries=False, timeout=TIMEOUT_SECONDS
    )
    bench.expect(f"GET {path}, unsigned", unsigned.status, 403)


def analytics_count_each_payment_once(bench: Bench, counted: Callable[[Bench], int]) -> None:
    """Between two counts that stand still, as payments of earlier steps may still be uncounted."""
    before = _standing(bench, counted)
    body = payment_body()
    bench.processed(bench.accepted(IN_HOUSE, body))
    bench.accepted(IN_HOUSE, body, "duplicate")
    bench.wait_for("the payment to be counted", lambda: counted(bench), lambda now: now > before)
    bench.expect("counted payments", _standing(bench, counted) - before, 1)


def counted_payments(bench: Bench) -> int:
    query = analytics_query(None, None, None, time.time())
    return sum(tally.payments for tally in read_counters(bench.environment, query).values())


def _standing(bench: Bench, counted: Callable[[Bench], int]) -> int:
    """The count, once it has not changed for STILL_SECONDS."""
    former, now = -1, counted(bench)
    while now != former:
        bench.sleep(STILL_SECONDS)
        former, now = now, counted(bench)
    return now


def old_payment_is_archived(bench: Bench) -> None:
    """A payment of long ago is added to the ledger; the archiver moves it to the bucket, and the command proves the
    copy.

    It is the row of a webhook once more, written as the processor writes: nothing that is there is changed, which
    would ring the alarm ledger-tampering.
    """
    body = payment_body()
    bench.processed(bench.accepted(IN_HOUSE, body))
    now, dynamodb, table = time.time(), client_api(bench.client("dynamodb")), bench.names.transactions_table
    (row,) = LedgerReader(dynamodb, table).read(transaction_id(body)).rows
    at = utc_timestamp(now - ARCHIVED_AGE_DAYS * DAY_SECONDS)
    old = row._replace(transaction_id=f"{row.transaction_id}-old", recorded_at=at)
    LedgerWriter(dynamodb, table, lambda: at, bench.sleep, lambda *_: False).append(old)
    begin = {  # as if all days before had been worked through
        contract.TRANSACTION_ID: contract.ARCHIVE_PROGRESS,
        contract.TRANSACTION_TIMESTAMP: f"{contract.ARCHIVE_PROGRESS}#{contract.ARCHIVE_TRANSACTIONS}",
        "day": cutoff_day(now, ARCHIVED_AGE_DAYS),
    }
    dynamodb("PutItem", {"TableName": table, "Item": item_of(begin)})
    line = _archiver_line(bench)
    bench.expect("archived", (line["outcome"], line[contract.METRIC_ARCHIVED]), ("complete", 1))
    bench.command("archive", "verify", "--json", "--day", day_of(old.recorded_at))
    shown = json.loads(bench.command("archive", "show", "--json", old.transaction_id))
    bench.expect("lines of the archived payment", [len(part["lines"]) for part in shown], [1])


def _archiver_line(bench: Bench) -> dict[str, Any]:
    """What one run of the archiver logs of the transactions."""
    name = bench.names.function(TRANSACTION_ARCHIVER.folder)
    answer = bench.client("lambda").invoke(FunctionName=name, Payload=b"{}", LogType="Tail")
    bench.expect(f"invoke {name}", answer.get("FunctionError"), None)
    log = base64.b64decode(answer["LogResult"]).decode()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    return next(line for line in lines if line.get("archive") == contract.ARCHIVE_TRANSACTIONS)


def health_is_told(bench: Bench) -> None:
    """By the API, by the function's own URL, which needs no API, and by a round of the canary, unless it is off."""
    outputs, engine = bench.stack.outputs, bench.target.endpoint_url
    api = webhook_url(bench.target, bench.names, IN_HOUSE).removesuffix(f"/webhook/{IN_HOUSE}")
    own_url = outputs["HealthFunctionUrl"]
    for called, url, host in (
        ("GET /health", f"{api}/health", None),
        ("GET the function's URL", own_url, urlsplit(own_url).netloc),
    ):
        if engine and host:  # the engine knows a function's URL by its host's name
            url = engine + urlsplit(url).path
        headers = {"User-Agent": "acceptance", **({"Host": host} if host else {})}
        answer = urllib3.request("GET", url, headers=headers, retries=False, timeout=TIMEOUT_SECONDS)
        bench.expect(called, (answer.status, answer.json()), (200, {"status": "ok"}))
    if bench.parameters.get(SEND_CANARY.title) == "true":
        name = bench.names.function(CANARY.folder)
        told = json.load(bench.client("lambda").invoke(FunctionName=name, Payload=b"{}")["Payload"])
        bench.expect(f"invoke {name}", told.get(contract.CANARY_ANSWER_REASON, told), None)
        bench.note("seconds until its webhook was judged", round(told[contract.CANARY_ANSWER_JUDGED], 1))


def configuration_falls_back(bench: Bench) -> None:
    """The newest version of the configuration is broken: a new container takes the one before it, by its number."""
    ssm, name = bench.client("ssm"), bench.names.config_parameter
    original = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    try:
        for value in ('{"high_value_thresholds": {"default": 1}}', "not a configuration"):
            version = ssm.put_parameter(Name=name, Value=value, Overwrite=True)["Version"]
            bench.note(f"put {name}", f"version {version}")
        bench.deploy(
            "--yes", project=changed_project(bench.folder / "configuration", PAYMENT_PROCESSOR.folder)
        )
        body = payment_body()
        with subscription(bench) as url:
            bench.accepted(IN_HOUSE, body)
            told = next_notification(bench, url, transaction_id(body))
    finally:
        ssm.put_parameter(Name=name, Value=original, Overwrite=True)
    bench.expect("high value, by the version before", told["high_value"], True)
