"""What is known to fail before anything is made: each check, just within and just over its limit."""

import json
from typing import Any

import pytest

from scripts.command_line.environment_file import read_environment
from scripts.command_line.project_paths import ENVIRONMENTS
from scripts.deployment.account_facts import AccountFacts
from scripts.deployment.preflight import (
    compliance_problems,
    name_problems,
    quota_problems,
    reserving_functions,
    settings_problems,
    size_problems,
    system_problems,
)
from scripts.deployment.problem import Problem
from stacks.assembly import Assembly
from stacks.controls.settings import NEEDS
from stacks.names import Names
from stacks.parameters.table import BY_TITLE
from stacks.system_rules.system import PSEUDO
from tests.support.templates.resources import built

NAMES = Names("dev", "123456789012", "eu-west-1")
GOOD = {
    "DomainName": "",
    "CertificateArn": "",
    "AuditHotDays": "90",
    "AuditRetentionDays": "90",
    "ReceiverConcurrency": "10",
    "ReceiverProvisionedConcurrency": "10",
    "ProcessorConcurrency": "2",
    "NotificationConcurrency": "0",
    "ApiThrottleRate": "1000",
    "ApiThrottleBurst": "2000",
    "WarmThroughput": "0",
    "A": "300",
    "B": "600",
}
RESERVING = {"lambda-a-dev": "A", "lambda-b-dev": "B"}
POLICY = "policy-log-delivery-dev"
ENOUGH = AccountFacts(
    "me",
    concurrency_unreserved=1000,
    api_rate=10000.0,
    api_burst=5000,
    table_reads=40000,
    table_writes=40000,
    log_policies=frozenset({"other"}),
)


def quotas(values: dict[str, str] | None = None, **facts: Any) -> list[Problem]:
    given = AccountFacts(**{**vars(ENOUGH), **facts})
    return list(quota_problems({**GOOD, **(values or {})}, RESERVING, POLICY, given))


def test_what_fits_has_no_problem() -> None:
    assert quotas() == []
    assert list(settings_problems(GOOD)) == []
    assert list(name_problems(NAMES, ENOUGH)) == []
    assert list(size_problems(built())) == []


def test_what_cannot_be_read_is_no_problem() -> None:
    assert list(quota_problems(GOOD, RESERVING, POLICY, AccountFacts("me"))) == []


def test_a_hundred_executions_stay_unreserved() -> None:
    assert quotas() == []  # 300 + 600 + 100 = 1000
    (problem,) = quotas({"A": "301"})
    assert "reserve 901" in problem.message
    assert "100 stay unreserved" in problem.message
    assert "lower A, B" in problem.fix
    assert "--service-code lambda --quota-code L-B99A9384 --desired-value 1001" in problem.fix


def test_what_our_functions_hold_already_is_theirs_to_give_again() -> None:
    a, b = RESERVING
    assert quotas(concurrency_unreserved=100, concurrency_held={a: 300, b: 600}) == []
    assert len(quotas(concurrency_unreserved=100, concurrency_held={a: 300, b: 599})) == 1


@pytest.mark.fact("P9003")
def test_reservations_must_fit_at_every_step_of_an_update() -> None:
    """One function falls from 600 to 300 and the other rises from 300 to 600: in between both may hold 600."""
    a, b = RESERVING
    held = {a: 600, b: 300}
    (problem,) = quotas(concurrency_unreserved=100, concurrency_held=held)
    assert "reserve up to 1200 concurrent executions" in problem.message
    assert "make two updates: first only lower A, then the rest" in problem.fix
    assert "--desired-value 1300" in problem.fix
    assert quotas(concurrency_unreserved=399, concurrency_held=held) != []
    assert quotas(concurrency_unreserved=400, concurrency_held=held) == []


def test_an_account_with_few_executions_can_reserve_none() -> None:
    assert quotas({"A": "0", "B": "0"}, concurrency_unreserved=10) == []
    assert len(quotas({"A": "0", "B": "1"}, concurrency_unreserved=10)) == 1


