"""Every physical name, with the longest suffix, fits its service's limit and form."""

import re

import pytest

from payment_webhooks.providers.registry import PROVIDERS
from stacks import function_catalogue
from stacks.names import IN_TEMPLATE, SUFFIX_PATTERN, Names, title, valid_suffix
from stacks.webhook_endpoints import CANARY_ENDPOINT, ENDPOINTS, Endpoint
from tests.support.templates.resources import Resource, resources, templates

LONGEST_SUFFIX = "a" * 20
LONGEST_REGION = "ap-southeast-2"  # the longest of the aws partition, with ap-northeast-1 and the like
NAMES = Names(LONGEST_SUFFIX, account="1" * 12, region=LONGEST_REGION)

# Property that holds the name, the longest it may be, and its form, for each type that takes a name (quotas and
# API references of the services).
LIMITS = {
    "AWS::ApiGateway::ApiKey": ("Name", 1024, r"[\w-]+"),
    "AWS::ApiGateway::UsagePlan": ("UsagePlanName", 1024, r"[\w-]+"),
    "AWS::ApiGateway::RestApi": ("Name", 1024, r"[\w-]+"),
    "AWS::CloudWatch::Alarm": ("AlarmName", 255, r"[A-Za-z0-9-]+"),
    "AWS::CloudWatch::Dashboard": ("DashboardName", 255, r"[A-Za-z0-9_-]+"),
    "AWS::DynamoDB::Table": ("TableName", 255, r"[A-Za-z0-9_.-]{3,}"),
    "AWS::EC2::SecurityGroup": ("GroupName", 255, r"(?!sg-)[A-Za-z0-9-]+"),
    "AWS::Events::EventBus": ("Name", 256, r"[/.\-_A-Za-z0-9]+"),
    "AWS::Events::Rule": ("Name", 64, r"[.\-_A-Za-z0-9]+"),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", 128, r"[\w+=,.@-]+"),
    "AWS::IAM::Role": ("RoleName", 64, r"[\w+=,.@-]+"),
    "AWS::KMS::Alias": ("AliasName", 256, r"alias/[A-Za-z0-9/_-]+"),
    "AWS::Lambda::Function": ("FunctionName", 64, r"[A-Za-z0-9_-]+"),
    "AWS::Lambda::LayerVersion": ("LayerName", 140, r"[A-Za-z0-9_-]+"),
    "AWS::Logs::LogGroup": ("LogGroupName", 512, r"[.\-_/#A-Za-z0-9]+"),
    "AWS::Logs::ResourcePolicy": ("PolicyName", 255, r"[\w-]+"),
    "AWS::Logs::QueryDefinition": ("Name", 255, r"[A-Za-z0-9/-]+"),
    "AWS::Pipes::Pipe": ("Name", 64, r"[.\-_A-Za-z0-9]+"),
    # Prefixes that S3 keeps: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    "AWS::S3::Bucket": (
        "BucketName",
        63,
        r"(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    ),
    "AWS::Scheduler::Schedule": ("Name", 64, r"[0-9a-zA-Z_.-]+"),
    "AWS::Scheduler::ScheduleGroup": ("Name", 64, r"[0-9a-zA-Z_.-]+"),
    "AWS::SNS::Topic": ("TopicName", 256, r"[A-Za-z0-9_-]+"),
    "AWS::SSM::Parameter": ("Name", 1011, r"(/[a-zA-Z0-9_.-]+)+"),
    "AWS::SQS::Queue": ("QueueName", 80, r"[A-Za-z0-9_-]+"),
    "AWS::SecretsManager::Secret": ("Name", 512, r"[A-Za-z0-9/_+=.@-]+"),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", 80, r"[A-Za-z0-9_-]+"),
    "AWS::WAFv2::IPSet": ("Name", 128, r"[0-9A-Za-z_-]+"),
    "AWS::WAFv2::WebACL": ("Name", 128, r"[0-9A-Za-z_-]+"),
}
# Types that have no name of their own, or one that is not ours to choose.
UNNAMED = {
    "AWS::ApiGateway::RequestValidator",
    "AWS::ApiGateway::BasePathMapping",
    "AWS::ApiGateway::DomainName",
    "AWS::ApiGateway::UsagePlanKey",
    "AWS::ApiGateway::ClientCertificate",
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::GatewayResponse",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Model",  # its name is one of its API's
    "AWS::ApiGateway::Resource",
    "AWS::ApiGateway::Stage",
    "AWS::CloudFormation::Stack",
    "AWS::EC2::Route",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::KMS::Key",
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Url",
    "AWS::Lambda::Version",
    "AWS::Logs::MetricFilter",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::WAFv2::LoggingConfiguration",
    "AWS::WAFv2::WebACLAssociation",
    "AWS::XRay::SamplingRule",  # its name stands one level deeper; at most 31 characters of 32
}
# Shown by a tag.
TAGGED = {
    "AWS::EC2::EIP",
    "AWS::EC2::FlowLog",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::RouteTable",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",
}
NAMED = [resource for resource in resources() if resource.type in LIMITS]


def _filled(text: str) -> str:
    """The name as AWS would make it, with the longest values."""
    values = {
        "${EnvironmentSuffix}": LONGEST_SUFFIX,
        "${AWS::AccountId}": "1" * 12,
        "${AWS::Region}": LONGEST_REGION,
        "${Api}": "a1b2c3d4e5",
        "${TransactionsApi}": "a1b2c3d4e5",
    }
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text


