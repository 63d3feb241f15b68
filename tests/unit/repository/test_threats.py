"""docs/threats.md: each boundary has an answer to each kind of threat, and each answer names a test that is there."""

import ast
import re

import pytest

from scripts.command_line.project_paths import ROOT

PAGE = (ROOT / "docs/threats.md").read_text("utf-8")
BOUNDARIES = re.findall(r"^## (\d\. .*?)\n(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| ([STRIDE]) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
PROOFS = sorted(set(re.findall(r"`((?:unit|templates|integration)/[\w/]+\.py::test_\w+)`", PAGE)))


def test_the_boundaries_are_those_of_the_picture() -> None:
    assert [title[0] for title, _ in BOUNDARIES] == ["1", "2", "3", "4", "5"]
    drawn = re.findall(r"subgraph \w+ \[(\d): ", PAGE)
    assert drawn == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(("title", "text"), BOUNDARIES, ids=[title for title, _ in BOUNDARIES])
def test_a_boundary_answers_every_kind_of_threat_with_a_test(title: str, text: str) -> None:
    rows = ROW.findall(text)
    assert {kind for kind, *_ in rows} == set("STRIDE")
    assert [threat for _, threat, _, proof in rows if "::test_" not in proof] == []


@pytest.mark.parametrize("proof", PROOFS)
def test_every_test_that_answers_is_there(proof: str) -> None:
    path, _, name = proof.partition("::")
    module = ast.parse((ROOT / "tests" / path).read_text("utf-8"))
    assert name in {each.name for each in module.body if isinstance(each, ast.FunctionDef)}
