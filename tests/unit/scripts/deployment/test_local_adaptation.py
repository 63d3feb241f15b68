"""What a local deploy says about where its APIs are, and what it cannot have."""

import json

import pytest

from scripts.deployment.local_adaptation import adapt, local_urls
from stacks.assembly import Assembly
from tests.support.scripts.deployment_context import context_for, faked_target, stubbed_target


def test_each_api_is_told_where_the_engine_serves_it() -> None:
    outputs = {"ApiId": "a1", "TransactionsApiId": "b2", "ApiEndpoint": "https://a1.example/v1"}
    assert local_urls("http://127.0.0.1:4566", outputs) == {
        "ApiEndpoint": "http://127.0.0.1:4566/restapis/a1/v1/_user_request_",
        "TransactionsApiEndpoint": "http://127.0.0.1:4566/restapis/b2/v1/_user_request_",
    }


def test_an_api_that_an_older_stack_lacks_is_not_told() -> None:
    assert list(local_urls("http://127.0.0.1:4566", {"ApiId": "a1"})) == ["ApiEndpoint"]


def test_a_parameter_that_this_machine_decides_is_said_to_be_ignored() -> None:
    context, output = context_for(stubbed_target())
    assembly = Assembly(json.dumps({"Resources": {}}), {})
    adapt(
        context,
        assembly,
        {"Runtime": "python3.13", "Memory": "512"},
        {"Runtime": "python3.11", "Memory": "512"},
    )
    assert output.getvalue().splitlines() == [
        "Runtime=python3.13 is ignored here: functions run with python3.11"
    ]


def with_address(**properties: str) -> Assembly:
    address = {"Type": "AWS::EC2::EIP", "Properties": properties}
    return Assembly(json.dumps({"Resources": {"Address": address}}), {})


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (with_address(Domain="vpc"), None),
        (with_address(Domain="standard"), "  root: Resources/Address: changed"),
        (
            Assembly(json.dumps({"Resources": {"Other": {"Type": "AWS::EC2::EIP"}}}), {}),
            "  root: Resources/Other: added\n  root: Resources/Address: removed",
        ),
    ],
)
def test_what_changed_of_what_is_left_out_is_told(now: Assembly, told: str | None) -> None:
    target = faked_target()
    context, _ = context_for(target)
    deployed = adapt(context, with_address(Domain="vpc"), {}, {}).root
    target.cloudformation.add_stack("CREATE_COMPLETE").template = deployed
    context, output = context_for(target)
    adapt(context, now, {}, {})
    said = output.getvalue()
    assert ("changed since it was deployed" in said) is (told is not None)
    assert set((told or "").splitlines()) <= set(said.splitlines())
