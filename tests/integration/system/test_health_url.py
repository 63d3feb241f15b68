"""The health function's own URL, on a system of its own that asks for it."""

from urllib.parse import urlsplit

import pytest
import urllib3

from scripts.local_engine.state import EngineState
from tests.support.system.system import System


@pytest.fixture(scope="module")
def open_system(engine: EngineState) -> System:
    system = System(engine, "health-url")
    done = system.deploy("--parameter", "HealthFunctionUrl=true")
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
