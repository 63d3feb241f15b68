"""Patterns of ARNs of an environment's resources, by the service prefix of IAM's actions.

`Names` with values gives ready patterns, stacks.names.IN_TEMPLATE those with CloudFormation's placeholders.
"""

from collections.abc import Sequence

from stacks.names import Names

# API Gateway makes up the ids of what it holds, so its paths are all that can be told apart.
_API_PATHS = ("/apikeys*", "/clientcertificates*", "/domainnames*", "/restapis*", "/tags/*", "/usageplans*")


def stack_arns(names: Names, nested: Sequence[str]) -> tuple[str, ...]:
    """The stack and those nested in it. `nested`: their logical ids, which CloudFormation puts into their names."""
    stacks = (names.stack, *(f"{names.stack}-{logical_id}-*" for logical_id in nested))
    return tuple(names.arn("cloudformation", f"stack/{name}/*") for name in stacks)


def role_arn_pattern(names: Names) -> str:
    return f"arn:{names.partition}:iam::{names.account}:role/{names.role('*')}"


def policy_arn_pattern(names: Names) -> str:
    return f"arn:{names.partition}:iam::{names.account}:policy/{names.policy('*')}"


def arn_patterns(names: Names) -> dict[str, tuple[str, ...]]:
    """By service. A service that is not here has nothing of ours: its actions are granted to nobody."""
    apis = f"arn:{names.partition}:apigateway:{names.region}::"
    group = names.schedule_group
    functions, layer = names.function_arn_pattern, names.arn("lambda", f"layer:{names.layer}")
    return {
        "apigateway": tuple(apis + path for path in _API_PATHS),
        "cloudwatch": (
            names.alarm_arn("*"),
            f"arn:{names.partition}:cloudwatch::{names.account}:dashboard/{names.dashboard}",
        ),
        "dynamodb": (names.table_arn_pattern, f"{names.table_arn_pattern}/*"),
        "ec2": (names.anything_of_ec2_arn_pattern,),
        "events": (names.event_bus_arn, names.rule_arn("*")),
        "iam": (role_arn_pattern(names), policy_arn_pattern(names)),
        "kms": (names.arn("kms", "key/*"), names.arn("kms", names.key_alias_pattern)),
        "lambda": (
            functions,
            f"{functions}:*",
            layer,
            f"{layer}:*",
            names.arn("lambda", "event-source-mapping:*"),
        ),
        "logs": tuple(
            arn + rest for arn in names.log_group_arn_patterns for rest in ("", ":*")
        ),  # IAM knows both
        "pipes": (names.arn("pipes", f"pipe/{names.name('pipe', '*')}"),),
        "route53": (f"arn:{names.partition}:route53:::hostedzone/*", names.arn("ec2", "vpc/*")),
        "s3": (names.bucket_arn_pattern,),
        "scheduler": (
            names.schedule_group_arn,
            names.arn("scheduler", f"schedule/{group}/{names.schedule('*')}"),
        ),
        # A secret that is being made has no random end of its ARN yet.
        "secretsmanager": (
            names.all_secrets_arn_pattern,
            names.arn("secretsmanager", f"secret:{names.name('secret', '*')}"),
        ),
        "sns": (names.topic_arn(names.name("topic", "*")),),
        "sqs": (names.queue_arn_pattern,),
        "ssm": (names.config_parameter_arn,),
        "states": (names.processing_workflow_arn,),
        # The web ACL's groups of rules are AWS's own, and it is put on the stage of an API.
        "wafv2": (
            names.arn("wafv2", f"regional/webacl/{names.web_acl}/*"),
            names.arn("wafv2", f"regional/ipset/{names.provider_ip_set}/*"),
            names.arn("wafv2", "regional/managedruleset/*/*"),
            f"{apis}/restapis/*",
        ),
        "xray": (names.arn("xray", f"sampling-rule/{names.name('traces', '*')}"),),
    }
