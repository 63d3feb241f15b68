"""GET /analytics: what it takes, what it refuses in words, and that its answer is what its schema says."""

from typing import Any

import jsonschema_rs
import pytest

from payment_webhooks.analytics.query import DIMENSIONS
from payment_webhooks.analytics.reader import AnalyticsReader
from payment_webhooks.analytics.stream_batch import count_batch
from payment_webhooks.domain.facts import Facts
from payment_webhooks.errors import Unavailable
from payment_webhooks.transaction_api.get_analytics import AnalyticsAnswers
from payment_webhooks.transaction_api.operations import OPERATIONS, SCHEMAS
from payment_webhooks.transaction_api.request import InvalidRequest, parse
from tests.support.library.analytics_records import HOUR, NOW, TABLE, Analytics, effect, record

(OPERATION,) = [each for each in OPERATIONS if each.path == "/analytics"]


def asked(analytics: Analytics, **query: str) -> dict[str, Any]:
    request = parse({"queryStringParameters": query}, OPERATION, SCHEMAS)
    found = AnalyticsAnswers(AnalyticsReader(analytics.dynamodb, TABLE), lambda: NOW).get(request)
    jsonschema_rs.Draft202012Validator(dict(SCHEMAS["Analytics"])).validate(found)
    return found


def filled() -> Analytics:
    analytics = Analytics()
    batch = [record(1), record(2, told=effect(Facts("pending", declined_attempts=1)))]
    assert count_batch(batch, analytics.table, analytics.keep).counted == 2
    return analytics


def test_without_parameters_the_last_day_by_hour() -> None:
    found = asked(filled())
    assert found["to"] == "2026-11-20T19:00:00Z"
    (group,) = found["groups"]
    assert (group["hour"], group["payments"], group["declined_attempts"]) == (f"{HOUR}:00:00Z", 2, 1)
    assert [(each["currency"], each["net_minor"], each["amounts"].get("net")) for each in group["sums"]] == [
        (None, 0, None),
        ("EUR", 1099, "10.99"),
    ]


@pytest.mark.parametrize("name", DIMENSIONS)
def test_every_dimension_may_be_asked_for(name: str) -> None:
    found = asked(filled(), group_by=name)
    assert found["group_by"] == [name]
    assert sum(group["payments"] for group in found["groups"]) == 2
    assert all(name in group for group in found["groups"])


def test_hours_that_nothing_happened_in_have_no_groups() -> None:
    assert asked(filled(), **{"from": "2026-11-19", "to": "2026-11-20"})["groups"] == []


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"from": "2026-11-20T18:30:00Z"}, "from: a whole hour in UTC"),
        ({"from": "2026-02-31"}, "from: a whole hour in UTC"),
        ({"to": "1999-01-01"}, "to: a whole hour in UTC"),
        ({"from": "2026-11-20", "to": "2026-11-20"}, "from: is not before `to`."),
        ({"from": "2025-11-20", "to": "2026-11-20"}, "from: more than 92 days before `to`."),
        ({"group_by": "customer"}, "group_by: any of hour, day"),
        ({"group_by": ""}, "group_by: any of hour, day"),
        ({"currency": "EUR"}, "known: from, group_by, to"),
    ],
)
def test_what_cannot_be_asked_is_told(query: dict[str, str], told: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        asked(filled(), **query)
    assert told in refused.value.message


def test_an_outage_is_no_answer() -> None:
    analytics = filled()
    analytics.dynamodb.fail_next(Unavailable("dynamodb_timeout"))
    with pytest.raises(Unavailable):
        asked(analytics)
