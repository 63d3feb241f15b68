"""Whatever of ours fails in a run, the next one finds and feeds each event once."""

import pytest

from payment_webhooks import contract
from payment_webhooks.errors import Unavailable
from tests.support.library.receiving import INBOX
from tests.support.library.reconciling import reconciling

# Progress read and begun, then in each of five parts: webhooks read, looked for again, stored, progress kept.
MOST_CALLS = 16


@pytest.mark.parametrize("after_effect", [False, True], ids=["before", "after"])
def test_a_call_that_fails_loses_and_doubles_nothing(after_effect: bool) -> None:
    with reconciling() as system:
        dynamodb = system.receiving.dynamodb
        for number in range(MOST_CALLS):
            event_id = f"ev-{number}"
            system.made("stripe", event_id)
            dynamodb.fail(
                len(dynamodb.calls) + 1 + number, Unavailable("dynamodb_timeout"), after_effect=after_effect
            )
            system.run("stripe")
            dynamodb.heal()
            system.run("stripe")
            found = [item for item in system.receiving.inbox() if item["event_id"]["S"] == event_id]
            assert len(found) == 1
        progress = system.inbox.progress("stripe")
        assert progress is not None
        assert len(dynamodb.items(INBOX)) == MOST_CALLS + 3  # and the progress of three endpoints
        assert all(contract.SOURCE in item for item in system.receiving.inbox())
