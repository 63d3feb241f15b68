"""Chooses the two availability zones of the private network, and keeps those that it has.

A zone's name means another zone in another account; its id means the same one everywhere. So zones are chosen by id,
and given to the template by name.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple

from scripts.command_line.errors import Refused, UsageError
from scripts.deployment.context import Context
from stacks.network.vpc_endpoints import INTERFACES, service_name
from stacks.parameters.network import (
    INTERFACE_ENDPOINTS,
    NETWORK_MODE,
    PRIVATE_NETWORK,
    ZONE_ONE,
    ZONE_TWO,
)

# Zones that AWS leaves services out of (NAT gateways, Lambda, interface endpoints), and where it names them. No call
# tells which zone has a NAT gateway.
UNFIT: Final[Mapping[str, str]] = {
    "apne1-az3": "https://github.com/aws/aws-cdk/issues/5847",  # "Nat Gateway is not available in this …"
    "cac1-az3": "https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html",
    "use1-az3": "https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html",
    "usw1-az2": "https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html",
}
# By parameter, the word for it in the subnets' names.
_SUBNETS: Final = {ZONE_ONE.title: "private-one", ZONE_TWO.title: "private-two"}


class Zone(NamedTuple):
    """An availability zone, e.g. `us-east-1a`, which is `use1-az4` in one account and `use1-az6` in another."""

    name: str
    id: str


def with_zones(context: Context, given: Mapping[str, str]) -> dict[str, str]:
    """The parameters with both zones, if they ask for a private network: those that are given, those of the live
    network, else the first two by id. With InterfaceEndpoints these have the endpoints of all services.

    Raises Refused for a zone that is unknown, unfit or given twice, and for a live one without an endpoint. Preflight
    refuses another than the live network's.
    """
    if given.get(NETWORK_MODE.title, NETWORK_MODE.default) != PRIVATE_NETWORK.value:
        return dict(given)
    ec2 = context.target.client("ec2")
    wanted = {name: given[name] for name in _SUBNETS if given.get(name)}
    names = {name: context.names.name("subnet", purpose) for name, purpose in _SUBNETS.items()}
    live = _live_zones(ec2, names)
    endpoints: dict[str, frozenset[str]] = {}
    # The local engine has none of X-Ray, and makes every endpoint in every zone.
    if given.get(INTERFACE_ENDPOINTS.title) == "true" and not context.target.is_local:
        endpoints = _endpoint_zones(ec2, context.target.region)
    if live:
        _check_live(live.values(), endpoints)
        return {**given, **live, **wanted}
    chosen = choose(wanted, _zones(ec2), endpoints)
    context.print_message(f"zones of the private network: {', '.join(chosen.values())}")
    return {**given, **chosen}


def choose(
    wanted: Mapping[str, str], zones: Iterable[Zone], endpoints: Mapping[str, Collection[str]]
) -> dict[str, str]:
    """Names of two zones by parameter: those of `wanted`, else the fit ones that are first by id. Raises UsageError
    for a zone that there is not, Refused for one that is not fit, and where there are no two.

    `endpoints`: by service of which an endpoint is wanted, the names of the zones that it can be in.
    """
    ids = {zone.name: zone.id for zone in zones}
    lacks = {name: _lack(name, zone_id, endpoints) for name, zone_id in ids.items()}
    fit = sorted((zone_id, name) for name, zone_id in ids.items() if not lacks[name])
    for parameter, name in wanted.items():
        if name not in ids:
            raise UsageError(
                f"{parameter}: there is no zone {name} here", f"there are: {', '.join(sorted(ids))}"
            )
        if lacks[name]:
            raise Refused(
                f"{parameter}: {name} is {ids[name]} here, which {lacks[name]}",
                f"choose of {', '.join(name for _, name in fit)}, or leave it out",
            )
    left = [name for _, name in fit if name not in wanted.values()]
    chosen = {parameter: wanted.get(parameter) or (left.pop(0) if left else "") for parameter in _SUBNETS}
    if len({name for name in chosen.values() if name}) < len(_SUBNETS):
        raise Refused(
            "a private network needs two different zones",
            f"fit are: {', '.join(name for _, name in fit)}"
            + (f"; with {INTERFACE_ENDPOINTS.title}=false more may be" if endpoints else ""),
        )
    return chosen


def _lack(name: str, zone_id: str, endpoints: Mapping[str, Collection[str]]) -> str:
    """What the zone has not, in words; empty for a fit one."""
    if zone_id in UNFIT:
        return f"lacks services ({UNFIT[zone_id]})"
    missing = [service for service, names in endpoints.items() if name not in names]
    return f"has no endpoint of {', '.join(missing)}" if missing else ""


def _check_live(zones: Iterable[str], endpoints: Mapping[str, Collection[str]]) -> None:
    for name in zones:
        if lack := _lack(name, "", endpoints):
            raise Refused(
                f"{INTERFACE_ENDPOINTS.title}: the network that stands is in {name}, which {lack}",
                f"{INTERFACE_ENDPOINTS.title}=false, or first {NETWORK_MODE.title}=none: a new network has others",
            )


def _live_zones(ec2: Any, names: Mapping[str, str]) -> dict[str, str]:
    """The zones of the live private subnets, by parameter; empty when there is no network."""
    named = [{"Name": "tag:Name", "Values": list(names.values())}]
    by_name = {
        tag["Value"]: subnet["AvailabilityZone"]
        for subnet in ec2.describe_subnets(Filters=named)["Subnets"]
        for tag in subnet.get("Tags", ())
        if tag["Key"] == "Name"
    }
    return {name: by_name[subnet] for name, subnet in names.items()} if by_name else {}


def _endpoint_zones(ec2: Any, region: str) -> dict[str, frozenset[str]]:
    """By service, the names of the zones that its interface endpoint can be in. Raises Refused for one that has none
    here, or none that takes a policy.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ServiceDetail.html
    """
    names = {service: service_name(service, region) for service in INTERFACES}
    asked = [{"Name": "service-name", "Values": list(names.values())}]
    pages = ec2.get_paginator("describe_vpc_endpoint_services").paginate(Filters=asked)
    found = {each["ServiceName"]: each for each in pages.search("ServiceDetails[]")}
    for service, name in names.items():
        if not found.get(name, {}).get("VpcEndpointPolicySupported"):
            raise Refused(
                f"{INTERFACE_ENDPOINTS.title}: {service} has no endpoint with a policy in {region}",
                f"{INTERFACE_ENDPOINTS.title}=false: it is then reached by the NAT",
            )
    return {service: frozenset(found[name]["AvailabilityZones"]) for service, name in names.items()}


def _zones(ec2: Any) -> list[Zone]:
    """The region's availability zones that this account may use: no local zones, none that it has not opted in."""
    kinds = [
        {"Name": "zone-type", "Values": ["availability-zone"]},
        {"Name": "opt-in-status", "Values": ["opt-in-not-required", "opted-in"]},
        {"Name": "state", "Values": ["available"]},
    ]
    found = ec2.describe_availability_zones(Filters=kinds)["AvailabilityZones"]
    return [Zone(each["ZoneName"], each["ZoneId"]) for each in found]
