"""The keys' policies, statement by statement, and the secrets."""

import json
import re
from typing import Any

import pytest

from payment_webhooks.endpoints.secret_document import parse_endpoint_secret
from stacks.webhook_endpoints import ENDPOINTS
from tests.support.templates.resources import resource, resources, statements, templates, texts


def _policy(key: str) -> dict[str, Any]:
    return {each["Sid"]: each for each in statements(resource("security", key)["KeyPolicy"])}


KEY_POLICY = _policy("MessagesKey")
DATA_POLICY = _policy("Key")
KEYS = ("Key", "MessagesKey", "SecretsKey")
OURS = "${AWS::Region}:${AWS::AccountId}"


def _filled(text: str) -> str:
    values = {"Partition": "aws", "Region": "us-east-1", "AccountId": "123456789012"}
    for name, value in values.items():
        text = text.replace(f"${{AWS::{name}}}", value)
    return text.replace("${EnvironmentSuffix}", "dev")


def test_the_keys_are_used_by_these_and_no_others() -> None:
    assert KEY_POLICY.keys() == {
        "AccountPoliciesDecide",
        "LogGroupsOfThisEnvironment",
        "EventBus",
        "EventBusFindsKey",
        "EventsToTopics",
        "EventsToQueues",
        "AlarmsOfThisAccount",
    }
    assert DATA_POLICY.keys() == {
        "AccountPoliciesDecide",
        "LogDelivery",
        "LogGroupsOfThisEnvironment",
        "EventBus",
    }
    assert _policy("SecretsKey").keys() == {"AccountPoliciesDecide"}
    assert all(each["Effect"] == "Allow" for key in KEYS for each in _policy(key).values())


def test_what_one_key_encrypted_once_is_still_read_and_nothing_new_is_encrypted_with_it() -> None:
    """Lines stay as they were logged, and a bus's events are decrypted with the former key, to be encrypted anew."""
    allowed = {sid: DATA_POLICY[sid]["Action"] for sid in ("LogGroupsOfThisEnvironment", "EventBus")}
    assert allowed == {
        "LogGroupsOfThisEnvironment": ["kms:Decrypt", "kms:DescribeKey"],
        "EventBus": ["kms:Decrypt"],
    }
    for sid in allowed:
        assert DATA_POLICY[sid]["Condition"] == KEY_POLICY[sid]["Condition"]


def test_the_key_of_the_one_for_everything_is_that_of_tables_and_buckets() -> None:
    """Its logical id stays: the objects of ten years can be read with no other."""
    assert "tables, buckets" in resource("security", "Key")["Description"]
    assert resource("security", "KeyAlias")["AliasName"] == {
        "Fn::Sub": "alias/key-payment-webhooks-${EnvironmentSuffix}"
    }
    tables = [each["SSESpecification"]["KMSMasterKeyId"] for each in resources("AWS::DynamoDB::Table")]
    assert tables == [{"Ref": "DataKeyArn"}] * 4
    outputs = templates()["security"]["Outputs"]
    assert outputs["DataKeyArn"]["Value"] == {"Fn::GetAtt": ["Key", "Arn"]}


