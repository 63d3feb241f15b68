"""Reads from CloudFormation's resource schemas which properties cause a replacement.

The schemas are the copies in cfn-lint, which itself is not imported: that takes seconds. Their form is that of
cfn-lint 1.58 (pinned in requirements/dev.txt): providers/REGION.json maps a type to a file in resources/.
"""

import importlib.util
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

Pointer: TypeAlias = tuple[str, ...]

# The schema does not say so, the documentation does: such an update fails, whatever UpdateReplacePolicy says.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html
_IMMUTABLE: Final = {
    "AWS::KMS::Key": frozenset({("KeySpec",), ("KeyUsage",), ("Origin",), ("MultiRegion",)}),
}
# The schema says "conditional" of what the documentation says "replacement" of: the key of a table never changes.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
_REPLACING: Final = {"AWS::DynamoDB::Table": frozenset({("KeySchema",)})}


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """The effects of property changes of one resource type.

    create_only: always replaces. conditional: may replace. immutable: fails. name: the property with the physical
    name that is unique in account and region; empty when there is none. identity: the properties that make up the
    primary identifier and can be set.
    """

    create_only: frozenset[Pointer] = frozenset()
    conditional: frozenset[Pointer] = frozenset()
    immutable: frozenset[Pointer] = frozenset()
    name: str = ""
    identity: frozenset[str] = frozenset()


FactsOf: TypeAlias = Callable[[str], TypeFacts]
UNKNOWN_TYPE: Final = TypeFacts()


def schema_folder() -> Path:
    """The folder with the schemas of the installed cfn-lint. Raises FileNotFoundError if it is not installed."""
    spec = importlib.util.find_spec("cfnlint")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("cfn-lint is not installed: the review reads its resource schemas")
    return Path(spec.origin).parent / "data" / "schemas"


def facts_of(folder: Path, region: str) -> FactsOf:
    """A function from a resource type to its facts; each schema is read when first asked for.

    A region that cfn-lint does not know yet is taken as us-east-1. A type without a schema has no facts.
    """
    providers = folder / "providers"
    index_file = providers / f"{region}.json"
    if not index_file.exists():
        index_file = providers / "us-east-1.json"
    index: Mapping[str, str] = json.loads(index_file.read_text("utf-8"))

    @cache
    def facts(resource_type: str) -> TypeFacts:
        file_name = index.get(resource_type)
        if file_name is None:
            return UNKNOWN_TYPE
        schema = json.loads((folder / "resources" / f"{file_name}.json").read_text("utf-8"))
        return facts_in(resource_type, schema)

    return facts


def facts_in(resource_type: str, schema: Mapping[str, Any]) -> TypeFacts:
    """The facts that one resource schema states."""
    create_only = _pointers(schema, "createOnlyProperties") | _REPLACING.get(resource_type, frozenset())
    read_only = _pointers(schema, "readOnlyProperties")
    identity = {pointer[0] for pointer in _pointers(schema, "primaryIdentifier") - read_only}
    return TypeFacts(
        create_only=create_only,
        conditional=_pointers(schema, "conditionalCreateOnlyProperties") - create_only,
        immutable=_IMMUTABLE.get(resource_type, frozenset()),
        name=_name_property(resource_type, create_only),
        identity=frozenset(identity),
    )


def _pointers(schema: Mapping[str, Any], keyword: str) -> frozenset[Pointer]:
    return frozenset(
        tuple(pointer.removeprefix("/properties/").split("/")) for pointer in schema.get(keyword) or ()
    )


def _name_property(resource_type: str, create_only: frozenset[Pointer]) -> str:
    """The resource's own name: `Name`, or the type's last word and Name (`TableName` of a Table).

    Names of other things (`FunctionName` of a Permission) and names that a new version shares with the last one
    (`LayerName` of a LayerVersion) do not stand in the way of a replacement.
    """
    own = resource_type.rpartition("::")[2]
    candidates = (f"{own}Name", "Name")
    return next((name for name in candidates if (name,) in create_only), "")
