"""The private network: paid by the hour, and by what goes through it, of which nobody knows how much."""

from collections.abc import Iterator
from typing import Final

from scripts.planning.cost.bill import Line, Span, Unpriced
from scripts.planning.cost.usage import MONTH_SECONDS, Usage
from stacks.evaluation.resolved_stack import Resource

MONTH_HOURS: Final = MONTH_SECONDS / 3600


def nat_lines(usage: Usage, gateway: Resource) -> Iterator[Line | Unpriced]:
    yield Line(str(gateway), "NAT gateway", MONTH_HOURS, usage.price("network.nat_hour"), Span.MONTH)
    yield Unpriced(
        str(gateway), gateway.type, "0.045 USD for each GB through it, and the way out to the internet"
    )


def address_lines(usage: Usage, address: Resource) -> Iterator[Line | Unpriced]:
    yield Line(str(address), "public address", MONTH_HOURS, usage.price("network.address_hour"), Span.MONTH)


def endpoint_lines(usage: Usage, endpoint: Resource) -> Iterator[Line | Unpriced]:
    """In each zone; an endpoint by routes (S3, DynamoDB) costs nothing."""
    if endpoint.get("VpcEndpointType") != "Interface":
        return
    hours = MONTH_HOURS * len(endpoint.get("SubnetIds"))
    yield Line(str(endpoint), "interface in a zone", hours, usage.price("network.endpoint_hour"), Span.MONTH)
    yield Unpriced(str(endpoint), endpoint.type, "0.01 USD for each GB through it")


def flow_log_lines(usage: Usage, log: Resource) -> Iterator[Line | Unpriced]:
    yield Unpriced(str(log), log.type, "0.50 USD for each GB of flows, as many as connections are made")
