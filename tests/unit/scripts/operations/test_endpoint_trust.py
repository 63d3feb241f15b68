"""Nothing but the provider vouches for live money, unless a person says so, and that is shown."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import boto3
import pytest
from botocore.stub import Stubber
from click.testing import CliRunner

from payment_webhooks.endpoints.secret_document import (
    ApiCredentials,
    EndpointSecret,
    Mode,
    SecretKey,
    dump_endpoint_secret,
    without_pins,
)
from scripts.command_line.environment import Environment
from scripts.command_line.errors import UsageError
from scripts.operations.endpoint_secrets.command import change, endpoint_secrets, taken_out
from scripts.operations.endpoint_secrets.store import check_api_secret, configure, summary
from scripts.operations.endpoint_secrets.trust import Asked, check_trust
from scripts.provider_simulator.local_authority import make_authority

AUTHORITY = make_authority("live", datetime(2026, 11, 21, tzinfo=UTC))
API = ApiCredentials("client", "client-secret")
STAND_IN = API._replace(base_url="https://stand-in.example.com")
AWS = Asked(is_local=False)
CONFIRMED = AWS._replace(confirmed=True)


def paypal(mode: Mode, api: ApiCredentials | None = API, *anchors: str) -> EndpointSecret:
    key = SecretKey("key-1", "WH-ID-1")
    return EndpointSecret(mode=mode, keys=(key,), api=api, trust_anchors=anchors)


def refused(before: EndpointSecret, after: EndpointSecret, asked: Asked) -> str:
    try:
        check_trust("paypal", before, after, asked)
    except UsageError as error:
        return f"{error.message} {error.next_step}"
    return ""


def test_a_test_authority_and_api_are_refused_at_a_live_endpoint_whoever_asks() -> None:
    live = paypal("live")
    authority = CONFIRMED._replace(local_authority=True)
    assert "is live" in refused(live, paypal("live", API, AUTHORITY.authority_pem), authority)
    assert "is live" in refused(live, paypal("live", STAND_IN), CONFIRMED)


def test_at_a_test_endpoint_they_need_the_environments_name_again() -> None:
    test = paypal("test")
    for after in (paypal("test", API, AUTHORITY.authority_pem), paypal("test", STAND_IN)):
        assert "--confirm" in refused(test, after, AWS)
        assert refused(test, after, CONFIRMED) == ""
        assert refused(test, after, Asked(is_local=True)) == ""


def test_an_authority_of_the_providers_own_is_taken_at_a_live_endpoint_when_confirmed() -> None:
    after = paypal("live", API, AUTHORITY.authority_pem)
    assert "--confirm" in refused(paypal("live"), after, AWS)
    assert refused(paypal("live"), after, CONFIRMED) == ""
    assert refused(after, after._replace(account="other"), AWS) == ""


@pytest.mark.parametrize("trusting", [paypal("test", API, "pem"), paypal("test", STAND_IN)])
def test_an_endpoint_does_not_become_live_with_what_tests_left(trusting: EndpointSecret) -> None:
    assert "--no-pins" in refused(trusting, trusting._replace(mode="live"), CONFIRMED)
    cleaned = configure(without_pins(trusting), "live")
    assert refused(trusting, cleaned, AWS) == ""
    assert (cleaned.trust_anchors, cleaned.certificates, cleaned.api) == ((), {}, API)


def test_live_money_on_a_checksum_is_refused_unless_it_is_said() -> None:
    first = paypal("live", None)
    assert "--unconfirmed" in refused(EndpointSecret(), first, AWS)
    assert "--unconfirmed" in refused(paypal("test", None), first, AWS)
    assert "--unconfirmed" in refused(paypal("live"), first, AWS)
    assert refused(EndpointSecret(), first, AWS._replace(unconfirmed=True)) == ""
    assert refused(first, first._replace(account="other"), AWS) == ""
    assert refused(EndpointSecret(), paypal("test", None), AWS) == ""
    check_trust("stripe", EndpointSecret(), first, AWS)


def test_a_trust_anchor_alone_is_an_edit() -> None:
    assert configure(EndpointSecret(), trust_anchors=("root",)).trust_anchors == ("root",)


def test_what_is_trusted_is_shown_and_warned_of() -> None:
    shown = summary("paypal", paypal("live", STAND_IN, AUTHORITY.authority_pem, "rubbish"))
    authority, unreadable, url = shown["trusts_besides_provider"]
    assert "TEST (not PayPal)" in authority
    assert "2026-12-21" in authority
    assert (unreadable, url) == ("an authority that can't be read", "https://stand-in.example.com")
    (warning,) = shown["warnings"]
    assert "--no-pins" in warning
    (warning,) = summary("paypal", paypal("live", None))["warnings"]
    assert "without API credentials" in warning
    for quiet in (paypal("live"), paypal("test", STAND_IN, AUTHORITY.authority_pem), paypal("test", None)):
        assert summary("paypal", quiet)["warnings"] == []
    stripe = EndpointSecret(mode="live", keys=(SecretKey("key-1", "whsec_0123"),))
    assert summary("stripe", stripe)["warnings"] == []


@pytest.mark.parametrize("command", ["set", "add", "configure"])
def test_the_commands_have_the_options(command: str) -> None:
    words = CliRunner().invoke(endpoint_secrets, [command, "--help"]).output
    assert all(option in words for option in ("--no-pins", "--confirm", "--unconfirmed"))


def test_a_refused_edit_is_not_written() -> None:
    live = paypal("live")
    client = boto3.client("secretsmanager", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    environment = cast(
        Environment,
        SimpleNamespace(
            suffix="prod",
            is_local=False,
            target=SimpleNamespace(client=lambda _service: client),
            names=SimpleNamespace(endpoint_secret=lambda _endpoint: "secret-endpoint-paypal-prod"),
        ),
    )
    with Stubber(client) as stub:  # put_secret_value is not expected: calling it fails the test
        stub.add_response("get_secret_value", {"SecretString": dump_endpoint_secret(live)})
        with pytest.raises(UsageError, match="is live"):
            change(environment, "paypal", True, CONFIRMED, lambda _: live._replace(api=STAND_IN))
        stub.assert_no_pending_responses()


def test_the_confirmation_is_of_this_environment() -> None:
    def of(named: str | None) -> Asked:
        environment = Environment("prod", None, None, is_local=False)
        settings = {"confirm": named, "unconfirmed": False, "local_authority": False}
        return taken_out(environment, settings)

    assert (of("prod").confirmed, of(None).confirmed) == (True, False)
    with pytest.raises(UsageError, match="the environment is prod"):
        of("dev")


@pytest.mark.parametrize("endpoint", ["stripe", "square"])
def test_credentials_that_nothing_ties_to_the_endpoint_are_refused(endpoint: str) -> None:
    api = ApiCredentials("reader", "rk_live_1")
    tied = EndpointSecret(api=api, account="acct_1")
    check_api_secret(endpoint, EndpointSecret(), tied)
    for before in (EndpointSecret(), tied):
        with pytest.raises(UsageError, match="no account") as refused:
            check_api_secret(endpoint, before, EndpointSecret(api=api))
        assert "--account" in refused.value.next_step
        assert "rk_live_1" not in str(refused.value)
    check_api_secret("paypal", EndpointSecret(), EndpointSecret(api=API))


def test_it_is_shown_that_nobody_looks_for_webhooks_that_never_came() -> None:
    (warning,) = summary("square", EndpointSecret(api=API))["warnings"]
    assert "configure --account" in warning
    assert summary("square", EndpointSecret(api=API, account="merchant"))["warnings"] == []
