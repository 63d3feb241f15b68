"""Gives resolved resources the names, ids and ARNs that AWS would: each Reference becomes a text of the same form.

Names come from the templates; ids that AWS chooses are made up, as long as its own. So a check can read what AWS
would read, e.g. a policy with ARNs:

    with_physical_ids(resources, pseudo)[("Data",), "InboxTable"].get("KMSMasterKeyId")  # "arn:aws:kms:eu-west-1:…"
"""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final, NamedTuple

from stacks.evaluation.intrinsics import Call, Reference, Text, Unknown, Value
from stacks.evaluation.resolved_stack import Resource, Resources

_HEX: Final = "{17 digits}"
_API_ID: Final = "{10 digits}"
_UUID: Final = "01234567-89ab-cdef-0123-{12 digits}"


def _arn(service: str, resource: str) -> str:
    return f"arn:{{AWS::Partition}}:{service}:{{AWS::Region}}:{{AWS::AccountId}}:{resource}"


# Type -> attribute -> form; "" is what Ref gives. A property or pseudo parameter stands in braces.
FORMS: Final[Mapping[str, Mapping[str, str]]] = {
    "AWS::ApiGateway::ApiKey": {"": _API_ID},
    "AWS::ApiGateway::Model": {"": "{Name}"},
    "AWS::ApiGateway::RestApi": {"": _API_ID, "RootResourceId": _API_ID},
    "AWS::ApiGateway::Stage": {"": "{StageName}"},
    "AWS::DynamoDB::Table": {
        "": "{TableName}",
        "Arn": _arn("dynamodb", "table/{TableName}"),
        "StreamArn": _arn("dynamodb", "table/{TableName}/stream/2026-01-31T00:00:00.000"),
    },
    "AWS::EC2::EIP": {"AllocationId": f"eipalloc-{_HEX}"},
    "AWS::EC2::InternetGateway": {"": f"igw-{_HEX}"},
    "AWS::EC2::NatGateway": {"": f"nat-{_HEX}"},
    "AWS::EC2::RouteTable": {"": f"rtb-{_HEX}"},
    "AWS::EC2::SecurityGroup": {"GroupId": f"sg-{_HEX}"},
    "AWS::EC2::Subnet": {"": f"subnet-{_HEX}"},
    "AWS::EC2::VPC": {"": f"vpc-{_HEX}"},
    "AWS::Events::EventBus": {"": "{Name}", "Arn": _arn("events", "event-bus/{Name}")},
    "AWS::IAM::ManagedPolicy": {"": "arn:{AWS::Partition}:iam::{AWS::AccountId}:policy/{ManagedPolicyName}"},
    "AWS::IAM::Role": {"Arn": "arn:{AWS::Partition}:iam::{AWS::AccountId}:role/{RoleName}"},
    "AWS::KMS::Key": {"": _UUID, "Arn": _arn("kms", f"key/{_UUID}")},
    "AWS::Lambda::Function": {"": "{FunctionName}", "Arn": _arn("lambda", "function:{FunctionName}")},
    "AWS::Lambda::LayerVersion": {"": _arn("lambda", "layer:{LayerName}:1")},
    "AWS::Lambda::Version": {"Version": "1"},
    "AWS::Logs::LogGroup": {"": "{LogGroupName}", "Arn": _arn("logs", "log-group:{LogGroupName}:*")},
    "AWS::S3::Bucket": {"": "{BucketName}", "Arn": "arn:{AWS::Partition}:s3:::{BucketName}"},
    "AWS::SNS::Topic": {"": _arn("sns", "{TopicName}")},
    "AWS::SQS::Queue": {
        "": "https://sqs.{AWS::Region}.{AWS::URLSuffix}/{AWS::AccountId}/{QueueName}",
        "Arn": _arn("sqs", "{QueueName}"),
    },
    "AWS::SSM::Parameter": {"": "{Name}"},
    "AWS::Scheduler::ScheduleGroup": {"": "{Name}"},
    "AWS::SecretsManager::Secret": {"": _arn("secretsmanager", "secret:{Name}-a1b2c3")},
    "AWS::StepFunctions::StateMachine": {"": _arn("states", "stateMachine:{StateMachineName}")},
    "AWS::WAFv2::IPSet": {"Arn": _arn("wafv2", f"regional/ipset/{{Name}}/{_UUID}")},
    "AWS::WAFv2::WebACL": {"Arn": _arn("wafv2", f"regional/webacl/{{Name}}/{_UUID}")},
}


def with_physical_ids(resources: Resources, pseudo: Mapping[str, str]) -> Resources:
    """The same resources with texts for all references. `pseudo` has every pseudo parameter.

    What has no form, such as a parameter without a value or an id that nothing reads, gets its logical id; a function
    that CloudFormation alone evaluates (Fn::Cidr, Fn::GetAZs) stays as a template writes it.
    """

    given = _Given(resources, pseudo)
    return {
        key: replace(resource, properties=given.of(resource.properties))
        for key, resource in resources.items()
    }


class _Given(NamedTuple):
    resources: Resources
    pseudo: Mapping[str, str]

    def of(self, value: Value) -> Any:
        match value:
            case Unknown():
                return self._of_unknown(value)
            case Mapping():
                return {key: self.of(member) for key, member in value.items()}
            case list() | tuple():
                return [self.of(member) for member in value]
        return value

    def _of_unknown(self, value: Unknown) -> Any:
        match value:
            case Reference(path, logical_id, attribute):
                resource = self.resources.get((path, logical_id))
                return self._form(resource, attribute) if resource else logical_id
            case Text(parts):
                return "".join(self.of(part) for part in parts)
            case Call(function, argument):
                return {function: self.of(argument)}
        return str(value)

    def _form(self, resource: Resource, attribute: str) -> str:
        named = {name: self.of(value) for name, value in resource.properties.items() if name.endswith("Name")}
        return form_of(replace(resource, properties=named), attribute, self.pseudo)


def form_of(resource: Resource, attribute: str, pseudo: Mapping[str, str]) -> str:
    """What Ref (an empty `attribute`) or Fn::GetAtt gives of a resource whose name is a text.

    What has no form gets its logical id.
    """
    text = FORMS.get(resource.type, {}).get(attribute, resource.logical_id)
    digits = sha256(str(resource).encode()).hexdigest()  # another id for each resource
    made_up = {f"{count} digits": digits[:count] for count in (10, 12, 17)}
    for name, value in {**made_up, **pseudo, **resource.properties}.items():
        text = text.replace("{" + name + "}", str(value))
    return text
