"""Edits of an endpoint's secret, and what is shown of it."""

import io
import json
import subprocess
import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from inspect import signature
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from payment_webhooks.endpoints.secret_document import EndpointSecret, add_key, dump_endpoint_secret
from scripts.command_line.errors import Refused, RolledBack, ToolError, UsageError
from scripts.command_line.main import main
from scripts.command_line.project_paths import ROOT
from scripts.operations.endpoint_secrets.command import retire, set_key, stops_live_webhooks
from scripts.operations.endpoint_secrets.edits import key_edit, settings_edit
from scripts.operations.endpoint_secrets.store import (
    Malformed,
    SecretMissing,
    check_key,
    configure,
    edit_secret,
    expectations,
    read_secret,
    read_value,
    summary,
)
from tests.support.scripts.stubs import function_of, stubbed

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
SECRET_ID = "secret-endpoint-stripe-dev"


VERSION_READ, VERSION_MADE, OTHER_VERSION = ("1" * 32, "2" * 32, "3" * 32)


def held(text: str, version: str = VERSION_READ) -> dict[str, str]:
    return {"SecretString": text, "VersionId": version}


def expect_write(stub: Stubber, text: Any = ANY, *, fails: bool = False) -> None:
    """A version that is in force only if the one that was read still is."""
    put = {"SecretId": SECRET_ID, "SecretString": text, "VersionStages": ["edited"]}
    stub.add_response("put_secret_value", {"VersionId": VERSION_MADE}, put)
    move = {
        "SecretId": SECRET_ID,
        "VersionStage": "AWSCURRENT",
        "RemoveFromVersionId": VERSION_READ,
        "MoveToVersionId": VERSION_MADE,
    }
    if fails:
        stub.add_client_error(
            "update_secret_version_stage", "InvalidParameterException", expected_params=move
        )
    else:
        stub.add_response("update_secret_version_stage", {}, move)


def no_restart() -> None:
    raise AssertionError("started anew")


def no_prompt(text: str) -> str:
    raise AssertionError(f"asked for {text}")


@pytest.fixture
def client() -> Any:
    return boto3.client(
        "secretsmanager", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )


def test_an_edit_is_written_as_the_document_that_functions_read(client: Any) -> None:
    made = EndpointSecret(mode="live")
    with Stubber(client) as stub:
        stub.add_response("get_secret_value", held(dump_endpoint_secret(made)), {"SecretId": SECRET_ID})
        expect_write(stub)
        before, edited = edit_secret(client, SECRET_ID, lambda secret: add_key(secret, "whsec_new", NOW))
        stub.assert_no_pending_responses()
    assert [key.value for key in edited.keys] == ["whsec_new"]
    assert edited.mode == "live"
    assert before == made


def test_a_refused_edit_writes_nothing_and_names_no_key(client: Any) -> None:
    with Stubber(client) as stub:  # put_secret_value is not expected: calling it fails the test
        stub.add_response("get_secret_value", held(dump_endpoint_secret(EndpointSecret())))
        with pytest.raises(UsageError) as refused:
            edit_secret(client, SECRET_ID, lambda secret: add_key(secret, " whsec_blank ", NOW))
    assert "whsec_blank" not in str(refused.value)


@pytest.mark.fact("O9001")
@pytest.mark.parametrize(
    ("current", "raised", "says"),
    [
        (OTHER_VERSION, RolledBack, "somebody else has changed"),
        (VERSION_READ, ClientError, "InvalidParameterException"),  # nobody: it is the call that is refused
        (VERSION_MADE, None, ""),  # its answer was lost, and it was sent again
    ],
)
def test_a_secret_that_somebody_else_has_changed_meanwhile_stays_as_that_one_wrote_it(
    client: Any, current: str, raised: type[Exception] | None, says: str
) -> None:
    text = dump_endpoint_secret(EndpointSecret(mode="live"))
    with Stubber(client) as stub:
        stub.add_response("get_secret_value", held(text))
        expect_write(stub, fails=True)
        stub.add_response("get_secret_value", held(text, current))
        with pytest.raises(raised, match=says) if raised else nullcontext():
            edit_secret(client, SECRET_ID, lambda secret: add_key(secret, "whsec_new", NOW))
        stub.assert_no_pending_responses()


