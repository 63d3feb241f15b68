"""Which two zones the private network gets: by id, never one that lacks services, and never others than it has."""

from collections.abc import Mapping
from typing import Any

import pytest

from scripts.command_line.errors import Refused, UsageError
from scripts.deployment.zones import Zone, choose, with_zones
from tests.support.scripts.deployment_context import context_for, stubbed_target
from tests.support.scripts.stubs import REGION

# Ids are in another order than names, as in most accounts.
TOKYO = (
    Zone("ap-northeast-1a", "apne1-az4"),
    Zone("ap-northeast-1b", "apne1-az3"),  # has no NAT gateway
    Zone("ap-northeast-1c", "apne1-az1"),
    Zone("ap-northeast-1d", "apne1-az2"),
)
VPC = {"NetworkMode": "vpc"}
DESCRIBED = {"AvailabilityZones": [{"ZoneName": zone.name, "ZoneId": zone.id} for zone in TOKYO]}
ASKED = {
    "Filters": [
        {"Name": "zone-type", "Values": ["availability-zone"]},
        {"Name": "opt-in-status", "Values": ["opt-in-not-required", "opted-in"]},
        {"Name": "state", "Values": ["available"]},
    ]
}


def subnet(name: str, zone: str) -> dict[str, Any]:
    return {"AvailabilityZone": zone, "Tags": [{"Key": "Name", "Value": f"subnet-{name}-dev"}]}


SERVICES = ("events", "secretsmanager", "sns", "sqs", "ssm", "xray")
WITH_ENDPOINTS = {**VPC, "InterfaceEndpoints": "true"}


def endpoint_services(*, without: Mapping[str, str] = {}, policies: bool = True) -> list[dict[str, Any]]:
    """As AWS describes them; `without`: by service, the last letter of the zone that it has no endpoint in."""
    return [
        {
            "ServiceName": f"com.amazonaws.{REGION}.{service}",
            "AvailabilityZones": [zone.name for zone in TOKYO if zone.name[-1] != without.get(service)],
            "VpcEndpointPolicySupported": policies or service != "xray",
        }
        for service in SERVICES
    ]


def zones_of(
    given: Mapping[str, str], *live: dict[str, Any], services: list[dict[str, Any]] | None = None
) -> dict[str, str]:
    target = stubbed_target()
    ec2 = target.stub("ec2")
    ec2.add_response("describe_subnets", {"Subnets": list(live)})
    if services is not None:
        names = [f"com.amazonaws.{REGION}.{service}" for service in SERVICES]
        asked = {"Filters": [{"Name": "service-name", "Values": names}]}
        ec2.add_response("describe_vpc_endpoint_services", {"ServiceDetails": services}, asked)
    if not live:
        ec2.add_response("describe_availability_zones", DESCRIBED, ASKED)
    found = with_zones(context_for(target)[0], given)
    target.assert_all_asked()
    return {name: found[name] for name in ("ZoneOne", "ZoneTwo")}


def test_without_a_network_nobody_is_asked() -> None:
    target = stubbed_target()
    assert with_zones(context_for(target)[0], {"CostCenter": "9"}) == {"CostCenter": "9"}
    assert target.stubs == {}


def test_the_first_two_by_id_are_chosen() -> None:
    assert zones_of(VPC) == {"ZoneOne": "ap-northeast-1c", "ZoneTwo": "ap-northeast-1d"}


@pytest.mark.parametrize("unfit", ["use1-az3", "usw1-az2", "apne1-az3", "cac1-az3"])
def test_a_zone_that_lacks_services_is_never_chosen(unfit: str) -> None:
    zones = (Zone("x-1a", unfit), Zone("x-1b", unfit[:-1] + "8"), Zone("x-1c", unfit[:-1] + "9"))
    assert set(choose({}, zones, {}).values()) == {"x-1b", "x-1c"}


def test_what_a_live_network_has_is_kept_whatever_is_fit() -> None:
    live = (subnet("private-one", "ap-northeast-1b"), subnet("private-two", "ap-northeast-1a"))
    kept = {"ZoneOne": "ap-northeast-1b", "ZoneTwo": "ap-northeast-1a"}
    assert zones_of(VPC, *live) == kept
    assert zones_of({**VPC, "ZoneTwo": "ap-northeast-1a"}, *live) == kept
    # What preflight then refuses, as it does another block of addresses.
    assert zones_of({**VPC, "ZoneTwo": "ap-northeast-1d"}, *live) == {**kept, "ZoneTwo": "ap-northeast-1d"}


def test_a_person_may_choose_one_or_both() -> None:
    one = {**VPC, "ZoneTwo": "ap-northeast-1c"}
    assert zones_of(one) == {"ZoneOne": "ap-northeast-1d", "ZoneTwo": "ap-northeast-1c"}
    both = {"ZoneOne": "ap-northeast-1d", "ZoneTwo": "ap-northeast-1a"}
    assert zones_of({**VPC, **both}) == both


def test_zones_with_interface_endpoints_have_those_of_every_service() -> None:
    services = endpoint_services(without={"xray": "c", "sns": "b"})
    chosen = zones_of(WITH_ENDPOINTS, services=services)
    assert chosen == {"ZoneOne": "ap-northeast-1d", "ZoneTwo": "ap-northeast-1a"}
    assert zones_of({**WITH_ENDPOINTS, "InterfaceEndpoints": "false"})["ZoneOne"] == "ap-northeast-1c"


@pytest.mark.parametrize(
    ("given", "services", "words"),
    [
        ({"ZoneOne": "ap-northeast-1c"}, endpoint_services(without={"xray": "c"}), "no endpoint of xray"),
        ({}, endpoint_services(without={"xray": "c", "sns": "d"}), "two different zones"),
        ({}, endpoint_services(policies=False), f"xray has no endpoint with a policy in {REGION}"),
        ({}, endpoint_services()[:-1], f"xray has no endpoint with a policy in {REGION}"),
    ],
)
def test_zones_or_a_region_without_the_endpoints_are_refused(
    given: dict[str, str], services: list[dict[str, Any]], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        zones_of({**WITH_ENDPOINTS, **given}, services=services)


def test_a_live_network_gets_endpoints_only_where_they_are() -> None:
    live = (subnet("private-one", "ap-northeast-1c"), subnet("private-two", "ap-northeast-1a"))
    zones_of(WITH_ENDPOINTS, *live, services=endpoint_services(without={"xray": "d"}))
    with pytest.raises(Refused, match="stands is in ap-northeast-1c, which has no endpoint of sqs, xray"):
        zones_of(WITH_ENDPOINTS, *live, services=endpoint_services(without={"sqs": "c", "xray": "c"}))


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (
            {"ZoneOne": "ap-northeast-1b"},
            r"apne1-az3 here, which lacks services \(https://github.com/aws/aws-cdk",
        ),
        ({"ZoneOne": "us-east-1a"}, "there is no zone us-east-1a here"),
        ({"ZoneOne": "ap-northeast-1a", "ZoneTwo": "ap-northeast-1a"}, "two different zones"),
    ],
)
def test_a_choice_that_can_not_work_is_refused(wanted: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError if "no zone" in words else Refused, match=words):
        choose(wanted, TOKYO, {})


def test_a_region_with_one_fit_zone_has_no_private_network() -> None:
    with pytest.raises(Refused, match="two different zones"):
        choose({}, TOKYO[:2], {})