@pytest.mark.parametrize(("setting", "most"), [("ApiThrottleRate", 10000), ("ApiThrottleBurst", 5000)])
def test_the_apis_limits_are_the_accounts_at_most(setting: str, most: int) -> None:
    assert quotas({setting: str(most)}) == []
    (problem,) = quotas({setting: str(most + 1)})
    assert f"{setting} is {most + 1}, the account's limit {most}" in problem.message
    assert "L-8A5B8E43" in problem.fix


@pytest.mark.parametrize(("fact", "what"), [("table_reads", "reads"), ("table_writes", "writes")])
def test_a_table_cannot_be_warmer_than_its_limit(fact: str, what: str) -> None:
    assert quotas({"WarmThroughput": "40000"}) == []
    (problem,) = quotas({"WarmThroughput": "40000"}, **{fact: 39999})
    assert what in problem.message
    assert "--service-code dynamodb" in problem.fix


@pytest.mark.fact("P9004")
def test_one_resource_policy_of_logs_must_fit() -> None:
    full = frozenset(str(number) for number in range(10))
    (problem,) = quotas(log_policies=full)
    assert "10 resource policies" in problem.message
    assert "delete-resource-policy" in problem.fix
    assert quotas(log_policies=frozenset([*sorted(full)[1:], POLICY])) == []
    assert quotas(log_policies=frozenset(sorted(full)[1:])) == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"DomainName": "hooks.example.com"}, "go together"),
        ({"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/a"}, "go together"),
        ({"AuditHotDays": "91"}, "AuditHotDays is more"),
        ({"ReceiverProvisionedConcurrency": "11"}, "ReceiverProvisionedConcurrency is more"),
        ({"ProcessorConcurrency": "1"}, "ProcessorConcurrency is 1, and a queue drives no fewer than 2"),
        (
            {"NotificationConcurrency": "1"},
            "NotificationConcurrency is 1, and a queue drives no fewer than 2",
        ),
        ({"A": "x" * 4097}, "4096 bytes"),
    ],
)
def test_values_that_cannot_be_together(values: dict[str, str], words: str) -> None:
    (problem,) = settings_problems({**GOOD, **values})
    assert words in problem.message
    assert problem.fix


def test_a_bucket_name_that_is_too_long_says_how_long_the_suffix_may_be() -> None:
    names = Names("a" * 20, "123456789012", "a-region-of-twenty-on")
    (problem,) = name_problems(names, ENOUGH)
    assert names.failures_bucket in problem.message
    allowed = int(problem.fix.split()[-4])
    fits = Names("a" * allowed, names.account, names.region)
    assert len(fits.failures_bucket) == 63


def test_a_taken_name_is_named() -> None:
    facts = AccountFacts("me", taken={"AWS::DynamoDB::Table": ["table-x-dev"]})
    (problem,) = name_problems(NAMES, facts)
    assert "table-x-dev" in problem.message
    assert "destroy.py" in problem.fix


@pytest.mark.fact("P9006")
def test_the_name_of_a_deleted_secret_is_free_only_later() -> None:
    (problem,) = name_problems(NAMES, AccountFacts("me", taken={"AWS::SecretsManager::Secret": ["a/dev"]}))
    assert "a/dev" in problem.message
    assert "keeps its name for some minutes" in problem.fix
    assert "--force-delete-without-recovery" in problem.fix


@pytest.mark.fact("P9005")
@pytest.mark.parametrize(
    ("part", "over", "what"),
    [
        ("Resources", 501, "resources"),
        ("Parameters", 201, "parameters"),
        ("Outputs", 201, "outputs"),
        ("Description", 1_048_577, "bytes"),
    ],
)
def test_a_template_over_a_limit(part: str, over: int, what: str) -> None:
    document: dict[str, Any] = {"Resources": {}}
    document[part] = "x" * over if part == "Description" else {f"A{number}": {} for number in range(over)}
    (problem,) = size_problems(Assembly(json.dumps({"Resources": {}}), {"data": json.dumps(document)}))
    assert problem.message.startswith("the template data has")
    assert what in problem.message


def test_every_function_that_reserves_is_counted() -> None:
    result = reserving_functions(built().nested.values(), NAMES)
    assert result["lambda-webhook-receiver-dev"] == "ReceiverConcurrency"
    assert result["lambda-payment-processor-dev"] == "ProcessorConcurrency"
    assert result["lambda-health-dev"] == "OtherConcurrency"


