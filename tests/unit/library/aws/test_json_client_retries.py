"""What the AWS client tries again, what it does not, and when it gives up."""

import http.client

import pytest

from payment_webhooks.aws.service_errors import ServiceError
from payment_webhooks.deadline import READ_TIMEOUT_SECONDS
from payment_webhooks.errors import Unavailable
from tests.support.library.fake_network import OK, Answer, Network, api, refusal


@pytest.mark.parametrize(
    "trouble",
    [
        TimeoutError(),
        ConnectionResetError(),
        http.client.IncompleteRead(b""),
        refusal("ThrottlingException"),
        refusal("ProvisionedThroughputExceededException"),
        refusal("TransactionConflictException"),
        refusal("SomethingNew", status=500),
        refusal("TooMany", status=429),
        refusal("TransactionCanceledException", CancellationReasons=[{"Code": "TransactionConflict"}]),
        refusal("TransactionCanceledException", CancellationReasons=[]),
        refusal(
            "TransactionCanceledException",
            CancellationReasons=[{"Code": "ConditionalCheckFailed"}, {"Code": "ThrottlingError"}],
        ),
        (503, b"<html>busy</html>"),
        (200, b"[]"),
    ],
    ids=repr,
)
def test_what_may_pass_is_tried_again(trouble: Answer) -> None:
    network = Network([trouble, trouble, OK])
    assert api(network)("PutItem", {}) == {"ok": True}
    assert len(network.slept) == 2
    network = Network([trouble, trouble, trouble, OK])
    with pytest.raises(Unavailable):
        api(network)("PutItem", {})
    assert len(network.sent) == 3


@pytest.mark.parametrize(
    "trouble",
    [
        refusal("ConditionalCheckFailedException"),
        refusal("ValidationException"),
        refusal("AccessDeniedException"),
        refusal("ResourceNotFoundException"),
        refusal(
            "TransactionCanceledException",
            CancellationReasons=[{"Code": "None"}, {"Code": "ConditionalCheckFailed"}],
        ),
        refusal("TransactionCanceledException", CancellationReasons=[{"Code": "ConditionalCheckFailed"}, {}]),
    ],
    ids=repr,
)
def test_a_refusal_that_would_come_again_is_told_at_once(trouble: Answer) -> None:
    network = Network([trouble])
    with pytest.raises(ServiceError):
        api(network)("PutItem", {})
    assert len(network.sent) == 1


@pytest.mark.parametrize(
    ("error", "reason"), [(TimeoutError(), "dynamodb_timeout"), (OSError(), "dynamodb_unreachable")]
)
def test_a_service_that_can_not_be_reached_is_unavailable(error: Exception, reason: str) -> None:
    network = Network([], connect_error=error)
    with pytest.raises(Unavailable, match=reason):
        api(network)("PutItem", {})
    assert len(network.opened) == 3


def test_time_outs_shrink_with_the_deadline_and_end_before_it() -> None:
    network = Network([TimeoutError() for _ in range(10)])
    started = network.now
    with pytest.raises(Unavailable, match="deadline_exceeded"):
        api(network, attempts=10, deadline_seconds=5.0)("PutItem", {})
    assert network.now - started <= 5.0
    assert network.read_timeouts[0] == READ_TIMEOUT_SECONDS
    assert network.read_timeouts[-1] < READ_TIMEOUT_SECONDS


def test_a_connection_whose_answer_did_not_come_is_never_used_again() -> None:
    """Its answer may still come, and would be taken for that of the next call."""
    network = Network([TimeoutError(), OK])
    assert api(network)("PutItem", {}) == {"ok": True}
    assert (len(network.opened), network.closed) == (2, 1)


def test_nothing_is_sent_after_the_deadline() -> None:
    network = Network([OK])
    with pytest.raises(Unavailable, match="deadline_exceeded"):
        api(network, deadline_seconds=0.0)("PutItem", {})
    assert not network.sent
