"""What checks find in a system that is right, and in one that is not."""

import base64
import json
import time
from types import SimpleNamespace
from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.day_shards import DAY_SECONDS
from payment_webhooks.domain import events as words
from payment_webhooks.ledger.writer import LedgerWriter
from payment_webhooks.timestamps import utc_timestamp
from scripts.acceptance.checks_of_changes import (
    failed_execution_is_logged,
    nothing_has_drifted,
    nothing_is_left,
)
from scripts.acceptance.checks_of_operations import (
    analytics_count_each_payment_once,
    old_payment_is_archived,
)
from scripts.acceptance.checks_of_webhooks import duplicate_changes_nothing, forgeries_are_refused
from scripts.acceptance.samples import transaction_id
from scripts.acceptance.step_selection import CheckFailed
from scripts.command_line.boto3_api import client_api
from tests.support.library.ledger import payment_event, row_of
from tests.support.scripts.acceptance import StandInBench
from tests.support.second_engine.dynamodb import second_client

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


class LedgerBench(StandInBench):
    """A bench with a ledger, in which each webhook that is sent is a payment, and an archiver that says it is done."""

    def __init__(self) -> None:
        line = {"archive": contract.ARCHIVE_TRANSACTIONS, "outcome": "complete", contract.METRIC_ARCHIVED: 1}
        log = base64.b64encode(json.dumps(line).encode()).decode()
        super().__init__({"invoke": {"LogResult": log}}, said='[{"lines": [1]}]')
        self.ledger = second_client({"ledger": (contract.TRANSACTION_ID, contract.TRANSACTION_TIMESTAMP)})
        self.names = SimpleNamespace(transactions_table="ledger", function=lambda _: "archiver")  # type: ignore[assignment]

    def client(self, service: str) -> Any:
        return self.ledger if service == "dynamodb" else super().client(service)

    def accepted(self, endpoint: str, body: bytes, status: str = "accepted") -> str:
        row = row_of(payment_event(words.SUCCEEDED, 5000))._replace(transaction_id=transaction_id(body))
        api = client_api(self.ledger)
        LedgerWriter(api, "ledger", lambda: row.recorded_at, self.sleep, lambda *_: False).append(row)
        self.before = self.items()
        return super().accepted(endpoint, body, status)

    def items(self) -> dict[tuple[str, str], Any]:
        found = self.ledger.scan(TableName="ledger")["Items"]
        return {(item["transaction_id"]["S"], item["timestamp"]["S"]): item for item in found}


def test_what_is_archived_is_old_and_was_added_so_that_no_alarm_of_tampering_rings() -> None:
    bench = LedgerBench()
    old_payment_is_archived(bench)
    after = bench.items()
    assert len(bench.before) == 2  # row and head
    assert bench.before.items() <= after.items()
    added = [item for key, item in after.items() if key not in bench.before and "recorded_at" in item]
    assert len(added) == 2
    limit = utc_timestamp(time.time() - 180 * DAY_SECONDS)  # ArchiveAfterDays
    assert [item for item in added if item["recorded_at"]["S"] >= limit] == []


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
