"""What a change set leaves open, and how the templates settle it."""

from scripts.review.folding import FOLLOWS, fold
from scripts.review.model import (
    AccessChange,
    Action,
    Change,
    Danger,
    Effect,
    PropertyChange,
    Replacement,
    Surface,
)
from tests.support.scripts import change_set_pages as pages


def test_a_nested_stack_that_does_not_show_its_inside() -> None:
    nested = pages.change(
        "Data", pages.STACK, Replacement="Conditional", Details=[pages.detail("TemplateURL", "Never")]
    )
    alone = pages.review(nested)
    assert alone.changes[0].danger is Danger.CHANGES
    assert "does not show" in alone.notes[0]
    inside = Change(("Data",), "Inbox", pages.TABLE, Action.MODIFY, Danger.DESTROYS_DATA, Replacement.ALWAYS)
    review = pages.review(nested, predicted=pages.predicted(inside))
    (change,) = review.changes
    assert (change.shown_path, change.danger) == ("Data/Inbox", Danger.DESTROYS_DATA)
    assert "predicted from the templates" in review.notes[-1]


OPEN = pages.change(
    "Source",
    "AWS::Lambda::EventSourceMapping",
    Replacement="Conditional",
    BeforeContext=pages.context(EventSourceArn="arn:aws:dynamodb:…:table/t/stream/1"),
    AfterContext=pages.context(EventSourceArn=pages.UNKNOWN),
    Details=[pages.detail("EventSourceArn", "Always", "Dynamic", AfterValue=pages.UNKNOWN)],
)


def test_what_is_open_may_replace_unless_the_templates_say_otherwise() -> None:
    alone = pages.review(OPEN).changes[0]
    assert alone.danger is Danger.REPLACES
    assert alone.properties[0].after == "(known after apply)"
    settled = pages.review(OPEN, predicted=pages.predicted()).changes[0]
    assert settled.danger is Danger.CHANGES
    assert settled.replacement is Replacement.NEVER
    assert "by the templates" in settled.reasons[0]
    kind = OPEN["ResourceChange"]["ResourceType"]
    confirmed = Change(
        (), "Source", kind, Action.MODIFY, Danger.REPLACES, Replacement.ALWAYS, fails="the name is taken"
    )
    kept = pages.review(OPEN, predicted=pages.predicted(confirmed)).changes[0]
    assert kept.danger is Danger.REPLACES
    assert kept.fails == "the name is taken"


def test_an_unknown_part_of_a_value_leaves_it_open_too() -> None:
    alias = pages.detail("FunctionName", "Always", AfterValue=f"{pages.UNKNOWN}:live")
    permission = pages.change("P", "AWS::Lambda::Permission", Replacement="True", Details=[alias])
    (change,) = pages.review(permission, predicted=pages.predicted()).changes
    assert (change.danger, change.needs) == (Danger.CHANGES, frozenset())


def test_what_only_the_templates_can_tell_that_it_stops_counts() -> None:
    words = "its layer is built for python3.11, not for python3.13"
    function = ((), "F", "AWS::Lambda::Function", Action.MODIFY, Danger.STOPS)
    details = [pages.detail("Runtime", BeforeValue="python3.11", AfterValue="python3.13")]
    entry = pages.change("F", "AWS::Lambda::Function", Details=details)
    review = pages.review(
        entry, predicted=pages.predicted(Change(*function, stops=(words,), reasons=(words,)))
    )
    assert review.changes[0].stops == (words,)
    assert review.needs == {"stop"}


def test_what_only_follows_what_it_refers_to_is_one_entry() -> None:
    """Once a resource changes, CloudFormation knows no attribute of it any more, and names all that refer to it."""
    kind, unknown = (
        "AWS::Lambda::Function",
        pages.context(Role="r", KmsKeyArn=pages.UNKNOWN, Code=pages.UNKNOWN),
    )
    known = pages.context(Role="r", KmsKeyArn="arn:k", Code="a")
    entries = [pages.change(name, kind, BeforeContext=known, AfterContext=unknown) for name in "ABC"]
    code = PropertyChange("Code", "a", "${Bucket}")
    changed = Change((), "A", kind, Action.MODIFY, Danger.CHANGES, properties=(code,))
    first, second = fold(pages.review(*entries, predicted=pages.predicted(changed)))
    assert (len(first.changes), [row.path for row in first.change.properties]) == (3, [FOLLOWS])
    assert (second.change.logical_id, [row.path for row in second.change.properties]) == ("A", ["Code"])


