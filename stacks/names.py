"""Physical names and ARNs: one definition each, for templates and scripts alike.

A name is `{resource type}-{purpose}-{suffix}`. `Names("dev", account="123456789012", region="eu-west-1")`
gives plain strings; `IN_TEMPLATE` gives the same texts with CloudFormation's placeholders in place of the
values, for `Sub`.
"""

import re
from dataclasses import dataclass
from typing import Final

SUFFIX_PATTERN: Final = "^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$"
SUFFIX_LENGTH_MAXIMUM: Final = 20
STAGE: Final = "v1"
API_GATEWAY_LOGGING_ROLE: Final = "role-api-gateway-logs"
API_GATEWAY_LOGGING_POLICY: Final = (
    "service-role/AmazonAPIGatewayPushToCloudWatchLogs"  # AWS's own, made for this
)
STANDARD_PAYMENTS_RULE: Final = "standard-payments"

_LOG_GROUP_PATTERNS = (
    "/aws/lambda/lambda-*-{suffix}",
    "/aws/apigateway/api-*-{suffix}",
    "/aws/vendedlogs/pipes/pipe-*-{suffix}",
    "/aws/vendedlogs/states/state-machine-*-{suffix}",
    "aws-waf-logs-*-{suffix}",
    "/aws/events/*-{suffix}",
    "/aws/vpc/vpc-*-{suffix}",
    # API Gateway names the group after the API's id, so the suffix cannot be in it.
    "API-Gateway-Execution-Logs_*/{stage}",
)


def valid_suffix(suffix: str) -> bool:
    """Whether `suffix` may name an environment: 1 to 20 of a-z, 0-9 and inner hyphens."""
    return re.fullmatch(SUFFIX_PATTERN, suffix) is not None


