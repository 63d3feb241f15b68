"""Bill of the private network: by the hour; the traffic through it is not known."""

from collections.abc import Iterator

from scripts.planning.cost.bill import Line, Span, Unpriced
from scripts.planning.cost.usage import HOURS_PER_MONTH, Usage, unpriced
from stacks.evaluation.resolved_stack import Resource


def nat_lines(usage: Usage, gateway: Resource) -> Iterator[Line | Unpriced]:
    yield usage.line(gateway, "NAT gateway", HOURS_PER_MONTH, "network.nat_hour", Span.MONTH)
    yield unpriced(gateway, "0.045 USD for each GB through it, and the way out to the internet")


def endpoint_lines(usage: Usage, endpoint: Resource) -> Iterator[Line | Unpriced]:
    """In each zone; an endpoint by routes (S3, DynamoDB) costs nothing."""
    if endpoint.get("VpcEndpointType") == "Interface":
        hours = HOURS_PER_MONTH * len(endpoint.get("SubnetIds"))
        yield usage.line(endpoint, "interface in a zone", hours, "network.endpoint_hour", Span.MONTH)
        yield unpriced(endpoint, "0.01 USD for each GB through it")


def flow_log_lines(usage: Usage, log: Resource) -> Iterator[Line | Unpriced]:
    yield unpriced(log, "0.50 USD for each GB of flows, as many as connections are made")
