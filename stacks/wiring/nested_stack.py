"""One nested stack: its template, as JSON text and as an object in the artifact bucket."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from troposphere import Template

from stacks.names import title
from stacks.parameters.setting import Choice


def render(template: Template) -> str:
    """The template as JSON text that depends on nothing but its content: sorted keys, no time, no path."""
    sections = {
        "Description": template.description,
        "Metadata": template.metadata,
        "Parameters": template.parameters,
        "Mappings": template.mappings,
        "Conditions": template.conditions,
        "Resources": template.resources,
        "Outputs": template.outputs,
    }
    # Not the template's own to_dict, which walks what each of its parts has walked already.
    document = {name: section for name, section in sections.items() if section}
    return json.dumps(document, indent=2, sort_keys=True, default=json_value) + "\n"


def json_value(part: Any) -> Any:
    """The JSON form of a troposphere object, for `json.dumps(default=…)`."""
    return part.to_dict()


def template_key(name: str, text: str) -> str:
    """The object key of a template, with its content's hash: a changed template is a changed URL in the root."""
    return f"templates/{name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.template.json"


@dataclass(frozen=True)
class NestedStack:
    """A nested stack. Its template must be complete before `text` or `key` is first read.

    only_with: the value of a parameter without which the stack is not deployed at all.
    """

    name: str
    template: Template
    only_with: Choice | None = None

    @property
    def title(self) -> str:
        """The logical id of the nested stack in the root."""
        return title(self.name)

    @cached_property
    def text(self) -> str:
        return render(self.template)

    @property
    def key(self) -> str:
        return template_key(self.name, self.text)
