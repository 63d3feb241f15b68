"""What an update cannot change from what is deployed: a network's place, and warm throughput downwards."""

import pytest

from scripts.deployment.account_facts import read_facts
from scripts.deployment.update_checks import (
    lock_problems,
    network_problems,
    provisioned_problems,
    warm_problems,
)
from scripts.review.model import Replacement
from scripts.review.replacement import facts_of, schema_folder
from scripts.review.template_diff import diff_templates
from stacks.evaluation.resolved_stack import Resources, StackSource, resolve_stack
from stacks.parameters.network import NETWORK_MODE
from stacks.parameters.setting import Setting
from stacks.parameters.table import SETTINGS
from tests.support.scripts.deployment_context import stubbed_target
from tests.support.scripts.stubs import ACCOUNT_ID
from tests.support.templates.resources import built

VALUES = {item.title: "x" if item.default is None else str(item.default) for item in SETTINGS}
STANDING = {**VALUES, "NetworkMode": "vpc"}
MOVED = {"VpcCidr": "10.1.0.0/16"}


@pytest.mark.fact("P9001")
def test_a_network_that_stands_is_not_replaced() -> None:
    (problem,) = network_problems(built(), STANDING, {**STANDING, **MOVED})
    assert problem.message.startswith(
        "VpcCidr is 10.0.0.0/16 and can't become 10.1.0.0/16 while the network stands"
    )
    assert (
        problem.fix
        == "make two updates: first with NetworkMode=none, then with NetworkMode=vpc and the new VpcCidr"
    )


@pytest.mark.parametrize(
    ("deployed", "values"),
    [
        (STANDING, STANDING),
        (STANDING, {**STANDING, "NatGateways": "2", "InterfaceEndpoints": "true"}),
        (STANDING, {**VALUES, **MOVED}),  # it goes
        (VALUES, {**STANDING, **MOVED}),  # it comes
        ({}, {**STANDING, **MOVED}),  # all comes
    ],
)
def test_what_replaces_no_network_is_no_problem(deployed: dict[str, str], values: dict[str, str]) -> None:
    assert [*network_problems(built(), deployed, values)] == []


def receiver(reserved: int, started: int) -> dict[str, str]:
    counts = {"ReceiverConcurrency": str(reserved), "ReceiverProvisionedConcurrency": str(started)}
    return {**VALUES, **counts}


@pytest.mark.fact("P9009")
@pytest.mark.parametrize("started", [0, 3, 5])
def test_the_receiver_reserves_no_less_than_is_started_until_fewer_are(started: int) -> None:
    """AWS lowers the reservation of the function before the provisioned concurrency of its alias."""
    (problem,) = provisioned_problems(receiver(20, 6), receiver(5, started))
    assert problem.message.startswith("ReceiverConcurrency would be 5 while 6 containers are still started")
    first, then = f"ReceiverProvisionedConcurrency={started}", "ReceiverConcurrency=5"
    assert problem.fix == f"make two updates: first with {first}, then with {then}"


@pytest.mark.parametrize(
    ("deployed", "values"),
    [
        ({}, receiver(5, 5)),
        (receiver(20, 6), receiver(6, 0)),
        (receiver(20, 6), receiver(0, 3)),  # nothing is reserved any more
        (receiver(5, 5), receiver(20, 20)),  # the reservation rises first
        (receiver(20, 0), receiver(5, 5)),
    ],
)
def test_what_never_reserves_less_than_is_started_is_no_problem(
    deployed: dict[str, str], values: dict[str, str]
) -> None:
    assert [*provisioned_problems(deployed, values)] == []


def test_every_parameter_that_replaces_a_part_of_the_network_is_refused() -> None:
    """As the resource schemas say what another value of each parameter replaces."""
    assembly, facts = built(), facts_of(schema_folder(), "eu-west-1")
    source, present = (
        StackSource.parse(assembly.root, assembly.nested),
        {**STANDING, "EnvironmentSuffix": "dev"},
    )
    replacing, refused = set(), set()

    def network(values: dict[str, str]) -> Resources:
        return {key: one for key, one in resolve_stack(source, values).items() if key[0] == ("Network",)}

    before = network(present)
    for setting in SETTINGS:
        if setting.title in ("EnvironmentSuffix", NETWORK_MODE.title):
            continue
        changed = {**present, setting.title: _another(setting, present[setting.title])}
        changes = diff_templates("dev", before, network(changed), facts).changes
        if any(change.replacement is Replacement.ALWAYS for change in changes):
            replacing.add(setting.title)
        if [*network_problems(assembly, present, changed)]:
            refused.add(setting.title)
    assert replacing == refused
    assert "VpcCidr" in replacing


