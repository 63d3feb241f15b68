"""A function by one call: role, managed policy, log group and function, with the house rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from awacs.aws import Statement
from troposphere import Sub, Template
from troposphere.awslambda import (
    Code,
    Content,
    Environment,
    Function,
    LayerVersion,
    LoggingConfig,
    TracingConfig,
)

from payment_webhooks import contract
from stacks.common.log_groups import log_group
from stacks.common.roles import role_with_policy
from stacks.common.statements import assume_by_service, key_statements, trace_statements, write_log_statements
from stacks.compute.function_network import FunctionNetwork
from stacks.names import IN_TEMPLATE, title
from stacks.parameters import table as parameters
from stacks.parameters.table import Setting

ENTRY_POINT = "handler.handler"


@dataclass(frozen=True)
class FunctionSettings:
    """What one function is: its folder under functions/, its limits, and the environment it reads.

    `key_services` are the services through which it reads or writes what our key encrypts.
    """

    folder: str
    description: str
    timeout_seconds: Any
    memory: Setting
    concurrency: Setting
    environment: Mapping[str, Any] = field(default_factory=dict)
    key_services: tuple[str, ...] = ()


class Runtime(NamedTuple):
    """What all functions of a template share."""

    template: Template
    key_arn: Any
    layer: LayerVersion
    network: FunctionNetwork


def shared_layer(template: Template) -> LayerVersion:
    """The library and its dependencies; a new key is a new version."""
    return template.add_resource(
        LayerVersion(
            "SharedLayer",
            LayerName=Sub(IN_TEMPLATE.layer),
            Description="Library and dependencies of all functions",
            Content=Content(
                S3Bucket=parameters.ARTIFACT_BUCKET.ref(template), S3Key=parameters.LAYER_KEY.ref(template)
            ),
            CompatibleRuntimes=[parameters.RUNTIME.ref(template)],
            CompatibleArchitectures=[parameters.ARCHITECTURE.ref(template)],
        )
    )


def add_function(runtime: Runtime, settings: FunctionSettings, grants: list[Statement]) -> Function:
    """Add the function with `grants` and what every function may: write its log, trace, read its environment.

    The function names its log group, so the group, with key and retention, is there before the first line.
    """
    template, name = runtime.template, title(settings.folder)
    group = log_group(
        template, f"{name}LogGroup", IN_TEMPLATE.function_log_group(settings.folder), runtime.key_arn
    )
    statements = [
        *write_log_statements(group.get_att("Arn")),
        *trace_statements(),
        *key_statements(runtime.key_arn, ["lambda", *settings.key_services]),
        *grants,
    ]
    role = role_with_policy(
        template,
        settings.folder.replace("_", "-"),
        assume_by_service("lambda.amazonaws.com"),
        statements,
        shared_policies=runtime.network.policies,
    )
    return template.add_resource(
        Function(
            name,
            FunctionName=Sub(IN_TEMPLATE.function(settings.folder)),
            Description=settings.description,
            Code=Code(
                S3Bucket=parameters.ARTIFACT_BUCKET.ref(template),
                S3Key=parameters.CODE_KEYS[settings.folder].ref(template),
            ),
            Handler=ENTRY_POINT,
            Runtime=parameters.RUNTIME.ref(template),
            Architectures=[parameters.ARCHITECTURE.ref(template)],
            Layers=[runtime.layer.ref()],
            Role=role.get_att("Arn"),
            MemorySize=settings.memory.ref(template),
            Timeout=settings.timeout_seconds,
            ReservedConcurrentExecutions=settings.concurrency.ref(template),
            Environment=Environment(Variables=_environment(template, settings)),
            KmsKeyArn=runtime.key_arn,
            LoggingConfig=LoggingConfig(LogGroup=group.ref()),
            TracingConfig=TracingConfig(Mode="Active"),
            VpcConfig=runtime.network.vpc_config,
        )
    )


def _environment(template: Template, settings: FunctionSettings) -> dict[str, Any]:
    return {contract.ENV_SUFFIX: parameters.ENVIRONMENT_SUFFIX.ref(template), **settings.environment}
