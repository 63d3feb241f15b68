"""Sending: what is a failure, and how it is told."""

import pytest

from payment_webhooks.endpoints.secret_document import EndpointSecret, Mode
from scripts.command_line.errors import ToolError
from scripts.operations.send.command import check_answers, is_booked_as_real
from scripts.provider_simulator.delivery import Delivery


@pytest.mark.parametrize(
    ("delivery", "told"),
    [
        (Delivery(0, {"error": "Connection refused"}, 1.0), "nothing answered there: Connection refused"),
        (Delivery(401, {}, 1.0), "1 of 2 were not answered 200"),
    ],
)
def test_what_was_not_answered_as_expected_is_a_failure(delivery: Delivery, told: str) -> None:
    with pytest.raises(ToolError, match=told):
        check_answers([Delivery(200, {}, 1.0), delivery], 200)
    check_answers([Delivery(200, {}, 1.0)], 200)


@pytest.mark.parametrize(
    ("mode", "is_local", "forged", "is_asked"),
    [
        ("live", False, False, True),
        ("live", True, False, False),
        ("live", False, True, False),
        ("test", False, False, False),
    ],
)
def test_what_would_be_booked_as_real_money_is_asked_for(
    mode: Mode, is_local: bool, forged: bool, is_asked: bool
) -> None:
    assert is_booked_as_real(EndpointSecret(mode=mode), is_local=is_local, forged=forged) is is_asked
