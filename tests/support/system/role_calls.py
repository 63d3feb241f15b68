"""The calls of the system's roles that the engine recorded, in a form that is the same for each environment."""

import fcntl
import itertools
import json
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final, NamedTuple

from scripts.command_line.aws_target import LOCAL_ACCOUNT_ID
from scripts.command_line.project_paths import ROOT
from scripts.local_engine.recorded_calls import Call, read_calls
from scripts.local_engine.state import EngineState
from stacks.names import Names

RECORDING: Final = Path(__file__).with_name("role_calls.json")
WORKFLOW_MODE_ALONE: Final = "pipe-workflow"  # the role that only this mode uses


class RoleCall(NamedTuple):
    """`role`: its purpose, e.g. `payment-processor`. `resource`: an ARN with placeholders; of an object's key, the
    leading folders alone.
    """

    role: str
    action: str
    resource: str


def role_calls(engine: EngineState) -> set[RoleCall]:
    """The calls so far that were allowed to roles of the system, whatever its environment's name."""
    form = re.compile(r"role-(.+)-\$\{EnvironmentSuffix\}-\$\{AWS::Region\}")
    texts = [file.read_text(encoding="utf-8") for file in (ROOT / "output").glob("*.template.json")]
    purposes = {found[1] for text in texts for found in re.finditer(form, text)}
    found = (
        role_call(call, purposes, LOCAL_ACCOUNT_ID, engine.region)
        for call in read_calls(engine.folder)
        if call.allowed
    )
    return {call for call in found if call}


def role_call(call: Call, purposes: Collection[str], account: str, region: str) -> RoleCall | None:
    """None for what is not recorded: of roles that are none of the system's."""
    fitting = [purpose for purpose in purposes if call.role.startswith(f"role-{purpose}-")]
    if not fitting or not call.role.endswith(f"-{region}"):
        return None
    purpose = max(fitting, key=len)
    suffix = call.role.removeprefix(f"role-{purpose}-").removesuffix(f"-{region}")
    resource = _without_ends(call.resource)
    resource = re.sub(rf"(?<=[-/]){re.escape(suffix)}(?=$|[-/:])", "{suffix}", resource)
    return RoleCall(purpose, call.action, resource.replace(account, "{account}").replace(region, "{region}"))


def _without_ends(resource: str) -> str:
    """Without what is another one each time: an object's name, a secret's end, a stream's time, a version."""
    if resource.startswith("arn:aws:s3:::") and "/" in resource:
        bucket, *folders = resource.split("/")[:-1]
        named = itertools.takewhile(lambda folder: re.fullmatch("[a-z]+", folder), folders[:2])
        return "/".join([bucket, *named, "*"])
    if ":secretsmanager:" in resource:
        return re.sub("-[A-Za-z0-9]{6}$", "-a1b2c3", resource)
    stream = re.sub("(?<=/stream/).*", "2026-01-31T00:00:00.000", resource)
    return re.sub(r"(?<=/config:)\d+$", "1", any_key(stream))


def any_key(resource: str) -> str:
    """The same for each key, as its id is another one each time."""
    return re.sub("(?<=:key/).+", "*", resource)


def in_system(call: RoleCall, suffix: str, account: str, region: str) -> str:
    """The resource's ARN in one environment."""
    return call.resource.format(suffix=suffix, account=account, region=region)


def role_name(call: RoleCall, suffix: str, region: str) -> str:
    return Names(suffix, region=region).role(call.role)


def read_recording() -> list[RoleCall]:
    return [RoleCall(*each) for each in json.loads(RECORDING.read_text(encoding="utf-8"))]


def begin_recording() -> None:
    RECORDING.write_text("[]", encoding="utf-8")


def add_to_recording(calls: Iterable[RoleCall]) -> None:
    """Several processes may do so at once."""
    with RECORDING.open("r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        known = {RoleCall(*each) for each in json.loads(file.read() or "[]")}
        lines = ",\n".join(json.dumps(call) for call in sorted({*known, *calls}))
        file.seek(0)
        file.write(f"[\n{lines}\n]\n")
        file.truncate()
