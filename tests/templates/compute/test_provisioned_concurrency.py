"""Containers that are kept started: only when asked for, of what is deployed now, and called by the API."""

from typing import Any, Final

import pytest
from troposphere import Tags, Template
from troposphere.awslambda import (
    Code,
    Environment,
    EphemeralStorage,
    Function,
    LoggingConfig,
    TracingConfig,
    Version,
    VPCConfig,
)

from stacks.compute.provisioned_concurrency import keep_started
from stacks.function_catalogue import WEBHOOK_RECEIVER
from stacks.names import IN_TEMPLATE
from stacks.parameters.functions import RECEIVER_PROVISIONED_CONCURRENCY
from tests.support.templates.resources import of_api, resource, resources, templates

CONDITION = "ReceiverProvisionedConcurrencyIsGiven"
# What Lambda keeps in a version, each with another value than `_description` begins with.
HELD: Final[dict[str, Any]] = {
    "Architectures": ["x86_64"],
    "Code": Code(ZipFile="y"),
    "Description": "other",
    "Environment": Environment(Variables={"NAME": "b"}),
    "EphemeralStorage": EphemeralStorage(Size=1024),
    "Handler": "other.handle",
    "KmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/other",
    "Layers": ["other"],
    "LoggingConfig": LoggingConfig(LogGroup="other"),
    "MemorySize": 256,
    "Role": IN_TEMPLATE.role("y"),
    "Runtime": "python3.14",
    "Timeout": 9,
    "TracingConfig": TracingConfig(Mode="Active"),
    "VpcConfig": VPCConfig(SecurityGroupIds=["sg-1"], SubnetIds=["subnet-1"]),
}


def test_with_0_there_is_neither_version_nor_alias() -> None:
    for stack in ("compute", "api"):
        assert templates()[stack]["Conditions"][CONDITION] == {
            "Fn::Not": [{"Fn::Equals": [{"Ref": "ReceiverProvisionedConcurrency"}, "0"]}]
        }
    made = [*resources("AWS::Lambda::Version"), *resources("AWS::Lambda::Alias")]
    assert [each.document["Condition"] for each in made] == [CONDITION] * 2


def test_the_alias_keeps_that_many_of_its_version_started() -> None:
    alias = resource("compute", "WebhookReceiverAlias")
    assert (alias["Name"], alias["FunctionName"]) == ("live", {"Ref": "WebhookReceiver"})
    assert alias["FunctionVersion"] == {"Fn::GetAtt": ["WebhookReceiverVersion", "Version"]}
    count = {"Ref": "ReceiverProvisionedConcurrency"}
    assert alias["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": count}


def test_whatever_a_deployment_may_change_in_the_function_replaces_its_version() -> None:
    text, values = resource("compute", "WebhookReceiverVersion")["Description"]["Fn::Sub"]
    assert values == {
        "Code": {"Ref": "WebhookReceiverCodeKey"},
        "Layer": {"Ref": "LayerKey"},
        "Memory": {"Ref": "ReceiverMemory"},
        "Timeout": {"Ref": "ReceiverTimeout"},
        "Network": {"Fn::If": ["NetworkModeIsVpc", {"Ref": "FunctionsSecurityGroupId"}, "none"]},
    }
    assert text.startswith("${Code} ${Layer} ${Memory} ${Timeout} ${Network} ")
    # Runtime and architecture are part of the keys; the rest has the same value in every deployment of a suffix.
    # The code's version has the content that the key names: that is checked before it is deployed.
    constant = {
        "WebhookReceiverCodeVersion",
        "ArtifactBucket",
        "Runtime",
        "Architecture",
        "EnvironmentSuffix",
        "ReceiverConcurrency",
    }
    used = _parameters(resource("compute", "WebhookReceiver").properties)
    assert used - constant - {"WebhookReceiverCodeKey", "ReceiverMemory", "ReceiverTimeout"} <= {
        "DataKeyArn",
        "InboxTableName",
        "PayloadBucketName",
        "Project",
        "CostCenter",
        # Of one network, and the group is as new as the network.
        "FunctionsSecurityGroupId",
        "PrivateSubnetOneId",
        "PrivateSubnetTwoId",
    }


def test_the_longest_description_fits() -> None:
    text, _ = resource("compute", "WebhookReceiverVersion")["Description"]["Fn::Sub"]
    keys = {
        "${Code}": f"functions/{WEBHOOK_RECEIVER.folder}/python3.14-x86_64/{'f' * 64}.zip",
        "${Layer}": f"layers/shared/python3.14-x86_64/{'f' * 64}.zip",
        "${Memory}": "10240",
        "${Timeout}": "30",
        "${Network}": "sg-0123456789abcdef0",
    }
    for placeholder, key in keys.items():
        text = text.replace(placeholder, key)
    assert len(text) <= 256  # Lambda's limit of a version's description


def _description(other: dict[str, Any]) -> Any:
    """The version's description of a function; `other` are further or other settings of it."""
    template = Template()
    given = {"Code": Code(ZipFile="x"), "Role": IN_TEMPLATE.role("x"), **other}
    function = Function("F")
    for name, value in given.items():
        setattr(function, name, value)
    keep_started(
        template,
        function,
        WEBHOOK_RECEIVER,
        count=RECEIVER_PROVISIONED_CONCURRENCY,
        network_id="none",
    )
    version = template.resources["FVersion"]
    assert isinstance(version, Version)
    return version.to_dict()["Properties"]["Description"]["Fn::Sub"][0]


@pytest.mark.parametrize("name", HELD)
def test_what_a_version_holds_makes_another_version(name: str) -> None:
    assert _description({}) == _description({})
    assert _description({name: HELD[name]}) != _description({})


@pytest.mark.parametrize(
    ("name", "value"),
    {
        "ReservedConcurrentExecutions": 7,
        "DependsOn": ["Other"],
        "Tags": Tags(CostCenter="7"),
        "RecursiveLoop": "Allow",
        "CodeSigningConfigArn": "arn:aws:lambda:eu-west-1:123456789012:code-signing-config:csc-1",
    }.items(),
)
def test_what_belongs_to_the_function_alone_makes_none(name: str, value: Any) -> None:
    """Lambda refuses a second version of the same, and with it the update."""
    assert _description({name: value}) == _description({})


def test_of_every_property_of_our_functions_it_is_known_whether_a_version_holds_it() -> None:
    own = {"FunctionName", "ReservedConcurrentExecutions", "Tags"}  # another name is another function
    assert set(resource("compute", "WebhookReceiver").properties) - set(HELD) == own


def _parameters(value: Any) -> set[str]:
    if isinstance(value, dict):
        if isinstance(value.get("Ref"), str) and value["Ref"] in templates()["compute"]["Parameters"]:
            return {value["Ref"]}
        return set().union(*(_parameters(each) for each in value.values()))
    if isinstance(value, list):
        return set().union(*(_parameters(each) for each in value))
    return set()


def test_a_method_is_deployed_once_it_may_call_the_alias() -> None:
    for method, permission in {
        "WebhookEndpointPostMethod": "WebhookPermission",
        "WebhookPostMethod": "KeyedWebhookPermission",
    }.items():
        assert resource("api", method).document["DependsOn"] == [permission]
    for deployment in of_api("AWS::ApiGateway::Deployment"):
        assert {"WebhookEndpointPostMethod", "WebhookPostMethod"} <= set(deployment.document["DependsOn"])
