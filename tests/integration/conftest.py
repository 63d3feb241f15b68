"""One local engine for the whole test session; its tests keep apart by their own suffixes and names."""

import secrets
from collections.abc import Iterator

import pytest

from scripts.local_engine import control
from scripts.local_engine.shims.registry import SHIMS
from scripts.local_engine.state import EngineState
from tests.support.system.engine_clients import Clients
from tests.support.system.role_calls import add_to_recording, role_calls
from tests.support.system.system import System

RECORD = "--record-calls"
SETTINGS = {
    "stripe": ("--mode", "live"),
    "square": ("--mode", "test", "--notification-url", "https://hooks.example.com/v1/webhook/square"),
    "paypal": ("--mode", "test", "--local-authority"),
    "internal": ("--mode", "live"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(RECORD, action="store_true", help="add to the recorded calls of the system's roles")


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[EngineState]:
    folder = tmp_path_factory.mktemp("engine")
    state = control.start(folder, stop_with_caller=True)
    yield state
    control.stop(folder)
    if request.config.getoption(RECORD, default=False):
        add_to_recording(role_calls(state))


@pytest.fixture(scope="session")
def aws(engine: EngineState) -> Iterator[Clients]:
    """The engine's clients, as its administrator: `aws("s3")`."""
    clients = Clients(engine)
    yield clients
    clients.close()


@pytest.fixture(scope="session")
def system(engine: EngineState) -> System:
    """The whole system, deployed once with the real script, each endpoint with one key."""
    deployed = System(engine, "shared")
    done = deployed.deploy()
    assert done.exit_code == 0, done.text
    for endpoint, settings in SETTINGS.items():
        done = deployed.secrets(endpoint, "set", *settings, key=f"whsec_{secrets.token_hex(16)}")
        assert done.exit_code == 0, done.text
    return deployed


@pytest.fixture(scope="session")
def bare_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:
    """Clients of an engine without any shim, to show what is wrong with it."""
    folder = tmp_path_factory.mktemp("bare-engine")
    without = [shim.name for shim in SHIMS]
    clients = Clients(control.start(folder, without_shims=without, stop_with_caller=True))
    yield clients
    clients.close()
    control.stop(folder)