def test_every_type_is_known_to_be_named_or_not() -> None:
    assert {resource.type for resource in resources()} == LIMITS.keys() | UNNAMED | TAGGED


def _name(resource: Resource) -> str:
    text: str = resource[LIMITS[resource.type][0]]["Fn::Sub"]
    return text


def test_the_longest_name_fits() -> None:
    for resource in NAMED:
        _, longest, form = LIMITS[resource.type]
        name = _filled(_name(resource))
        assert len(name) <= longest, resource
        assert re.fullmatch(form, name), resource


def test_no_name_is_without_the_suffix() -> None:
    without = [name for name in map(_name, NAMED) if "${EnvironmentSuffix}" not in name]
    # API Gateway itself names these groups, after the API's id.
    assert sorted(without) == [
        f"API-Gateway-Execution-Logs_${{{api}}}/v1" for api in ("Api", "TransactionsApi")
    ]


def test_names_are_unique_within_their_type() -> None:
    names = [(resource.type, _name(resource)) for resource in NAMED]
    assert len(names) == len(set(names))


def test_scripts_and_templates_get_the_same_names() -> None:
    plain = Names("dev", account="123456789012", region="eu-west-1")
    for name in (
        "inbox_table",
        "processing_queue",
        "audit_bucket",
        "data_key_alias",
        "messages_key_alias",
        "secrets_key_alias",
        "key_alias_pattern",
        "stack",
        "api",
        "pipe_log_group",
        "processing_workflow",
        "workflow_log_group",
    ):
        text = getattr(IN_TEMPLATE, name)
        filled = text.replace("${EnvironmentSuffix}", "dev").replace("${AWS::AccountId}", "123456789012")
        assert filled.replace("${AWS::Region}", "eu-west-1") == getattr(plain, name)
    assert plain.function(function_catalogue.WEBHOOK_RECEIVER.folder) == "lambda-webhook-receiver-dev"
    assert plain.endpoint_secret("stripe") == "secret-endpoint-stripe-dev"
    assert plain.audit_bucket == "s3-audit-dev-123456789012-eu-west-1"


def test_nested_stacks_have_room_for_their_names() -> None:
    # CloudFormation names a nested stack "{root}-{logical id}-{12 characters}", at most 128 long.
    for stack in resources("AWS::CloudFormation::Stack"):
        assert len(f"{NAMES.stack}-{stack.title}-{'x' * 12}") <= 128


def test_an_endpoint_name_of_the_longest_form_fits_its_secret() -> None:
    assert len(NAMES.endpoint_secret(Endpoint("a" * 32, "internal").name)) <= 512


@pytest.mark.parametrize("suffix", ["dev", "a", "0", "black-friday", "a" * 20, "a-b-c", "1-2"])
def test_good_suffixes(suffix: str) -> None:
    assert valid_suffix(suffix)


@pytest.mark.parametrize(
    "suffix", ["", "-dev", "dev-", "Dev", "a" * 21, "a_b", "dev.1", "dev\n", "dév", " dev"]
)
def test_bad_suffixes(suffix: str) -> None:
    assert not valid_suffix(suffix)


def test_template_and_code_demand_the_same_suffix() -> None:
    for template in templates().values():
        assert template["Parameters"]["EnvironmentSuffix"]["AllowedPattern"] == SUFFIX_PATTERN


@pytest.mark.parametrize("name", ["Stripe", "-stripe", "stripe-", "a_b", "", "a" * 33, "../etc"])
def test_bad_endpoint_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="endpoint name"):
        Endpoint(name, "internal")


def test_an_unknown_provider_is_refused() -> None:
    with pytest.raises(ValueError, match="provider 'md5'"):
        Endpoint("stripe", "md5")


def test_logical_ids_come_from_names_in_pascal_case() -> None:
    assert title("stripe-connect") == "StripeConnect"
    assert title("key_arn") == "KeyArn"
    assert {endpoint.name for endpoint in ENDPOINTS} >= {"stripe", "paypal", "square"}


def test_parts_of_a_network_are_named_by_a_tag() -> None:
    tagged = [each for each in resources() if each.type in TAGGED | {"AWS::EC2::SecurityGroup"}]
    names = [tag["Value"]["Fn::Sub"] for each in tagged for tag in each["Tags"] if tag["Key"] == "Name"]
    assert len(set(names)) == len(tagged)
    assert all(re.fullmatch(r"[a-z0-9-]+-\$\{EnvironmentSuffix\}", name) for name in names)


@pytest.mark.parametrize(
    ("name", "provider"), [("canary", "stripe"), ("canary", "internal"), ("stripe", "canary")]
)
def test_the_canarys_endpoint_is_no_providers_and_no_provider_has_its_name(name: str, provider: str) -> None:
    with pytest.raises(ValueError, match="the canary has one of its own"):
        Endpoint(name, provider)


def test_the_canarys_endpoint_is_in_no_list() -> None:
    assert CANARY_ENDPOINT.name not in {each.name for each in ENDPOINTS}
    assert CANARY_ENDPOINT.provider not in PROVIDERS.names
