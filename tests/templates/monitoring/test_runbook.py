"""Every alarm has its place in the runbook, and the runbook tells of nothing that is not there."""

import re
from pathlib import Path

import pytest

from stacks.documents.markdown_pages import alarms_page
from stacks.monitoring.alarms.table import ALARMS
from stacks.monitoring.saved_queries import SAVED_QUERIES
from tests.unit.repository.test_documented_commands import FENCED

ROOT = Path(__file__).parents[3]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
PLACES = {
    name: text
    for heading, text in re.findall(r"^### (.+?)\n(.*?)(?=^##|\Z)", RUNBOOK, re.MULTILINE | re.DOTALL)
    for name in heading.split(", ")
}


@pytest.mark.parametrize("name", [alarm.name for alarm in ALARMS])
def test_every_alarm_has_one_place_that_says_what_to_do(name: str) -> None:
    headings = re.findall(r"^### (.+)$", RUNBOOK, re.MULTILINE)
    assert sum(name in heading.split(", ") for heading in headings) == 1
    assert [part for part in ("Means", "Look at", "Do", "Over") if f"**{part}:**" not in PLACES[name]] == []


def test_the_runbook_has_no_place_for_what_is_no_alarm() -> None:
    assert PLACES.keys() == {alarm.name for alarm in ALARMS}


def test_what_is_to_be_typed_is_commands_of_ours() -> None:
    """Each is run by tests/integration/commands/documented_commands.py, once a week."""
    typed = [line for block in FENCED.findall(RUNBOOK) for line in block.splitlines()]
    assert len(typed) > 60
    assert {line.split()[0] for line in typed} == {"export", "payment-webhooks"}


def test_the_queries_that_the_runbook_names_are_saved_and_each_is_named() -> None:
    named = set(re.findall(r"query\s+`([^`]+)`", RUNBOOK))
    unnamed = {"one-webhook", "keys-in-use"}  # of use without an alarm
    assert named | unnamed == {query.name for query in SAVED_QUERIES}


def test_the_scripts_that_the_runbook_names_are_there() -> None:
    scripts = set(re.findall(r"(?:scripts|stacks)/[\w/]+\.py", RUNBOOK))
    assert scripts
    assert [each for each in scripts if not (ROOT / each).is_file()] == []


def test_the_page_of_alarms_is_made_from_the_table() -> None:
    assert (ROOT / "docs" / "alarms.md").read_text(encoding="utf-8") == alarms_page()
    assert "| `oldest-pending` | over 1200 seconds | 3 of 3 × 5 min | alarm |" in alarms_page()
    assert "| `silent-stripe` | under 1 webhooks | `SilenceHours` hours | alarm |" in alarms_page()
