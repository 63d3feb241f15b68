"""What checks find in a system that is right, and in one that is not."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from scripts.acceptance.checks_of_changes import (
    failed_execution_is_logged,
    nothing_has_drifted,
    nothing_is_left,
)
from scripts.acceptance.checks_of_operations import analytics_count_each_payment_once
from scripts.acceptance.checks_of_webhooks import duplicate_changes_nothing, forgeries_are_refused
from scripts.acceptance.step_selection import CheckFailed
from tests.support.scripts.acceptance import StandInBench

REFUSED = [401, 400] * 4  # forged and unsigned, at each of four endpoints


def stored(inbox_items: int, rows: int) -> Any:
    return SimpleNamespace(inbox=[{}] * inbox_items, ledger=[{}] * rows)


def test_a_duplicate_leaves_one_item_and_one_row() -> None:
    duplicate_changes_nothing(StandInBench(traced=stored(1, 1)))


@pytest.mark.parametrize("found", [(2, 1), (1, 2), (1, 0)])
def test_a_duplicate_that_changes_something_fails(found: tuple[int, int]) -> None:
    with pytest.raises(CheckFailed, match=r"inbox items and ledger rows: .* must be \(1, 1\)"):
        duplicate_changes_nothing(StandInBench(traced=stored(*found)))


def test_forgeries_are_refused_and_store_nothing() -> None:
    forgeries_are_refused(StandInBench(statuses=REFUSED, counts=[7, 7]))


@pytest.mark.parametrize(
    ("statuses", "counts", "why"),
    [
        ([200, 400] * 4, [7, 7], "forged, to stripe: 200"),
        ([401, 200] * 4, [7, 7], "unsigned, to stripe: 200"),
        (REFUSED, [7, 8], "new inbox items: 1"),
    ],
)
def test_a_forgery_that_gets_through_fails(statuses: list[int], counts: list[int], why: str) -> None:
    with pytest.raises(CheckFailed, match=why):
        forgeries_are_refused(StandInBench(statuses=statuses, counts=counts))


def drift(drifted: list[str]) -> str:
    return json.dumps({"checked": 100, "unchecked": 2, "drifted": drifted})


def test_drift_fails() -> None:
    nothing_has_drifted(StandInBench(said=drift([])))
    with pytest.raises(CheckFailed, match=r"drifted: .*Topic"):
        nothing_has_drifted(StandInBench(said=drift(["Topic"])))


def tagged(suffix: str, **fields: str) -> dict[str, Any]:
    return {"Tags": [{"Key": "Environment", "Value": suffix}], **fields}


GONE: dict[str, Any] = {
    "get_resources": {
        "ResourceTagMappingList": [{"ResourceARN": "arn:aws:kms:eu-west-1:123456789012:key/1"}]
    },
    "describe_vpcs": {"Vpcs": [{"VpcId": "vpc-default"}, tagged("other", VpcId="vpc-other")]},
    "describe_subnets": {"Subnets": []},
    "describe_route_tables": {"RouteTables": []},
    "describe_internet_gateways": {"InternetGateways": []},
    "describe_nat_gateways": {"NatGateways": [tagged("try", NatGatewayId="nat-gone", State="deleted")]},
    "describe_addresses": {"Addresses": []},
    "describe_vpc_endpoints": {"VpcEndpoints": [tagged("try", VpcEndpointId="vpce-gone", State="Deleted")]},
    "describe_flow_logs": {"FlowLogs": []},
}


def test_what_is_gone_is_not_left() -> None:
    nothing_is_left(StandInBench(GONE))


@pytest.mark.parametrize(
    ("operation", "answer", "why"),
    [
        ("list_tables", {"TableNames": ["table-analytics-try"]}, "table-analytics-try"),
        ("describe_vpcs", {"Vpcs": [tagged("try", VpcId="vpc-1", State="available")]}, "vpc-1"),
        ("describe_addresses", {"Addresses": [tagged("try", AllocationId="eipalloc-1")]}, "eipalloc-1"),
        (
            "describe_nat_gateways",
            {"NatGateways": [tagged("try", NatGatewayId="nat-1", State="available")]},
            "nat-1",
        ),
        (
            "describe_vpc_endpoints",
            {"VpcEndpoints": [tagged("try", VpcEndpointId="vpce-1", State="available")]},
            "vpce-1",
        ),
    ],
)
def test_what_lives_is_left(operation: str, answer: dict[str, Any], why: str) -> None:
    with pytest.raises(CheckFailed, match=why):
        nothing_is_left(StandInBench({**GONE, operation: answer}))


def test_a_payment_is_counted_once_between_counts_that_stand_still() -> None:
    counts = iter([3, 4, 4, 5, 5, 5])  # one of before was on its way; the payment
    analytics_count_each_payment_once(StandInBench(), lambda _bench: next(counts))


def test_a_duplicate_that_is_counted_fails() -> None:
    counts = iter([4, 4, 5, 5, 6, 6])
    bench = StandInBench()
    with pytest.raises(CheckFailed, match="counted payments: 2; must be 1"):
        analytics_count_each_payment_once(bench, lambda _bench: next(counts))
    assert ("accepted", "duplicate") in bench.evidence


def execution(status: str, *messages: str) -> dict[str, Any]:
    return {
        "start_execution": {"executionArn": "arn:of:execution"},
        "describe_execution": {"status": status},
        "filter_log_events": {"events": [{"message": message} for message in messages]},
    }


def test_a_failed_execution_has_a_line_of_its_own() -> None:
    failed_execution_is_logged(StandInBench(execution("FAILED", '{"execution_arn": "arn:of:execution"}')))
    with pytest.raises(CheckFailed, match="waited 0 s in vain for a line of arn:of:execution"):
        failed_execution_is_logged(StandInBench(execution("FAILED", '{"execution_arn": "arn:of:another"}')))
    with pytest.raises(CheckFailed, match="SUCCEEDED; must be FAILED"):
        failed_execution_is_logged(StandInBench(execution("SUCCEEDED")))
