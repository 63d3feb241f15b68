"""Exactly what each function may do, by ARN."""

from typing import Any

import pytest

from stacks.evaluation.iam_decisions import Request, allows, statements_of
from stacks.function_catalogue import FUNCTIONS
from stacks.names import title
from stacks.webhook_endpoints import ENDPOINTS
from tests.support.templates.grants import grants, key_grants
from tests.support.templates.resources import resource_named, resources, statements
from tests.support.templates.role_decisions import assembled, role_may
from tests.support.templates.role_decisions import resource as resolved

CONFIGURATION = (
    "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}"
    ":parameter/payment-webhook/${EnvironmentSuffix}/config"
)
SECRET = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:"

CANARY_SECRET = {"Fn::Sub": f"{SECRET}secret-endpoint-canary-${{EnvironmentSuffix}}-??????"}

NOT_THE_COPIES = (
    ["dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
    [{"Ref": "TransactionsTableArn"}],
    {"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": ["audit#digests"]}},
)


def _objects(bucket: str, keys: str = "*") -> list[Any]:
    return [{"Fn::Sub": [f"${{Bucket}}/{keys}", {"Bucket": {"Ref": f"{bucket}Arn"}}]}]


def _naming(*attributes: str) -> dict[str, Any]:
    return {
        "ForAllValues:StringEquals": {"dynamodb:Attributes": [*attributes]},
        "StringEqualsIfExists": {"dynamodb:ReturnValues": ["NONE", "UPDATED_OLD", "UPDATED_NEW"]},
    }


@pytest.mark.parametrize("folder", FUNCTIONS)
def test_a_function_writes_its_own_log_alone(folder: str) -> None:
    name = title(folder)
    found = statements(resource_named(f"{name}Policy")["PolicyDocument"])
    logs = [(each["Action"], each["Resource"]) for each in found if each["Action"][0].startswith("logs:")]
    own = [{"Fn::GetAtt": [f"{name}LogGroup", "Arn"]}]
    assert logs == [(["logs:CreateLogStream", "logs:PutLogEvents"], own)]


def test_what_the_receiver_may_do() -> None:
    names = [*(f"secret-endpoint-{endpoint.name}" for endpoint in ENDPOINTS), "secret-fingerprint"]
    assert grants("WebhookReceiverPolicy") == [
        (
            ["secretsmanager:GetSecretValue"],
            [
                *({"Fn::Sub": f"{SECRET}{name}-${{EnvironmentSuffix}}-??????"} for name in names),
                {"Fn::If": ["SendCanaryIsTrue", CANARY_SECRET, {"Ref": "AWS::NoValue"}]},
            ],
            None,
        ),
        (["dynamodb:PutItem"], [{"Ref": "InboxTableArn"}], None),
        (["s3:PutObject"], _objects("PayloadBucket", "payloads/*"), None),
    ]


def test_the_canary_reads_its_key_and_the_inbox_and_writes_nothing() -> None:
    assert grants("CanaryPolicy") == [
        (["secretsmanager:GetSecretValue"], [CANARY_SECRET], None),
        (["dynamodb:GetItem"], [{"Ref": "InboxTableArn"}], None),
        (["sqs:SendMessage"], [{"Ref": "SchedulesDlqArn"}], None),  # Lambda does, of a run that failed
    ]


