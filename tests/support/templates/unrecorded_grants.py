"""What roles are granted although the local engine never asks for it, each with its reason."""

from typing import Final, NamedTuple


class Unrecorded(NamedTuple):
    """Patterns of a role's logical id, an action and a resource, and why the grant is there."""

    role: str
    action: str
    resource: str
    reason: str


_LAMBDA: Final = "https://docs.aws.amazon.com/lambda/latest/dg"
_ACTIONS: Final = "https://docs.aws.amazon.com/service-authorization/latest/reference"

UNRECORDED: Final = (
    # Lambda in the function's name.
    Unrecorded(
        "*Role",
        "logs:*",
        "arn:aws:logs:*:log-group:/aws/lambda/*",
        f"Lambda writes a function's log; the engine does it without asking. {_LAMBDA}/monitoring-cloudwatchlogs.html",
    ),
    Unrecorded(
        "*Role",
        "xray:Put*",
        "*",
        f"The engine traces nothing. These actions have no resource. {_ACTIONS}/list_awsx-ray.html",
    ),
    *(
        Unrecorded(
            "*Role",
            action,
            "arn:aws:kms:*:key/*",
            "Services call KMS in the role's name; the engine encrypts nothing. The rules S9011 to S9015 hold what a "
            "role needs of the key of each resource (stacks/system_rules/key_use.py).",
        )
        for action in ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey")
    ),
    Unrecorded(
        "*Role",
        "ec2:*",
        "arn:aws:ec2:*:*/*",
        f"Lambda attaches functions to the network; the engine has none. {_LAMBDA}/configuration-vpc.html",
    ),
    Unrecorded(
        "*Role",
        "ec2:Describe*",
        "*",
        f"As before; what describes has no resource. {_ACTIONS}/list_amazonec2.html",
    ),
    *(
        Unrecorded(
            role,
            action,
            "arn:aws:dynamodb:*/stream/*",
            f"Lambda reads streams for functions; the engine does it without asking. {_LAMBDA}/with-ddb.html",
        )
        for role in ("AnalyticsProcessorRole", "AuditLoggerRole")
        for action in ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
    ),
    Unrecorded(
        "*Role",
        "dynamodb:ListStreams",
        "*",
        f"Lambda and Pipes ask for it beside the stream's own rights; it has no resource. {_LAMBDA}/with-ddb.html "
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-permissions.html",
    ),
    *(
        Unrecorded(
            role,
            action,
            "arn:aws:sqs:*",
            f"Lambda polls queues for functions; the engine asks nobody. {_LAMBDA}/services-sqs-configure.html",
        )
        for role in ("NotificationHandlerRole", "PaymentProcessorRole")
        for action in ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
    ),
    Unrecorded(
        "*Role",
        "s3:ListBucket",
        "arn:aws:s3:::s3-failures-*",
        f"Lambda looks at the bucket for batches that it gives up. {_LAMBDA}/services-dynamodb-errors.html",
    ),
    Unrecorded(
        "AuditLoggerRole",
        "s3:PutObject",
        "arn:aws:s3:::s3-failures-*/*",
        f"Lambda writes the batches that it gives up; the engine never does. {_LAMBDA}/services-dynamodb-errors.html",
    ),
    Unrecorded(
        "*Role",
        "sqs:SendMessage",
        "arn:aws:sqs:*:queue-schedules-dlq-*",
        "Lambda, and the scheduler, send runs that fail; the engine has no scheduled run that fails. "
        f"{_LAMBDA}/invocation-async-retain-records.html",
    ),
    *(
        Unrecorded(
            role,
            "s3:ListBucket",
            "arn:aws:s3:::s3-payload-*",
            "S3 looks at it when an object is missing: without it the answer is 403 and not 404. "
            "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html",
        )
        for role in ("ReconcilerRole", "TransactionArchiverRole")
    ),
    # Other services.
    Unrecorded(
        "*ScheduleRole",
        "lambda:InvokeFunction",
        "arn:aws:lambda:*",
        "The scheduler calls with this role; the engine does it without asking. "
        "https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html",
    ),
    Unrecorded(
        "Pipe*Role",
        "sqs:SendMessage",
        "arn:aws:sqs:*:queue-pipe-dlq-*",
        "What the pipe gives up; of the system's pipe nothing is given up, of a small one it is "
        "(tests/integration/local_engine/test_shims_pipe.py).",
    ),
    Unrecorded(
        "ProcessingWorkflowRole",
        "lambda:InvokeFunction",
        "arn:aws:lambda:*",
        "Step Functions calls with this role; the engine does it without asking. "
        "https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html",
    ),
    Unrecorded(
        "ProcessingWorkflowRole",
        "xray:GetSampling*",
        "*",
        f"The engine traces nothing. These actions have no resource. {_ACTIONS}/list_awsx-ray.html",
    ),
    Unrecorded(
        "ProcessingWorkflowRole",
        "logs:*",
        "*",
        "Step Functions asks for them when a machine that logs is made; log delivery has no resource. "
        "https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html",
    ),
    Unrecorded(
        "FlowLogRole",
        "logs:*",
        "arn:aws:logs:*:log-group:/aws/vpc/*",
        "Flow logs are written with this role; the engine writes none. "
        "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html",
    ),
    Unrecorded(
        "FlowLogRole",
        "logs:DescribeLogGroups",
        "*",
        "As before; listing groups has no one group. "
        "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html",
    ),
)
