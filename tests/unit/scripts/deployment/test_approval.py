"""Approval: nothing dangerous is ever executed unasked, and nothing is skipped silently."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.command_line.errors import Refused, UsageError
from scripts.deployment import execute_change_set
from scripts.deployment.approval import DANGERS, Consent, Verdict, decide, read_allowed
from scripts.review.model import Action, Change, Danger, Rename, Replacement, Review, make_review
from tests.support.scripts.deployment_context import context_for, stubbed_target

dangers = st.frozensets(st.sampled_from(DANGERS))
STACK = "payment-webhooks-dev"


@given(dangers, dangers, st.booleans(), st.booleans())
def test_what_will_fail_is_executed_by_a_person_who_types_the_name_or_not_at_all(
    needs: frozenset[str], allowed: frozenset[str], yes: bool, somebody: bool
) -> None:
    verdict, _ = decide(needs, Consent(yes, allowed, somebody), will_fail=True)
    assert verdict is (Verdict.WARN if somebody and not yes else Verdict.REFUSE_FAILING)


@given(dangers, dangers, st.booleans(), st.booleans())
def test_nothing_goes_on_unasked_but_what_was_allowed(
    needs: frozenset[str], allowed: frozenset[str], yes: bool, somebody: bool
) -> None:
    verdict, missing = decide(needs, Consent(yes, allowed, somebody))
    assert set(missing) == needs - allowed
    assert (verdict is Verdict.GO_ON) == (yes and needs <= allowed)
    if not somebody:
        assert verdict in (Verdict.GO_ON, Verdict.REFUSE)
    if somebody and not yes:
        assert (verdict is Verdict.ASK_FOR_NAME) == ("destroy" in missing)
        assert (verdict is Verdict.ASK) == (not missing)  # else the same words are typed that a machine gives


def test_allowed_dangers_are_read_from_lists_and_repeated_flags() -> None:
    assert read_allowed(["replace, iam", "destroy"]) == {"replace", "iam", "destroy"}
    assert read_allowed([]) == frozenset()
    with pytest.raises(UsageError, match="everything"):
        read_allowed(["everything"])


def review(danger: Danger) -> Review:
    """A review of one table."""
    replacement = Replacement.ALWAYS if danger >= Danger.REPLACES else Replacement.NEVER
    change = Change(("Data",), "InboxTable", "AWS::DynamoDB::Table", Action.MODIFY, danger, replacement)
    return make_review(STACK, "templates", [change])


def approve(danger: Danger, consent: Consent, answer: str = "") -> None:
    context, _ = context_for(stubbed_target(), answer)
    execute_change_set.approve(context, review(danger), consent)


PERSON = Consent(yes=False, allowed=frozenset(), is_somebody_there=True)
MACHINE = Consent(yes=True, allowed=frozenset(), is_somebody_there=False)


@pytest.mark.parametrize("answer", ["", "n", "no", "yess", "Y es", STACK])
def test_anything_but_yes_is_no(answer: str) -> None:
    with pytest.raises(Refused):
        approve(Danger.CHANGES, PERSON, answer)


@pytest.mark.parametrize("answer", ["y", "Yes", " yes "])
def test_yes_goes_on(answer: str) -> None:
    approve(Danger.CHANGES, PERSON, answer)


@pytest.mark.parametrize("answer", ["", "y", "yes", "dev"])
def test_data_is_destroyed_only_for_the_whole_name_of_the_stack(answer: str) -> None:
    with pytest.raises(Refused):
        approve(Danger.DESTROYS_DATA, PERSON, answer)
    approve(Danger.DESTROYS_DATA, PERSON, STACK)


@pytest.mark.parametrize("answer", ["", "y", "yes", "iam", "replaces", STACK])
def test_a_danger_is_accepted_only_by_its_name(answer: str) -> None:
    with pytest.raises(Refused) as caught:
        approve(Danger.REPLACES, PERSON, answer)
    assert "--yes" not in caught.value.next_step
    assert "--allow" not in caught.value.next_step
    approve(Danger.REPLACES, PERSON, " replace ")


def test_several_dangers_are_typed_in_any_order() -> None:
    context, _ = context_for(stubbed_target(), "stop, replace")
    replaced = review(Danger.REPLACES).changes[0]
    both = make_review(STACK, "templates", [replace(replaced, stops=("it is switched off",))])
    assert both.needs == {"replace", "stop"}
    execute_change_set.approve(context, both, PERSON)
    context, _ = context_for(stubbed_target(), "replace")
    with pytest.raises(Refused):
        execute_change_set.approve(context, both, PERSON)


def test_a_machine_is_refused_with_the_flag_that_would_allow_it() -> None:
    approve(Danger.CHANGES, MACHINE)
    with pytest.raises(Refused) as caught:
        approve(Danger.REPLACES, MACHINE)
    assert caught.value.next_step == "read the review; who agrees with it adds --allow replace"
    assert caught.value.exit_code == 3
    approve(Danger.REPLACES, Consent(True, frozenset({"replace"}), False))


def failing() -> Review:
    change = Change(
        ("Data",), "T", "T", Action.MODIFY, Danger.REPLACES, Replacement.ALWAYS, fails="it is taken"
    )
    return make_review(STACK, "templates", [change])


def test_no_flag_gets_past_what_will_fail() -> None:
    context, _ = context_for(stubbed_target())
    everything = Consent(yes=True, allowed=frozenset(DANGERS), is_somebody_there=True)
    with pytest.raises(Refused, match=r"will fail whatever is allowed:\n  Data/T: it is taken") as caught:
        execute_change_set.approve(context, failing(), everything)
    assert caught.value.exit_code == 3
    assert "another name or logical id" in caught.value.next_step


def test_what_fails_as_it_is_only_renamed_has_another_way() -> None:
    context, _ = context_for(stubbed_target())
    renamed = replace(failing(), renames=(Rename("T", "Data/S", "Data/T"),))
    with pytest.raises(Refused) as caught:
        execute_change_set.approve(context, renamed, MACHINE)
    assert "docs/deploying.md#renames" in caught.value.next_step


def test_a_person_is_told_that_it_will_fail_and_types_the_name() -> None:
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return STACK

    context, _ = context_for(stubbed_target(), ask=answer)
    execute_change_set.approve(context, failing(), PERSON)
    assert "will fail and be rolled back" in asked[0]
    context, _ = context_for(stubbed_target(), "yes")
    with pytest.raises(Refused):
        execute_change_set.approve(context, failing(), PERSON)


def test_ctrl_c_at_the_question_is_no() -> None:
    def interrupt(_question: str) -> str:
        raise KeyboardInterrupt

    context, _ = context_for(stubbed_target(), ask=interrupt)
    with pytest.raises(Refused):
        execute_change_set.approve(context, review(Danger.CHANGES), PERSON)