def test_a_secret_that_is_not_deployed_says_so(client: Any) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("get_secret_value", "ResourceNotFoundException")
        with pytest.raises(SecretMissing, match="secret-endpoint-stripe-dev"):
            read_secret(client, SECRET_ID)


@pytest.mark.parametrize("code", ["AccessDeniedException", "DecryptionFailure"])
def test_a_secret_that_may_not_be_read_is_refused(client: Any, code: str) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("get_secret_value", code)
        with pytest.raises(Refused):
            read_secret(client, SECRET_ID)


def test_a_document_of_another_form_is_refused_without_showing_it(client: Any) -> None:
    with Stubber(client) as stub:
        stub.add_response("get_secret_value", {"SecretString": "whsec_pasted_by_hand"})
        with pytest.raises(Refused) as refused:
            read_secret(client, SECRET_ID)
    assert "whsec_pasted" not in f"{refused.value}{refused.value.next_step}"


def test_a_document_that_can_not_be_read_may_be_started_anew_which_is_said(client: Any) -> None:
    said: list[str] = []
    with Stubber(client) as stub:
        stub.add_response("get_secret_value", held("whsec_pasted_by_hand"))
        expect_write(stub)
        _, edited = edit_secret(
            client, SECRET_ID, lambda secret: add_key(secret, "whsec_new", NOW), lambda: said.append("anew")
        )
        stub.assert_no_pending_responses()
    assert said == ["anew"]
    assert edited == add_key(EndpointSecret(), "whsec_new", NOW)


def test_a_secret_without_text_is_malformed_too(client: Any) -> None:
    with Stubber(client) as stub:
        stub.add_response("get_secret_value", {"SecretBinary": b"x"})
        with pytest.raises(Malformed):
            read_secret(client, SECRET_ID)


def test_a_document_that_can_be_read_is_never_started_anew(client: Any) -> None:
    made = dump_endpoint_secret(EndpointSecret(mode="live"))
    with Stubber(client) as stub:
        stub.add_response("get_secret_value", held(made))
        expect_write(stub)
        _, edited = edit_secret(
            client, SECRET_ID, lambda secret: add_key(secret, "whsec_new", NOW), no_restart
        )
    assert edited.mode == "live"


def test_the_summary_shows_no_value() -> None:
    secret = add_key(EndpointSecret(), "whsec_value", NOW)
    shown = json.dumps(summary("stripe", secret))
    assert "whsec" not in shown
    assert secret.keys[0].id in shown


def test_settings_that_are_not_given_stay() -> None:
    secret = configure(EndpointSecret(account="acct_1"), notification_url="https://hooks.example.com/a")
    again = configure(secret, mode="live")
    assert (again.mode, again.account, again.notification_url) == (
        "live",
        "acct_1",
        "https://hooks.example.com/a",
    )
    assert configure(again, account="any").account is None


