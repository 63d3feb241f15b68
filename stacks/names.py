"""Physical names and ARNs: one definition each, for templates and scripts alike.

A name is `{resource type}-{purpose}-{suffix}`. `Names("dev", account="123456789012", region="eu-west-1")`
gives plain strings; `IN_TEMPLATE` gives the same texts with CloudFormation's placeholders in place of the
values, for `Sub`.
"""

import re
from dataclasses import dataclass
from typing import Final

from stacks.analytics_names import AnalyticsNames
from stacks.edge_names import EdgeNames
from stacks.event_names import EventNames
from stacks.network_names import NetworkNames
from stacks.workflow_names import WorkflowNames

SUFFIX_PATTERN: Final = "^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$"
SUFFIX_LENGTH_MAXIMUM: Final = 20
STAGE: Final = "v1"
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


@dataclass(frozen=True)
class Names(EventNames, EdgeNames, AnalyticsNames, WorkflowNames, NetworkNames):
    """Names of one environment.

    The suffix is enough for most; buckets, ARNs, roles and policies need account and region too.
    """

    @property
    def stack(self) -> str:
        return f"payment-webhooks-{self.suffix}"

    @property
    def key_alias(self) -> str:
        return f"alias/{self._named('key', 'payment-webhooks')}"

    def endpoint_secret(self, endpoint: str) -> str:
        return self._named("secret-endpoint", endpoint)

    @property
    def fingerprint_secret(self) -> str:
        return self._named("secret", "fingerprint")

    @property
    def inbox_table(self) -> str:
        return self._named("table", "payment-webhooks")

    @property
    def transactions_table(self) -> str:
        return self._named("table", "transactions")

    @property
    def processing_queue(self) -> str:
        return self.queue("processing")

    @property
    def processing_dlq(self) -> str:
        return self.queue("processing-dlq")

    @property
    def pipe_dlq(self) -> str:
        return self.queue("pipe-dlq")

    @property
    def schedules_dlq(self) -> str:
        return self.queue("schedules-dlq")

    @property
    def schedule_group(self) -> str:
        return self._named("schedule-group", "payment-webhooks")

    @property
    def schedule_group_arn(self) -> str:
        return self.arn("scheduler", f"schedule-group/{self.schedule_group}")

    def schedule(self, purpose: str) -> str:
        return self._named("schedule", purpose)

    @property
    def processing_pipe(self) -> str:
        return self._named("pipe", "processing")

    @property
    def api(self) -> str:
        return self._named("api", "payment-webhooks")

    @property
    def layer(self) -> str:
        return self._named("layer", "shared")

    def function(self, folder: str) -> str:
        """Name of the function whose code is in `functions/{folder}`, e.g. `lambda-webhook-receiver-dev`."""
        return self._named("lambda", folder.replace("_", "-"))

    def role(self, purpose: str) -> str:
        """Roles and policies are global to an account, so these names carry the region too."""
        return f"{self._named('role', purpose)}-{self.region}"

    def policy(self, purpose: str) -> str:
        return f"{self._named('policy', purpose)}-{self.region}"

    def bucket(self, purpose: str) -> str:
        """Bucket names are global to AWS: at most 63 characters, so `pw-{purpose}` stays under 15."""
        return f"pw-{purpose}-{self.suffix}-{self.account}-{self.region}"

    @property
    def audit_bucket(self) -> str:
        return self.bucket("audit")

    @property
    def archive_bucket(self) -> str:
        return self.bucket("archive")

    @property
    def payload_bucket(self) -> str:
        return self.bucket("payload")

    @property
    def failures_bucket(self) -> str:
        return self.bucket("failures")

    @property
    def access_log_bucket(self) -> str:
        return self.bucket("access")

    def function_log_group(self, folder: str) -> str:
        return f"/aws/lambda/{self.function(folder)}"

    @property
    def access_log_group(self) -> str:
        return f"/aws/apigateway/{self.api}"

    @property
    def pipe_log_group(self) -> str:
        return f"/aws/vendedlogs/pipes/{self.processing_pipe}"

    @property
    def log_delivery_policy(self) -> str:
        return self._named("policy", "log-delivery")

    def alarm(self, purpose: str) -> str:
        return self._named("alarm", purpose)

    def alarm_arn(self, purpose: str) -> str:
        return self.arn("cloudwatch", f"alarm:{self.alarm(purpose)}")

    @property
    def dashboard(self) -> str:
        return self._named("dashboard", "payment-webhooks")

    def saved_query(self, purpose: str) -> str:
        """The folder is what the console groups by."""
        return f"payment-webhooks-{self.suffix}/{self._named('query', purpose)}"

    @property
    def processing_pipe_arn(self) -> str:
        return self.arn("pipes", f"pipe/{self.processing_pipe}")

    def secret_arn_pattern(self, name: str) -> str:
        """Secrets Manager ends every ARN with a hyphen and six characters of its own choice."""
        return self.arn("secretsmanager", f"secret:{name}-??????")

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
