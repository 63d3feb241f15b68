"""Sending: what is a failure, and how it is told."""

import pytest

from scripts.command_line.errors import ToolError
from scripts.operations.send.command import check_answers
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