@pytest.mark.parametrize("key", KEYS)
def test_the_account_keeps_the_key(key: str) -> None:
    statement = _policy(key)["AccountPoliciesDecide"]
    assert statement["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
    assert statement["Action"] == ["kms:*"]
    assert "Condition" not in statement


def test_logs_use_the_key_for_our_groups_alone() -> None:
    statement = KEY_POLICY["LogGroupsOfThisEnvironment"]
    assert statement["Principal"] == {"Service": {"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"}}
    condition = statement["Condition"]
    assert list(condition) == ["ArnLike"]
    assert list(condition["ArnLike"]) == ["kms:EncryptionContext:aws:logs:arn"]
    for arn in texts(condition["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]):
        assert arn.startswith(f"arn:${{AWS::Partition}}:logs:{OURS}:log-group:")


@pytest.mark.parametrize("group", resources("AWS::Logs::LogGroup"), ids=str)
def test_every_log_group_is_one_that_the_key_serves(group: Any) -> None:
    condition = KEY_POLICY["LogGroupsOfThisEnvironment"]["Condition"]["ArnLike"]
    patterns = [_filled(text) for text in texts(condition["kms:EncryptionContext:aws:logs:arn"])]
    name = _filled(group["LogGroupName"]["Fn::Sub"]).replace("${Api}", "a1b2c3")
    arn = f"arn:aws:logs:us-east-1:123456789012:log-group:{name}"
    assert any(_matches(pattern, arn) for pattern in patterns)
    assert not any(
        _matches(pattern, arn.replace("-dev", "-prod").replace("/v1", "/v2")) for pattern in patterns
    )


def _matches(pattern: str, arn: str) -> bool:
    """IAM's ArnLike: `*` is any text within one part of the ARN, parts being divided by colons."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", "[^:]*"), arn) is not None


def test_log_delivery_uses_the_key_for_this_accounts_logs_alone() -> None:
    statement = DATA_POLICY["LogDelivery"]
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert statement["Condition"] == {
        "StringLike": {
            "kms:EncryptionContext:SourceArn": {"Fn::Sub": f"arn:${{AWS::Partition}}:logs:{OURS}:*"}
        }
    }


def test_eventbridge_uses_the_key_for_its_own_bus() -> None:
    statement = KEY_POLICY["EventBus"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    bus = f"arn:${{AWS::Partition}}:events:{OURS}:event-bus/bus-payment-events-${{EnvironmentSuffix}}"
    assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert statement["Condition"] == {
        "ArnEquals": {"aws:SourceArn": {"Fn::Sub": bus}},
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
    }
    # Looking the key up is under no condition, as in EventBridge's guide.
    find = KEY_POLICY["EventBusFindsKey"]
    assert (find["Principal"], find["Action"]) == (statement["Principal"], ["kms:DescribeKey"])
    assert "Condition" not in find


@pytest.mark.parametrize(
    ("sid", "service", "names"),
    [
        ("EventsToTopics", "sns", ["topic-critical-alerts"]),
        ("EventsToQueues", "sqs", ["queue-notification", "queue-events-dlq"]),
    ],
)
def test_deliveries_use_the_key_by_what_they_are_delivered_to(
    sid: str, service: str, names: list[str]
) -> None:
    # EventBridge names no source where it publishes to an encrypted topic: the encryption context tells the place.
    statement = KEY_POLICY[sid]
    assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    ((operator, condition),) = statement["Condition"].items()
    ((key, given),) = condition.items()
    part = "topicArn" if service == "sns" else "arn"
    assert (operator[:3], key) == ("Arn", f"kms:EncryptionContext:aws:{service}:{part}")
    arns = [f"arn:${{AWS::Partition}}:{service}:{OURS}:{name}-${{EnvironmentSuffix}}" for name in names]
    assert [text for text in texts(given) if text.startswith("arn")] == arns


def test_services_use_the_key_only_under_a_condition() -> None:
    for statement in (*KEY_POLICY.values(), *DATA_POLICY.values()):
        of_data = "Service" in statement["Principal"] and statement["Action"] != ["kms:DescribeKey"]
        assert of_data == ("Condition" in statement)


def test_every_endpoint_has_a_secret_that_accepts_nothing_yet() -> None:
    for endpoint in ENDPOINTS:
        secret = resource("security", f"{endpoint.title}Secret")
        assert secret["Name"] == {"Fn::Sub": f"secret-endpoint-{endpoint.name}-${{EnvironmentSuffix}}"}
        parsed = parse_endpoint_secret(secret["SecretString"])
        assert (parsed.mode, parsed.account, parsed.keys) == ("test", None, ())


def test_the_text_of_an_endpoints_secret_never_changes() -> None:
    """CloudFormation writes it when the secret is made and when the text changes, and then over the keys that were set:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-secretsmanager-secret.html
    """
    texts = {resource("security", f"{endpoint.title}Secret")["SecretString"] for endpoint in ENDPOINTS}
    assert texts == {'{"mode": "test", "account": null, "keys": []}'}


def test_the_fingerprint_key_is_made_by_secrets_manager() -> None:
    secret = resource("security", "FingerprintSecret")
    assert "SecretString" not in secret.properties
    assert secret["GenerateSecretString"] == {"PasswordLength": 64, "ExcludePunctuation": True}


def test_no_template_holds_a_secret() -> None:
    secrets = resources("AWS::SecretsManager::Secret")
    written = {each["SecretString"] for each in secrets if "SecretString" in each.properties}
    assert [json.loads(text)["keys"] for text in written] == [[]]


def test_each_alias_names_its_key() -> None:
    for key in KEYS:
        assert resource("security", f"{key}Alias")["TargetKeyId"] == {"Ref": key}
    names = [resource("security", f"{key}Alias")["AliasName"]["Fn::Sub"] for key in KEYS[1:]]
    assert names == ["alias/key-messages-${EnvironmentSuffix}", "alias/key-secrets-${EnvironmentSuffix}"]


def test_secrets_are_under_their_own_key() -> None:
    keys = [each["KmsKeyId"] for each in resources("AWS::SecretsManager::Secret")]
    assert keys == [{"Fn::GetAtt": ["SecretsKey", "Arn"]}] * 6
