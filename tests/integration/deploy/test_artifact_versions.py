"""The attack: other code under the name of an artifact, between the check of a plan and its execution."""

import io
import json
import zipfile
from collections.abc import Iterator

import pytest

from scripts.local_engine.state import EngineState
from stacks.function_catalogue import HEALTH
from tests.support.system.engine_clients import Clients, invoke
from tests.support.system.system import System


@pytest.fixture(scope="module")
def system(engine: EngineState) -> Iterator[System]:
    planned = System(engine, "versions")
    yield planned
    assert planned.destroy().exit_code == 0


def forge_health(system: System, aws: Clients) -> list[str]:
    """Put other code over every code object of the health function; their keys."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr("handler.py", "def handler(event, context):\n    return 'forged'\n")
    pages = aws("s3").get_paginator("list_objects_v2").paginate(Bucket=system.names.artifact_bucket)
    keys = [entry["Key"] for page in pages for entry in page["Contents"] if "health" in entry["Key"]]
    for key in keys:
        aws("s3").put_object(Bucket=system.names.artifact_bucket, Key=key, Body=buffer.getvalue())
    return keys


def test_what_is_put_over_an_artifact_after_the_plan_is_not_what_runs(system: System, aws: Clients) -> None:
    command = ("deploy.py", "--suffix", system.suffix, "--local")
    planned = system.run(*command, "--plan", "--json")
    assert planned.exit_code == 0, planned.text
    assert forge_health(system, aws)
    applied = system.run(*command, "--apply", json.loads(planned.stdout)["change_set"], "--yes")
    assert applied.exit_code == 0, applied.text
    answer = invoke(aws, system.names.function(HEALTH.folder), {})
    assert "forged" not in json.dumps(answer)
    assert answer["statusCode"] == 200


def test_it_changes_no_later_deploy(system: System, aws: Clients) -> None:
    bucket = system.names.artifact_bucket
    before = {
        key: aws("s3").head_object(Bucket=bucket, Key=key)["VersionId"] for key in forge_health(system, aws)
    }
    again = system.deploy()
    assert again.exit_code == 0, again.text
    assert "nothing to do" in again.text.lower()
    after = {key: aws("s3").head_object(Bucket=bucket, Key=key)["VersionId"] for key in before}
    assert after == before