def test_the_first_key_of_an_endpoint_needs_its_mode_and_the_next_does_not(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("whsec_0123456789abcdef")
    for replaces in (True, False):
        without, given = (
            key_edit("stripe", str(file), mode, NOW, replaces=replaces) for mode in (None, "live")
        )
        with pytest.raises(UsageError, match="first key of stripe") as refused:
            without(EndpointSecret())
        assert "--mode live" in refused.value.next_step
        assert given(EndpointSecret()).keys
        assert without(add_key(EndpointSecret(), "whsec_before", NOW)).keys


def test_test_events_of_a_live_endpoint_wait_until_they_are_said_to_be_ignored() -> None:
    ignoring = configure(EndpointSecret(mode="live"), test_events="ignore")
    assert (EndpointSecret().ignores_test_events, ignoring.ignores_test_events) == (False, True)
    assert configure(ignoring, account="acct_1").ignores_test_events
    assert not configure(ignoring, test_events="wait").ignores_test_events
    assert (
        len({expectations(each) for each in (ignoring, EndpointSecret(mode="live"), EndpointSecret())}) == 3
    )


def test_pinned_certificates_are_added_to_those_that_are_there() -> None:
    first = configure(EndpointSecret(), certificates={"https://a": "A"}, trust_anchors=("root",))
    second = configure(first, certificates={"https://b": "B"})
    assert dict(second.certificates) == {"https://a": "A", "https://b": "B"}
    assert second.trust_anchors == ("root",)


def test_a_value_comes_from_a_file_or_from_standard_input(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("whsec_file\n")
    assert read_value(str(file), no_prompt) == "whsec_file"
    assert read_value("-", no_prompt, io.StringIO("whsec_pipe\r\n")) == "whsec_pipe"
    assert read_value(None, lambda text: "whsec_typed") == "whsec_typed"
    with pytest.raises(UsageError):
        read_value(str(tmp_path / "absent"), no_prompt)


@pytest.mark.parametrize("endpoint", ["stripe", "square", "paypal", "internal"])
@pytest.mark.parametrize("prefix", ["sk_live_", "rk_test_", "pk_live_"])
def test_an_api_key_is_no_signing_secret_of_any_endpoint_and_is_not_repeated(
    prefix: str, endpoint: str
) -> None:
    with pytest.raises(UsageError, match="an API key of stripe") as refused:
        check_key(endpoint, f"{prefix}51abcdef")
    assert "51abcdef" not in f"{refused.value.message} {refused.value.next_step}"


@pytest.mark.parametrize(
    ("endpoint", "value"),
    [("stripe", "whsec_sk_"), ("paypal", "1JE4291016473214C"), ("internal", "sixteen-letters.")],
)
def test_signing_keys_of_each_provider_pass(endpoint: str, value: str) -> None:
    check_key(endpoint, value)


def test_a_short_key_of_our_own_is_refused_with_the_way_to_make_one() -> None:
    with pytest.raises(UsageError, match="16 characters or more") as refused:
        check_key("internal", "fifteen-letters")
    assert "openssl rand -hex 32" in refused.value.next_step


@pytest.mark.parametrize(
    ("endpoint", "url", "is_told"),
    [("square", None, True), ("square", "https://hooks.example.com/a", False), ("stripe", None, False)],
)
def test_a_url_that_is_signed_and_not_set_is_told_with_the_key(
    endpoint: str, url: str | None, is_told: bool
) -> None:
    secret = add_key(configure(EndpointSecret(), notification_url=url), "whsec_before", NOW)
    told = summary(endpoint, secret)["warnings"]
    assert any("--notification-url" in warning for warning in told) is is_told


class UsedKeys:
    """CloudWatch, as far as it is asked here: so many webhooks an hour for every key."""

    def __init__(self, webhooks: float) -> None:
        self._webhooks = webhooks

    def get_paginator(self, _operation: str) -> "UsedKeys":
        return self

    def paginate(self, **asked: Any) -> list[dict[str, Any]]:
        found = {"Timestamps": [asked["EndTime"]], "Values": [self._webhooks], "StatusCode": "Complete"}
        return [{"MetricDataResults": [{"Id": each["Id"], **found} for each in asked["MetricDataQueries"]]}]


def environment_of(client: Any, webhooks: float) -> Any:
    """On AWS, with that client of Secrets Manager and so many webhooks an hour for every key."""
    cloudformation, stub = stubbed("cloudformation")
    stub.add_client_error("describe_stacks", "AccessDenied")
    clients = {"secretsmanager": client, "cloudwatch": UsedKeys(webhooks), "cloudformation": cloudformation}
    return SimpleNamespace(
        suffix="dev",
        is_local=False,
        target=SimpleNamespace(client=clients.__getitem__),
        names=SimpleNamespace(endpoint_secret=lambda _endpoint: SECRET_ID, stack="stack-dev"),
    )


@pytest.mark.parametrize(
    ("now", "webhooks", "refusal", "says"),
    [
        (False, 0, UsageError, "last live key"),
        (False, 2, Refused, "verified 2 webhooks in the last 24 h"),
        (True, 2, None, ""),
    ],
)
def test_a_key_that_is_the_last_or_in_use_is_retired_with_now_alone(
    client: Any,
    now: bool,
    webhooks: int,
    refusal: type[ToolError] | None,
    says: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    secret = add_key(EndpointSecret(mode="live"), "whsec_leaked", NOW)
    environment = environment_of(client, webhooks)
    arguments = {"endpoint": "stripe", "key_id": secret.keys[0].id, "now": now, "as_json": True}
    with Stubber(client) as stub:
        stub.add_response("get_secret_value", held(dump_endpoint_secret(secret)))
        if refusal:  # put_secret_value is not expected: calling it fails the test
            with pytest.raises(refusal, match=says):
                function_of(retire)(environment, **arguments)
            return
        without = dump_endpoint_secret(EndpointSecret(mode="live"))
        expect_write(stub, without)
        function_of(retire)(environment, **arguments)
        stub.assert_no_pending_responses()
    told = capsys.readouterr()
    assert json.loads(told.out)["keys"] == []
    assert f"{secret.keys[0].id} verifies nothing any more from " in told.err


@pytest.mark.parametrize(
    ("present", "webhooks", "now", "is_refused"),
    [
        ("whsec_present_0123456789", 2, False, True),
        ("whsec_present_0123456789", 2, True, False),
        ("whsec_present_0123456789", 0, False, False),
        ("whsec_new_0123456789abcd", 2, False, False),  # it stays
    ],
)
def test_a_key_that_is_in_use_is_replaced_with_now_alone(
    client: Any, tmp_path: Path, present: str, webhooks: int, now: bool, is_refused: bool
) -> None:
    secret = add_key(EndpointSecret(mode="test"), present, NOW)
    value = tmp_path / "key"
    value.write_text("whsec_new_0123456789abcd")
    settings: dict[str, Any] = dict.fromkeys((*signature(settings_edit).parameters, "confirm", "unconfirmed"))
    settings |= {"endpoint": "stripe", "value_file": str(value), "yes": True, "now": now, "as_json": True}
    settings |= {"certificates": (), "trust_anchors": (), "environment": environment_of(client, webhooks)}
    with Stubber(client) as stub:
        stub.add_response("get_secret_value", held(dump_endpoint_secret(secret)))
        if is_refused:  # put_secret_value is not expected: calling it fails the test
            with pytest.raises(Refused, match="verified 2 webhooks in the last 24 h"):
                function_of(set_key)(**settings)
            return
        expect_write(stub)
        function_of(set_key)(**settings)
        stub.assert_no_pending_responses()


def test_configure_without_a_setting_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("endpoint-secrets", ["configure", "--suffix", "dev", "--local", "--endpoint", "stripe"]) == 2
    assert "configure needs a setting to change" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("asking", "option"),
    [
        (["set"], "--value-file FILE"),
        (["configure", "--api-client-id", "reader"], "--api-client-secret-file FILE"),
    ],
)
def test_where_nobody_can_be_asked_the_option_that_reads_a_file_is_named(
    asking: list[str], option: str
) -> None:
    """In a session of its own, which has no terminal."""
    command = [
        sys.executable,
        "scripts/endpoint_secrets.py",
        *asking,
        "--suffix",
        "dev",
        "--endpoint",
        "stripe",
    ]
    settings: dict[str, Any] = {"cwd": ROOT, "stdin": subprocess.DEVNULL, "start_new_session": True}
    done = subprocess.run([*command, "--local"], capture_output=True, text=True, check=False, **settings)
    assert (done.returncode, option in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def test_replacing_the_keys_of_a_live_endpoint_on_aws_is_asked_for() -> None:
    live = add_key(EndpointSecret(mode="live"), "a-key-of-some-length", NOW)
    assert stops_live_webhooks(live, is_local=False)
    assert not stops_live_webhooks(live, is_local=True)
    assert not stops_live_webhooks(live._replace(mode="test"), is_local=False)
    assert not stops_live_webhooks(EndpointSecret(mode="live"), is_local=False)
