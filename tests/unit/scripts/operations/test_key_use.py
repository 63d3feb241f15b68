"""How much each key is in use, as CloudWatch counts the webhooks that it verified."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from payment_webhooks.endpoints.secret_document import EndpointSecret, SecretKey
from scripts.command_line.errors import Refused
from scripts.operations.endpoint_secrets.key_use import Use, read_use, refuse_in_use
from scripts.operations.endpoint_secrets.store import summary

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.fixture
def cloudwatch() -> Any:
    return boto3.client(
        "cloudwatch", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )


def query(number: int, key_id: str) -> dict[str, Any]:
    dimensions = {"environment": "dev", "endpoint": "stripe", "verified_by": key_id}
    metric = {
        "Namespace": "PaymentWebhooks",
        "MetricName": "VerifiedWebhooks",
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
    }
    return {"Id": f"series{number}", "MetricStat": {"Metric": metric, "Period": 3600, "Stat": "Sum"}}


def result(number: int, points: dict[datetime, float], status: str = "Complete") -> dict[str, Any]:
    values = {"Timestamps": list(points), "Values": list(points.values())}
    return {"Id": f"series{number}", "StatusCode": status, **values}


def test_the_sum_and_the_last_hour_of_each_key_over_all_pages(cloudwatch: Any) -> None:
    hour = NOW.replace(minute=0)
    asked = {
        "MetricDataQueries": [query(0, "key-new"), query(1, "key-old")],
        "StartTime": NOW - timedelta(days=3),
        "EndTime": NOW,
    }
    first = {
        "MetricDataResults": [result(0, {hour: 5.0}, "PartialData"), result(1, {})],
        "NextToken": "2",
    }
    second = {"MetricDataResults": [result(0, {hour - timedelta(hours=1): 2.0, hour - timedelta(1): 0.0})]}
    with Stubber(cloudwatch) as stub:
        stub.add_response("get_metric_data", first, asked)
        stub.add_response("get_metric_data", second, {**asked, "NextToken": "2"})
        found = read_use(cloudwatch, "dev", "stripe", ["key-new", "key-old"], NOW)
        stub.assert_no_pending_responses()
    assert found == {"key-new": Use(7, 7, hour), "key-old": Use(0, 0, None)}


@pytest.mark.fact("O9002")
@pytest.mark.parametrize(
    ("results", "says"),
    [
        ([result(0, {NOW: 5.0}), result(1, {}, "InternalError")], "InternalError"),
        ([result(0, {NOW: 5.0}), result(1, {}, "PartialData")], "PartialData"),
        ([result(0, {NOW: 5.0}), result(1, {}, "Forbidden")], "Forbidden"),
        ([result(0, {NOW: 5.0})], "NoAnswer"),
    ],
)
def test_a_key_of_which_cloudwatch_says_nothing_is_not_taken_for_unused(
    cloudwatch: Any, results: list[dict[str, Any]], says: str
) -> None:
    with Stubber(cloudwatch) as stub:
        stub.add_response("get_metric_data", {"MetricDataResults": results})
        with pytest.raises(Refused, match=says):
            read_use(cloudwatch, "dev", "stripe", ["key-new", "key-old"], NOW)


def test_without_keys_nothing_is_asked(cloudwatch: Any) -> None:
    with Stubber(cloudwatch):
        assert read_use(cloudwatch, "dev", "stripe", [], NOW) == {}


def test_what_is_longer_ago_than_a_day_is_no_use_of_today(cloudwatch: Any) -> None:
    hour = NOW.replace(minute=0)
    points = {
        hour - timedelta(hours=24): 1.0,
        hour - timedelta(hours=25): 2.0,
        hour - timedelta(hours=70): 4.0,
    }
    with Stubber(cloudwatch) as stub:
        stub.add_response("get_metric_data", {"MetricDataResults": [result(0, points)]})
        found = read_use(cloudwatch, "dev", "stripe", ["key-old"], NOW)
    assert found == {
        "key-old": Use(7, 1, hour - timedelta(hours=24))
    }  # of that hour, half an hour is within the day


def test_a_key_in_use_is_refused_with_the_way_out_and_one_that_is_not_passes(cloudwatch: Any) -> None:
    target = SimpleNamespace(client=lambda _: cloudwatch)
    environment: Any = SimpleNamespace(suffix="dev", is_local=False, target=target)
    older = result(0, {NOW - timedelta(hours=30): 7.0})
    with Stubber(cloudwatch) as stub:
        stub.add_response("get_metric_data", {"MetricDataResults": [older, result(1, {NOW: 3.0})]})
        stub.add_response("get_metric_data", {"MetricDataResults": [older]})
        with pytest.raises(
            Refused, match=r"key-old verified 3 webhooks in the last 24 h, .* 2026-11-21T09:30Z"
        ) as refused:
            refuse_in_use(environment, "stripe", ["key-older", "key-old"], NOW)
        refuse_in_use(environment, "stripe", ["key-older"], NOW)
        refuse_in_use(environment, "stripe", [], NOW)
    assert "roll --endpoint stripe leads through" in refused.value.next_step
    assert "--now is for a leaked key" in refused.value.next_step


def test_the_summary_shows_the_use_when_it_is_asked_for() -> None:
    secret = EndpointSecret(keys=(SecretKey("key-new", "whsec_value", "2026-11-01"),))
    (plain,) = summary("stripe", secret)["keys"]
    assert plain == {"id": "key-new", "added_at": "2026-11-01"}
    (used,) = summary("stripe", secret, {"key-new": Use(7, 7, NOW)})["keys"]
    assert used == {**plain, "webhooks_in_3_days": 7, "last_use_hour": "2026-11-21T09:30Z"}
    (unused,) = summary("stripe", secret, {"key-new": Use(0, 0, None)})["keys"]
    assert (unused["webhooks_in_3_days"], unused["last_use_hour"]) == (0, "-")
