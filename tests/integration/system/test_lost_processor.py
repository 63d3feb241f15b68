"""What a processor leaves behind that dies, or that stops itself: a message that is visible again after a minute."""

import json
import secrets
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import urllib3

from payment_webhooks import contract
from scripts.artifacts.deterministic_zip import write_zip
from scripts.command_line.project_paths import FUNCTIONS
from scripts.local_engine.state import EngineState
from stacks.function_catalogue import PAYMENT_PROCESSOR
from tests.integration.system.test_webhooks import in_house_event
from tests.support.system.system import System, body_of, wait_for

HIDDEN_BY_THE_QUEUE_SECONDS = 360
DIES = """
import os
from payment_webhooks.processing.processor import Processor
from shipped_handler import handler

Processor.process = lambda *_: os._exit(1)
"""
# Of the 45 s, so many are left that one webhook may take more.
STOPS = """
import shipped_handler

class Late:
    def get_remaining_time_in_millis(self):
        return 15_000

def handler(event, context):
    return shipped_handler.handler(event, Late())
"""


@pytest.fixture(scope="module")
def own(engine: EngineState) -> System:
    """A deployment whose processor may be broken."""
    deployed = System(engine, "lost")
    done = deployed.deploy()
    assert done.exit_code == 0, done.text
    key = f"whsec_{secrets.token_hex(16)}"
    assert deployed.secrets("internal", "set", "--mode", "live", key=key).exit_code == 0
    return deployed


def replace_handler(system: System, code: str) -> None:
    """From now on the processor runs `code`, which finds its own handler as `shipped_handler`."""
    shipped = (FUNCTIONS / PAYMENT_PROCESSOR.folder / "handler.py").read_bytes()
    files = {PurePosixPath("shipped_handler.py"): shipped, PurePosixPath("handler.py"): code.encode()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "processor.zip"
        write_zip(path, files)
        system.client("lambda").update_function_code(
            FunctionName=system.names.function(PAYMENT_PROCESSOR.folder), ZipFile=path.read_bytes()
        )


def messages(system: System) -> list[dict[str, Any]]:
    """What is in the processing queue, visible or not; looking at it changes nothing."""
    url = f"{system.engine.endpoint_url}/_ministack/sqs/messages"
    answer = urllib3.request("GET", url, fields={"QueueUrl": system.outputs["ProcessingQueueUrl"]})
    (regions,) = json.loads(answer.data)["messages"].values()
    (queue,) = regions[system.region].values()
    found: list[dict[str, Any]] = queue
    return found


def hidden_seconds(message: dict[str, Any]) -> int:
    """From its first receipt, which comes before the function starts."""
    seconds: int = message["VisibleAt"] - message["FirstReceiveTimestamp"]
    return seconds


@pytest.mark.parametrize("code", [DIES, STOPS], ids=["dies", "stops itself"])
def test_its_messages_are_visible_again_after_a_minute_and_it_was_no_attempt(own: System, code: str) -> None:
    url = own.outputs["ProcessingQueueUrl"]
    asked = own.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    assert asked["Attributes"]["VisibilityTimeout"] == str(HIDDEN_BY_THE_QUEUE_SECONDS)
    replace_handler(own, code)
    event = in_house_event()
    own.send("internal", body_of(event))
    webhook_id = f"internal:{event['id']}"

    def received() -> list[dict[str, Any]]:
        return [each for each in messages(own) if webhook_id in each["Body"] and each["ReceiveCount"]]

    (message,) = wait_for(received, lambda found: bool(found) and hidden_seconds(found[0]) < 200)
    assert hidden_seconds(message) >= 59  # whole seconds
    assert message["ReceiveCount"] == 1
    found = own.trace(webhook_id)
    assert found.inbox_statuses == ("received",)
    (item,) = own.client("dynamodb").query(
        TableName=own.names.inbox_table,
        KeyConditionExpression="#id = :id",
        ExpressionAttributeNames={"#id": contract.WEBHOOK_ID},
        ExpressionAttributeValues={":id": {"S": webhook_id}},
    )["Items"]
    assert item["attempts"] == {"N": "0"}
