"""Quotas of the account that parameters may exceed, read from Service Quotas, and the request to file for each.

Those that another call tells are in scripts.deployment.preflight: concurrency, the API's rate, throughput of tables.
Networks and addresses are P9007 of docs/aws-facts.md, rates P9008.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from botocore.exceptions import ClientError

from scripts.deployment.account_facts import FORBIDDEN
from scripts.deployment.problem import Problem
from stacks.parameters.features import PROCESSING_MODE, WORKFLOW_MODE
from stacks.parameters.network import NAT_GATEWAYS, NETWORK_MODE, PRIVATE_NETWORK
from stacks.parameters.throttles import API_THROTTLE_RATE

# Of the inbox for a webhook of 3 KB, a quarter of them PayPal's; a test works it out from the code's own calls.
WRITE_UNITS_OF_A_WEBHOOK: Final = 10
Values = Mapping[str, str]
Clients = Callable[[str], Any]  # a boto3 client by its service's name


class Quota(NamedTuple):
    """A quota of Service Quotas. `key`: its code, or its name where no page tells the code.

    `needed`: how much of it the parameters take; `used`: how much the region has in use, None for a rate.
    """

    service: str
    key: str
    what: str
    needed: Callable[[Values], int]
    used: Callable[[Clients], int] | None = None


def _networks(values: Values) -> int:
    return int(values.get(NETWORK_MODE.title) == PRIVATE_NETWORK.value)


def _addresses(values: Values) -> int:
    return _networks(values) and int(values[NAT_GATEWAYS.title])


def _webhooks(values: Values) -> int:
    return int(values[API_THROTTLE_RATE.title])


def _write_units(values: Values) -> int:
    return WRITE_UNITS_OF_A_WEBHOOK * _webhooks(values)


def _executions(values: Values) -> int:
    return _webhooks(values) if values[PROCESSING_MODE.title] == WORKFLOW_MODE else 0


# Codes: https://docs.aws.amazon.com/general/latest/gr/ev.html, …/sns.html, …/vpc-service.html, …/ec2-service.html,
# …/ddb.html;
# Step Functions': https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html, which has no codes.
QUOTAS: Final = (
    Quota(
        "vpc",
        "L-F678F1CE",
        "networks",
        _networks,
        lambda client: sum(
            len(page["Vpcs"]) for page in client("ec2").get_paginator("describe_vpcs").paginate()
        ),
    ),
    Quota(
        "ec2",
        "L-0263D0A3",
        "elastic IP addresses",
        _addresses,
        lambda client: len(client("ec2").describe_addresses()["Addresses"]),
    ),
    Quota("dynamodb", "L-AB614373", "write units a second of a table", _write_units),
    Quota("events", "L-9B653E91", "calls of PutEvents a second", _webhooks),
    Quota("sns", "L-F8E2BA85", "messages published a second", _webhooks),
    Quota(
        "states",
        "StartExecution throttle token refill rate per second",
        "executions started a second",
        _executions,
    ),
)


class QuotaFindings(NamedTuple):
    """`problems` would fail; `advice` only slows down; `unread`: what these credentials may not read, in words."""

    problems: tuple[Problem, ...] = ()
    advice: tuple[Problem, ...] = ()
    unread: tuple[str, ...] = ()


def read_quotas(client: Clients, deployed: Values, values: Values) -> QuotaFindings:
    """Quotas that are lower than what the parameters take. `deployed`: the stack's present parameters, empty without.

    Raises ClientError for anything but a right that is missing.
    """
    problems: list[Problem] = []
    advice: list[Problem] = []
    unread: list[str] = []
    for quota in QUOTAS:
        needed = quota.needed(values)
        more = needed - (quota.needed(deployed) if quota.used and deployed else 0)
        if more <= 0:
            continue
        try:
            found = _find(client("service-quotas"), quota)
            wanted = more + quota.used(client) if quota.used else needed
        except ClientError as error:
            if error.response["Error"]["Code"] not in FORBIDDEN:
                raise
            found = None
        if found is None:
            unread.append(f"quota of {quota.what}")
        elif found["Value"] < wanted:
            (problems if quota.used else advice).append(_problem(quota, found, wanted))
    return QuotaFindings(tuple(problems), tuple(advice), tuple(unread))


def _find(client: Any, quota: Quota) -> Any:
    """The quota as applied to the account, else AWS's default; None when there is none of that key."""
    for operation in ("list_service_quotas", "list_aws_default_service_quotas"):
        for one in _quotas(client, operation, quota.service):
            if quota.key in (one["QuotaCode"], one["QuotaName"]):
                return one
    return None


def _quotas(client: Any, operation: str, service: str) -> Iterator[Any]:
    for page in client.get_paginator(operation).paginate(ServiceCode=service):
        yield from page["Quotas"]


def _problem(quota: Quota, found: Any, wanted: int) -> Problem:
    return Problem(
        f"the account's quota of {quota.what} ({found['QuotaCode']}) is {found['Value']:g}; {wanted} are wanted",
        f"ask for more: aws service-quotas request-service-quota-increase --service-code {quota.service} "
        f"--quota-code {found['QuotaCode']} --desired-value {wanted}",
    )
