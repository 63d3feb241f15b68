"""Renders the input template of an EventBridge pipe for one record.

Source: Amazon EventBridge user guide, "Amazon EventBridge Pipes input transformation". Of its path syntax,
dots and array indices are implemented; wildcards are not, nor are `<aws.pipes.event...>` and the ingestion
time.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

_PLACEHOLDER: Final = re.compile(r"<(\$(?:\.[\w/-]+|\[\d+\])*|aws\.pipes\.[\w.-]+)>")
_STEP: Final = re.compile(r"\.([\w/-]+)|\[(\d+)\]")
_ESCAPED: Final = re.compile(r"\\.", re.DOTALL)


class TemplateError(ValueError):
    """The template asks for what is not there, or for what is not implemented."""


def render(template: str, record: Any, reserved: Mapping[str, str]) -> str:
    """Render the text that the target gets.

    `reserved` holds the reserved variables by name, e.g. `aws.pipes.pipe-arn`. A placeholder becomes its
    value as JSON, so a string gets its quotes; inside a JSON string of the template it becomes the bare text,
    escaped (the guide allows both). Raises TemplateError: a path that is not in the record has no documented
    result.
    """

    def replacement(match: re.Match[str]) -> str:
        value = _value(match.group(1), record, reserved)
        if not _is_in_string(template[: match.start()]):
            return _json(value)
        text = value if isinstance(value, str) else _json(value)
        return _json(text)[1:-1]

    return _PLACEHOLDER.sub(replacement, template)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _is_in_string(before: str) -> bool:
    return _ESCAPED.sub("", before).count('"') % 2 == 1


def _value(expression: str, record: Any, reserved: Mapping[str, str]) -> Any:
    if not expression.startswith("$"):
        if expression not in reserved:
            raise TemplateError(f"<{expression}> is not implemented")
        return reserved[expression]
    value = record
    for name, index in _STEP.findall(expression):
        try:
            value = value[name] if name else value[int(index)]
        except (KeyError, IndexError, TypeError):
            raise TemplateError(f"<{expression}> is not in the record") from None
    return value