def test_what_the_processor_may_do() -> None:
    assert grants("PaymentProcessorPolicy") == [
        (["dynamodb:Query"], [{"Ref": "InboxTableArn"}], None),
        (
            ["dynamodb:UpdateItem"],
            [{"Ref": "InboxTableArn"}],
            _naming(
                *("webhookId", "timestamp", "status", "status_reason", "processed_at", "transaction_id"),
                *("archive_shard", "attention_shard", "attention_since"),
                *("attempts", "last_error", "dead_letter_due"),
                *("pending_shard", "pending_since", "attempts_unended"),
            ),
        ),
        (["dynamodb:PutItem", "dynamodb:Query"], [{"Ref": "TransactionsTableArn"}], None),
        NOT_THE_COPIES,
        (
            ["secretsmanager:GetSecretValue"],
            [{"Fn::Sub": f"{SECRET}secret-endpoint-paypal-${{EnvironmentSuffix}}-??????"}],
            None,
        ),
        (["s3:GetObject"], _objects("PayloadBucket", "payloads/*"), None),
        (
            ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            [{"Ref": "ProcessingQueueArn"}],
            None,
        ),
        (["sqs:ChangeMessageVisibility"], [{"Ref": "ProcessingQueueArn"}], None),
        (["sqs:SendMessage"], [{"Ref": "ProcessingDlqArn"}], None),
        (["events:PutEvents"], [{"Ref": "EventBusArn"}], None),
        # By its name, and as `name:version`.
        (["ssm:GetParameter"], [{"Fn::Sub": CONFIGURATION}, {"Fn::Sub": f"{CONFIGURATION}:*"}], None),
    ]


def test_what_the_notification_handler_may_do() -> None:
    assert grants("NotificationHandlerPolicy") == [
        (["dynamodb:Query"], [{"Ref": "TransactionsTableArn"}], None),
        (["dynamodb:PutItem", "dynamodb:UpdateItem"], [{"Ref": "NotificationsTableArn"}], None),
        (["sns:Publish"], [{"Ref": "NotificationsTopicArn"}], None),
        (
            ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            [{"Ref": "NotificationQueueArn"}],
            None,
        ),
    ]


def test_what_the_transaction_api_may_do() -> None:
    table = {"Table": {"Ref": "TransactionsTableArn"}}
    names = ("status-index", "dispute-index", "provider-index", "customer-index")
    indexes = [{"Fn::Sub": [f"${{Table}}/index/{name}", table]} for name in names]
    assert grants("TransactionApiPolicy") == [
        (["dynamodb:BatchGetItem"], [{"Ref": "TransactionsTableArn"}], None),
        (["dynamodb:Query"], [{"Ref": "TransactionsTableArn"}, *indexes], None),
        (["dynamodb:Query"], [{"Ref": "AnalyticsTableArn"}], None),
        (["sqs:SendMessage"], [{"Ref": "NotificationQueueArn"}], None),
    ]


def test_what_the_reconciler_may_do() -> None:
    names = [*(f"secret-endpoint-{name}" for name in ("stripe", "paypal", "square")), "secret-fingerprint"]
    assert grants("ReconcilerPolicy") == [
        (
            ["secretsmanager:GetSecretValue"],
            [{"Fn::Sub": f"{SECRET}{name}-${{EnvironmentSuffix}}-??????"} for name in names],
            None,
        ),
        (["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:Query"], [{"Ref": "InboxTableArn"}], None),
        (["s3:GetObject"], _objects("PayloadBucket", "payloads/*"), None),
        (["s3:ListBucket"], [{"Ref": "PayloadBucketArn"}], None),  # so it sees that a body is gone
        (["s3:PutObject"], _objects("PayloadBucket", "payloads/*"), None),
        (["sqs:SendMessage"], [{"Ref": "SchedulesDlqArn"}], None),
    ]


def test_what_the_audit_logger_may_do() -> None:
    stream_actions = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
    assert grants("AuditLoggerPolicy") == [
        (stream_actions, [{"Ref": "InboxStreamArn"}, {"Ref": "TransactionsStreamArn"}], None),
        (["dynamodb:ListStreams"], ["*"], None),
        (["dynamodb:Query"], [{"Ref": "TransactionsTableArn"}], None),
        (["s3:PutObject"], _objects("AuditBucket", "changes/*"), None),
        (["s3:PutObject"], _objects("AuditBucket", "late/*"), None),
        (["s3:ListBucket"], [{"Ref": "FailuresBucketArn"}], None),
        (["s3:PutObject"], _objects("FailuresBucket"), None),
    ]


