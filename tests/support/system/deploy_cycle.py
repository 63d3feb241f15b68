"""What a cycle of deployments leaves behind, and changes to the templates that it makes."""

from collections.abc import Callable
from typing import Any

from tests.support.system.system import System

ALIVE = [
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "DELETE_FAILED",
]


def left_behind(system: System) -> list[str]:
    """Every name that holds the suffix, over the services that the templates use."""
    listings: dict[str, Callable[[Any], list[str]]] = {
        "cloudformation": lambda client: [
            stack["StackName"] for stack in client.list_stacks(StackStatusFilter=ALIVE)["StackSummaries"]
        ],
        "dynamodb": lambda client: client.list_tables()["TableNames"],
        "iam": lambda client: [role["RoleName"] for role in client.list_roles()["Roles"]],
        "lambda": lambda client: [function["FunctionName"] for function in client.list_functions()["Functions"]],
        "logs": lambda client: [group["logGroupName"] for group in client.describe_log_groups()["logGroups"]],
        "pipes": lambda client: [pipe["Name"] for pipe in client.list_pipes()["Pipes"]],
        "s3": lambda client: [bucket["Name"] for bucket in client.list_buckets()["Buckets"]],
        "secretsmanager": lambda client: [secret["Name"] for secret in client.list_secrets()["SecretList"]],
        "sqs": lambda client: client.list_queues().get("QueueUrls", []),
        "apigateway": lambda client: [api["name"] for api in client.get_rest_apis()["items"]],
    }  # fmt: skip
    names = [name for service, names_of in listings.items() for name in names_of(system.client(service))]
    return [name for name in names if system.suffix in name]


RENAMED_QUEUE = """

_build_messaging = build_messaging


def build_messaging() -> Template:  # type: ignore[no-redef]
    from troposphere import Sub

    template = _build_messaging()
    template.resources["SchedulesDlq"].properties["QueueName"] = Sub("queue-other-${EnvironmentSuffix}")
    return template
"""

IMPOSSIBLE_ANALYZER = """

_build_messaging = build_messaging


def build_messaging() -> Template:  # type: ignore[no-redef]
    from troposphere import accessanalyzer

    template = _build_messaging()
    template.add_resource(accessanalyzer.Analyzer("ImpossibleAnalyzer", Type="ACCOUNT"))
    return template
"""
