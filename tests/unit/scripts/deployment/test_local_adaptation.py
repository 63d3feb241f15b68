"""What a local deploy says about where its APIs are, and what it cannot have."""

import json

from scripts.deployment.local_adaptation import adapt, local_urls
from stacks.assembly import Assembly
from tests.support.scripts.deployment_context import context_for, stubbed_target


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