def test_what_the_audit_digest_may_do() -> None:
    listed = {"StringEquals": {"s3:prefix": ["changes/", "late/", "digests/"]}}
    copies = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["audit#digests"]}}
    assert grants("AuditDigestPolicy") == [
        (["s3:ListBucketVersions"], [{"Ref": "AuditBucketArn"}], listed),
        (["s3:PutObject"], _objects("AuditBucket", "digests/*"), None),
        (["dynamodb:PutItem", "dynamodb:Query"], [{"Ref": "TransactionsTableArn"}], copies),
        (["sqs:SendMessage"], [{"Ref": "SchedulesDlqArn"}], None),
    ]


@pytest.mark.parametrize("action", NOT_THE_COPIES[0])
def test_only_the_audit_digest_writes_copies_of_digests(action: str) -> None:
    table = resolved("TransactionsTable").get("TableName")
    arn = f"arn:aws:dynamodb:{assembled().region}:{assembled().account}:table/{table}"

    def who(partition: str) -> set[str]:
        keys = {"dynamodb:LeadingKeys": partition}
        return {title(folder) for folder in FUNCTIONS if role_may(title(folder), action, arn, keys)}

    assert who("audit#digests") == ({"AuditDigest"} if action == "dynamodb:PutItem" else set())
    assert ("TransactionArchiver" in who("stripe#pi_1")) is (action != "dynamodb:BatchWriteItem")


def test_only_the_audit_digest_may_sign_whatever_else_somebody_may() -> None:
    signers = [
        found.title
        for found in resources("AWS::IAM::ManagedPolicy")
        for each in statements(found["PolicyDocument"])
        if "kms:Sign" in each["Action"]
    ]
    assert signers == ["AuditDigestPolicy"]
    key, role = resolved("SigningKey"), resolved("AuditDigestRole")
    arn = f"arn:aws:iam::{assembled().account}:role/{role.get('RoleName')}"
    root = f"arn:aws:iam::{assembled().account}:root"
    policy = statements_of(key.get("KeyPolicy"))
    assert allows(policy, Request(root, "kms:Sign", "key", {"aws:PrincipalArn": arn}))
    assert not allows(policy, Request(root, "kms:Sign", "key", {"aws:PrincipalArn": f"{arn}-admin"}))
    assert (key.get("KeyUsage"), key.get("KeySpec")) == ("SIGN_VERIFY", "ECC_NIST_P256")


def test_what_the_analytics_processor_may_do() -> None:
    stream_actions = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
    assert grants("AnalyticsProcessorPolicy") == [
        (stream_actions, [{"Ref": "TransactionsStreamArn"}], None),
        (["dynamodb:ListStreams"], ["*"], None),
        (["dynamodb:PutItem", "dynamodb:UpdateItem"], [{"Ref": "AnalyticsTableArn"}], None),
        (["s3:ListBucket"], [{"Ref": "FailuresBucketArn"}], None),
        (["s3:PutObject"], _objects("FailuresBucket"), None),
    ]


def test_the_health_function_may_do_nothing() -> None:
    assert grants("HealthPolicy") == []


def test_no_function_may_delete_audit_records_or_webhooks() -> None:
    # A log's delivery is how records travel, not what is recorded.
    harmless = {"sqs:DeleteMessage", "ec2:DeleteNetworkInterface", "logs:DeleteLogDelivery"}
    for policy in resources("AWS::IAM::ManagedPolicy"):
        allowed = [each for each in statements(policy["PolicyDocument"]) if each["Effect"] == "Allow"]
        actions = {action for each in allowed for action in each["Action"]}
        deletions = {each for each in actions if "Delete" in each and each not in harmless}
        # Rows of the ledger, once they are archived.
        archives = policy.title == "TransactionArchiverPolicy"
        assert deletions == ({"dynamodb:DeleteItem"} if archives else set())


