"""Lambda functions with the house rules: function, role, managed policy and log group by one call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from awacs import logs
from awacs.aws import Statement
from troposphere import If, NoValue, Sub, Template, URLSuffix
from troposphere.awslambda import (
    Code,
    Content,
    Environment,
    Function,
    LayerVersion,
    LoggingConfig,
    TracingConfig,
)
from troposphere.iam import Role
from troposphere.logs import LogGroup

from payment_webhooks import contract
from stacks.common.keys import Keys, key_statements, own_variables_statement
from stacks.common.log_groups import log_group
from stacks.common.roles import role_with_policy
from stacks.common.statements import allow, assume_by_service, trace_statements
from stacks.compute.function_network import FunctionNetwork
from stacks.data.stack import DataOutputs
from stacks.function_catalogue import FunctionSettings
from stacks.messaging.stack import MessagingOutputs
from stacks.names import IN_TEMPLATE
from stacks.parameters.artifacts import (
    ARCHITECTURE,
    ARTIFACT_BUCKET,
    ARTIFACT_VERSIONS,
    LAYER_KEY,
    RUNTIME,
)
from stacks.parameters.environment import ENVIRONMENT_SUFFIX
from stacks.parameters.features import TRACE_QUEUES_AND_STREAMS
from stacks.parameters.setting import Setting
from stacks.parameters.table import BY_TITLE

ENTRY_POINT = "handler.handler"


@dataclass(frozen=True)
class Runtime:
    """The template, and what all functions in it share."""

    template: Template
    keys: Keys
    signing_key_arn: Any
    layer_arn: Any
    schedule_group: Any
    network: FunctionNetwork
    data: DataOutputs
    messaging: MessagingOutputs


def shared_layer(template: Template) -> LayerVersion:
    """The Lambda layer with the library and its dependencies; a new object key is a new version."""
    return template.add_resource(
        LayerVersion(
            "SharedLayer",
            LayerName=Sub(IN_TEMPLATE.layer),
            Description="Library and dependencies of all functions",
            Content=Content(**_object(template, LAYER_KEY)),
            CompatibleRuntimes=[RUNTIME.ref(template)],
            CompatibleArchitectures=[ARCHITECTURE.ref(template)],
        )
    )


def add_function(
    runtime: Runtime,
    settings: FunctionSettings,
    grants: Sequence[Statement] = (),
    environment: Mapping[str, Any] | None = None,
) -> Function:
    """Add the function with `grants`, what they need of keys, and the permissions of every function: write its log,
    trace, read its environment.

    The function refers to its log group, so the group, with key and retention, exists before the first line.
    """
    template = runtime.template
    group = log_group(
        template,
        f"{settings.title}LogGroup",
        IN_TEMPLATE.function_log_group(settings.folder),
        runtime.keys.messages,
    )
    keys = [own_variables_statement(runtime.keys.data), *key_statements(runtime.keys, grants)]
    role = _role(runtime, settings, group, [*keys, *grants])
    variables = {
        contract.ENV_SUFFIX: ENVIRONMENT_SUFFIX.ref(template),
        contract.ENV_URL_SUFFIX: URLSuffix,
        **(environment or {}),
    }
    concurrency = BY_TITLE[settings.concurrency]
    return template.add_resource(
        Function(
            settings.title,
            FunctionName=Sub(IN_TEMPLATE.function(settings.folder)),
            Description=settings.description,
            Code=Code(**_object(template, BY_TITLE[settings.code_key])),
            Handler=ENTRY_POINT,
            Runtime=RUNTIME.ref(template),
            Architectures=[ARCHITECTURE.ref(template)],
            Layers=[runtime.layer_arn],
            Role=role.get_att("Arn"),
            MemorySize=BY_TITLE[settings.memory].ref(template),
            Timeout=BY_TITLE[settings.timeout].ref(template)
            if settings.timeout
            else settings.timeout_seconds,
            ReservedConcurrentExecutions=If(
                concurrency.is_given(template), concurrency.ref(template), NoValue
            ),
            Environment=Environment(Variables=variables),
            KmsKeyArn=runtime.keys.data,
            LoggingConfig=LoggingConfig(LogGroup=group.ref()),
            TracingConfig=TracingConfig(Mode=_tracing_mode(template, settings)),
            VpcConfig=runtime.network.vpc_config,
        )
    )


def _object(template: Template, key: Setting) -> dict[str, Any]:
    """Where an artifact lies. By its version: what is put under its name later, Lambda does not fetch."""
    version = ARTIFACT_VERSIONS[key.title]
    return {
        "S3Bucket": ARTIFACT_BUCKET.ref(template),
        "S3Key": key.ref(template),
        "S3ObjectVersion": If(version.is_given(template), version.ref(template), NoValue),
    }


def _role(runtime: Runtime, settings: FunctionSettings, group: LogGroup, grants: Sequence[Statement]) -> Role:
    """May write the function's log, trace, and do what `grants` say."""
    statements = [
        allow([logs.CreateLogStream, logs.PutLogEvents], [group.get_att("Arn")]),
        *trace_statements(),
        *grants,
    ]
    return role_with_policy(
        runtime.template,
        settings.role_purpose,
        assume_by_service("lambda.amazonaws.com"),
        statements,
        shared_policies=runtime.network.policies,
    )


def _tracing_mode(template: Template, settings: FunctionSettings) -> Any:
    """PassThrough begins no trace (https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html)."""
    if not settings.has_source:
        return "Active"
    return If(TRACE_QUEUES_AND_STREAMS.is_true(template), "Active", "PassThrough")
