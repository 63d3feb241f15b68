"""E9001: a model of API Gateway has a name that every new REST API holds already."""

from cfnlint.rules._rule import CloudFormationLintRule, RuleMatch
from cfnlint.template.template import Template

RESERVED = ("Empty", "Error")


class ApiGatewayModelReservedName(CloudFormationLintRule):
    id = "E9001"
    shortdesc = "A model is not called Empty or Error"
    description = (
        "API Gateway puts the models Empty and Error into each new REST API. AWS::ApiGateway::Model creates a model "
        "and fails with 'Model name already exists for this REST API'."
    )
    source_url = "https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_apigateway.Model.html"
    tags = ["resources", "apigateway"]

    def match(self, cfn: Template) -> list[RuleMatch]:
        return [
            RuleMatch(
                ["Resources", name, "Properties", "Name"],
                f"every REST API has a model {model!r} from the beginning: give this one another name",
            )
            for name, resource in cfn.get_resources("AWS::ApiGateway::Model").items()
            if (model := resource.get("Properties", {}).get("Name")) in RESERVED
        ]
