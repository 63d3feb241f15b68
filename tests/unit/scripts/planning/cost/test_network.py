"""The private network adds lines by the hour to the bill."""

from functools import cache
from math import isclose

from scripts.planning.cost.bill import Bill, Span
from tests.unit.scripts.planning.cost.test_bill import bill

MONTH_HOURS = 730.0


@cache
def _with_one() -> dict[str, float]:
    return _added(bill(NetworkMode="vpc"))


def _added(costs: Bill) -> dict[str, float]:
    """USD a month of what is in the network layer, by resource."""
    lines = [line for line in costs.of(Span.MONTH) if line.resource.startswith("network/")]
    return {line.resource: line.usd for line in lines}


def test_one_way_out_costs_a_gateway_and_its_address() -> None:
    assert {name: round(usd / MONTH_HOURS, 3) for name, usd in _with_one().items()} == {
        "network/NatGatewayOne": 0.045,
        "network/NatAddressOne": 0.005,
    }


def test_two_ways_out_cost_twice_that() -> None:
    assert isclose(
        sum(_added(bill(NetworkMode="vpc", NatGateways=2)).values()), 2 * sum(_with_one().values())
    )


def test_interface_endpoints_are_paid_in_each_zone() -> None:
    costs = _added(bill(NetworkMode="vpc", InterfaceEndpoints="true"))
    made = {name: usd for name, usd in costs.items() if "Endpoint" in name}
    assert {round(usd / MONTH_HOURS, 3) for usd in made.values()} == {0.02}
    assert len(made) >= 6


def test_without_a_network_nothing_of_it_is_paid() -> None:
    assert not [line for line in bill().lines if line.resource.startswith("network/")]
    assert not [entry for entry in bill().unpriced if entry.resource.startswith("network/")]
