"""Removes from the templates, for a local deploy, what the local engine refuses.

The templates are those of AWS; nothing in them knows of the engine. REFUSED_TYPES and REFUSED_WITH list what it
refuses, CUTS what goes with it because it refers to a removed part. A reference that no entry of CUTS foresees is an
error, so that nothing disappears that nobody decided on.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from stacks.evaluation.references import Path, references, value_at

ROOT: Final = "root"
STACK: Final = "AWS::CloudFormation::Stack"

# Types of ours that the engine does not know; tests/integration/local_engine/test_local_deploy.py asks it for each.
REFUSED_TYPES: Final = frozenset(
    {
        "AWS::ApiGateway::ClientCertificate",
        "AWS::EC2::EIP",
        "AWS::EC2::FlowLog",
        "AWS::EC2::NatGateway",
        "AWS::Logs::QueryDefinition",
        "AWS::WAFv2::IPSet",
        "AWS::WAFv2::LoggingConfiguration",
        "AWS::WAFv2::WebACLAssociation",
        "AWS::XRay::SamplingRule",
    }
)

# Types that it refuses only when they have this property.
REFUSED_WITH: Final = {"AWS::CloudWatch::Alarm": "Metrics"}  # metric math

# What goes when something in it refers to what is gone, by resource type: a path in the properties, `*` for any index.
# The empty path stands for the whole resource.
CUTS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "AWS::ApiGateway::Stage": (("ClientCertificateId",),),
    "AWS::EC2::Route": ((),),
    "AWS::WAFv2::WebACL": (("Rules", "*"),),
    STACK: (("Parameters", "*"),),
}

_TEMPLATE_OBJECT: Final = re.compile(r"templates/([a-z][a-z0-9-]*)-[0-9a-f]{16}\.template\.json")


class UnforeseenReference(Exception):
    """A part of a template refers to a removed one, and CUTS does not say what goes with it."""


@dataclass(frozen=True)
class Removal:
    """One removed part, e.g. of template `api`: `Resources/Stage/Properties/ClientCertificateId`.

    `digest`: of its content, so that a later deploy can tell whether it changed.
    """

    template: str
    what: str
    why: str
    digest: str = field(default="", compare=False)

    @property
    def place(self) -> str:
        return f"{self.template}: {self.what}"

    @property
    def is_resource(self) -> bool:
        return self.what.startswith("Resources/") and self.what.count("/") == 1

    def __str__(self) -> str:
        return f"{self.place} ({self.why})"


def without_refused(templates: Mapping[str, str]) -> tuple[dict[str, str], list[Removal]]:
    """The templates without what the engine refuses, and what was removed, in that order.

    `templates` holds JSON texts by name: `root`, and each nested stack's under the name that its object key
    begins with (`templates/NAME-HASH.template.json`, as in the root's TemplateURL). Texts in which nothing is
    removed come back unchanged; TemplateURLs always do, so what is changed is uploaded under its old key.
    Raises UnforeseenReference.
    """
    work = _Work({name: json.loads(text) for name, text in templates.items()})
    work.remove_all()
    changed = {removal.template for removal in work.removals}
    texts = {
        name: json.dumps(work.documents[name], indent=2, sort_keys=True) + "\n" if name in changed else text
        for name, text in templates.items()
    }
    return texts, work.removals


class _Work:
    def __init__(self, documents: dict[str, dict[str, Any]]) -> None:
        self.documents = documents
        self.removals: list[Removal] = []
        self._removed_names: set[tuple[str, str]] = (
            set()
        )  # (template, name that nothing in it may refer to any more)

    def remove_all(self) -> None:
        for name, document in self.documents.items():
            for logical_id, why in list(_refused_resources(document)):
                self._remove(name, ("Resources", logical_id), why)
        # One at a time: a removal moves the list items behind it, and may leave new references to nothing.
        while dangling := next(self._dangling(), None):
            name, path, target = dangling
            self._remove(
                name, _removed_part(name, self.documents[name], path, target), f"it refers to {target}"
            )

    def _dangling(self) -> Iterator[tuple[str, Path, str]]:
        for name, document in self.documents.items():
            for path, target in references(document):
                if (name, target) in self._removed_names:
                    yield name, path, target

    def _remove(self, name: str, path: Path, why: str) -> None:
        document = self.documents[name]
        content = json.dumps(value_at(document, path), sort_keys=True)
        del value_at(document, path[:-1])[path[-1]]
        digest = hashlib.sha256(content.encode()).hexdigest()[:16]
        self.removals.append(Removal(name, "/".join(map(str, path)), why, digest))
        match path:
            case ("Resources" | "Parameters", str(title)):
                self._removed_names.add((name, title))
            case ("Outputs", str(output)):
                self._removed_names.update(
                    (ROOT, f"{title}.Outputs.{output}") for title in self._stacks_of(name)
                )
            case ("Resources", str(title), "Properties", "Parameters", str(parameter)):
                template = self._template_of(value_at(document, path[:2]))
                self._remove(template, ("Parameters", parameter), "it has no value")

    def _stacks_of(self, template: str) -> list[str]:
        """The logical ids of the root's nested stacks that are made of this template."""
        resources = self.documents.get(ROOT, {}).get("Resources", {})
        return [
            title
            for title, resource in resources.items()
            if resource["Type"] == STACK and self._template_of(resource) == template
        ]

    def _template_of(self, stack: dict[str, Any]) -> str:
        key = _TEMPLATE_OBJECT.search(json.dumps(stack["Properties"]["TemplateURL"]))
        if key is None or key.group(1) not in self.documents:
            raise UnforeseenReference(
                f"a TemplateURL is of no nested template: {stack['Properties']['TemplateURL']}"
            )
        return key.group(1)


def _refused_resources(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Logical ids of the resources that the engine refuses, and why."""
    for logical_id, resource in document["Resources"].items():
        kind = resource["Type"]
        if kind in REFUSED_TYPES:
            yield logical_id, f"the engine has no {kind}"
        elif kind in REFUSED_WITH and REFUSED_WITH[kind] in resource.get("Properties", {}):
            yield logical_id, f"the engine has no {kind} with {REFUSED_WITH[kind]}"


def _removed_part(name: str, document: dict[str, Any], path: Path, target: str) -> Path:
    """The part to take out because of the reference at `path`."""
    match path:
        case ("Outputs", str(), *_):
            return path[:2]
        case ("Resources", str(), "DependsOn", *_):
            return path
        case ("Resources", str(logical_id), "Properties", *inner):
            for pattern in CUTS.get(document["Resources"][logical_id]["Type"], ()):
                if _begins_with(inner, pattern):
                    return path[: 3 + len(pattern)] if pattern else path[:2]
    raise UnforeseenReference(
        f"{name}: {'/'.join(map(str, path))} refers to {target}, which the local engine cannot have;"
        " say in CUTS (scripts/deployment/local_template_cuts.py) what goes with it"
    )


def _begins_with(path: list[str | int], pattern: tuple[str, ...]) -> bool:
    return len(path) >= len(pattern) and all(
        wanted in ("*", step) for wanted, step in zip(pattern, path, strict=False)
    )
