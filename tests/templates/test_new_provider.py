"""One more line in the registry, and the templates have all that a provider needs: nothing else is edited."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from payment_webhooks.providers.registry import PROVIDERS
from scripts.acceptance.project_copy import copy_project
from scripts.command_line.project_paths import ROOT
from tests.support.templates.resources import texts

REGISTRY = Path("layer/python/payment_webhooks/providers/registry.py")
LINE = '        "example": "tests.support.example_provider.provider",\n'
END = "    },\n)\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Every document that a copy of the project with that line builds, by its file's name."""
    project = copy_project(tmp_path_factory.mktemp("project"))
    registry = (project / REGISTRY).read_text(encoding="utf-8")
    assert registry.endswith(END)
    (project / REGISTRY).write_text(registry.removesuffix(END) + LINE + END, encoding="utf-8")
    subprocess.run(
        [sys.executable, "build_template.py", "--output", "built"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(["layer/python", ".", str(ROOT)])},
        check=True,
        capture_output=True,
    )
    return {path.name: json.loads(path.read_text()) for path in (project / "built").glob("*.json")}


def resources(built: dict[str, Any], stack: str) -> dict[str, Any]:
    found: dict[str, Any] = built[f"{stack}.template.json"]["Resources"]
    return {title: resource.get("Properties", {}) for title, resource in found.items()}


def environment(built: dict[str, Any], function: str) -> dict[str, Any]:
    variables = resources(built, "compute")[function]["Environment"]["Variables"]
    # The receiver's are two, with the canary's and without.
    texts = variables["ENDPOINTS"].get("Fn::If", [variables["ENDPOINTS"]])
    found: dict[str, Any] = json.loads(texts[-1]["Fn::Sub"])
    return found


def test_its_endpoint_has_a_secret_and_a_url(built: dict[str, Any]) -> None:
    name = resources(built, "security")["ExampleSecret"]["Name"]
    assert name == {"Fn::Sub": "secret-endpoint-example-${EnvironmentSuffix}"}
    assert "WebhookUrlExample" in built["root.template.json"]["Outputs"]


def test_the_receiver_and_the_processor_know_it_and_may_read_its_secret(built: dict[str, Any]) -> None:
    """The processor, because its signature does not prove the whole body."""
    expected = {"provider": "example", "secret": "secret-endpoint-example-${EnvironmentSuffix}"}
    for function in ("WebhookReceiver", "PaymentProcessor"):
        assert environment(built, function)["example"] == expected
        policy = resources(built, "compute")[f"{function}Policy"]
        assert any("secret:secret-endpoint-example-${EnvironmentSuffix}" in text for text in texts(policy))


def test_its_signature_is_not_in_the_web_acls_log(built: dict[str, Any]) -> None:
    redacted = [
        field["SingleHeader"]["Name"] for field in resources(built, "security")["WebAclLog"]["RedactedFields"]
    ]
    assert "x-example-signature" in redacted
    assert redacted == sorted(redacted)


def test_its_silence_is_an_alarm(built: dict[str, Any]) -> None:
    alarm = resources(built, "monitoring")["SilentExampleAlarm"]
    assert alarm["AlarmName"] == {"Fn::Sub": "alarm-silent-example-${EnvironmentSuffix}"}


def test_the_transaction_api_takes_it_as_a_filter(built: dict[str, Any]) -> None:
    parameters = built["transactions.openapi.json"]["paths"]["/transactions"]["get"]["parameters"]
    (provider,) = [parameter for parameter in parameters if parameter["name"] == "provider"]
    assert provider["schema"]["enum"] == [*PROVIDERS.names, "example"]
