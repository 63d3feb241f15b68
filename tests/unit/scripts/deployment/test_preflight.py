"""What the account is asked, and what a person is told before anything is made."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from botocore.exceptions import ClientError

from scripts.command_line.environment_file import read_environment
from scripts.command_line.errors import Refused
from scripts.command_line.project_paths import ENVIRONMENTS
from scripts.deployment.account_facts import AccountFacts, read_facts
from scripts.deployment.preflight import preflight
from stacks.parameters.table import SETTINGS
from tests.support.scripts.deployment_context import StubbedTarget, context_for, stubbed_target
from tests.support.scripts.stubs import ACCOUNT_ID
from tests.support.templates.resources import built

CALLER = f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/deployer/me"
RATES = {
    "dynamodb": ("L-AB614373", "Table-level write throughput limit"),
    "events": ("L-9B653E91", "PutEvents"),
    "sns": ("L-F8E2BA85", "Messages Published per Second"),
}
VALUES = {item.title: "x" if item.default is None else str(item.default) for item in SETTINGS}
TODAY = date(2026, 11, 21)
FUNCTIONS = ("lambda-a-dev", "lambda-b-dev")


@pytest.fixture
def target() -> Iterator[StubbedTarget]:
    made = stubbed_target()
    yield made
    made.assert_all_asked()


def account(
    target: StubbedTarget,
    unreserved: int = 1000,
    held: int | None = None,
    functions: int = 2,
    tables: int = 0,
    warm: Sequence[Any] = (),
) -> None:
    settings = {"AccountLimit": {"UnreservedConcurrentExecutions": unreserved}}
    lambda_ = target.stub("lambda")
    lambda_.add_response("get_account_settings", settings)
    target.stub("apigateway").add_response(
        "get_account", {"throttleSettings": {"rateLimit": 10000.0, "burstLimit": 5000}}
    )
    limits = {"TableMaxReadCapacityUnits": 40000, "TableMaxWriteCapacityUnits": 40000}
    target.stub("dynamodb").add_response("describe_limits", limits)
    for each in warm:
        target.stub("dynamodb").add_response("describe_table", {"Table": {"WarmThroughput": each}})
    for _ in range(tables):
        target.stub("dynamodb").add_client_error("describe_table", "ResourceNotFoundException")
    target.stub("sts").add_response("get_caller_identity", {"Arn": CALLER, "Account": ACCOUNT_ID})
    for _ in range(functions):
        if held is None:
            lambda_.add_client_error("get_function_concurrency", "ResourceNotFoundException")
        else:
            lambda_.add_response("get_function_concurrency", {"ReservedConcurrentExecutions": held})
    policies = {"resourcePolicies": [{"policyName": "one"}, {"policyName": "two"}]}
    target.stub("logs").add_response("describe_resource_policies", policies)


def quotas(target: StubbedTarget, rate: float = 10000.0) -> None:
    """Of the rates, which are asked for at each deploy: the API takes 1,000 requests a second."""
    for service, (code, name) in RATES.items():
        quota = {"QuotaCode": code, "QuotaName": name, "Value": rate}
        asked = {"ServiceCode": service}
        target.stub("service-quotas").add_response("list_service_quotas", {"Quotas": [quota]}, asked)


def test_the_account_is_read(target: StubbedTarget) -> None:
    account(target, held=7)
    assert read_facts(target.client, FUNCTIONS, {}) == AccountFacts(
        caller=CALLER,
        concurrency_unreserved=1000,
        concurrency_held={"lambda-a-dev": 7, "lambda-b-dev": 7},
        api_rate=10000.0,
        api_burst=5000,
        table_reads=40000,
        table_writes=40000,
        log_policies=frozenset({"one", "two"}),
    )


def test_a_function_that_is_not_there_holds_nothing(target: StubbedTarget) -> None:
    account(target)
    assert read_facts(target.client, FUNCTIONS, {}).concurrency_held == {}


def test_what_may_not_be_read_is_said_and_the_rest_is_read(target: StubbedTarget) -> None:
    target.stub("lambda").add_client_error("get_account_settings", "AccessDeniedException")
    target.stub("apigateway").add_client_error("get_account", "AccessDeniedException")
    target.stub("dynamodb").add_client_error("describe_limits", "AccessDeniedException")
    target.stub("dynamodb").add_client_error("list_tables", "AccessDeniedException")
    target.stub("sts").add_response("get_caller_identity", {"Arn": CALLER})
    target.stub("logs").add_client_error("describe_resource_policies", "AccessDeniedException")
    facts = read_facts(target.client, FUNCTIONS, {"AWS::DynamoDB::Table": frozenset({"table-x-dev"})})
    assert replace(facts, unread=()) == AccountFacts(CALLER)
    assert len(facts.unread) == 5
    assert facts.unread[-1] == "names of AWS::DynamoDB::Table"


def test_another_error_is_not_taken_for_a_missing_right(target: StubbedTarget) -> None:
    target.stub("lambda").add_client_error("get_account_settings", "ServiceException")
    with pytest.raises(ClientError):
        read_facts(target.client, FUNCTIONS, {})


def test_a_good_account_is_told_with_who_asks(target: StubbedTarget) -> None:
    account(target, functions=_reserving(), tables=4)
    quotas(target)
    context, output = context_for(target)
    preflight(context, built(), VALUES, {}, TODAY)
    assert f"preflight: as {CALLER}" in output.getvalue()
    assert "are in order" in output.getvalue()


def test_a_new_account_with_ten_executions_has_a_file_that_works(target: StubbedTarget) -> None:
    account(target, unreserved=10, functions=_reserving(), tables=4)
    quotas(target)
    context, output = context_for(target)
    file = read_environment(ENVIRONMENTS / "new-account.toml")
    values = {**VALUES, **file.parameters}
    preflight(context, built(), values, {}, TODAY)
    assert "are in order" in output.getvalue()
    account(target, unreserved=10, functions=_reserving(), tables=4)
    quotas(target)
    with pytest.raises(Refused):
        preflight(context, built(), {**values, "OtherConcurrency": "1"}, {}, TODAY)
    assert "reserve 6 concurrent executions; of the 10 that are free here" in output.getvalue()


@pytest.mark.fact("P9008")
def test_a_rate_below_the_apis_is_said_and_not_refused(target: StubbedTarget) -> None:
    account(target, functions=_reserving(), tables=4)
    quotas(target, rate=600.0)
    context, output = context_for(target)
    preflight(context, built(), VALUES, {}, TODAY)
    assert (
        "the account's quota of calls of PutEvents a second (L-9B653E91) is 600; 1000 are wanted"
        in output.getvalue()
    )
    assert "--service-code events --quota-code L-9B653E91 --desired-value 1000" in output.getvalue()
    assert "are in order" in output.getvalue()


def test_all_problems_are_told_at_once_and_nothing_goes_on(target: StubbedTarget) -> None:
    account(target, unreserved=100, functions=_reserving(), tables=4)
    quotas(target)
    context, output = context_for(target)
    with pytest.raises(Refused, match="2 things would fail; nothing was made") as caught:
        preflight(context, built(), {**VALUES, "DomainName": "hooks.example.com"}, {}, TODAY)
    assert "scripts/deploy.py --suffix dev" in caught.value.next_step
    for words in ("DomainName and CertificateArn", "give both", "reserve", "service-quotas"):
        assert words in output.getvalue()


def test_pci_is_asked_for_by_the_environment_file_alone(target: StubbedTarget) -> None:
    account(target, functions=_reserving(), tables=4)
    quotas(target)
    context, output = context_for(target)
    with pytest.raises(Refused, match="would fail; nothing was made"):
        preflight(context, built(), VALUES, {}, TODAY, is_pci=True)
    for words in ("NetworkMode is none: PCI DSS 1.3.1, 1.4.2", "NetworkMode=vpc; [compliance] pci = true"):
        assert words in output.getvalue()


def test_what_is_deployed_is_compared_with_what_is_wanted(target: StubbedTarget) -> None:
    warm = {"Status": "ACTIVE", "ReadUnitsPerSecond": 40000, "WriteUnitsPerSecond": 40000}
    account(target, functions=_reserving(), warm=[warm] * 4)
    quotas(target)
    started = {"ReceiverProvisionedConcurrency": "100"}
    standing = {**VALUES, **started, "NetworkMode": "vpc", "VpcCidr": "10.9.0.0/16"}
    context, output = context_for(target)
    wanted = {"NetworkMode": "vpc", "WarmThroughput": "12000", "ReceiverConcurrency": "99"}
    with pytest.raises(Refused, match="3 things would fail"):
        preflight(context, built(), {**VALUES, **wanted}, standing, TODAY)
    for words in (
        "VpcCidr is 10.9.0.0/16 and can't become 10.0.0.0/16",
        "DynamoDB only raises it",
        "while 100 containers are still started",
    ):
        assert words in output.getvalue()


def test_a_runtime_whose_support_ends_soon_is_said_and_not_refused(target: StubbedTarget) -> None:
    account(target, functions=_reserving(), tables=4)
    quotas(target)
    context, output = context_for(target)
    preflight(context, built(), {**VALUES, "Runtime": "python3.11"}, {}, date(2027, 5, 1))
    assert "preflight: Lambda's support of python3.11 ends on 2027-06-30" in output.getvalue()
    assert "are in order" in output.getvalue()


def test_the_local_engine_is_asked_for_nothing(target: StubbedTarget) -> None:
    local = replace(target, endpoint_url="http://127.0.0.1:1")
    context, output = context_for(local)
    preflight(context, built(), VALUES, None, date(2099, 1, 1))
    assert "not checked here: quotas" in output.getvalue()
    assert "support" not in output.getvalue()  # the engine ends none
    assert target.stubs == {}


def _reserving() -> int:
    from scripts.deployment.preflight import reserving_functions
    from stacks.names import Names

    return len(reserving_functions(built().nested.values(), Names("dev")))
