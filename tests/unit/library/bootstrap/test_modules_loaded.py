"""What each function loads when it starts: only the parts of the library that it needs, and no large dependency."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[4]
LOADED: Final = """\
import json, sys
sys.path[:0] = sys.argv[1:]
import handler
print(json.dumps(sorted(sys.modules)))
"""
# The packages of payment_webhooks beside `aws`, `telemetry` and, but for health, `bootstrap`.
PACKAGES: Final = {
    "analytics_processor": {"analytics", "domain"},
    "audit_digest": {"audit", "inbox"},
    "audit_logger": {"audit", "inbox"},
    "canary": {"canary", "endpoints", "inbox", "providers"},
    "health": set(),
    "inbox_sweeper": {"inbox", "processing"},
    "notification_handler": {"domain", "ledger", "notifications"},
    "payment_processor": {
        "domain",
        "endpoints",
        "inbox",
        "ledger",
        "processing",
        "providers",
        "publishing",
    },
    "reconciler": {"endpoints", "inbox", "masking", "providers", "receiving", "reconciling"},
    "transaction_api": {"analytics", "domain", "ledger", "providers", "transaction_api"},
    "transaction_archiver": {"archive", "domain", "inbox", "ledger"},
    "webhook_receiver": {"endpoints", "inbox", "masking", "providers", "receiving"},
}
# Their values are named tuples: the import of dataclasses is a tenth of such a function's start.
WITHOUT_DATACLASSES: Final = (
    "analytics_processor",
    "audit_digest",
    "audit_logger",
    "canary",
    "health",
    "inbox_sweeper",
    "notification_handler",
    "transaction_api",
    "webhook_receiver",
)
LARGE: Final = {"asyncio", "boto3", "botocore", "cryptography", "urllib.request"}


@cache
def modules_of(function: str) -> set[str]:
    paths = [str(ROOT / "functions" / function), str(ROOT / "layer" / "python")]
    process = subprocess.run(
        [sys.executable, "-I", "-S", "-c", LOADED, *paths], capture_output=True, text=True, check=True
    )
    return set(json.loads(process.stdout))


def test_every_function_is_here() -> None:
    assert {handler.parent.name for handler in ROOT.glob("functions/*/handler.py")} == PACKAGES.keys()


@pytest.mark.parametrize("function", PACKAGES)
def test_a_function_loads_its_own_packages_alone(function: str) -> None:
    parts = [name.split(".") for name in modules_of(function) if name.startswith("payment_webhooks.")]
    ours = {package for _, package, *modules in parts if modules}
    shared = {"aws", "telemetry"} if function == "health" else {"aws", "bootstrap", "telemetry"}
    assert ours == PACKAGES[function] | shared


@pytest.mark.parametrize("function", PACKAGES)
def test_a_function_wires_itself_and_no_other(function: str) -> None:
    wired = {name for name in modules_of(function) if name.startswith("payment_webhooks.bootstrap.")}
    assert wired == ({f"payment_webhooks.bootstrap.{function}"} if function != "health" else set())


@pytest.mark.parametrize("function", PACKAGES)
def test_a_function_starts_without_a_large_dependency(function: str) -> None:
    assert not LARGE & modules_of(function)


@pytest.mark.parametrize("function", WITHOUT_DATACLASSES)
def test_a_small_function_starts_without_dataclasses(function: str) -> None:
    assert "dataclasses" not in modules_of(function)


def test_the_audit_logger_starts_without_the_client_of_json_services() -> None:
    assert "payment_webhooks.aws.json_client" not in modules_of("audit_logger")
