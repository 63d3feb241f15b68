"""What many resources share is said once: it must not hide the one change that matters."""

import json

import pytest

from scripts.review.folding import FOLLOWS, fold
from scripts.review.model import Action, Change, Danger, PropertyChange, Replacement, Review, make_review
from scripts.review.render.html_page import render_html
from scripts.review.render.json_document import review_document
from scripts.review.render.markdown import render_markdown
from tests.support.scripts.prepared_changes import shown_on_a_terminal

TAG = PropertyChange("Tags[CostCenter].Value", "one", "two")
MAPPED = PropertyChange("Tags.CostCenter", "one", "two")
THROTTLE = PropertyChange("Throttle.RateLimit", 1000, 50)


def change(name: str, *properties: PropertyChange, danger: Danger = Danger.CHANGES, loss: str = "") -> Change:
    said = (loss,) if loss else ()
    return Change(
        *(("Data",), name, "AWS::SQS::Queue", Action.MODIFY, danger),
        properties=properties,
        reasons=said,
        losses=said,
    )


def review(*more: Change) -> Review:
    many = [change(f"Queue{number}", TAG) for number in range(6)]
    return make_review("dev", "templates", [*many, change("Pipe", MAPPED), *more])


def told(shown: Review) -> list[tuple[str, int, list[str]]]:
    """Of each entry its danger, the number of its resources, and the paths of their properties."""
    return [
        (entry.danger.name, len(entry.changes), [row.path for row in entry.change.properties])
        for entry in fold(shown)
    ]


def test_a_tag_in_a_list_or_a_map_is_said_once_and_the_other_change_is_left() -> None:
    assert told(review(change("UsagePlan", THROTTLE, TAG))) == [
        ("CHANGES", 8, ["tag CostCenter"]),
        ("CHANGES", 1, ["Throttle.RateLimit"]),
    ]


@pytest.mark.parametrize(
    ("before", "after"), [(None, {"Key": "Team", "Value": "a"}), ({"Key": "Team", "Value": "a"}, None)]
)
def test_a_tag_that_comes_or_goes_is_said_once_too(before: object, after: object) -> None:
    listed = [change(f"Q{number}", PropertyChange("Tags[Team]", before, after)) for number in range(3)]
    values = ("a" if side else None for side in (before, after))
    mapped = change("Pipe", PropertyChange("Tags.Team", before=next(values), after=next(values)))
    (entry,) = fold(make_review("dev", "templates", [*listed, mapped]))
    assert len(entry.changes) == 4


def test_a_dangerous_change_that_many_share_keeps_its_danger_and_comes_first() -> None:
    lost = [change(f"Table{n}", TAG, danger=Danger.DESTROYS_DATA, loss="backups go") for n in range(3)]
    first, second = fold(make_review("dev", "templates", [*lost, change("Other", TAG)]))
    assert (first.danger, len(first.changes), first.change.reasons) == (
        Danger.DESTROYS_DATA,
        3,
        ("backups go",),
    )
    assert (second.danger, len(second.changes), second.change.reasons) == (Danger.CHANGES, 4, ())


def test_a_tag_that_replaces_is_told_apart() -> None:
    replacing = PropertyChange(TAG.path, "one", "two", Replacement.ALWAYS)
    assert told(review(change("Group", replacing, danger=Danger.REPLACES)))[0] == ("REPLACES", 1, [TAG.path])


def test_what_follows_a_replaced_resource_is_one_entry_whatever_the_property() -> None:
    follows = [
        change(name, PropertyChange(name, f"${{{name}.Arn}}", f"${{{name}.Arn}} (known after apply)"))
        for name in "ABC"
    ]
    assert told(make_review("dev", "templates", follows)) == [("CHANGES", 3, [FOLLOWS])]


def test_another_value_that_is_not_known_yet_is_not_what_follows() -> None:
    other = [change(name, PropertyChange(name, "a", "${B} (known after apply)")) for name in "ABC"]
    assert len(fold(make_review("dev", "templates", other))) == 3


def test_two_resources_are_shown_one_by_one() -> None:
    two = make_review("dev", "templates", [change(f"Queue{number}", TAG) for number in range(2)])
    assert [len(entry.changes) for entry in fold(two)] == [1, 1]


def test_what_is_added_is_counted_by_stack() -> None:
    added = [
        Change((stack,), f"R{n}", "T", Action.ADD, Danger.ADDS) for stack in ("Api", "Data") for n in range(4)
    ]
    assert [len(entry.changes) for entry in fold(make_review("dev", "templates", added))] == [4, 4]


def test_every_rendering_says_it_once_and_verbose_and_json_list_all() -> None:
    whole = review(change("UsagePlan", THROTTLE, TAG))
    for text in (shown_on_a_terminal(whole), render_markdown(whole)):
        assert len([line for line in text.splitlines() if "CostCenter" in line and "two" in line]) == 1
        assert "8 SQS::Queue" in text
        assert "8 changed" in text  # the count is of all
    page = render_html(whole)
    assert page.count("tag CostCenter") == 1
    every = shown_on_a_terminal(whole, whole_values=True)
    assert every.count("Tags[CostCenter].Value: one → two") == 7
    assert len(json.loads(json.dumps(review_document(whole)))["changes"]) == 8
