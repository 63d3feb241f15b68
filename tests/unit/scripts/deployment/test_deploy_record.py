"""What a deploy was given, in the description of its change set: told again whole, or not at all."""

from dataclasses import replace
from datetime import timedelta

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
from tests.support.scripts.deployment_context import FakedTarget, context_for, faked_target
from tests.support.scripts.fake_cloudformation import FakeChangeSet, refusal
from tests.support.scripts.stubs import STARTED

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


SETTINGS = DeploySettings("environments/prod.toml")


@pytest.fixture
def target() -> FakedTarget:
    """With a stack whose last deploys, in the order of their names, had old.toml and SETTINGS; one more waits."""
    target = faked_target()
    stack = target.cloudformation.add_stack("UPDATE_COMPLETE")
    executed = [DeploySettings("old.toml"), SETTINGS]
    change_sets = [
        FakeChangeSet(
            f"deploy{number}",
            [],
            execution_status="EXECUTE_COMPLETE",
            description=record_text(settings, NO_PROTECTION),
            created=STARTED + timedelta(days=number),
        )
        for number, settings in enumerate(executed)
    ]
    change_sets.append(FakeChangeSet("waits", [], description="{}", created=STARTED + timedelta(days=9)))
    stack.change_sets = {change_set.name: change_set for change_set in reversed(change_sets)}
    return target


def test_where_the_stack_does_not_name_its_change_set_the_newest_executed_one_counts(
    target: FakedTarget,
) -> None:
    context, _ = context_for(target)
    stack = LiveStack(target.cloudformation.root.stack_id, "UPDATE_COMPLETE", {})
    assert last_record(context, stack) == DeployRecord(SETTINGS)
    target.cloudformation.root.change_sets.clear()
    assert last_record(context, stack) == NO_RECORD


def test_a_change_set_that_cannot_be_read_only_costs_the_hint(target: FakedTarget) -> None:
    context, _ = context_for(target)
    stack = LiveStack(target.cloudformation.root.stack_id, "UPDATE_COMPLETE", {}, change_set_id="gone")
    assert last_record(context, stack) == NO_RECORD


def test_only_a_command_that_was_given_no_settings_reads_those_of_the_last_deploy(
    target: FakedTarget,
) -> None:
    context, _ = context_for(target)
    assert with_last_settings(context) is context
    context = replace(context, commands=replace(context.commands, settings=None))
    assert with_last_settings(context).commands.deploy.endswith("--environment environments/prod.toml")
    target.cloudformation.fails_once["describe_stacks"] = refusal("DescribeStacks", "slow down", "Throttling")
    with pytest.raises(ClientError):
        with_last_settings(context)
    target.cloudformation.stacks.clear()
    assert with_last_settings(context).commands.settings == NO_DEPLOY_SETTINGS
