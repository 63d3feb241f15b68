"""A new cost centre touches every resource: that must not hide the one change that matters."""

import io
import json

import pytest
from rich.console import Console

from scripts.review.model import Action, Change, Danger, PropertyChange, Replacement, Review, make_review
from scripts.review.render.html_page import render_html
from scripts.review.render.json_document import review_document
from scripts.review.render.markdown import render_markdown
from scripts.review.render.terminal import render_terminal
from scripts.review.shared_tags import SharedTag, without_shared_tags

TAG = PropertyChange("Tags[CostCenter].Value", "one", "two")
MAPPED = PropertyChange("Tags.CostCenter", "one", "two")
THROTTLE = PropertyChange("Throttle.RateLimit", 1000, 50)


def change(name: str, *properties: PropertyChange, danger: Danger = Danger.CHANGES) -> Change:
    return Change(("Data",), name, "AWS::SQS::Queue", Action.MODIFY, danger, properties=properties)


def review(*more: Change) -> Review:
    many = [change(f"Queue{number}", TAG) for number in range(6)]
    return make_review("dev", "templates", [*many, change("Pipe", MAPPED), *more])


def terminal(shown: Review, *, whole: bool = False) -> str:
    console = Console(file=io.StringIO(), width=200)
    console.print(render_terminal(shown, whole_values=whole))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_tag_is_said_once_and_the_other_change_is_what_is_left() -> None:
    slim, tags = without_shared_tags(review(change("UsagePlan", THROTTLE, TAG)))
    assert tags == (SharedTag("CostCenter", "one", "two", resources=8, only=7),)
    assert [(one.logical_id, one.properties) for one in slim.changes] == [("UsagePlan", (THROTTLE,))]


@pytest.mark.parametrize("danger", [Danger.WIDENS_ACCESS, Danger.REPLACES, Danger.DESTROYS_DATA])
def test_what_is_dangerous_stays(danger: Danger) -> None:
    slim, _ = without_shared_tags(review(change("Table", TAG, danger=danger)))
    assert [one.logical_id for one in slim.changes] == ["Table"]


def test_a_tag_that_replaces_is_no_shared_one() -> None:
    replacing = PropertyChange(TAG.path, "one", "two", Replacement.ALWAYS)
    slim, _ = without_shared_tags(review(change("Group", replacing)))
    assert [one.properties for one in slim.changes] == [(replacing,)]


def test_few_resources_are_shown_one_by_one() -> None:
    few = make_review("dev", "templates", [change(f"Queue{number}", TAG) for number in range(4)])
    assert without_shared_tags(few) == (few, ())


def test_terminal_and_markdown_say_it_once_the_rest_lists_all() -> None:
    whole = review(change("UsagePlan", THROTTLE, TAG))
    for text in (terminal(whole), render_markdown(whole)):
        assert text.count("one → two") == 1
        assert "on 8 resources" in text
        assert "UsagePlan" in text
        assert "Queue3" not in text
        assert "8 change" in text  # the count is of all
    for text in (terminal(whole, whole=True), render_html(whole), json.dumps(review_document(whole))):
        assert "Queue3" in text


def test_nothing_but_a_tag_leaves_no_empty_tree() -> None:
    assert terminal(review()).splitlines() == [
        "7 change",
        "tag CostCenter: one → two, on 7 resources; on 7 of them nothing else changes (--verbose lists them)",
    ]


def test_the_page_shows_first_what_is_more_than_a_tag() -> None:
    page = render_html(review(change("UsagePlan", THROTTLE, TAG)))
    assert page.index("<strong>UsagePlan") < page.index("<strong>Pipe") < page.index("<strong>Queue0")


def test_the_page_shows_a_nested_stack_that_is_worse_before_the_changes_of_its_parent() -> None:
    parent = Change((), "Data", "AWS::CloudFormation::Stack", Action.MODIFY, Danger.CHANGES)
    other = Change(("Api",), "Stage", "AWS::ApiGateway::Stage", Action.MODIFY, Danger.CHANGES)
    page = render_html(
        make_review("dev", "templates", [parent, other, change("Table", danger=Danger.DESTROYS_DATA)])
    )
    names = ("<strong>Table", "dev itself:", "<strong>Data", "<strong>Stage")
    places = [page.index(name) for name in names]
    assert places == sorted(places)
