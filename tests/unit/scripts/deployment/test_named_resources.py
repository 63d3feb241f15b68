"""Names from the templates are found among what exists: whole names only, on all pages of each list."""

import json
from typing import Any

import pytest

from scripts.deployment import named_resources
from scripts.deployment.list_calls import LIST_CALLS, LOG_GROUP
from stacks.names import Names
from tests.support.scripts.deployment_context import stubbed_target
from tests.support.scripts.stubs import ACCOUNT_ID, REGION, shared_session
from tests.support.templates.resources import built

NAMES = Names("dev", ACCOUNT_ID, REGION)


def test_the_templates_give_every_name_of_the_environment() -> None:
    assembly = built()
    names = named_resources.names_in_templates([assembly.root, *assembly.nested.values()], NAMES)
    assert NAMES.inbox_table in names["AWS::DynamoDB::Table"]
    assert NAMES.audit_bucket in names["AWS::S3::Bucket"]
    assert NAMES.critical_alerts_topic in names["AWS::SNS::Topic"]
    assert NAMES.alarm("processing-dlq") in names["AWS::CloudWatch::Alarm"]
    assert NAMES.data_key_alias in names["AWS::KMS::Alias"]
    assert NAMES.function("webhook_receiver") in names["AWS::Lambda::Function"]
    assert NAMES.endpoint_secret("stripe") in names["AWS::SecretsManager::Secret"]
    assert NAMES.critical_alerts_topic in names["AWS::SNS::Topic"]
    assert NAMES.event_bus in names["AWS::Events::EventBus"]
    assert NAMES.config_parameter in names["AWS::SSM::Parameter"]
    assert not any("$" in name for type_names in names.values() for name in type_names)


def test_a_name_that_only_a_deployed_stack_knows_is_not_guessed() -> None:
    group = {
        "Type": LOG_GROUP,
        "Properties": {"LogGroupName": {"Fn::Sub": "X_${Api}/${EnvironmentSuffix}"}},
    }
    assert named_resources.names_in_templates([json.dumps({"Resources": {"A": group}})], NAMES) == {}


def test_only_whole_names_are_names_and_what_may_not_be_listed_is_said() -> None:
    target = stubbed_target()
    expected = {
        "AWS::DynamoDB::Table": frozenset({"table-x-dev"}),
        "AWS::SQS::Queue": frozenset({"queue-y-dev"}),
        "AWS::SNS::Topic": frozenset({"topic-y-dev"}),
        "AWS::IAM::Role": frozenset({"role-z-dev"}),
    }
    target.stub("dynamodb").add_response("list_tables", {"TableNames": ["table-x-a-dev", "xtable-x-dev"]})
    url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT_ID}/queue-y-dev"
    target.stub("sqs").add_response("list_queues", {"QueueUrls": [url]})
    topics = [{"TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:{name}"} for name in ("topic-y-dev", "y-dev")]
    target.stub("sns").add_response("list_topics", {"Topics": topics})
    target.stub("iam").add_client_error("list_roles", "AccessDenied")
    left, unknown = named_resources.existing_names(target.client, expected)
    assert left == {"AWS::SNS::Topic": ["topic-y-dev"], "AWS::SQS::Queue": ["queue-y-dev"]}
    assert unknown == ["AWS::IAM::Role"]


def test_lists_without_a_paginator_are_read_to_their_end() -> None:
    target = stubbed_target()
    web_acls = target.stub("wafv2")
    page = {"WebACLs": [{"Name": "web-acl-x-dev"}]}
    web_acls.add_response("list_web_acls", {"NextMarker": "more"}, {"Scope": "REGIONAL"})
    web_acls.add_response("list_web_acls", page, {"Scope": "REGIONAL", "NextMarker": "more"})
    expected = {"AWS::WAFv2::WebACL": frozenset({"web-acl-x-dev", "web-acl-y-dev"})}
    assert named_resources.existing_names(target.client, expected) == (
        {"AWS::WAFv2::WebACL": ["web-acl-x-dev"]},
        [],
    )


@pytest.mark.parametrize("resource_type", LIST_CALLS)
def test_a_list_without_a_paginator_names_its_marker(resource_type: str) -> None:
    call = LIST_CALLS[resource_type]
    session: Any = shared_session()
    client = session.client(call.service)
    answer = client.meta.service_model.operation_model(
        client.meta.method_to_api_mapping[call.operation]
    ).output_shape
    assert call.items in answer.members
    assert client.can_paginate(call.operation) or call.next_marker in answer.members


def test_a_secret_that_is_scheduled_for_deletion_still_has_its_name() -> None:
    target = stubbed_target()
    target.stub("secretsmanager").add_response(
        "list_secrets", {"SecretList": [{"Name": "a/dev"}]}, {"IncludePlannedDeletion": True}
    )
    expected = {"AWS::SecretsManager::Secret": frozenset({"a/dev"})}
    assert named_resources.existing_names(target.client, expected) == (
        {"AWS::SecretsManager::Secret": ["a/dev"]},
        [],
    )


def test_a_sampling_rule_is_found_by_the_name_in_its_record() -> None:
    expected = named_resources.names_in_templates(built().nested.values(), NAMES)
    assert expected["AWS::XRay::SamplingRule"] == {"traces-api-dev", "traces-flow-dev"}
    target = stubbed_target()
    texts = dict.fromkeys(("ResourceARN", "ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath"), "*")
    rule = {**texts, "Priority": 1, "FixedRate": 0.05, "ReservoirSize": 0, "Version": 1}
    records = [{"SamplingRule": {**rule, "RuleName": name}} for name in ("Default", "traces-api-dev")]
    target.stub("xray").add_response("get_sampling_rules", {"SamplingRuleRecords": records})
    only = {"AWS::XRay::SamplingRule": expected["AWS::XRay::SamplingRule"]}
    assert named_resources.existing_names(target.client, only) == (
        {"AWS::XRay::SamplingRule": ["traces-api-dev"]},
        [],
    )
