"""E9004: a lifecycle rule moves small objects into an archive class."""

from typing import Any

from cfnlint.rules._rule import CloudFormationLintRule, RuleMatch
from cfnlint.template.template import Template

ARCHIVE_CLASSES = ("GLACIER", "GLACIER_IR", "DEEP_ARCHIVE")
VARIED_CLASSES = ("GLACIER", "DEEP_ARCHIVE")  # the others keep S3's 128 KB
MOVES = ("Transition", "Transitions", "NoncurrentVersionTransition", "NoncurrentVersionTransitions")
OVERHEAD_BYTES = 40 * 1024  # a smaller object more than doubles


class LifecycleMovesSmallObjects(CloudFormationLintRule):
    id = "E9004"
    shortdesc = "A lifecycle rule does not move small objects into an archive class"
    description = (
        "Each object's move is a request of its own (0.03 USD a thousand for GLACIER) and adds 40 KB to the storage, "
        "so for objects of a few KB the move costs more than it will ever save. S3 itself leaves objects below 128 KB "
        "where they are, unless TransitionDefaultMinimumObjectSize is varies_by_storage_class. ObjectSizeGreaterThan "
        "goes before both: with less than 40 KB a rule moves what S3 would leave."
    )
    source_url = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html"
    tags = ["resources", "s3"]

    def match(self, cfn: Template) -> list[RuleMatch]:
        matches = []
        for name, resource in cfn.get_resources("AWS::S3::Bucket").items():
            lifecycle = resource.get("Properties", {}).get("LifecycleConfiguration")
            for configuration in _objects(lifecycle):
                varies = "varies_by_storage_class" in str(
                    configuration.get("TransitionDefaultMinimumObjectSize")
                )
                path: list[str | int] = ["Resources", name, "Properties", "LifecycleConfiguration"]
                matches += [
                    RuleMatch(
                        path,
                        "it moves small objects: say a greater ObjectSizeGreaterThan, or leave S3's own 128 KB",
                    )
                    for rule in _objects(configuration.get("Rules"))
                    if _moves_small(rule, varies)
                ]
        return matches


def _moves_small(rule: dict[str, Any], varies: bool) -> bool:
    classes = {move.get("StorageClass") for name in MOVES for move in _objects(rule.get(name))}
    least = rule.get("ObjectSizeGreaterThan")
    if least is None:
        return varies and bool(classes & {*VARIED_CLASSES})
    return bool(classes & {*ARCHIVE_CLASSES}) and str(least).isdecimal() and int(least) < OVERHEAD_BYTES


def _objects(value: Any) -> list[dict[str, Any]]:
    """The objects that a property may hold: those of a list, and those behind each arm of Fn::If."""
    if isinstance(value, list):
        return [found for member in value for found in _objects(member)]
    if not isinstance(value, dict) or set(value) == {"Ref"}:
        return []
    if set(value) == {"Fn::If"}:
        return [found for arm in value["Fn::If"][1:] for found in _objects(arm)]
    return [value]
