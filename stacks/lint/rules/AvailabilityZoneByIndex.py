"""E9003: a subnet takes its zone by index from Fn::GetAZs."""

from cfnlint.rules._rule import CloudFormationLintRule, RuleMatch
from cfnlint.template.template import Template


class AvailabilityZoneByIndex(CloudFormationLintRule):
    id = "E9003"
    shortdesc = "A subnet does not take its zone by index from Fn::GetAZs"
    description = (
        "Which zone has which index differs between accounts and changes when AWS adds one. Some zones (use1-az3, "
        "usw1-az2, apne1-az3, cac1-az3) offer no NAT gateway, no Lambda in a VPC or no interface endpoint; and as "
        "AvailabilityZone can't be updated, another list replaces the subnets of a live network. Take the zone as a "
        "parameter."
    )
    source_url = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-getavailabilityzones.html"
    tags = ["resources", "ec2"]

    def match(self, cfn: Template) -> list[RuleMatch]:
        matches = []
        for name, resource in cfn.get_resources("AWS::EC2::Subnet").items():
            zone = resource.get("Properties", {}).get("AvailabilityZone")
            if isinstance(zone, dict) and "Fn::GetAZs" in str(zone):
                path: list[str | int] = ["Resources", name, "Properties", "AvailabilityZone"]
                matches.append(
                    RuleMatch(path, "take the zone as a parameter: an index means another zone elsewhere")
                )
        return matches