def title(name: str) -> str:
    """The PascalCase form that CloudFormation's logical ids need: `stripe-connect` gives `StripeConnect`."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[-_]", name))


class Text:
    """An attribute of `Names` by its format: `{names.X}` is replaced by the attribute X of the same `Names`."""

    def __init__(self, form: str) -> None:
        self._form = form

    def __get__(self, names: "Names", owner: type["Names"]) -> str:
        return self._form.format(names=names)


def _name(kind: str, purpose: str) -> Text:
    return Text(f"{kind}-{purpose}-{{names.suffix}}")


def _bucket(purpose: str) -> Text:
    """Bucket names are global to AWS: at most 63 characters, so `s3-{purpose}` stays under 15."""
    return Text(f"s3-{purpose}-{{names.suffix}}-{{names.account}}-{{names.region}}")


def _arn(service: str, resource: str) -> Text:
    return Text(f"arn:{{names.partition}}:{service}:{{names.region}}:{{names.account}}:{resource}")


@dataclass(frozen=True)
class Names:
    """Names of one environment.

    The suffix is enough for most; buckets, ARNs, roles and policies need account and region too.
    """

    suffix: str
    account: str = ""
    region: str = ""
    partition: str = "aws"

    stack = Text("payment-webhooks-{names.suffix}")

    # Keys and secrets.
    data_key_alias = Text(
        "alias/key-payment-webhooks-{names.suffix}"
    )  # its name from when it was the one key
    messages_key_alias = Text("alias/key-messages-{names.suffix}")
    secrets_key_alias = Text("alias/key-secrets-{names.suffix}")
    key_alias_pattern = Text("alias/key-*-{names.suffix}")
    signing_key_alias = Text("alias/key-audit-digest-{names.suffix}")
    fingerprint_secret = _name("secret", "fingerprint")
    all_secrets_arn_pattern = _arn("secretsmanager", "secret:secret-*-{names.suffix}-??????")

    # Web ACL.
    web_acl = _name("web-acl", "payment-webhooks")
    web_acl_log_group = _name("aws-waf-logs", "payment-webhooks")
    provider_ip_set = _name("ip-set", "providers")

    # Private network.
    vpc = _name("vpc", "payment-webhooks")
    flow_log_group = Text("/aws/vpc/{names.vpc}")
    flow_log_arn_pattern = _arn("ec2", "vpc-flow-log/*")  # EC2 makes up a flow log's id
    anything_of_ec2_arn_pattern = _arn("ec2", "*/*")

    # Tables and buckets.
    inbox_table = _name("table", "payment-webhooks")
    transactions_table = _name("table", "transactions")
    notifications_table = _name("table", "notifications")
    analytics_table = _name("table", "analytics")
    table_arn_pattern = _arn("dynamodb", "table/table-*-{names.suffix}")
    audit_bucket = _bucket("audit")
    archive_bucket = _bucket("archive")
    payload_bucket = _bucket("payload")
    failures_bucket = _bucket("failures")
    access_log_bucket = _bucket("access")
    bucket_arn_pattern = Text("arn:{names.partition}:s3:::s3-*-{names.suffix}-{names.account}-{names.region}")

    # Of the account and region, without a suffix: all environments share them, and destroy keeps them.
    artifact_bucket = Text("s3-artifacts-{names.account}-{names.region}")

    # Queues. A name that ends in dlq is that of a dead-letter queue.
    processing_queue = _name("queue", "processing")
    processing_dlq = _name("queue", "processing-dlq")
    notification_queue = _name("queue", "notification")
    notification_dlq = _name("queue", "notification-dlq")
    events_dlq = _name("queue", "events-dlq")  # events that a rule could not deliver
    pipe_dlq = _name("queue", "pipe-dlq")
    schedules_dlq = _name("queue", "schedules-dlq")
    # Every queue of the environment, and a team's own queues if they are named in the same way.
    queue_arn_pattern = _arn("sqs", "queue-*-{names.suffix}")

    # Event bus, topics and configuration.
    event_bus = _name("bus", "payment-events")
    event_bus_arn = _arn("events", "event-bus/{names.event_bus}")
    standard_payments_log_group = Text("/aws/events/standard-payments-{names.suffix}")  # EventBridge's prefix
    critical_alerts_topic = _name("topic", "critical-alerts")
    notifications_topic = _name("topic", "notifications")
    # Without the s of all other names: a new name would be a new parameter, without the thresholds set by hand.
    config_parameter = Text("/payment-webhook/{names.suffix}/config")
    config_parameter_arn = _arn("ssm", "parameter{names.config_parameter}")
    # A request for `name:version` may be authorised under either name; no document says which.
    config_parameter_version_arn_pattern = Text("{names.config_parameter_arn}:*")

    # Functions, pipes, schedules and state machine.
    layer = _name("layer", "shared")
    function_arn_pattern = _arn("lambda", "function:lambda-*-{names.suffix}")
    processing_pipe = _name("pipe", "processing")
    workflow_pipe = _name("pipe", "workflow")
    pipe_log_group = Text("/aws/vendedlogs/pipes/{names.processing_pipe}")  # of both
    schedule_group = _name("schedule-group", "payment-webhooks")
    schedule_group_arn = _arn("scheduler", "schedule-group/{names.schedule_group}")
    processing_workflow = _name("state-machine", "processing")
    processing_workflow_arn = _arn("states", "stateMachine:{names.processing_workflow}")
    workflow_log_group = Text("/aws/vendedlogs/states/{names.processing_workflow}")

    # APIs.
    api = _name("api", "payment-webhooks")
    access_log_group = Text("/aws/apigateway/{names.api}")
    internal_api_key = _name("api-key", "internal")
    internal_usage_plan = _name("usage-plan", "internal")
    transactions_api = _name("api", "transactions")
    transactions_access_log_group = Text("/aws/apigateway/{names.transactions_api}")

    # Monitoring.
    log_delivery_policy = _name("policy", "log-delivery")
    dashboard = _name("dashboard", "payment-webhooks")

    def name(self, kind: str, purpose: str) -> str:
        """E.g. `subnet-private-one-dev`."""
        return f"{kind}-{purpose}-{self.suffix}"

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def endpoint_secret(self, endpoint: str) -> str:
        return self.name("secret-endpoint", endpoint)

    def secret_arn_pattern(self, name: str) -> str:
        """Secrets Manager ends every ARN with a hyphen and six characters of its own choice."""
        return self.arn("secretsmanager", f"secret:{name}-??????")

    def function(self, folder: str) -> str:
        """Name of the function whose code is in `functions/{folder}`, e.g. `lambda-webhook-receiver-dev`."""
        return self.name("lambda", folder.replace("_", "-"))

    def function_log_group(self, folder: str) -> str:
        return f"/aws/lambda/{self.function(folder)}"

    def role(self, purpose: str) -> str:
        """Roles and policies are global to an account, so these names carry the region too."""
        return f"{self.name('role', purpose)}-{self.region}"

    def role_arn(self, purpose: str) -> str:
        return f"arn:{self.partition}:iam::{self.account}:role/{self.role(purpose)}"

    def policy(self, purpose: str) -> str:
        return f"{self.name('policy', purpose)}-{self.region}"

    def queue_arn(self, name: str) -> str:
        return self.arn("sqs", name)

    def topic_arn(self, name: str) -> str:
        return self.arn("sns", name)

    def rule(self, purpose: str) -> str:
        return self.name("rule", purpose)

    def rule_arn(self, purpose: str) -> str:
        """ARN of a rule on the environment's own bus."""
        return self.arn("events", f"rule/{self.event_bus}/{self.rule(purpose)}")

    def schedule(self, purpose: str) -> str:
        return self.name("schedule", purpose)

    def alarm(self, purpose: str) -> str:
        return self.name("alarm", purpose)

    def alarm_arn(self, purpose: str) -> str:
        return self.arn("cloudwatch", f"alarm:{self.alarm(purpose)}")

    def saved_query(self, purpose: str) -> str:
        """The console groups saved queries by folder, the part before the slash."""
        return f"payment-webhooks-{self.suffix}/{self.name('query', purpose)}"

    @property
    def log_group_arn_patterns(self) -> list[str]:
        """Every log group of the environment, as the key's policy needs them before they exist."""
        groups = [pattern.format(suffix=self.suffix, stage=STAGE) for pattern in _LOG_GROUP_PATTERNS]
        return [self.arn("logs", f"log-group:{group}") for group in groups]


IN_TEMPLATE: Final = Names(
    suffix="${EnvironmentSuffix}",
    account="${AWS::AccountId}",
    region="${AWS::Region}",
    partition="${AWS::Partition}",
)
