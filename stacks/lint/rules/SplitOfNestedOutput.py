"""E9012: a list is made of an output that a first change set does not know."""

import re

from cfnlint.rules._rule import CloudFormationLintRule, RuleMatch
from cfnlint.template.template import Template


class SplitOfNestedOutput(CloudFormationLintRule):
    id = "E9012"
    shortdesc = "Nothing is split or selected out of a nested stack's output"
    description = (
        "In the first change set with nested stacks their outputs are unknown, and Fn::Select of Fn::Split of one may "
        "fail: the list has no such member yet. Let the nested stack give the part as an output of its own."
    )
    source_url = "https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/759"
    tags = ["functions", "cloudformation", "to-check"]

    def match(self, cfn: Template) -> list[RuleMatch]:
        stacks = cfn.get_resources("AWS::CloudFormation::Stack")
        return [
            RuleMatch(found[:-1], "split in the nested stack, and give the part as an output")
            for found in cfn.search_deep_keys("Fn::Split")
            if any(re.search(rf"['{{]{re.escape(name)}['.]", str(found[-1])) for name in stacks)
        ]
