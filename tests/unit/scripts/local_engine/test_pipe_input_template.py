import json
from typing import Any

import pytest

from scripts.local_engine.pipe_delivery import TemplateError, render

RECORD = {"id": {"S": 'a "b" \\ ü'}, "n": 3, "list": [{"x": True}], "map": {"k": "v"}, "dash-ed": None}
RESERVED = {"aws.pipes.pipe-name": "pipe-processing-dev"}


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("<$.n>", 3),
        ("<$.id.S>", 'a "b" \\ ü'),
        ('{"id": <$.id.S>, "n": <$.n>}', {"id": 'a "b" \\ ü', "n": 3}),
        ('{"id": "<$.id.S>", "n": "<$.n>"}', {"id": 'a "b" \\ ü', "n": "3"}),
        (
            '{"all": <$.map>, "first": <$.list[0].x>, "none": <$.dash-ed>}',
            {"all": {"k": "v"}, "first": True, "none": None},
        ),
        ('{"text": "<$.map>"}', {"text": '{"k":"v"}'}),
        ('{"quote": "\\"", "n": <$.n>}', {"quote": '"', "n": 3}),
        ('"from <aws.pipes.pipe-name>"', "from pipe-processing-dev"),
        ("<$>", RECORD),
        ('{"static": "a < b"}', {"static": "a < b"}),
    ],
)
def test_placeholders_become_valid_json_in_and_out_of_quotes(template: str, message: Any) -> None:
    assert json.loads(render(template, RECORD, RESERVED)) == message


@pytest.mark.parametrize(
    "template", ["<$.missing>", "<$.id.S.deeper>", "<$.list[1]>", "<$.n[0]>", "<aws.pipes.event.json>"]
)
def test_what_is_not_there_or_not_implemented_is_an_error(template: str) -> None:
    with pytest.raises(TemplateError):
        render(template, RECORD, RESERVED)
