"""Quotas that parameters may exceed: what is asked, and which request is to be filed."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from scripts.deployment.quota_requests import (
    QUOTAS,
    WRITE_UNITS_OF_A_WEBHOOK,
    QuotaFindings,
    read_quotas,
)
from scripts.planning.deployment_on_paper import resolve_deployment
from scripts.planning.load import Load
from scripts.planning.recorded_calls import INBOX
from scripts.planning.service_times import ServiceTimes
from scripts.planning.workload import Workload
from stacks.parameters.table import SETTINGS
from tests.support.scripts.deployment_context import StubbedTarget, stubbed_target
from tests.support.templates.resources import built

DEFAULTS = {item.title: "x" if item.default is None else str(item.default) for item in SETTINGS}
SLOW = {**DEFAULTS, "ApiThrottleRate": "100"}
PRIVATE = {**SLOW, "NetworkMode": "vpc", "NatGateways": "2"}


@pytest.fixture
def target() -> Iterator[StubbedTarget]:
    made = stubbed_target()
    yield made
    made.assert_all_asked()


def answer(target: StubbedTarget, service: str, code: str, value: float, name: str = "x") -> None:
    """The account's quotas of a service, with one that nobody asked for, on two pages."""
    stub = target.stub("service-quotas")
    other: dict[str, Any] = {"QuotaCode": "L-00000000", "QuotaName": "other", "Value": 1.0}
    found = {"QuotaCode": code, "QuotaName": name, "Value": value}
    asked = {"ServiceCode": service}
    stub.add_response("list_service_quotas", {"Quotas": [other], "NextToken": "two"}, asked)
    stub.add_response("list_service_quotas", {"Quotas": [found]}, {**asked, "NextToken": "two"})


def rates(target: StubbedTarget, value: float = 10_000) -> None:
    answer(target, "dynamodb", "L-AB614373", 4 * value)
    answer(target, "events", "L-9B653E91", value)
    answer(target, "sns", "L-F8E2BA85", value)


def in_use(target: StubbedTarget, networks: int, addresses: int) -> None:
    vpcs = [{"VpcId": f"vpc-{number}"} for number in range(networks)]
    target.stub("ec2").add_response("describe_vpcs", {"Vpcs": vpcs})
    target.stub("ec2").add_response("describe_addresses", {"Addresses": [{}] * addresses})


def test_enough_is_said_nothing_of(target: StubbedTarget) -> None:
    rates(target)
    assert read_quotas(target.client, {}, SLOW) == QuotaFindings()


@pytest.mark.fact("P9007")
def test_a_network_that_finds_no_room_would_fail(target: StubbedTarget) -> None:
    answer(target, "vpc", "L-F678F1CE", 5)
    answer(target, "ec2", "L-0263D0A3", 5)
    rates(target)
    in_use(target, networks=5, addresses=4)
    networks, addresses = read_quotas(target.client, {}, PRIVATE).problems
    assert networks.message == "the account's quota of networks (L-F678F1CE) is 5; 6 are wanted"
    assert addresses.fix == (
        "ask for more: aws service-quotas request-service-quota-increase --service-code ec2 "
        "--quota-code L-0263D0A3 --desired-value 6"
    )


def test_a_network_that_finds_room_is_in_order(target: StubbedTarget) -> None:
    answer(target, "vpc", "L-F678F1CE", 5)
    answer(target, "ec2", "L-0263D0A3", 5)
    rates(target)
    in_use(target, networks=4, addresses=3)
    assert read_quotas(target.client, {}, PRIVATE) == QuotaFindings()


def test_a_network_that_stands_takes_no_more(target: StubbedTarget) -> None:
    rates(target)
    assert read_quotas(target.client, PRIVATE, PRIVATE) == QuotaFindings()


def test_ten_times_the_webhooks_write_ten_times_the_units(target: StubbedTarget) -> None:
    answer(target, "dynamodb", "L-AB614373", 40_000)
    answer(target, "events", "L-9B653E91", 10_000)
    answer(target, "sns", "L-F8E2BA85", 10_000)
    (advice,) = read_quotas(target.client, {}, {**DEFAULTS, "ApiThrottleRate": "10000"}).advice
    assert "(L-AB614373) is 40000; 100000 are wanted" in advice.message


def test_the_units_of_a_webhook_are_those_that_the_code_writes() -> None:
    deployment = resolve_deployment(built(), {})
    workload = Workload(body_bytes=3_000, paypal_share=0.25)
    load = Load(deployment, workload, ServiceTimes({}), 1_000, "us-east-1")
    assert load.write_units(INBOX) == WRITE_UNITS_OF_A_WEBHOOK


def test_a_second_gateway_takes_one_address_more(target: StubbedTarget) -> None:
    answer(target, "ec2", "L-0263D0A3", 5)
    rates(target)
    target.stub("ec2").add_response("describe_addresses", {"Addresses": [{}] * 5})
    (problem,) = read_quotas(target.client, {**PRIVATE, "NatGateways": "1"}, PRIVATE).problems
    assert "6 are wanted" in problem.message


def test_a_workflow_starts_as_many_executions_as_webhooks_come(target: StubbedTarget) -> None:
    rates(target)
    answer(target, "states", "L-12345678", 150, "StartExecution throttle token refill rate per second")
    values = {**DEFAULTS, "ApiThrottleRate": "1000", "ProcessingMode": "workflow"}
    (advice,) = read_quotas(target.client, {}, values).advice
    assert (
        advice.message
        == "the account's quota of executions started a second (L-12345678) is 150; 1000 are wanted"
    )


def test_a_quota_that_is_not_applied_has_awss_default(target: StubbedTarget) -> None:
    answer(target, "dynamodb", "L-AB614373", 40_000)
    stub = target.stub("service-quotas")
    stub.add_response("list_service_quotas", {"Quotas": []})
    default = {"QuotaCode": "L-9B653E91", "QuotaName": "x", "Value": 50.0}
    stub.add_response("list_aws_default_service_quotas", {"Quotas": [default]}, {"ServiceCode": "events"})
    answer(target, "sns", "L-F8E2BA85", 300)
    (advice,) = read_quotas(target.client, {}, SLOW).advice
    assert "L-9B653E91) is 50; 100 are wanted" in advice.message


def test_what_may_not_be_read_or_is_not_there_is_said(target: StubbedTarget) -> None:
    answer(target, "dynamodb", "L-AB614373", 40_000)
    stub = target.stub("service-quotas")
    stub.add_client_error("list_service_quotas", "AccessDeniedException")
    stub.add_response("list_service_quotas", {"Quotas": []})
    stub.add_response("list_aws_default_service_quotas", {"Quotas": []})
    unread = ("quota of calls of PutEvents a second", "quota of messages published a second")
    assert read_quotas(target.client, {}, SLOW) == QuotaFindings(unread=unread)


def test_another_error_is_not_taken_for_a_missing_right(target: StubbedTarget) -> None:
    target.stub("service-quotas").add_client_error("list_service_quotas", "ServiceException")
    with pytest.raises(ClientError):
        read_quotas(target.client, {}, SLOW)


def test_a_quota_has_a_code_or_awss_own_name() -> None:
    assert [quota.key for quota in QUOTAS if not re.fullmatch("L-[0-9A-F]{8}", quota.key)] == [
        "StartExecution throttle token refill rate per second"
    ]
