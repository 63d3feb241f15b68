import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from scripts.review.model import (
    AccessChange,
    Action,
    Change,
    Danger,
    Effect,
    PropertyChange,
    Replacement,
    Review,
    Surface,
    make_review,
)
from scripts.review.render.html_page import render_html
from scripts.review.render.json_document import review_document
from scripts.review.render.markdown import render_markdown
from scripts.review.replacement import facts_of, schema_folder
from tests.support.scripts.prepared_changes import (
    PreparedChange,
    prepared_changes,
    review_of,
    shown_on_a_terminal,
)

FACTS_OF = facts_of(schema_folder(), "us-east-1")
HOSTILE = '</script><script>alert(1)</script>" onload="x" [red]bold[/red] `code` | @team #1 *x* <b>'
HOSTILE += " https://evil www.evil.org"


def _terminal(review: Review, width: int = 200) -> str:
    return shown_on_a_terminal(review, width=width)


def _hostile_review() -> Review:
    access = AccessChange(HOSTILE, Effect.WIDENS, Surface.IAM, {HOSTILE: HOSTILE}, HOSTILE, HOSTILE)
    change = Change(
        (HOSTILE,),
        HOSTILE,
        HOSTILE,
        Action.MODIFY,
        Danger.WIDENS_ACCESS,
        physical_name=HOSTILE,
        properties=(PropertyChange(HOSTILE, HOSTILE, None, Replacement.ALWAYS),),
        access=(access,),
        reasons=(HOSTILE,),
        fails=HOSTILE,
    )
    return make_review(HOSTILE, "templates", [change], [HOSTILE])


EMPTY = make_review("dev", "templates", [])


@pytest.mark.parametrize("change", prepared_changes(), ids=lambda change: change.name)
def test_every_rendering_names_every_change(change: PreparedChange) -> None:
    review = review_of(change, FACTS_OF)
    for text in (
        _terminal(review),
        render_markdown(review),
        render_html(review),
        json.dumps(review_document(review)),
    ):
        for one in review.changes:
            assert one.logical_id in text
        for need in review.needs:
            assert need in text


def test_a_replacement_is_shown_as_such() -> None:
    (role_path,) = [change for change in prepared_changes() if change.name == "08-role-path"]
    review = review_of(role_path, FACTS_OF)
    for text in (_terminal(review), render_markdown(review), render_html(review)):
        assert "replace" in text
        assert re.search("will fail", text, re.IGNORECASE)
        assert "Compute/ReceiverRole: its name is taken" in " ".join(text.replace("\\", "").split())
    document = review_document(review)
    assert document["danger"] == "REPLACES"
    assert document["changes"][0]["replacement"] == "True"
    assert document["changes"][0]["properties"][0] == {
        "path": "Path",
        "before": "/",
        "after": "/payments/",
        "replacement": "True",
    }


def test_nothing_to_do_is_said() -> None:
    for text in (_terminal(EMPTY), render_markdown(EMPTY), render_html(EMPTY)):
        assert "No change" in text.replace("\\", "")
    assert review_document(EMPTY)["changes"] == []


def test_the_terminal_shows_hostile_texts_as_they_are() -> None:
    text = _terminal(_hostile_review(), width=2_000)
    assert HOSTILE in text
    assert "\x1b" not in text


def test_nothing_in_a_review_moves_the_cursor_or_begins_a_line() -> None:
    """Else a value could rub out the line that says what it does, or add one that says something else."""
    bad = "\x1b[2K\x1b[1A\r\x9b2J\u202egnihton\n  + add Nothing"
    access = AccessChange("w", Effect.WIDENS, Surface.IAM, bad, bad, bad)
    properties = (PropertyChange(bad, bad, [bad]),)
    change = Change(
        *((bad,), bad, bad, Action.MODIFY, Danger.WIDENS_ACCESS),
        physical_name=bad,
        properties=properties,
        access=(access,),
        reasons=(bad,),
        fails=bad,
    )
    review = make_review(bad, "templates", [change], [bad])
    for text in (_terminal(review, 4_000), render_markdown(review), render_html(review)):
        assert not {"\x1b", "\r", "\x9b", "\u202e"} & {*text}
        assert not [line for line in text.splitlines() if line.startswith("  + add")]
    assert r"\x1b[2K" in _terminal(review, 4_000)


def test_long_values_are_cut_on_the_terminal_only_when_asked() -> None:
    change = Change(
        (), "F", "T", Action.MODIFY, Danger.CHANGES, properties=(PropertyChange("P", "x" * 500, "y" * 500),)
    )
    review = make_review("dev", "templates", [change])
    assert "x" * 500 not in _terminal(review, 2_000)
    assert "x" * 500 in shown_on_a_terminal(review, width=2_000, whole_values=True)


