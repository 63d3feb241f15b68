"""Which step of a key's roll is next."""

from datetime import UTC, datetime

import pytest

from payment_webhooks.endpoints.secret_document import EndpointSecret, SecretKey
from scripts.command_line.errors import UsageError
from scripts.operations.endpoint_secrets.key_use import Use
from scripts.operations.endpoint_secrets.roll import next_step

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
UNUSED = Use(0, 0, None)
OF_TODAY = Use(9, 2, NOW)
OF_YESTERDAY = Use(9, 0, NOW)


@pytest.mark.parametrize(
    ("newest", "oldest", "step"),
    [
        (UNUSED, OF_TODAY, "switch"),  # the provider has not got the new key
        (
            UNUSED,
            OF_YESTERDAY,
            "switch",
        ),  # nothing came at all: who retires now has no key that is known to work
        (OF_TODAY, OF_TODAY, "wait"),
        (OF_TODAY, OF_YESTERDAY, "retire"),
        (OF_YESTERDAY, UNUSED, "retire"),
    ],
)
def test_the_use_of_both_keys_decides(newest: Use, oldest: Use, step: str) -> None:
    secret = EndpointSecret(keys=(SecretKey("key-new", "b"), SecretKey("key-old", "a")))
    found = next_step("stripe", secret, {"key-new": newest, "key-old": oldest})
    assert (found.step, found.key_id) == (step, "key-old")
    assert "whsec" not in found.says


def test_of_several_keys_the_oldest_is_rolled_and_the_newest_must_be_in_use() -> None:
    keys = tuple(SecretKey(name, name) for name in ("key-new", "key-middle", "key-old"))
    for middle in (UNUSED, OF_TODAY):
        for newest, oldest, step in (
            (OF_TODAY, OF_YESTERDAY, "retire"),
            (OF_TODAY, OF_TODAY, "wait"),
            (UNUSED, OF_YESTERDAY, "switch"),
        ):
            uses = {"key-new": newest, "key-middle": middle, "key-old": oldest}
            found = next_step("stripe", EndpointSecret(keys=keys), uses)
            assert (found.step, found.key_id) == (step, "key-old")


def test_before_the_old_key_goes_it_is_said_that_test_events_prove_no_switch() -> None:
    secret = EndpointSecret(keys=(SecretKey("key-new", "b"), SecretKey("key-old", "a")))
    says = next_step("stripe", secret, {"key-new": Use(1, 0, NOW), "key-old": UNUSED}).says
    assert "key-new 1 webhook in three days" in says
    assert "unless those were test events" in says


def test_a_roll_begins_with_a_key_beside_the_only_one_and_needs_one() -> None:
    assert (
        next_step("stripe", EndpointSecret(keys=(SecretKey("key-1", "a"),)), {"key-1": OF_TODAY}).step
        == "add"
    )
    with pytest.raises(UsageError, match="no key to roll"):
        next_step("stripe", EndpointSecret(), {})
