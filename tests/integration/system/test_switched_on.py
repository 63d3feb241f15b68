"""What is there if a parameter asks for it: the health function's own URL, and the canary."""

import json
import secrets
from urllib.parse import urlsplit

import pytest
import urllib3

from payment_webhooks import contract
from scripts.local_engine.state import EngineState
from stacks.function_catalogue import CANARY
from tests.support.system.canary_rounds import check_round, run_canary
from tests.support.system.system import System


@pytest.fixture(scope="module")
def open_system(engine: EngineState) -> System:
    system = System(engine, "switched-on")
    done = system.deploy("--parameter", "HealthFunctionUrl=true", "--parameter", "SendCanary=true")
    assert done.exit_code == 0, done.text
    return system


def call(system: System, method: str) -> urllib3.BaseHTTPResponse:
    """As the engine wants it: the URL's host in the header, the engine's own address in the request."""
    url = urlsplit(system.outputs["HealthFunctionUrl"])
    headers = {"Host": url.netloc}
    return urllib3.request(method, system.engine.endpoint_url + url.path, headers=headers, retries=False)


@pytest.mark.parametrize(("method", "body"), [("GET", b'{"status":"ok"}'), ("HEAD", b"")])
def test_it_answers_and_tells_nothing(open_system: System, method: str, body: bytes) -> None:
    answer = call(open_system, method)
    assert (answer.status, answer.data) == (200, body)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_it_is_read_only(open_system: System, method: str) -> None:
    assert call(open_system, method).status == 405


def test_without_the_switch_there_is_none(system: System) -> None:
    assert "HealthFunctionUrl" not in system.outputs


def test_without_the_switch_there_is_no_canary(system: System) -> None:
    assert system.post("canary", b"{}", []).status_code == 404
    functions = (
        system.client("lambda").get_paginator("list_functions").paginate().search("Functions[].FunctionName")
    )
    assert system.names.function(CANARY.folder) not in set(functions)


def test_a_round_is_accepted_and_judged_and_books_nothing(open_system: System) -> None:
    check_round(open_system)
    told = open_system.run("health.py", "--suffix", open_system.suffix, "--local", "--json")
    (finding,) = [each for each in json.loads(told.stdout)["findings"] if each["subject"] == "canary"]
    assert (finding["level"], "judged in" in finding["text"]) == ("ok", True), finding


def test_a_round_that_is_signed_with_another_key_says_so(open_system: System) -> None:
    """At an endpoint that has other keys."""
    done = open_system.secrets(
        "internal", "set", "--now", "--mode", "test", key=f"whsec_{secrets.token_hex(16)}"
    )
    assert done.exit_code == 0, done.text
    functions, name = open_system.client("lambda"), open_system.names.function(CANARY.folder)
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    url = variables[contract.ENV_CANARY_URL]
    assert url == f"{open_system.outputs['ApiEndpoint']}/webhook/canary"
    elsewhere = {
        **variables,
        contract.ENV_CANARY_URL: f"{open_system.outputs['ApiEndpoint']}/webhook/internal",
    }
    try:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": elsewhere})
        answer, line = run_canary(open_system)
    finally:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
    assert (answer["judged"], answer["reason"], line["level"]) == (None, "http_401", "ERROR")
    assert contract.METRIC_CANARY_ACCEPTED not in line
