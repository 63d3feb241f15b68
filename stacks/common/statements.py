"""IAM statements by what they allow. Resources are explicit ARNs; each `*` has its reason beside it."""

from collections.abc import Sequence
from typing import Any

from awacs import dynamodb, s3, sqs, sts, xray
from awacs.aws import (
    Action,
    Allow,
    ArnEquals,
    Condition,
    Deny,
    ForAllValuesStringEquals,
    ForAnyValueStringEquals,
    PolicyDocument,
    Principal,
    Statement,
    StringEquals,
    StringEqualsIfExists,
)
from troposphere import AccountId, Sub

from payment_webhooks import contract

POLICY_VERSION = "2012-10-17"


def allow(actions: Sequence[Action], resources: list[Any], condition: Condition | None = None) -> Statement:
    extra = {"Condition": condition} if condition else {}
    return Statement(Effect=Allow, Action=list(actions), Resource=resources, **extra)


def policy_document(statements: list[Statement]) -> PolicyDocument:
    return PolicyDocument(Version=POLICY_VERSION, Statement=statements)


def assume_by_service(service: str, source_arn: Any = None) -> PolicyDocument:
    """The trust policy of a service's role; with `source_arn`, only for that resource of this account.

    source_arn: may hold wildcards, for a resource whose id AWS chooses.
    """
    trust: dict[str, Any] = {}
    if source_arn:
        trust["Condition"] = Condition(
            [ArnEquals("aws:SourceArn", source_arn), StringEquals("aws:SourceAccount", AccountId)]
        )
    principal = Principal("Service", service)
    return policy_document([Statement(Effect=Allow, Action=[sts.AssumeRole], Principal=principal, **trust)])


def objects_of(bucket_arn: Any, keys: str = "*") -> Sub:
    return Sub(f"${{Bucket}}/{keys}", Bucket=bucket_arn)


def trace_statements() -> list[Statement]:
    # X-Ray has no resource to name in these two actions.
    return [allow([xray.PutTelemetryRecords, xray.PutTraceSegments], ["*"])]


def read_stream_statements(*stream_arns: Any) -> list[Statement]:
    return [
        allow([dynamodb.DescribeStream, dynamodb.GetRecords, dynamodb.GetShardIterator], [*stream_arns]),
        # Listing streams has no resource to name.
        allow([dynamodb.ListStreams], ["*"]),
    ]


def read_object_statements(bucket_arn: Any, keys: str = "*") -> list[Statement]:
    return [allow([s3.GetObject], [objects_of(bucket_arn, keys)])]


def list_bucket_statements(bucket_arn: Any) -> list[Statement]:
    """Without this permission S3 answers for a missing object as for one that may not be read."""
    return [allow([s3.ListBucket], [bucket_arn])]


def write_object_statements(bucket_arn: Any, keys: str = "*") -> list[Statement]:
    return [allow([s3.PutObject], [objects_of(bucket_arn, keys)])]


def fail_to_bucket_statements(bucket_arn: Any) -> list[Statement]:
    """Permissions with which an event source writes failed batches to a bucket (Lambda checks the bucket first)."""
    return [allow([s3.ListBucket], [bucket_arn]), *write_object_statements(bucket_arn)]


def write_ledger_statements(table_arn: Any, *actions: Action) -> list[Statement]:
    """What a function that writes the ledger's table may do there: all but touch the copies of audit digests.

    An action of a transaction needs the right of the same action by itself.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    """
    copies = ForAnyValueStringEquals("dynamodb:LeadingKeys", [contract.AUDIT_DIGESTS])
    return [
        allow(actions, [table_arn]),
        Statement(
            Effect=Deny,
            Action=[dynamodb.BatchWriteItem, dynamodb.DeleteItem, dynamodb.PutItem, dynamodb.UpdateItem],
            Resource=[table_arn],
            Condition=Condition(copies),
        ),
    ]


def update_statement(table_arn: Any, attributes: Sequence[str]) -> Statement:
    """To update items by naming, keys included, these attributes alone."""
    named = ForAllValuesStringEquals("dynamodb:Attributes", [*attributes])
    # Else an answer could have all attributes. AWS, "Using IAM policy conditions for fine-grained access control".
    returns = StringEqualsIfExists("dynamodb:ReturnValues", ["NONE", "UPDATED_OLD", "UPDATED_NEW"])
    return allow([dynamodb.UpdateItem], [table_arn], Condition([named, returns]))


def consume_queue_statements(queue_arn: Any) -> list[Statement]:
    """What Lambda needs to bring a function the messages of a queue.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    """
    return [allow([sqs.DeleteMessage, sqs.GetQueueAttributes, sqs.ReceiveMessage], [queue_arn])]
