"""What becomes of an authentic event by what its endpoint expects, and what may turn that."""

import pytest

from payment_webhooks.endpoints.secret_document import EndpointSecret, Mode
from payment_webhooks.inbox.verdict import TAKEN, Verdict
from payment_webhooks.receiving.judgement import judge

UNEXPECTED, OTHER_ACCOUNT = Verdict("unexpected", "mode"), Verdict("ignored", "account")
TEST_EVENT, OF_NO_USE = Verdict("ignored", "test_event"), Verdict("ignored", "type")


@pytest.mark.parametrize(
    ("mode", "ignores", "livemode", "verdict"),
    [
        ("live", False, True, TAKEN),
        ("live", False, False, UNEXPECTED),
        ("live", True, False, TEST_EVENT),
        ("live", True, True, TAKEN),
        ("test", False, False, TAKEN),
        ("test", False, True, UNEXPECTED),
        ("test", True, True, UNEXPECTED),  # real money is never ignored for its mode
        ("test", True, False, TAKEN),
        ("live", True, None, TAKEN),
        ("test", False, None, TAKEN),
    ],
)
def test_money_of_the_other_mode_waits_unless_it_is_test_money_that_is_said_to_be_ignored(
    mode: Mode, ignores: bool, livemode: bool | None, verdict: Verdict
) -> None:
    assert judge(livemode, "acct_1", EndpointSecret(mode=mode, ignores_test_events=ignores)) == verdict


@pytest.mark.parametrize(
    ("expected", "account", "verdict"),
    [
        ("acct_1", "acct_2", OTHER_ACCOUNT),
        ("acct_1", "acct_1", UNEXPECTED),
        ("acct_1", None, UNEXPECTED),
        (None, "acct_2", UNEXPECTED),
    ],
)
def test_another_accounts_event_is_ignored_whatever_its_mode(
    expected: str | None, account: str | None, verdict: Verdict
) -> None:
    assert judge(True, account, EndpointSecret(mode="test", account=expected)) == verdict


@pytest.mark.parametrize("before", [UNEXPECTED, OTHER_ACCOUNT, TEST_EVENT])
def test_what_the_settings_held_back_turns_with_them(before: Verdict) -> None:
    others = {TAKEN, UNEXPECTED, OTHER_ACCOUNT, TEST_EVENT, OF_NO_USE}
    assert {other for other in others if before.turns_into(other)} == others - {before}


def test_what_was_taken_once_and_was_of_no_use_turns_only_by_being_taken_again() -> None:
    others = (TAKEN, UNEXPECTED, OTHER_ACCOUNT, TEST_EVENT, OF_NO_USE)
    assert [other for other in others if OF_NO_USE.turns_into(other)] == [TAKEN]


@pytest.mark.parametrize(
    "status", ["received", "processed", "conflict", "quarantined", "failed", "discarded", "guard"]
)
def test_what_is_done_pending_or_decided_by_a_person_never_turns(status: str) -> None:
    assert not any(Verdict(status).turns_into(other) for other in (TAKEN, UNEXPECTED, OTHER_ACCOUNT))