def test_the_rules_of_the_assembled_system_know_the_values_and_the_region() -> None:
    """A name that fits elsewhere, and a queue that hides its messages for less than its function may run."""
    values = {"EnvironmentSuffix": "twenty-characters-xy"}
    assembly = built()
    assert list(system_problems(assembly, values, PSEUDO)) == []
    longer = {**PSEUDO, "AWS::Region": "xx-southeast-somewhere-1"}
    assert {problem.fix for problem in system_problems(assembly, values, longer)} == {
        "docs/aws-facts.md, S9016"
    }
    messaging = assembly.nested["messaging"].replace('"VisibilityTimeout": 185', '"VisibilityTimeout": 1')
    broken = Assembly(assembly.root, {**assembly.nested, "messaging": messaging})
    (problem,) = system_problems(broken, values, PSEUDO)
    assert problem.message.startswith("compute/NotificationHandlerQueueSource: ")
    assert problem.fix == "docs/aws-facts.md, S9001"


MAIL = {"AlertEmail": "on-call@example.com"}


def production(name: str, **changed: str) -> dict[str, str]:
    """The values of an environment file with its protection, as a deploy has them."""
    file = read_environment(ENVIRONMENTS / f"{name}.toml")
    defaults = {title: str(setting.default) for title, setting in BY_TITLE.items()}
    return {**defaults, **file.protection.with_tables(file.parameters), **changed}


@pytest.mark.parametrize("name", ["prod", "black-friday"])
def test_production_lacks_only_what_a_person_must_fill_in(name: str) -> None:
    assert read_environment(ENVIRONMENTS / f"{name}.toml").is_pci
    assert list(compliance_problems(production(name, **MAIL))) == []
    (problem,) = compliance_problems(production(name))
    assert problem.message == (
        "AlertEmail is not given: PCI DSS 10.7.2, 12.10.5 wants that somebody is told when a control fails"
    )
    assert problem.fix.startswith("AlertEmail=ADDRESS")
    assert "AlertEmail" in (ENVIRONMENTS / f"{name}.toml").read_text("utf-8")  # where a person fills it in


@pytest.mark.parametrize(
    ("parameter", "good", "bad", "requirement"),
    [
        ("LogRetentionDays", "365", "180", "10.5.1"),
        ("AuditRetentionDays", "365", "364", "10.5.1"),
        ("AuditHotDays", "90", "89", "10.5.1"),
        ("AuditObjectLock", "governance", "off", "10.3.4"),
        ("DeletionProtection", "true", "false", "10.3.3"),
        ("TraceQueuesAndStreams", "true", "false", "10.4.1"),
        ("NetworkMode", "vpc", "none", "1.4.2"),
        ("AlertEmail", "a@example.com", "", "10.7.2"),
        ("CorsOrigin", "https://desk.example.com", "http://localhost:3000", "4.2.1"),
        ("CorsOrigin", "", "http://localhost", "4.2.1"),
        ("RequireApiKey", "true", "false", "7.3.1"),
    ],
)
def test_what_breaks_the_control_matrix_is_refused(
    parameter: str, good: str, bad: str, requirement: str
) -> None:
    assert list(compliance_problems(production("prod", **{**MAIL, parameter: good}))) == []
    (problem,) = compliance_problems(production("prod", **{**MAIL, parameter: bad}))
    assert problem.message.startswith(f"{parameter} is {bad or 'not given'}: PCI DSS ")
    assert requirement in problem.message
    assert problem.fix.startswith(f"{parameter}=")


def test_every_need_is_of_a_parameter_and_tried_here() -> None:
    assert {need.parameter for need in NEEDS} <= set(BY_TITLE)
    tried = {"LogRetentionDays", "AuditRetentionDays", "AuditHotDays", "AuditObjectLock", "NetworkMode"}
    tried |= {"AlertEmail", "CorsOrigin", "RequireApiKey", "DeletionProtection", "TraceQueuesAndStreams"}
    assert {need.parameter for need in NEEDS} == tried
