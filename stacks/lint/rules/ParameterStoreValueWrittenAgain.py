"""E9013: an update of its tags or description writes a parameter's value again."""

import re

from cfnlint.rules._rule import CloudFormationLintRule, RuleMatch
from cfnlint.template.template import Template


class ParameterStoreValueWrittenAgain(CloudFormationLintRule):
    id = "E9013"
    shortdesc = "Nothing but a parameter's value follows what an update may change"
    description = (
        "Each update of AWS::SSM::Parameter puts Value again, also when a tag or the description alone changes: a "
        "value that people have set since goes back to the template's. So other properties may follow only what the "
        "name follows, too, as another name is another parameter."
    )
    source_url = "https://github.com/aws/aws-cdk/issues/25949"
    tags = ["resources", "ssm"]

    def match(self, cfn: Template) -> list[RuleMatch]:
        matches = []
        for name, resource in cfn.get_resources("AWS::SSM::Parameter").items():
            properties = resource.get("Properties", {})
            named = _parameters(cfn, properties.get("Name"))
            for key in sorted(properties.keys() - {"Name", "Value"}):
                for parameter in sorted(_parameters(cfn, properties[key]) - named):
                    path: list[str | int] = ["Resources", name, "Properties", key]
                    matches.append(RuleMatch(path, f"another {parameter} writes the value again"))
        return matches


def _parameters(cfn: Template, value: object) -> set[str]:
    """The template's parameters that Ref and Fn::Sub inside name."""
    text = str(value)
    return {
        name
        for name in cfn.template.get("Parameters", {})
        if re.search(rf"'{re.escape(name)}'|\$\{{{re.escape(name)}\}}", text)
    }
