"""Reads who asks, and the quotas and names in use, from an account and region."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from botocore.exceptions import ClientError

from scripts.deployment import named_resources

Value = TypeVar("Value")
FORBIDDEN: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})


@dataclass(frozen=True)
class AccountFacts:
    """Identity, quotas and names in use. None: these credentials may not read it; `unread` lists those in words.

    Concurrency in executions at once, `concurrency_held` by function, `api_rate` in requests a second, `table_*` in
    units a second. `warm_units`: what our tables and their indexes (`table/index`) are warm for, the greater of reads
    and writes a second. `taken`: names of ours that exist, by resource type.
    """

    caller: str
    concurrency_unreserved: int | None = None
    concurrency_held: Mapping[str, int] = field(default_factory=dict)
    api_rate: float | None = None
    api_burst: int | None = None
    table_reads: int | None = None
    table_writes: int | None = None
    log_policies: frozenset[str] | None = None
    warm_units: Mapping[str, int] = field(default_factory=dict)
    taken: Mapping[str, list[str]] = field(default_factory=dict)
    unread: tuple[str, ...] = ()


def read_facts(
    client: Callable[[str], Any],
    functions: Iterable[str],
    names: Mapping[str, frozenset[str]],
    tables: Iterable[str] = (),
) -> AccountFacts:
    """Read them with clients for a service's name. `functions`: names of ours that reserve concurrency; `tables`: of
    ours that may exist; `names`: what would be new, by resource type.

    Raises ClientError for anything but a right that is missing.
    """
    unread: list[str] = []
    unreserved = _read_if_allowed(unread, "concurrency of functions", lambda: _unreserved(client("lambda")))
    throttle = (
        _read_if_allowed(unread, "limits of API Gateway", lambda: _throttle(client("apigateway"))) or {}
    )
    limits = (
        _read_if_allowed(unread, "limits of DynamoDB", lambda: client("dynamodb").describe_limits()) or {}
    )
    warm = _read_if_allowed(unread, "warm throughput", lambda: _warm_units(client("dynamodb"), tables))
    existing, unlisted = named_resources.existing_names(client, names)
    return AccountFacts(
        caller=str(client("sts").get_caller_identity()["Arn"]),
        concurrency_unreserved=unreserved,
        concurrency_held=_held_concurrency(client("lambda"), functions) if unreserved is not None else {},
        api_rate=throttle.get("rateLimit"),
        api_burst=throttle.get("burstLimit"),
        table_reads=limits.get("TableMaxReadCapacityUnits"),
        table_writes=limits.get("TableMaxWriteCapacityUnits"),
        log_policies=_read_if_allowed(
            unread, "resource policies of logs", lambda: _log_policies(client("logs"))
        ),
        warm_units=warm or {},
        taken=existing,
        unread=(*unread, *(f"names of {resource_type}" for resource_type in unlisted)),
    )


def _read_if_allowed(unread: list[str], label: str, read: Callable[[], Value]) -> Value | None:
    try:
        return read()
    except ClientError as error:
        if error.response["Error"]["Code"] not in FORBIDDEN:
            raise
        unread.append(label)
        return None


def _unreserved(client: Any) -> int:
    return int(client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"])


def _held_concurrency(client: Any, functions: Iterable[str]) -> dict[str, int]:
    """What our functions reserve already, by name."""
    answers = _of_existing(functions, lambda name: client.get_function_concurrency(FunctionName=name))
    return {name: answer.get("ReservedConcurrentExecutions", 0) for name, answer in answers}


def _warm_units(client: Any, tables: Iterable[str]) -> dict[str, int]:
    units = {}
    for name, answer in _of_existing(tables, lambda table: client.describe_table(TableName=table)):
        table = answer["Table"]
        indexes = {f"{name}/{one['IndexName']}": one for one in table.get("GlobalSecondaryIndexes", ())}
        for key, part in {name: table, **indexes}.items():
            warm = part.get("WarmThroughput", {})
            units[key] = max(warm.get("ReadUnitsPerSecond", 0), warm.get("WriteUnitsPerSecond", 0))
    return units


def _of_existing(names: Iterable[str], ask: Callable[[str], Any]) -> Iterator[tuple[str, Any]]:
    """Each name with the answer about it; without those that do not exist."""
    for name in names:
        try:
            yield name, ask(name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise


def _throttle(client: Any) -> dict[str, Any]:
    settings: dict[str, Any] = client.get_account().get("throttleSettings", {})
    return settings


def _log_policies(client: Any) -> frozenset[str]:
    pages = client.get_paginator("describe_resource_policies").paginate()
    return frozenset(pages.search("resourcePolicies[].policyName"))
