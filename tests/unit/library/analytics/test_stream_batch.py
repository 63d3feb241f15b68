"""A batch: what is counted, what is kept for a person, and from where the stream must deliver again."""

import json
from typing import Any

import pytest

from functions.analytics_processor.handler import handler
from payment_webhooks import contract
from payment_webhooks.analytics.counters import ATTEMPTS
from payment_webhooks.analytics.stream_batch import UNREADABLE_PREFIX, count_batch
from payment_webhooks.bootstrap import analytics_processor as bootstrap_analytics
from payment_webhooks.errors import Unavailable
from tests.support.library.analytics_records import Analytics, record

OUT = Unavailable("dynamodb_timeout")
ENVIRONMENT = {
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "ASIA",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",  # nothing listens there
    contract.ENV_ANALYTICS_TABLE: "analytics",
    contract.ENV_FAILURES_BUCKET: "failures",
}


def number_of(record_number: int) -> str:
    return f"{record_number:025}"


def refuse(key: str, content: bytes) -> None:
    raise Unavailable("failures_bucket_unavailable")


def test_what_a_batch_says_of_itself() -> None:
    analytics = Analytics()
    analytics.table.count([])
    batch = [record(1), record(2, "REMOVE"), record(3, effect="?"), record(4)]
    result = count_batch(batch, analytics.table, analytics.keep)
    assert (result.counted, result.duplicates, result.others, result.unreadable) == (2, 0, 1, 1)
    assert result.answer == {"batchItemFailures": []}
    again = count_batch(batch, analytics.table, analytics.keep)
    assert (again.counted, again.duplicates) == (0, 2)


@pytest.mark.parametrize(
    "broken", [None, "text", {}, {"eventName": "INSERT"}, record(1, "UNKNOWN"), record(1, effect="{}")]
)
def test_what_cannot_be_read_is_kept_whole_and_stops_nothing(broken: Any) -> None:
    analytics = Analytics()
    result = count_batch([broken, record(2)], analytics.table, analytics.keep)
    assert (result.counted, result.unreadable, result.failed_at) == (1, 1, None)
    ((key, content),) = analytics.kept.items()
    assert key.startswith(UNREADABLE_PREFIX)
    assert json.loads(content) == {"Records": [broken]}  # as the function takes it, once the reader is mended
    count_batch([broken], analytics.table, analytics.keep)
    assert len(analytics.kept) == 1


def test_what_can_neither_be_read_nor_kept_is_delivered_again() -> None:
    analytics = Analytics()
    batch = [record(1), record(2, effect="?"), record(3)]
    result = count_batch(batch, analytics.table, refuse)
    assert result.answer == {"batchItemFailures": [{"itemIdentifier": number_of(2)}]}
    assert (result.counted, result.unreadable) == (2, 0)


def test_without_a_sequence_number_the_whole_batch_is_delivered_again() -> None:
    result = count_batch([record(1), {}], Analytics().table, refuse)
    assert result.answer == {"batchItemFailures": [{"itemIdentifier": ""}]}


def test_an_outage_is_told_from_the_first_record_that_is_not_counted() -> None:
    analytics = Analytics()
    batch = [record(number) for number in range(150)]
    for call in range(2, 2 + ATTEMPTS):
        analytics.dynamodb.fail(call, OUT)
    result = count_batch(batch, analytics.table, analytics.keep)
    assert (result.counted, result.failure) == (99, OUT)
    assert result.answer == {"batchItemFailures": [{"itemIdentifier": number_of(99)}]}


def test_of_two_troubles_the_earlier_record_is_told() -> None:
    analytics = Analytics()
    for call in range(1, 1 + ATTEMPTS):
        analytics.dynamodb.fail(call, OUT)
    result = count_batch([record(1), record(2, effect="?")], analytics.table, refuse)
    assert (result.failed_at, result.failure) == (number_of(1), OUT)


@pytest.mark.parametrize("name", [contract.ENV_ANALYTICS_TABLE, contract.ENV_FAILURES_BUCKET])
def test_the_processor_needs_its_settings(name: str) -> None:
    without = {key: value for key, value in ENVIRONMENT.items() if key != name}
    with pytest.raises(KeyError):
        bootstrap_analytics.make_analytics(without)


def test_a_processor_out_of_time_reports_the_batch() -> None:
    parts = bootstrap_analytics.make_analytics(ENVIRONMENT)
    parts.deadline.start(0.1)
    result = count_batch([record(1)], parts.table, parts.keep)
    assert result.failed_at == number_of(1)
    assert result.failure is not None
    assert result.failure.reason == "deadline_exceeded"


def test_the_handler_is_what_the_template_calls() -> None:
    assert callable(handler)
