"""The writer of templates gives what the standard library would."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as some
from troposphere import Ref

from stacks.assembly import build
from stacks.json_text import json_text

VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
)


@given(VALUES)
def test_the_text_is_that_of_the_standard_library(value: Any) -> None:
    assert json_text(value) == json.dumps(value, indent=2, sort_keys=True)


def test_troposphere_objects_are_written_as_their_dicts() -> None:
    assert json.loads(json_text({"A": [Ref("B")]})) == {"A": [{"Ref": "B"}]}


def test_templates_are_written_as_the_standard_library_would() -> None:
    assembly = build()
    for text in (assembly.root, *assembly.layers.values()):
        assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"
