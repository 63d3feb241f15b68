"""The analytics table, and which changes of the ledger reach the function."""

import json
from typing import Any

from payment_webhooks import contract
from scripts.planning.workload import matches
from tests.support.library.analytics_records import record
from tests.support.templates.resources import resource, resources


def _wanted() -> dict[str, Any]:
    (each,) = resource("compute", "AnalyticsProcessorStreamSource")["FilterCriteria"]["Filters"]
    pattern: dict[str, Any] = json.loads(each["Pattern"])
    return pattern


def test_only_new_rows_with_an_effect_are_delivered() -> None:
    assert matches(_wanted(), record())
    assert not matches(_wanted(), record(event_name="MODIFY"))
    assert not matches(_wanted(), record(event_name="REMOVE"))
    assert not matches(_wanted(), record(effect=None))


def test_a_marker_outlives_whatever_can_bring_its_record_again() -> None:
    # The stream, retries included, keeps a record for a day; the failures bucket keeps batches that may be replayed.
    (rule,) = resource("data", "FailuresBucket")["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] + 1 < contract.ANALYTICS_MARKER_DAYS


def test_the_table_is_recoverable_encrypted_and_forgets_markers() -> None:
    table = resource("data", "AnalyticsTable")
    assert table["TableName"] == {"Fn::Sub": "table-analytics-${EnvironmentSuffix}"}
    assert table["TimeToLiveSpecification"] == {
        "AttributeName": contract.ANALYTICS_EXPIRES_AT,
        "Enabled": True,
    }
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert table["SSESpecification"]["SSEType"] == "KMS"
    assert table["DeletionProtectionEnabled"]["Fn::If"][1:] == [True, False]


def test_a_stream_has_two_readers_at_most() -> None:
    # DynamoDB developer guide, "Change data capture": more than two processes on a shard are throttled.
    sources = [each["EventSourceArn"] for each in resources("AWS::Lambda::EventSourceMapping")]
    # There is one pipe in each mode.
    sources += [
        each["Source"] for each in resources("AWS::Pipes::Pipe") if "Queue" in each.document["Condition"]
    ]
    streams = [json.dumps(each) for each in sources if "StreamArn" in json.dumps(each)]
    assert {each for each in streams if "Transactions" in each}
    assert max(streams.count(each) for each in streams) <= 2
