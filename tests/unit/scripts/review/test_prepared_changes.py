"""Prepared changes: ten of a small system, from a tag to the loss of the encryption key, some of our templates.

The latter are what platform engineers tried. Each is put in its class, and its review fits a screen.
"""

import pytest

from scripts.command_line.project_paths import ROOT
from scripts.review.folding import fold
from scripts.review.model import Danger
from scripts.review.replacement import facts_of, schema_folder
from tests.support.scripts.prepared_changes import (
    PreparedChange,
    prepared_changes,
    review_of,
    shown_on_a_terminal,
    system_changes,
    system_review_of,
)

FACTS_OF = facts_of(schema_folder(), "us-east-1")


def test_there_are_ten() -> None:
    assert len(prepared_changes()) == 10


@pytest.mark.parametrize("change", prepared_changes(), ids=lambda change: change.name)
def test_each_is_put_in_its_class(change: PreparedChange) -> None:
    review = review_of(change, FACTS_OF)
    by_path = {one.shown_path: one for one in review.changes}
    assert by_path[change.resource].danger.name == change.danger
    assert review.danger is Danger[change.danger]
    assert review.needs == change.needs
    assert bool(review.failing) is change.fails


@pytest.mark.parametrize("change", system_changes(), ids=lambda change: change.name)
def test_a_change_of_the_system_is_put_in_its_class_on_one_screen(change: PreparedChange) -> None:
    review = system_review_of(change, FACTS_OF)
    assert review.danger is Danger[change.danger]
    assert review.needs == change.needs
    assert bool(review.failing) is change.fails
    lines = shown_on_a_terminal(review).splitlines()
    assert fold(review)[0].danger is review.danger
    # a rename of a whole nested stack is no ordinary change
    assert len(lines) <= (60 if change.resource == "everything in a nested stack" else 45)


def test_every_class_occurs() -> None:
    changes = [*prepared_changes(), *system_changes()]
    assert {change.danger for change in changes} == {danger.name for danger in Danger}


def table(changes: list[PreparedChange]) -> str:
    """As docs/performance.md holds it."""
    rows = [
        f"| {change.title} | {Danger[change.danger].title.lower()} | {needs(change)} | {'yes' * change.fails} |"
        for change in changes
    ]
    return "\n".join(["| change | class | needs `--allow` | will fail |", "| --- | --- | --- | --- |", *rows])


def needs(change: PreparedChange) -> str:
    return ",".join(sorted(change.needs))


@pytest.mark.parametrize("changes", [prepared_changes(), system_changes()], ids=["small", "system"])
def test_the_page_of_figures_says_which_is_put_in_which_class(changes: list[PreparedChange]) -> None:
    assert table(changes) in (ROOT / "docs" / "performance.md").read_text("utf-8")
