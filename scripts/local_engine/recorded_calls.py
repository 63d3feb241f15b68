"""Records what each role asks of the engine: action, resource, and whether IAM allowed it. Each once.

So tests can hold the roles' policies against the calls that are really made, both ways.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from scripts.local_engine.shims.engine_modules import module

CALLS_FILE: Final = "calls.jsonl"


class Call(NamedTuple):
    """`role`: its name. `action`: as IAM calls it. `resource`: an ARN, or `*`."""

    role: str
    action: str
    resource: str
    allowed: bool


def record_calls(folder: Path) -> None:
    """Makes the engine of this process write the calls into `folder`."""
    iam_evaluator, sts = module("core.iam_evaluator"), module("services.sts")
    enforce = iam_evaluator.enforce
    calls = (folder / CALLS_FILE).open("w", buffering=1, encoding="utf-8")
    known: set[Call] = set()

    def recorded(access_key: str, action: str, service: str, region: str, *more: Any, **named: Any) -> Any:
        denied = enforce(access_key, action, service, region, *more, **named)
        session = sts._sessions.get(access_key)
        if session:
            resource = named.get("resource_arn", more[0] if more else "*")
            call = Call(session["Arn"].split("/")[1], action, resource, denied is None)
            if call not in known:
                known.add(call)
                calls.write(json.dumps(call) + "\n")
        return denied

    iam_evaluator.enforce = recorded


def read_calls(folder: Path) -> Iterator[Call]:
    """What the engine of the folder has recorded so far."""
    for line in (folder / CALLS_FILE).read_text(encoding="utf-8").splitlines():
        yield Call(*json.loads(line))
