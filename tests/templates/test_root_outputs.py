"""The root's outputs: every one that a person or a script looks for, and what it leads to is there."""

import json

import pytest

from stacks.evaluation.references import references_within
from stacks.webhook_endpoints import ENDPOINTS
from tests.support.templates.resources import resources, templates

ROOT = templates()["root"]
ALWAYS = {
    "ApiEndpoint",
    "ApiId",
    "HealthUrl",
    "KeyedWebhookUrl",
    "InternalApiKeyId",
    "DomainTarget",
    "TransactionsApiEndpoint",
    "TransactionsApiId",
    *(f"WebhookUrl{endpoint.title}" for endpoint in ENDPOINTS),
    "InboxTableName",
    "TransactionsTableName",
    "AnalyticsTableName",
    "NotificationsTableName",
    "AuditBucketName",
    "PayloadBucketName",
    "ArchiveBucketName",
    "FailuresBucketName",
    "CriticalAlertsTopicArn",
    "NotificationsTopicArn",
    "EventBusName",
    "ConfigParameterName",
    "ProcessingQueueUrl",
    "ProcessingDlqUrl",
    "PipeDlqUrl",
    "SchedulesDlqUrl",
    "EventsDlqUrl",
    "NotificationQueueUrl",
    "NotificationDlqUrl",
    "WebhookReceiverName",
    "PaymentProcessorName",
    "AuditLoggerName",
    "AuditDigestName",
    "InboxSweeperName",
    "NotificationHandlerName",
    "AnalyticsProcessorName",
    "TransactionApiName",
    "TransactionArchiverName",
    "ReconcilerName",
    "DataKeyArn",
    "MessagesKeyArn",
    "SecretsKeyArn",
    "SigningKeyArn",
    "VpcId",
    "StateMachineArn",
}
WITH = {
    "HealthFunctionUrl": "HealthFunctionUrlIsOn",
}
# What the outputs do not name, and why.
UNNAMED = {
    "AWS::DynamoDB::Table": set[str](),
    "AWS::S3::Bucket": {"AccessLogBucket"},  # of S3's own writing
    "AWS::SNS::Topic": set[str](),
    "AWS::SQS::Queue": set[str](),
    "AWS::Events::EventBus": set[str](),
    "AWS::ApiGateway::RestApi": set[str](),
    "AWS::StepFunctions::StateMachine": set[str](),
    "AWS::KMS::Key": set[str](),
    "AWS::EC2::VPC": set[str](),
    "AWS::Lambda::Function": {"Health", "Canary"},  # by its URL; need not be there
}


def test_the_outputs_are_these() -> None:
    found = {name: output.get("Condition") for name, output in ROOT["Outputs"].items()}
    assert found == {**dict.fromkeys(ALWAYS), **WITH}
    assert all(output["Description"] for output in ROOT["Outputs"].values())


def test_no_output_computes_with_what_a_nested_stack_tells() -> None:
    """In a first change set it is not known yet, and Select fails on what is not known.

    Source: aws-cloudformation/cloudformation-coverage-roadmap#759.
    """
    text = json.dumps([ROOT["Outputs"], ROOT["Resources"]])
    assert not [function for function in ("Fn::Select", "Fn::Split") if function in text]


def _leads_to() -> set[tuple[str, str]]:
    """(stack, logical id) of each resource that an output of the root is the value of."""
    owners: set[tuple[str, str]] = set()
    for output in ROOT["Outputs"].values():
        for _, reference in references_within(output["Value"]):
            stack, _, name = reference.partition(".Outputs.")
            if name:
                value = templates()[stack.lower()]["Outputs"][name]["Value"]
                owners |= {(stack.lower(), owner) for _, owner in references_within(value)}
    return owners


@pytest.mark.parametrize("kind", UNNAMED)
def test_what_the_system_is_made_of_is_named(kind: str) -> None:
    found = {(each.stack, each.title) for each in resources(kind)}
    assert found
    left = {title for _, title in found - _leads_to()}
    assert left == UNNAMED[kind]
