"""What a deploy was given, in the description of its change set: told again whole, or not at all."""

from dataclasses import replace

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from scripts.cloudformation.live_stack import LiveStack
from scripts.cloudformation.next_commands import NO_DEPLOY_SETTINGS, DeploySettings
from scripts.command_line.environment_file import NO_PROTECTION, Protection
from scripts.deployment.deploy_record import (
    NO_RECORD,
    DeployRecord,
    last_record,
    read_record,
    record_text,
    with_last_settings,
)
from tests.support.scripts.deployment_context import context_for, described, stubbed_target
from tests.support.scripts.stubs import STARTED, change_set_arn, stack_arn, stubbed

texts = st.text(min_size=1, max_size=60)
settings = st.builds(
    DeploySettings, st.none() | texts, st.lists(texts, max_size=20).map(tuple), st.none() | texts
)
protections = st.builds(Protection, st.booleans(), st.booleans(), st.booleans())


@given(settings, protections)
def test_it_comes_back_whole_and_is_never_too_long(
    given_settings: DeploySettings, protection: Protection
) -> None:
    text = record_text(given_settings, protection)
    assert 1 <= len(text) <= 1024
    back = read_record(text)
    assert back.protection == protection
    assert back.settings in (given_settings, None)
    if len("".join(given_settings.flags)) < 60:
        assert back.settings == given_settings


@pytest.mark.parametrize("text", ["", "made by hand", "7", "[]", '{"x": 1}', '{"protection": 3}'])
def test_what_somebody_else_wrote_means_nothing(text: str) -> None:
    assert read_record(text) == NO_RECORD


STACK = LiveStack(stack_arn("x"), "UPDATE_COMPLETE", {})
GIVEN = DeploySettings("environments/prod.toml")


def test_where_the_stack_does_not_name_its_change_set_the_newest_executed_one_counts() -> None:
    client, stub = stubbed("cloudformation")
    texts_by_age = [record_text(DeploySettings("old.toml"), NO_PROTECTION), record_text(GIVEN, NO_PROTECTION)]
    summaries = [
        {
            "ExecutionStatus": "EXECUTE_COMPLETE",
            "CreationTime": STARTED.replace(day=10 + day),
            "Description": text,
        }
        for day, text in enumerate(texts_by_age)
    ]
    waits = {"ExecutionStatus": "AVAILABLE", "CreationTime": STARTED.replace(day=20), "Description": "{}"}
    stub.add_response("list_change_sets", {"Summaries": [*summaries, waits]})
    assert last_record(client, STACK) == DeployRecord(GIVEN)
    stub.add_response("list_change_sets", {"Summaries": []})
    assert last_record(client, STACK) == NO_RECORD


def test_a_change_set_that_cannot_be_read_only_costs_the_hint() -> None:
    client, stub = stubbed("cloudformation")
    stub.add_client_error("describe_change_set", "ChangeSetNotFound")
    assert last_record(client, replace(STACK, change_set_id=change_set_arn("x"))) == NO_RECORD


def test_a_command_that_was_told_its_settings_asks_nobody() -> None:
    target = stubbed_target()
    context, _ = context_for(target)
    assert with_last_settings(context, target.client("cloudformation")) is context
    untold = replace(context, commands=replace(context.commands, settings=None))
    target.stub("cloudformation").add_client_error("describe_stacks", "ValidationError", "does not exist")
    assert with_last_settings(untold, target.client("cloudformation")).commands.settings == NO_DEPLOY_SETTINGS
    target.stub("cloudformation").add_response("describe_stacks", described("UPDATE_COMPLETE"))
    executed = {
        "ExecutionStatus": "EXECUTE_COMPLETE",
        "CreationTime": STARTED,
        "Description": record_text(GIVEN, NO_PROTECTION),
    }
    target.stub("cloudformation").add_response("list_change_sets", {"Summaries": [executed]})
    told = with_last_settings(untold, target.client("cloudformation")).commands
    assert told.deploy.endswith("--environment environments/prod.toml")
    target.stub("cloudformation").add_client_error("describe_stacks", "Throttling")
    with pytest.raises(ClientError):
        with_last_settings(untold, target.client("cloudformation"))
