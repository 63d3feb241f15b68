import json
from typing import Any

import pytest

from scripts.local_engine.pipe_delivery import TemplateError, render

RECORD = {"id": {"S": 'a "b" \\ ü'}, "n": 3, "dash-ed": "x"}


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ('"<$.id.S>"', 'a "b" \\ ü'),
        ('{"id": "<$.id.S>", "of": "<$.dash-ed>"}', {"id": 'a "b" \\ ü', "of": "x"}),
        ('{"quote": "\\"", "of": "<$.dash-ed>"}', {"quote": '"', "of": "x"}),
        ('{"static": "a < b"}', {"static": "a < b"}),
    ],
)
def test_placeholders_become_valid_json(template: str, message: Any) -> None:
    assert json.loads(render(template, RECORD)) == message


@pytest.mark.parametrize(
    "template",
    ['"<$.missing>"', '"<$.id.S.deeper>"', '"<$.n>"', '"<$>"', '"<aws.pipes.pipe-name>"', "<$.dash-ed>"],
)
def test_what_is_not_there_or_not_implemented_is_an_error(template: str) -> None:
    with pytest.raises(TemplateError):
        render(template, RECORD)
