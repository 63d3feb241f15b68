"""docs/providers.md names exactly the types that the readers know, and every provider has its section."""

import tomllib
from collections.abc import Callable
from typing import Any

import pytest

from payment_webhooks.providers.registry import PROVIDERS
from scripts.command_line.project_paths import ROOT
from stacks.documents.provider_manual import FOLDER, checked_manual, read_manual
from stacks.documents.providers_page import providers_page
from tests.support.example_provider.provider import PROVIDER as EXAMPLE
from tests.support.library.events import INDEX


def document_of(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))


def test_the_page_is_what_the_code_builds() -> None:
    assert (ROOT / "docs" / "providers.md").read_text("utf-8") == providers_page()


@pytest.mark.parametrize("name", PROVIDERS.names)
def test_the_page_has_each_type_that_the_reader_knows_once(name: str) -> None:
    section = providers_page().split(f"\n## {read_manual(PROVIDERS.get(name)).name}\n")[1].split("\n## ")[0]
    rows = [line.split("`")[1] for line in section.split(": ignored\n")[0].splitlines() if line[:3] == "| `"]
    assert sorted(rows) == sorted(PROVIDERS.get(name).event_types())


def test_every_file_is_a_providers() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(PROVIDERS.names)


def test_a_provider_without_its_words_stops_the_build() -> None:
    with pytest.raises(FileNotFoundError, match=r"example\.toml"):
        read_manual(EXAMPLE)


def forget(document: dict[str, Any]) -> None:
    document["sets"][0]["types"].pop("refund.created")


def invent(document: dict[str, Any]) -> None:
    document["sets"][0]["types"]["refund.invented"] = {"money": "back", "tells": "nothing"}


def repeat(document: dict[str, Any]) -> None:
    document["sets"][-1]["types"]["refund.created"] = {"money": "back", "tells": "again"}


def ignore(document: dict[str, Any]) -> None:
    document["ignored"]["refund.*"] = "all refunds"


def misspell(document: dict[str, Any]) -> None:
    document["sets"][0]["types"]["refund.created"]["money"] = "in, nowhere"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (forget, "refund.created is read and not described"),
        (invent, "refund.invented is described and not read"),
        (repeat, "refund.created is described twice"),
        (ignore, "refund.* is said to be ignored, and refund.created is read"),
        (misspell, "refund.created: nowhere is none of no, held, in, back, disputed"),
    ],
)
def test_words_that_do_not_fit_the_reader_stop_the_build(
    change: Callable[[dict[str, Any]], None], fault: str
) -> None:
    document = document_of("square")
    change(document)
    with pytest.raises(ValueError, match=r"square\.toml: ") as refused:
        checked_manual(document, PROVIDERS.get("square"))
    assert fault in str(refused.value)


def test_published_events_are_of_a_known_type_exactly_if_they_are_not_ignored() -> None:
    for entry in INDEX:
        expected = entry["expected"]
        provider = PROVIDERS.get(expected["provider"])
        assert (expected["event_type"] in provider.event_types()) == (expected["status"] != "ignored"), entry
