"""The keys by duty, and what a role needs of them for what it is granted."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from awacs import kms
from awacs.aws import Action, Condition, Statement, StringEquals
from troposphere import Sub

from stacks.common.statements import allow

DECRYPT: Final = ("kms:Decrypt",)
ENCRYPT: Final = ("kms:Decrypt", "kms:GenerateDataKey")
# DynamoDB's guide names more for who uses a table than the calls of an item's reading and writing show; these three are
# what aws-cdk-lib grants its readers and writers too, without those that only who makes a table needs.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
TABLE: Final = ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey")
# Grant of a role -> what it also needs of the key of the resource, through that service.
NEEDED_BY_GRANT: Final[Mapping[str, tuple[str, ...]]] = {
    **{
        f"dynamodb:{name}": TABLE
        for name in (
            "BatchGetItem",
            "DeleteItem",
            "GetItem",
            "GetRecords",
            "PutItem",
            "Query",
            "Scan",
            "UpdateItem",
        )
    },
    "s3:GetObject": DECRYPT,
    "s3:PutObject": ("kms:GenerateDataKey",),
    "secretsmanager:GetSecretValue": DECRYPT,
    "sns:Publish": ENCRYPT,
    "sqs:ReceiveMessage": DECRYPT,
    "sqs:SendMessage": ENCRYPT,
}


class Keys(NamedTuple):
    """ARNs of the customer managed keys. Who may use one, can read nothing that another encrypts.

    data: of tables and buckets, and of the settings of functions, pipes, schedules and the state machine. messages: of
    queues, topics, the event bus and log groups. secrets: of what webhooks are verified with.
    """

    data: Any
    messages: Any
    secrets: Any


# Service -> the key of what it keeps.
_DUTY: Final = {
    "dynamodb": "data",
    "s3": "data",
    "secretsmanager": "secrets",
    "sns": "messages",
    "sqs": "messages",
}


def key_statements(keys: Keys, grants: Iterable[Statement]) -> list[Statement]:
    """Use of the keys of what `grants` name, through those services alone."""
    needed: dict[tuple[str, str], set[str]] = {}
    for action in (action for grant in grants for action in grant.properties["Action"]):
        service, name = action.prefix, f"{action.prefix}:{action.action}"
        if name in NEEDED_BY_GRANT:
            needed.setdefault((_DUTY[service], service), set()).update(NEEDED_BY_GRANT[name])
        if name == "sqs:ReceiveMessage":
            # A message stays as it was encrypted when it was sent, and there was one key for everything once.
            # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html
            needed.setdefault(("data", service), set()).update(DECRYPT)
    return [
        _through(
            [Action("kms", name.split(":")[1]) for name in sorted(actions)], getattr(keys, duty), service
        )
        for (duty, service), actions in needed.items()
    ]


def own_variables_statement(key_arn: Any) -> Statement:
    """Lets Lambda decrypt a function's environment, which CloudFormation has encrypted."""
    return _through([kms.Decrypt], key_arn, "lambda")


def _through(actions: Sequence[Action], key_arn: Any, service: str) -> Statement:
    via = [Sub(f"{service}.${{AWS::Region}}.amazonaws.com")]
    return allow(actions, [key_arn], Condition(StringEquals("kms:ViaService", via)))
