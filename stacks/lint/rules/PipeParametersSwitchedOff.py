"""E9010: a condition takes parameters out of a pipe that stays."""

from typing import Any

from cfnlint.rules._rule import CloudFormationLintRule, RuleMatch
from cfnlint.template.template import Template

SECTIONS = ("TargetParameters", "SourceParameters", "EnrichmentParameters")


class PipeParametersSwitchedOff(CloudFormationLintRule):
    id = "E9010"
    shortdesc = "No condition takes parameters out of a pipe that stays"
    description = (
        "UpdatePipe leaves what a request does not name as it is. Where another target makes a pipe's parameters "
        "AWS::NoValue, the old ones may stay, and the update is refused: 'Invalid target parameter provided for "
        "target'. Give each target a pipe of its own, with another name, under the condition."
    )
    source_url = "https://github.com/hashicorp/terraform-provider-aws/issues/37150"
    tags = ["resources", "pipes", "to-check"]

    def match(self, cfn: Template) -> list[RuleMatch]:
        return [
            RuleMatch(
                ["Resources", name, "Properties", section], "a condition takes out what UpdatePipe keeps"
            )
            for name, resource in cfn.get_resources("AWS::Pipes::Pipe").items()
            for section in SECTIONS
            if _switched_off(resource.get("Properties", {}).get(section))
        ]


def _switched_off(value: Any) -> bool:
    """Whether an arm of an Fn::If inside is AWS::NoValue."""
    if isinstance(value, list):
        return any(map(_switched_off, value))
    if not isinstance(value, dict):
        return False
    arms = value.get("Fn::If", [])[1:]
    return {"Ref": "AWS::NoValue"} in arms or any(map(_switched_off, value.values()))
