"""Reviews from answers of DescribeChangeSet, in the form in which AWS gives them."""

import pytest

from scripts.cloudformation.change_sets import nested_change_sets
from scripts.review.change_set_review import merge_change_sets
from scripts.review.model import Action, Danger, Replacement
from tests.support.scripts import change_set_pages as pages


def test_values_come_from_the_contexts() -> None:
    before = pages.context(MemorySize=512, Tags=[{"Key": "a", "Value": "1"}])
    after = pages.context(MemorySize="1024", Tags=[{"Key": "a", "Value": "2"}])
    function = pages.change(
        "F", "AWS::Lambda::Function", BeforeContext=before, AfterContext=after, PhysicalResourceId="f"
    )
    (change,) = pages.review(function).changes
    assert change.danger is Danger.CHANGES
    assert change.physical_name == "f"
    assert [(one.path, one.before, one.after) for one in change.properties] == [
        ("MemorySize", 512, "1024"),
        ("Tags[a].Value", "1", "2"),
    ]


def test_values_come_from_the_details_where_there_are_no_contexts() -> None:
    details = [
        pages.detail("Timeout", Path="/Properties/Timeout", BeforeValue="3", AfterValue="10"),
        pages.detail("Environment", Path="/Properties/Environment/Variables/A", AfterValue="x"),
        pages.detail("Code"),
        {"Target": {"Attribute": "Tags", "RequiresRecreation": "Never"}},
    ]
    (change,) = pages.review(pages.change("F", "AWS::Lambda::Function", Details=details)).changes
    assert [(one.path, one.before, one.after) for one in change.properties] == [
        ("Timeout", "3", "10"),
        ("Environment.Variables.A", None, "x"),
        ("Code", "(not given)", "(not given)"),
        ("Tags", "(not given)", "(not given)"),
    ]


def test_a_change_that_the_valued_form_dropped_is_kept() -> None:
    kept, dropped = (
        pages.change("A", "AWS::SNS::Topic"),
        pages.change("B", pages.TABLE, Replacement="True", Details=[pages.detail("K")]),
    )
    incomplete = "[WARN] --include-property-values option can return incomplete ChangeSet data"
    plain, valued = (
        {pages.ROOT: [pages.page(kept, dropped)]},
        {pages.ROOT: [pages.page(kept, StatusReason=incomplete)]},
    )
    review = merge_change_sets("dev", pages.ROOT, plain, valued)
    assert [change.logical_id for change in review.changes] == ["B", "A"]
    assert review.changes[0].danger is Danger.DESTROYS_DATA
    assert "a part of the changes" in review.notes[0]


def test_details_and_replacement_of_both_forms_are_merged() -> None:
    valued = pages.change(
        "B", pages.TABLE, Details=[pages.detail("TableName", "Always", BeforeValue="a", AfterValue="b")]
    )
    plain = pages.change(
        "B",
        pages.TABLE,
        Replacement="True",
        Details=[pages.detail("TableName", "Always"), pages.detail("Tags")],
    )
    (change,) = pages.review(valued, plain=(plain,)).changes
    assert change.replacement is Replacement.ALWAYS
    assert [one.path for one in change.properties] == ["TableName", "Tags"]
    assert "TableName cannot change in place" in " ".join(change.reasons)


def test_pages_are_joined() -> None:
    both = [
        pages.page(pages.change("A", "AWS::SNS::Topic")),
        pages.page(pages.change("B", "AWS::SNS::Topic")),
    ]
    review = merge_change_sets("dev", pages.ROOT, {pages.ROOT: both}, {})
    assert [change.logical_id for change in review.changes] == ["A", "B"]


def test_nested_change_sets_are_walked() -> None:
    nested = pages.change("Data", pages.STACK, ChangeSetId=pages.DATA, Replacement="Conditional")
    plain = {
        pages.ROOT: [pages.page(nested)],
        pages.DATA: [pages.page(pages.change("Inbox", pages.TABLE, "Remove", PolicyAction="Delete"))],
    }
    assert nested_change_sets(plain[pages.ROOT]) == [pages.DATA]
    assert nested_change_sets(plain[pages.DATA]) == []
    review = merge_change_sets("dev", pages.ROOT, plain, {})
    (change,) = review.changes
    assert (change.shown_path, change.danger) == ("Data/Inbox", Danger.DESTROYS_DATA)


def test_a_nested_stack_that_comes_is_shown_with_what_is_in_it() -> None:
    nested = pages.change("Data", pages.STACK, "Add", ChangeSetId=pages.DATA)
    plain = {
        pages.ROOT: [pages.page(nested)],
        pages.DATA: [pages.page(pages.change("Inbox", pages.TABLE, "Add"))],
    }
    review = merge_change_sets("dev", pages.ROOT, plain, {}, first_creation=True)
    assert {change.shown_path for change in review.changes} == {"Data", "Data/Inbox"}
    assert set(review.count()) == {Danger.ADDS}


def test_a_removed_nested_stack_destroys_what_is_in_it() -> None:
    (change,) = pages.review(pages.change("Data", pages.STACK, "Remove")).changes
    assert change.danger is Danger.DESTROYS_DATA


@pytest.mark.parametrize(
    ("policy", "danger"),
    [
        ("Delete", Danger.DESTROYS_DATA),
        ("", Danger.DESTROYS_DATA),
        ("Retain", Danger.CHANGES),
        ("Snapshot", Danger.CHANGES),
    ],
)
def test_removal_of_data_hangs_on_the_policy(policy: str, danger: Danger) -> None:
    (change,) = pages.review(pages.change("Inbox", pages.TABLE, "Remove", PolicyAction=policy)).changes
    assert change.danger is danger


@pytest.mark.parametrize(
    ("policy", "danger"), [("ReplaceAndDelete", Danger.DESTROYS_DATA), ("ReplaceAndRetain", Danger.REPLACES)]
)
def test_replacement_of_data_hangs_on_the_policy(policy: str, danger: Danger) -> None:
    details = [pages.detail("TableName", "Always", BeforeValue="a", AfterValue="b")]
    table = pages.change("Inbox", pages.TABLE, Replacement="True", PolicyAction=policy, Details=details)
    assert pages.review(table).changes[0].danger is danger


def test_no_echo_stays_masked_and_secrets_are_hidden() -> None:
    details = [
        pages.detail("Description", BeforeValue="****", AfterValue="****"),
        pages.detail("SecretString", Path="/Properties/SecretString", BeforeValue="abc", AfterValue="def"),
    ]
    secret = pages.change(
        "S", "AWS::SecretsManager::Secret", Details=details, PhysicalResourceId="my-topsecret-name"
    )
    review = pages.review(secret, secrets=["topsecret"])
    (change,) = review.changes
    assert [(one.before, one.after) for one in change.properties] == [("****", "****"), ("****", "****")]
    assert "abc" not in repr(review)
    assert "topsecret" not in repr(review)


@pytest.mark.parametrize("action", list(Action))
def test_every_action_is_understood(action: Action) -> None:
    (change,) = pages.review(pages.change("X", "AWS::SNS::Topic", str(action))).changes
    assert change.action is action


def test_an_empty_change_set_is_an_empty_review() -> None:
    review = merge_change_sets("dev", pages.ROOT, {}, {})
    assert review.changes == ()