def test_a_prediction_of_failure_holds_as_far_as_the_change_set_replaces() -> None:
    def failing(replacement: str) -> Change:
        predicted = Change(
            (), "T", pages.TABLE, Action.MODIFY, Danger.REPLACES, Replacement.ALWAYS, fails="it is taken"
        )
        details = [pages.detail("TableName", BeforeValue="a", AfterValue="b")]
        entry = pages.change("T", pages.TABLE, Replacement=replacement, Details=details)
        (change,) = pages.review(entry, predicted=pages.predicted(predicted)).changes
        return change

    assert failing("True").fails == "it is taken"
    assert (failing("Conditional").fails, failing("Conditional").may_fail) == ("", "it is taken")
    assert (failing("False").fails, failing("False").may_fail) == ("", "")


def test_what_is_certain_is_not_overruled_by_the_templates() -> None:
    details = [pages.detail("TableName", "Always", BeforeValue="a", AfterValue="b")]
    (change,) = pages.review(
        pages.change("T", pages.TABLE, Replacement="True", Details=details), predicted=pages.predicted()
    ).changes
    assert change.danger is Danger.DESTROYS_DATA


def test_access_is_judged_from_the_contexts() -> None:
    def policy(action: str, resource: str = "arn:a") -> str:
        statement = {"Effect": "Allow", "Action": action, "Resource": resource}
        return pages.context(PolicyDocument={"Statement": [statement]})

    kind = "AWS::IAM::ManagedPolicy"
    widened = pages.change("P", kind, BeforeContext=policy("s3:GetObject"), AfterContext=policy("s3:*"))
    (change,) = pages.review(widened).changes
    assert change.danger is Danger.WIDENS_ACCESS
    assert change.properties == ()
    veiled = pages.change("P", kind, BeforeContext=policy("s3:*"), AfterContext=policy("s3:*", pages.UNKNOWN))
    (unsure,) = pages.review(veiled).changes
    assert unsure.access[0].effect is Effect.UNKNOWN
    assert unsure.danger is Danger.WIDENS_ACCESS
    (settled,) = pages.review(veiled, predicted=pages.predicted()).changes
    assert settled.danger is Danger.CHANGES


def test_the_templates_fill_in_values_where_there_are_none() -> None:
    properties = (PropertyChange("MemorySize", "512", "1024"),)
    predicted = Change(
        (),
        "F",
        "AWS::Lambda::Function",
        Action.MODIFY,
        Danger.CHANGES,
        properties=properties,
        physical_name="f",
    )
    bare = pages.change("F", "AWS::Lambda::Function", Details=[pages.detail("MemorySize")])
    (change,) = pages.review(bare, predicted=pages.predicted(predicted)).changes
    assert change.properties == properties
    assert change.physical_name == "f"


def test_where_the_change_set_replaces_nothing_what_is_predicted_of_access_still_counts() -> None:
    widened = AccessChange("permissions", Effect.WIDENS, Surface.IAM, None, "*", "more")
    predicted = Change(
        *((), "P", "AWS::IAM::ManagedPolicy", Action.MODIFY, Danger.REPLACES, Replacement.ALWAYS),
        access=(widened,),
    )
    bare = pages.change("P", "AWS::IAM::ManagedPolicy", Details=[pages.detail("PolicyDocument")])
    review = pages.review(bare, predicted=pages.predicted(predicted))
    (change,) = review.changes
    assert change.danger is Danger.WIDENS_ACCESS
    assert review.needs == {"iam"}


def test_what_is_decided_while_it_runs_may_replace() -> None:
    (change,) = pages.review(pages.change("T", pages.TABLE, "Dynamic")).changes
    assert (change.danger, change.replacement) == (Danger.DESTROYS_DATA, Replacement.CONDITIONAL)
