"""Ten prepared changes, from a harmless tag to the loss of the encryption key, and the class of each."""

import pytest

from scripts.command_line.project_paths import ROOT
from scripts.review.model import Danger
from scripts.review.replacement import facts_of, schema_folder
from tests.support.scripts.prepared_changes import PreparedChange, prepared_changes, review_of

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


def test_every_class_occurs() -> None:
    assert {change.danger for change in prepared_changes()} == {danger.name for danger in Danger}


def table() -> str:
    """As docs/performance.md holds it."""
    rows = [
        f"| {change.title} | {Danger[change.danger].title.lower()} | {needs(change)} | {'yes' * change.fails} |"
        for change in prepared_changes()
    ]
    return "\n".join(["| change | class | needs `--allow` | will fail |", "| --- | --- | --- | --- |", *rows])


def needs(change: PreparedChange) -> str:
    return ",".join(sorted(change.needs))


def test_the_page_of_figures_says_which_is_put_in_which_class() -> None:
    assert table() in (ROOT / "docs" / "performance.md").read_text("utf-8")
