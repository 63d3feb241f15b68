"""How far a webhook has come: only an open one moves, and every attempt counts."""

from collections.abc import Mapping
from typing import Any

import pytest

from payment_webhooks.audit.tampering import OF_THE_WEBHOOK
from payment_webhooks.aws.service_errors import ServiceError
from payment_webhooks.contract import STATUS_CONFLICT, STATUS_IGNORED, STATUS_PROCESSED
from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.inbox.progress import MARKED, InboxProgress, Result
from tests.support.library.processing import Processing
from tests.support.library.receiving import INBOX, event


def test_what_is_done_stays_as_it_is() -> None:
    processing = Processing()
    keys = processing.store("internal", event())
    assert processing.progress.finish(keys, Result(STATUS_PROCESSED, transaction_id="internal:t-1")) is True
    done = processing.item(keys)
    assert processing.progress.finish(keys, Result(STATUS_IGNORED, "type")) is False
    assert processing.progress.record_failure(keys, "dynamodb_timeout") is False
    assert processing.progress.give_up(keys, "dynamodb_timeout") is False
    assert processing.item(keys) == done


def test_an_update_names_what_the_processors_role_may_name_and_nothing_that_came_with_a_webhook() -> None:
    processing = Processing()
    named = set[str]()

    def noting(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "UpdateItem":
            assert "ReturnValues" not in parameters
            named.update(parameters["Key"], parameters["ExpressionAttributeNames"].values())
        return processing.dynamodb(operation, parameters)

    progress = InboxProgress(noting, INBOX, lambda: "2025-10-09T06:07:42.000000Z")
    for status in (STATUS_PROCESSED, STATUS_IGNORED, STATUS_CONFLICT):
        keys = processing.store("internal", event(id=f"ev-{status}"))
        assert progress.begin_again(keys)
        assert progress.record_failure(keys, "dynamodb_timeout")
        assert progress.give_up(keys, "dynamodb_timeout")
        assert progress.letter_sent(keys)
        assert progress.finish(keys, Result(status, "why", "internal:t-1"))
    assert named == set(MARKED)
    assert not named & set(OF_THE_WEBHOOK)


def test_nothing_is_made_of_a_webhook_that_does_not_exist() -> None:
    processing = Processing()
    keys = InboxKeys("internal:none", "t")
    assert processing.progress.record_failure(keys, "dynamodb_timeout") is False
    assert processing.progress.give_up(keys, "dynamodb_timeout") is False
    assert not processing.receiving.inbox()


def test_a_refusal_other_than_by_our_condition_is_an_outage() -> None:
    processing = Processing()
    keys = processing.store("internal", event())
    processing.dynamodb.fail_next(ServiceError("dynamodb", "AccessDeniedException", 400, {}))
    with pytest.raises(Unavailable):
        processing.progress.finish(keys, Result(STATUS_PROCESSED))


def test_all_items_of_an_id_are_read_over_all_pages() -> None:
    processing = Processing()
    for minute in range(3):
        processing.store("internal", event(created_at=f"2025-10-09T06:0{minute}:00Z"))
    processing.store("internal", event(id="ev-2"))
    found = processing.progress.load("internal:ev-1")
    assert [item.keys.timestamp[14:16] for item in found] == ["00", "01", "02"]
    assert all(item.is_open for item in found)
    assert "payload" not in repr(found[0]).replace("payload_key", "").replace("payload_sha256", "")
