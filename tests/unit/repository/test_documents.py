"""What documents name exists: files, folders, links, and the heading that a link leads to."""

import re
from functools import cache
from pathlib import Path

import pytest

from scripts.command_line.project_paths import ROOT

DOCUMENTS = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob(".github/**/*.md")])
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
FOLDERS = (
    r"benchmarks|docs|environments|functions|layer|output|requirements|scripts|stacks|tests|\.ci|\.github"
)
# A name in <> or {} stands for any.
PATHS = re.compile(rf"(?<![\w/.<{{-])((?:{FOLDERS})/[\w./*-]*[\w*/])(?![\w<{{])")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
LINKS = re.compile(r"\]\(([^)\s]+)\)")
HEADINGS = re.compile(r"^#+ (.*)$", re.MULTILINE)


def identifier(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_path_that_a_document_names_exists() -> None:
    named = {(each, path) for each in DOCUMENTS for path in PATHS.findall(each.read_text("utf-8"))}
    there = {path: any(ROOT.glob(path.rstrip("/"))) for _, path in named}
    assert [(identifier(document), path) for document, path in named if not there[path]] == []


def test_every_link_leads_to_a_file_and_a_heading() -> None:
    broken = []
    for document in DOCUMENTS:
        for link in LINKS.findall(CODE.sub("", document.read_text("utf-8"))):
            if re.match(r"[a-z]+:", link):
                continue
            name, _, anchor = link.partition("#")
            target = document.parent / name if name else document
            if not target.exists() or (anchor and anchor not in anchors(target)):
                broken.append((identifier(document), link))
    assert broken == []


@cache
def anchors(document: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = HEADINGS.findall(document.read_text("utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_index_of_decisions_lists_each_with_its_title() -> None:
    index = (ROOT / "docs" / "decisions" / "README.md").read_text("utf-8")
    listed = re.findall(r"^(\d+)\. \[(.*)\]\((.*)\)$", index, re.MULTILINE)
    titles = [HEADINGS.findall(path.read_text("utf-8"))[0] for path in DECISIONS]
    assert [f"{number}. {title}" for number, title, _ in listed] == titles
    assert [name for *_, name in listed] == [path.name for path in DECISIONS]


@pytest.mark.parametrize("decision", DECISIONS, ids=identifier)
def test_a_decision_has_its_parts_and_the_test_that_holds_it(decision: Path) -> None:
    text = decision.read_text("utf-8")
    assert re.search(r"^Status: (accepted|superseded by \[\d+\]\(.*\)) *$", text, re.MULTILINE)
    assert re.search(r"^Date: \d{4}-\d\d-\d\d *$", text, re.MULTILINE)
    assert re.search(r"^Tested by: `tests/", text, re.MULTILINE)
    assert HEADINGS.findall(text)[1:] == ["Context", "Decision", "Consequences"]


def test_every_document_is_in_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text("utf-8")
    listed = {(ROOT / "docs" / link).resolve() for link in LINKS.findall(index)}
    expected = {path.resolve() for path in ROOT.glob("docs/*.md") if path.name != "index.md"}
    assert expected - listed == set()


def test_a_link_that_says_a_decisions_number_leads_to_that_decision() -> None:
    wrong = [
        f"{document.name}: {link[0]}"
        for document in DOCUMENTS
        for link in re.finditer(r"\[(\d+)\]\([a-z./]*(\d{4})-[a-z0-9-]+\.md\)", document.read_text("utf-8"))
        if int(link[1]) != int(link[2])
    ]
    assert wrong == []