def test_what_the_archiver_may_do() -> None:
    indexes = [
        {"Fn::Sub": ["${Table}/index/archive-index", {"Table": {"Ref": f"{table}TableArn"}}]}
        for table in ("Transactions", "Inbox")
    ]
    prefixes = ("transactions", "webhooks", "manifests/transactions", "manifests/webhooks")
    archived = [one for prefix in prefixes for one in _objects("ArchiveBucket", f"{prefix}/*")]
    marks = _naming(
        *("webhookId", "timestamp", "status", "archive_shard", "expires_at", "archived_in", "erased_sha256")
    )
    assert grants("TransactionArchiverPolicy") == [
        (
            ["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"],
            [{"Ref": "TransactionsTableArn"}],
            None,
        ),
        NOT_THE_COPIES,
        (["dynamodb:GetItem"], [{"Ref": "InboxTableArn"}], None),
        (["dynamodb:UpdateItem"], [{"Ref": "InboxTableArn"}], marks),
        (["dynamodb:Query"], indexes, None),
        (["s3:GetObject"], _objects("PayloadBucket", "payloads/*"), None),
        (["s3:ListBucket"], [{"Ref": "PayloadBucketArn"}], None),
        (["s3:GetObject", "s3:PutObject"], archived, None),
        (["sqs:SendMessage"], [{"Ref": "SchedulesDlqArn"}], None),
    ]


DECRYPT = ["kms:Decrypt"]
ENCRYPT = ["kms:Decrypt", "kms:GenerateDataKey"]
TABLE = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
WRITE = ["kms:GenerateDataKey"]


KEYS: dict[str, dict[str, list[str]]] = {
    "WebhookReceiver": {"secretsmanager Secrets": DECRYPT, "dynamodb Data": TABLE, "s3 Data": WRITE},
    "PaymentProcessor": {
        "dynamodb Data": TABLE,
        "secretsmanager Secrets": DECRYPT,
        "s3 Data": DECRYPT,
        "sqs Messages": ENCRYPT,
        "sqs Data": DECRYPT,  # what was sent when one key was everything's
    },
    "AuditLogger": {"dynamodb Data": TABLE, "s3 Data": WRITE},
    "AuditDigest": {
        "dynamodb Data": TABLE,
        "s3 Data": WRITE,
        "sqs Messages": ENCRYPT,
        "itself Signing": ["kms:Sign", "kms:Verify"],
    },
    "Canary": {"secretsmanager Secrets": DECRYPT, "dynamodb Data": TABLE, "sqs Messages": ENCRYPT},
    "Health": {},
    "InboxSweeper": {"dynamodb Data": TABLE, "sqs Messages": ENCRYPT},
    "NotificationHandler": {
        "dynamodb Data": TABLE,
        "sns Messages": ENCRYPT,
        "sqs Messages": DECRYPT,
        "sqs Data": DECRYPT,
    },
    "AnalyticsProcessor": {"dynamodb Data": TABLE, "s3 Data": WRITE},
    "TransactionArchiver": {"dynamodb Data": TABLE, "s3 Data": ENCRYPT, "sqs Messages": ENCRYPT},
    "TransactionApi": {"dynamodb Data": TABLE, "sqs Messages": ENCRYPT},
    "Reconciler": {
        "secretsmanager Secrets": DECRYPT,
        "dynamodb Data": TABLE,
        "s3 Data": ENCRYPT,
        "sqs Messages": ENCRYPT,
    },
}


@pytest.mark.parametrize("function", [title(folder) for folder in FUNCTIONS])
def test_a_function_uses_the_keys_of_its_duty_through_the_services_it_calls(function: str) -> None:
    """Lambda decrypts the environment; no function encrypts anything through Lambda."""
    found = {}
    for each in key_grants(f"{function}Policy"):
        (key,) = each["Resource"]
        service = "itself"
        if "Condition" in each:
            ((condition, (via,)),) = each["Condition"]["StringEquals"].items()
            assert condition == "kms:ViaService"
            service = via["Fn::Sub"].removesuffix(".${AWS::Region}.amazonaws.com")
        found[f"{service} {key['Ref'].removesuffix('KeyArn')}"] = each["Action"]
    assert found == {"lambda Data": DECRYPT, **KEYS[function]}
