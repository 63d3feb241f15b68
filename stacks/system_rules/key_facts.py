"""The facts that stacks.system_rules.key_use checks: who needs what of a customer's key."""

from typing import Final

from stacks.lint.aws_fact import AwsFact

EVENTS_TO_QUEUE: Final = AwsFact(
    "S9004",
    "EventBridge may use the key of a queue that a rule sends to",
    "Rules and buses send to an encrypted queue, dead-letter queues included, as events.amazonaws.com, which needs "
    "kms:Decrypt and kms:GenerateDataKey in the key's policy. SQS sets the encryption context aws:sqs:arn; a condition "
    "on the source may refuse the call. Without it events are lost after the last retry.",
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
    ("kms", "events", "sqs"),
)
EVENTS_TO_TOPIC: Final = AwsFact(
    "S9005",
    "EventBridge may use the key of a topic that a rule publishes to",
    "As for queues: events.amazonaws.com needs kms:Decrypt and kms:GenerateDataKey under the context aws:sns:topicArn.",
    "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
    ("kms", "events", "sns"),
)
BUS: Final = AwsFact(
    "S9006",
    "EventBridge may use the key of its bus",
    "A bus with a customer's key needs kms:Decrypt and kms:GenerateDataKey for events.amazonaws.com, which names the "
    "bus as source, and kms:DescribeKey, for which no document says that it does: that one stands without a condition.",
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-key-policy.html",
    ("kms", "events", "to-check"),
)
ALARMS: Final = AwsFact(
    "S9007",
    "CloudWatch may use the key of a topic that an alarm notifies",
    "cloudwatch.amazonaws.com needs kms:Decrypt and kms:GenerateDataKey. Without them the alarm changes its state, the "
    "action fails, and nobody is told.",
    "https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns",
    ("kms", "cloudwatch", "sns"),
)
TOPIC_TO_QUEUE: Final = AwsFact(
    "S9008",
    "SNS may use the key of a queue that subscribes",
    "sns.amazonaws.com needs kms:Decrypt and kms:GenerateDataKey under the context aws:sqs:arn, or messages vanish.",
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
    ("kms", "sns", "sqs"),
)
LOG_GROUP: Final = AwsFact(
    "S9009",
    "CloudWatch Logs may use the key of each log group",
    "A log group with a customer's key can't be created unless the key's policy lets logs.REGION.amazonaws.com "
    "encrypt, decrypt, re-encrypt and describe under the context aws:logs:arn of that group.",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
    ("kms", "logs"),
)
LOG_DELIVERY: Final = AwsFact(
    "S9010",
    "Log delivery may decrypt what an encrypted pipe or state machine logs",
    "The records are encrypted with the key of what writes them, and delivery.logs.amazonaws.com decrypts them under "
    "the context SourceArn = arn:aws:logs:REGION:ACCOUNT:*. Without it nothing is logged.",
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-pipes-cmkey.html",
    ("kms", "logs", "pipes", "stepfunctions"),
)
DATA: Final = AwsFact(
    "S9011",
    "A role may use the keys of the tables, buckets, queues, topics and secrets that it is granted",
    "Services call KMS with the credentials of the caller (kms:ViaService). A grant on an encrypted resource without "
    "kms:Decrypt, or kms:GenerateDataKey for what is written, answers AccessDenied.",
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html",
    ("kms", "iam"),
)
PIPE: Final = AwsFact(
    "S9012",
    "A pipe's role may use the pipe's key",
    "Filter and message template of a pipe with a customer's key are encrypted under the context aws:pipes:arn by the "
    "pipe's role, which needs kms:DescribeKey, kms:GenerateDataKey and kms:Decrypt.",
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-pipes-cmkey.html",
    ("kms", "pipes"),
)
SCHEDULE: Final = AwsFact(
    "S9013",
    "A schedule's role may decrypt with the schedule's key",
    "The scheduler decrypts the input of a schedule with the role of its target, under the context "
    "aws:scheduler:schedule:arn. Without kms:Decrypt no run begins.",
    "https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html",
    ("kms", "scheduler"),
)
STATE_MACHINE: Final = AwsFact(
    "S9014",
    "A state machine's role may use the machine's key",
    "Definition and history of a state machine with a customer's key are encrypted under the context "
    "aws:states:stateMachineArn: its role needs kms:Decrypt and kms:GenerateDataKey.",
    "https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html",
    ("kms", "stepfunctions"),
)
VARIABLES: Final = AwsFact(
    "S9015",
    "A function's role may decrypt its environment",
    "Lambda decrypts variables under a customer's key with the function's role when it starts it: without kms:Decrypt "
    "each call ends in KMSAccessDeniedException.",
    "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html",
    ("kms", "lambda"),
)
