"""Containers kept started: the API calls the alias while there is one, and the function again afterwards."""

import json
import secrets

from scripts.local_engine.state import EngineState
from stacks.function_catalogue import WEBHOOK_RECEIVER
from tests.integration.conftest import SETTINGS
from tests.integration.system.test_webhooks import in_house_event
from tests.support.system.system import System, body_of


def integration_of(system: System) -> str:
    """What the deployed method of POST /webhook/{endpoint} calls."""
    api = system.client("apigateway")
    api_id = system.outputs["ApiId"]
    [path] = [
        item["id"]
        for item in api.get_resources(restApiId=api_id)["items"]
        if item["path"] == "/webhook/{endpoint}"
    ]
    return str(api.get_integration(restApiId=api_id, resourceId=path, httpMethod="POST")["uri"])


def test_from_none_to_one_and_back(engine: EngineState) -> None:
    system = System(engine, "provisioned")
    function = system.names.function(WEBHOOK_RECEIVER.folder)
    allowed: tuple[str, ...] = ()
    for number, count in enumerate(("0", "1", "0")):
        done = system.deploy("--parameter", f"ReceiverProvisionedConcurrency={count}", *allowed)
        assert done.exit_code == 0, done.text
        # What the permission of the API is for changes from the function to the alias, and back.
        allowed = ("--allow", "iam,replace")
        if number == 0:
            key = f"whsec_{secrets.token_hex(16)}"
            done = system.secrets("internal", "set", *SETTINGS["internal"], key=key)
            assert done.exit_code == 0, done.text
        alias = f"{function}:live/invocations" in integration_of(system)
        assert alias is (count == "1")
        answer = system.send("internal", body_of(in_house_event()))
        assert (answer.status_code, answer.body["status"]) == (200, "accepted")
        aliases = system.client("lambda").list_aliases(FunctionName=function)["Aliases"]
        assert [each["Name"] for each in aliases] == (["live"] if count == "1" else [])
        if alias:
            told = system.run("deploy.py", "--suffix", system.suffix, "--local", "--status", "--json").stdout
            codes = {each["name"]: each["is_planned"] for each in json.loads(told)["code"]}
            assert codes.pop("Compute/WebhookReceiverAlias")
            assert set(codes.values()) == {True}
    assert system.destroy().exit_code == 0
