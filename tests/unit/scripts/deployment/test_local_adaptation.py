"""What a local deploy says about where its APIs are, and what it cannot have."""

import json
from dataclasses import replace

import pytest

from scripts.deployment.local_adaptation import adapt
from stacks.assembly import Assembly
from tests.support.scripts.deployment_context import context_for, faked_target, stubbed_target
from tests.support.templates.resources import built


def test_each_api_has_the_url_at_which_the_engine_serves_it() -> None:
    context, _ = context_for(replace(stubbed_target(), endpoint_url="http://127.0.0.1:4566"))
    own = "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}"
    api = {"Resources": {}, "Outputs": {"ApiEndpoint": {"Value": {"Fn::Sub": own}}}}
    adapted = adapt(context, Assembly(json.dumps({"Resources": {}}), {"api": json.dumps(api)}), {}, {})
    (output,) = json.loads(adapted.nested["api"])["Outputs"].values()
    assert output["Value"]["Fn::Sub"] == "http://127.0.0.1:4566/restapis/${Api}/${Stage}/_user_request_"
    assert own in built().nested["api"]


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