def test_markdown_holds_no_markup_of_others() -> None:
    text = render_markdown(_hostile_review())
    outside_code = re.sub(r"(`+).*?[^`]\1(?!`)", "", text)
    assert "<script" not in outside_code.replace("\\<", "")
    assert not re.search(r"@team|#1|https://\w|www\.\w", outside_code)


def test_markdown_is_cut_at_a_whole_entry() -> None:
    changes = [Change((), f"Resource{at:04}", "T", Action.ADD, Danger.ADDS) for at in range(2_000)]
    text = render_markdown(make_review("dev", "templates", changes), longest=5_000)
    assert len(text) <= 5_000
    assert text.endswith("the whole review is in the job's files.\n")


class _Page(HTMLParser):
    """Collects tags and attributes, and checks that they nest."""

    void = frozenset({"meta", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _parsed(review: Review) -> _Page:
    page = _Page()
    page.feed(render_html(review))
    assert page.open == []
    return page


@pytest.mark.parametrize("change", prepared_changes(), ids=lambda change: change.name)
def test_the_page_is_whole_and_asks_for_nothing(change: PreparedChange) -> None:
    page = _parsed(review_of(change, FACTS_OF))
    names = [name for name, _ in page.tags]
    assert not {"link", "img", "iframe", "object", "base"}.intersection(names)
    assert all("src" not in attributes and "href" not in attributes for _, attributes in page.tags)
    policy = next(one["content"] for name, one in page.tags if name == "meta" and "http-equiv" in one)
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_the_page_can_be_used_without_a_mouse_or_eyes() -> None:
    page = _parsed(review_of(prepared_changes()[-1], FACTS_OF))
    labels = {one.get("for") for name, one in page.tags if name == "label"}
    assert "search" in labels
    assert {one.get("lang") for name, one in page.tags if name == "html"} == {"en"}
    assert {one.get("aria-live") for name, one in page.tags if name == "output"} == {"polite"}
    names = [name for name, _ in page.tags]
    assert names.count("summary") == names.count("details")
    assert names.count("caption") == names.count("table")
    assert {"header", "main", "h1", "dl"} <= set(names)


def test_nothing_in_a_review_becomes_code() -> None:
    page = _parsed(_hostile_review())
    assert [name for name, _ in page.tags].count("script") == 1
    assert not any(attribute.startswith("on") for _, attributes in page.tags for attribute in attributes)


def test_json_says_all() -> None:
    document = review_document(_hostile_review())
    assert document["version"] == 1
    (change,) = document["changes"]
    assert change["access"][0]["before"] == {HOSTILE: HOSTILE}
    assert change["needs"] == ["iam"]
    assert document["counts"] == {"WIDENS_ACCESS": 1}


def test_may_replace_never_stands_under_will_fail() -> None:
    change = Change(
        (),
        "T",
        "A::B::C",
        Action.MODIFY,
        Danger.REPLACES,
        Replacement.CONDITIONAL,
        may_fail="the name t is taken",
    )
    review = make_review("dev", "templates", [change])
    for text in (_terminal(review), render_markdown(review), render_html(review)):
        assert "may fail" in text.lower()
        assert "if it has to be replaced, the name t is taken" in text
        assert "will fail" not in text.lower()


def test_two_long_values_are_cut_around_their_first_difference() -> None:
    body = PropertyChange("DashboardBody", "a" * 900 + "OLD" + "b" * 900, "a" * 900 + "NEW" + "b" * 900)
    change = Change((), "D", "AWS::CloudWatch::Dashboard", Action.MODIFY, Danger.CHANGES, properties=(body,))
    review = make_review("dev", "templates", [change])
    for text in (_terminal(review, 2_000), render_markdown(review)):
        assert "a" * 40 + "OLD" in text
        assert "a" * 40 + "NEW" in text
        assert len(text) < 1_500


def test_every_rendering_says_of_what_and_when_it_is() -> None:
    origin = {"account": "123456789012", "environment_file": "environments/prod.toml", "commit": ""}
    change = Change((), "D", "T", Action.MODIFY, Danger.CHANGES)
    review = replace(make_review("dev", "templates", [change]), origin=origin)
    for text in (_terminal(review), render_markdown(review), render_html(review)):
        assert "account 123456789012, environment file environments/prod.toml" in text.replace("\\", "")
    document = review_document(review)
    assert document["account"] == "123456789012"
    assert document["environment_file"] == "environments/prod.toml"
    assert document["will_fail"] == {}
