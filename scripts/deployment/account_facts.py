"""Reads who asks, and the quotas and names in use, from an account and region."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from botocore.exceptions import ClientError

from scripts.deployment import named_resources

Value = TypeVar("Value")
_FORBIDDEN: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})


@dataclass(frozen=True)
class AccountFacts:
    """Identity, quotas and names in use. None: these credentials may not read it; `unread` lists those in words.

    Concurrency in executions at once, `api_rate` in requests a second, `table_*` in units a second. `taken`:
    names of ours that exist, by resource type.
    """

    caller: str
    concurrency_unreserved: int | None = None
    concurrency_held: int = 0
    api_rate: float | None = None
    api_burst: int | None = None
    table_reads: int | None = None
    table_writes: int | None = None
    log_policies: frozenset[str] | None = None
    taken: Mapping[str, list[str]] = field(default_factory=dict)
    unread: tuple[str, ...] = ()


def read_facts(
    client: Callable[[str], Any], functions: Iterable[str], names: Mapping[str, frozenset[str]]
) -> AccountFacts:
    """Read them with clients for a service's name. `functions`: names of ours that reserve concurrency;
    `names`: what would be new, by resource type.

    Raises ClientError for anything but a right that is missing.
    """
    unread: list[str] = []
    unreserved = _read_if_allowed(unread, "concurrency of functions", lambda: _unreserved(client("lambda")))
    throttle = (
        _read_if_allowed(unread, "limits of API Gateway", lambda: _throttle(client("apigateway"))) or {}
    )
    tables = (
        _read_if_allowed(unread, "limits of DynamoDB", lambda: client("dynamodb").describe_limits()) or {}
    )
    existing, unlisted = named_resources.existing_names(client, names)
    return AccountFacts(
        caller=str(client("sts").get_caller_identity()["Arn"]),
        concurrency_unreserved=unreserved,
        concurrency_held=_held_concurrency(client("lambda"), functions) if unreserved is not None else 0,
        api_rate=throttle.get("rateLimit"),
        api_burst=throttle.get("burstLimit"),
        table_reads=tables.get("TableMaxReadCapacityUnits"),
        table_writes=tables.get("TableMaxWriteCapacityUnits"),
        log_policies=_read_if_allowed(
            unread, "resource policies of logs", lambda: _log_policies(client("logs"))
        ),
        taken=existing,
        unread=(*unread, *(f"names of {resource_type}" for resource_type in unlisted)),
    )


def _read_if_allowed(unread: list[str], label: str, read: Callable[[], Value]) -> Value | None:
    try:
        return read()
    except ClientError as error:
        if error.response["Error"]["Code"] not in _FORBIDDEN:
            raise
        unread.append(label)
        return None


def _unreserved(client: Any) -> int:
    return int(client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"])


def _held_concurrency(client: Any, functions: Iterable[str]) -> int:
    """Concurrency that our functions reserve already: an update takes it from them first."""
    held = 0
    for name in functions:
        try:
            held += client.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions", 0)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
    return held


def _throttle(client: Any) -> dict[str, Any]:
    settings: dict[str, Any] = client.get_account().get("throttleSettings", {})
    return settings


def _log_policies(client: Any) -> frozenset[str]:
    pages = client.get_paginator("describe_resource_policies").paginate()
    return frozenset(pages.search("resourcePolicies[].policyName"))
