"""Each call of each function fails, and nothing is lost, told twice or counted wrong; docs/faults.md lists the calls.

Here each call fails in one way, the ways taking turns; `tox run -e faults` tries all of them.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

from scripts.command_line.project_paths import ROOT
from tests.support.faults.aws import ACTIONS
from tests.support.faults.page import PAGE, page
from tests.support.faults.worker import FUNCTIONS
from tests.support.templates.resources import resource, statements

SERVICES = ("dynamodb", "events", "s3", "secretsmanager", "sns", "sqs", "ssm")
OF_KMS = ("kms:Sign", "kms:Verify")  # the others are used through other services
# Granted, and no call of a function's own code: Lambda's pollers and its failed runs use them with the function's role.
OF_ONE = {
    ("payment_processor", "sqs:GetQueueAttributes"),
    ("notification_handler", "sqs:GetQueueAttributes"),
    ("notification_handler", "sqs:ChangeMessageVisibility"),
    ("transaction_archiver", "sqs:SendMessage"),
    ("audit_digest", "sqs:SendMessage"),
    ("reconciler", "sqs:SendMessage"),
}
OF_LAMBDA = {
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "s3:ListBucket",  # so that S3 says of an object that it is not there
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:DescribeStream",
    "dynamodb:ListStreams",
}


@cache
def found() -> dict[str, Any]:
    """What the harness did, in a process of its own: it forks for each invocation, and measures no coverage."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.faults.run", "--quick"],
        cwd=ROOT,
        env={**others, "PYTHONPATH": os.pathsep.join((".", "layer/python"))},
        capture_output=True,
        text=True,
    )
    assert done.stdout, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_whichever_call_fails_the_end_is_the_truth() -> None:
    assert found()["lies"] == []
    assert found()["tried"] >= 50


def test_the_page_lists_every_call() -> None:
    assert PAGE.read_text() == page(PAGE.read_text(), found()["boundaries"]), (
        "python -m tests.support.faults.run --quick --page writes it"
    )


def test_no_function_is_forgotten() -> None:
    """`health` calls nothing. `canary` writes nothing that could be lost; what it says of a call that fails stands in
    unit/library/canary.
    """
    there = {path.name for path in (ROOT / "functions").iterdir() if (path / "handler.py").is_file()}
    assert there == {*FUNCTIONS, "health", "canary"}


def granted() -> Iterator[tuple[str, str]]:
    for function in FUNCTIONS:
        title = "".join(word.title() for word in function.split("_"))
        for statement in statements(resource("compute", f"{title}Policy")["PolicyDocument"]):
            yield from (
                (function, action)
                for action in statement["Action"]
                if statement["Effect"] == "Allow" and (action.split(":")[0] in SERVICES or action in OF_KMS)
            )


def test_every_right_of_a_function_is_used_by_a_call_that_is_covered() -> None:
    """So no call is forgotten that the life of the webhooks here does not come by."""
    used = {
        (function, action)
        for _, function, service, operation, *_ in found()["boundaries"]
        for action in ACTIONS.get((service, operation), (f"{service}:{operation}",))
    }
    assert {pair for pair in granted() if pair[1] not in OF_LAMBDA} - OF_ONE - used == set()