def _another(setting: Setting, present: str) -> str:
    if setting.allowed:
        return next(str(value) for value in setting.allowed if str(value) != present)
    return str(int(present) + 1) if setting.is_number else MOVED.get(setting.title, "another")


WARM = {"table-a-dev": 12000, "table-a-dev/by-state": 16001, "table-b-dev": 40000}


@pytest.mark.parametrize("value", ["0", "40000"])
def test_warm_throughput_may_stay_rise_or_be_left_to_dynamodb(value: str) -> None:
    assert [*warm_problems({"WarmThroughput": value}, WARM)] == []


@pytest.mark.fact("P9002")
def test_warm_throughput_cannot_fall() -> None:
    (problem,) = warm_problems({"WarmThroughput": "20000"}, WARM)
    assert problem.message.endswith("these have more units a second: table-b-dev 40000")
    assert problem.fix == "WarmThroughput=40000, or WarmThroughput=0, which leaves them as they are"
    (problem,) = warm_problems({"WarmThroughput": "16000"}, {"table-a-dev/by-state": 16001})
    assert "table-a-dev/by-state 16001" in problem.message
    assert problem.fix.startswith("WarmThroughput=20000, or")
    (grown,) = warm_problems({"WarmThroughput": "40000"}, {"table-a-dev": 40001})
    assert grown.fix == "WarmThroughput=0, which leaves them as they are"


def test_warm_throughput_is_read_from_tables_and_indexes_that_exist() -> None:
    """DynamoDB tells reads and writes; a table that was never used has its defaults."""
    target = stubbed_target()
    target.stub("lambda").add_client_error("get_account_settings", "AccessDenied")
    target.stub("apigateway").add_response("get_account", {})
    dynamodb = target.stub("dynamodb")
    dynamodb.add_response("describe_limits", {})
    warm = {"Status": "ACTIVE", "ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000}
    grown = {**warm, "WriteUnitsPerSecond": 16001}
    index = {"IndexName": "by-state", "WarmThroughput": grown}
    dynamodb.add_response(
        "describe_table",
        {"Table": {"WarmThroughput": warm, "GlobalSecondaryIndexes": [index]}},
        {"TableName": "table-a-dev"},
    )
    dynamodb.add_client_error("describe_table", "ResourceNotFoundException")
    target.stub("sts").add_response("get_caller_identity", {"Arn": f"arn:aws:iam::{ACCOUNT_ID}:user/me"})
    target.stub("logs").add_response("describe_resource_policies", {})
    facts = read_facts(target.client, (), {}, ("table-a-dev", "table-b-dev"))
    assert facts.warm_units == {"table-a-dev": 12000, "table-a-dev/by-state": 16001}
    target.assert_all_asked()


def locked(value: str) -> dict[str, str]:
    return {**VALUES, "AuditObjectLock": value}


@pytest.mark.fact("P9011")
def test_a_locked_audit_bucket_stays_locked() -> None:
    (problem,) = lock_problems(locked("governance"), locked("off"))
    assert problem.message.startswith("AuditObjectLock is governance and can't become off")
    assert problem.fix == "AuditObjectLock=governance"


@pytest.mark.parametrize("deployed", [{}, locked("off"), locked("governance")])
def test_a_lock_may_come_with_an_update_and_stay(deployed: dict[str, str]) -> None:
    assert [*lock_problems(deployed, locked("governance"))] == []


@pytest.mark.parametrize("deployed", [{}, locked("off")])
def test_no_lock_is_needed(deployed: dict[str, str]) -> None:
    assert [*lock_problems(deployed, locked("off"))] == []
