"""Answers of DescribeChangeSet, in the form in which AWS gives them."""

import json
from typing import Any

from scripts.review.change_set_review import merge_change_sets
from scripts.review.model import Change, Review, make_review

ROOT, DATA = (
    "arn:aws:cloudformation:eu-central-1:1:changeSet/root/1",
    "arn:aws:cloudformation:…:changeSet/data/2",
)
UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"
STACK = "AWS::CloudFormation::Stack"
TABLE = "AWS::DynamoDB::Table"


def change(logical_id: str, kind: str, action: str = "Modify", **parts: Any) -> dict[str, Any]:
    resource = {
        "LogicalResourceId": logical_id,
        "ResourceType": kind,
        "Action": action,
        "Scope": [],
        "Details": [],
        **parts,
    }
    if action == "Modify":
        resource.setdefault("Replacement", "False")
    return {"Type": "Resource", "ResourceChange": resource}


def page(*changes: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {"Status": "CREATE_COMPLETE", "Changes": list(changes), **parts}


def detail(name: str, recreation: str = "Never", evaluation: str = "Static", **target: Any) -> dict[str, Any]:
    target = {"Attribute": "Properties", "Name": name, "RequiresRecreation": recreation, **target}
    return {"Target": target, "Evaluation": evaluation, "ChangeSource": "DirectModification"}


def context(**properties: Any) -> str:
    return json.dumps({"Properties": properties})


def review(
    *changes: dict[str, Any], plain: tuple[dict[str, Any], ...] | None = None, **options: Any
) -> Review:
    plain_pages = {ROOT: [page(*(changes if plain is None else plain))]}
    return merge_change_sets("dev", ROOT, plain_pages, {ROOT: [page(*changes)]}, **options)


def predicted(*changes: Change) -> Review:
    return make_review("dev", "templates", changes)
