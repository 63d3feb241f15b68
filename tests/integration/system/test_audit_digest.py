"""The signed digests of a deployed system, and damage that is done to its audit bucket: `audit verify` finds it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from payment_webhooks import contract
from payment_webhooks.audit.batch import audit_objects
from payment_webhooks.audit.digest import digest_key, hour_of
from payment_webhooks.aws.dynamodb_items import item_of
from scripts.command_line.main import main
from scripts.command_line.project_paths import ROOT
from scripts.local_engine.state import FOLDER_VARIABLE
from stacks.function_catalogue import AUDIT_DIGEST, AUDIT_LOGGER
from tests.integration.deploy.test_log_groups import lines_of
from tests.support.library.audit_records import record
from tests.support.system.engine_clients import Clients, invoke
from tests.support.system.small_stacks import unique, user_with
from tests.support.system.system import System, wait_for

HOUR = timedelta(hours=1)


@pytest.fixture
def role(aws: Clients, system: System) -> Iterator[dict[str, str]]:
    """The variables of the deployed function, with credentials of its role, which trusts nobody but Lambda before."""
    name = system.names.role("audit-digest")
    trust = aws("iam").get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    anybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    opened = json.dumps({**trust, "Statement": [*trust["Statement"], anybody]})
    aws("iam").update_assume_role_policy(RoleName=name, PolicyDocument=opened)
    arn = system.names.role_arn("audit-digest")
    given = aws("sts").assume_role(RoleArn=arn, RoleSessionName="digest")["Credentials"]
    function = system.names.function(AUDIT_DIGEST.folder)
    variables = aws("lambda").get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    yield {
        **variables,
        "AWS_REGION": system.region,
        "AWS_ENDPOINT_URL": system.engine.endpoint_url,
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }
    aws("iam").update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))


RUN = """
import json, os, sys
from payment_webhooks.bootstrap.audit_digest import make_digester
run = make_digester(os.environ, lambda: float(sys.argv[1]))[0].run()
made = [digest._asdict() for digest in run.made]
print(json.dumps({**run._asdict(), "made": made, "failure": str(run.failure or "")}))
"""


def digest_at(variables: dict[str, str], now: datetime) -> dict[str, Any]:
    """A run of the function's code with its role's rights, at another time than the engine's."""
    environment = {**variables, "PYTHONPATH": str(ROOT / "layer" / "python"), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", RUN, str(now.timestamp())]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    run: dict[str, Any] = json.loads(done.stdout)
    assert (run["failure"], run["behind"]) == ("", 0)
    return run


def copy_key(hour: str) -> dict[str, str]:
    return {contract.TRANSACTION_ID: contract.AUDIT_DIGESTS, contract.TRANSACTION_TIMESTAMP: hour}


def forged_copy(digest: dict[str, Any]) -> dict[str, Any]:
    copy = json.dumps({"digest": digest, "signature": "AAAA"}, sort_keys=True, separators=(",", ":"))
    return item_of({**copy_key(digest["hour"]), "digest": copy})


def written(s3: Any, bucket: str, now: datetime) -> list[str]:
    """Keys of audit objects that somebody has just written, as the audit logger does."""
    records = [{"changed_at": f"{now:%Y-%m-%dT%H:%M:%S}.000000Z", "n": unique("n")} for _ in range(2)]
    objects = [each for record in records for each in audit_objects([record])]
    for each in objects:
        s3.put_object(Bucket=bucket, Key=each.key, Body=each.content, IfNoneMatch="*")
    return [each.key for each in objects]


def damage(s3: Any, bucket: str, deleted: str, altered: str, digest: str) -> list[tuple[str, str]]:
    """Delete an object and a digest, change a byte of another object; what is to be found of it."""
    s3.delete_object(Bucket=bucket, Key=deleted)
    version = s3.head_object(Bucket=bucket, Key=altered)["VersionId"]
    content = s3.get_object(Bucket=bucket, Key=altered)["Body"].read()
    s3.delete_object(Bucket=bucket, Key=altered, VersionId=version)
    s3.put_object(Bucket=bucket, Key=altered, Body=bytes([content[0] ^ 1]) + content[1:], IfNoneMatch="*")
    s3.delete_object(Bucket=bucket, Key=digest)
    return [("altered", altered), ("deleted", deleted), ("deleted", digest)]


def copied(s3: Any, bucket: str, folder: Path) -> str:
    """A copy of the bucket in a folder, as `aws s3 sync` makes it."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for key in (entry["Key"] for entry in page.get("Contents", [])):
            path = folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    return str(folder)


def tampering_told(system: System) -> set[tuple[str, str]]:
    """Of the copies of digests, by the audit logger."""
    lines = lines_of(system, AUDIT_LOGGER.folder)
    of_digests = [each for each in lines if each.get("transaction_id") == contract.AUDIT_DIGESTS]
    return {(each["entry"], each["tampering"]) for each in of_digests}


def test_damage_to_the_bucket_is_found_and_a_copy_proves_it_without_aws(
    system: System,
    aws: Clients,
    role: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    s3, bucket = aws("s3"), system.names.audit_bucket
    invoke(aws, system.names.function(AUDIT_DIGEST.folder), {})
    first = wait_for(lambda: [each for each in lines_of(system, "audit_digest") if "hour" in each], bool)[-1]
    now = datetime.now(UTC)
    kept, changed = written(s3, bucket, now)
    start = now.replace(minute=0, second=0, microsecond=0)
    run = digest_at(role, start + HOUR + timedelta(minutes=10))
    assert (run["replaced"], run["made"][0]["previous"]) == (0, first["sha256"])
    assert run["made"][-1]["objects"] >= 2

    monkeypatch.setenv(FOLDER_VARIABLE, str(system.engine.folder))
    deployed = ["--suffix", system.suffix, "--local"]
    asked = ["--from", first["hour"], "--to", hour_of(start + HOUR), "--json"]

    def found(*arguments: str) -> list[tuple[str, str]]:
        code = main("audit", ["verify", *asked, *arguments])
        answer = json.loads(capsys.readouterr().out)
        assert code == (0 if answer["whole"] else 1)
        assert answer["digests"] >= 2
        return [(each["kind"], each["what"]) for each in answer["findings"]]

    assert found(*deployed) == []
    assert main("audit", ["export", str(tmp_path / "kept"), *deployed]) == 0
    capsys.readouterr()
    done = damage(s3, bucket, kept, changed, digest_key(hour_of(start)))
    assert sorted(found(*deployed)) == done
    table = system.names.transactions_table
    planted = [hour_of(start + HOUR), "9998-01-01T00"]
    for hour in planted:
        aws("dynamodb").put_item(TableName=table, Item=forged_copy({**run["made"][-1], "hour": hour}))
    # The next run of the function rings for it, and puts the digest back from its copy: a forged one would stay away.
    # Copies that nobody has signed are told, and end nothing.
    again = digest_at(role, start + 2 * HOUR + timedelta(minutes=10))
    assert again["replaced"] >= 2
    assert sorted(again["forged"]) == planted
    assert [digest["hour"] for digest in again["made"]] == planted[:1]
    assert digest_at(role, start + 2 * HOUR + timedelta(minutes=10))["forged"] == planted[1:]

    offline = ["--kept", str(tmp_path / "kept"), "--copy", copied(s3, bucket, tmp_path / "bucket")]
    monkeypatch.delenv(FOLDER_VARIABLE)
    assert {("altered", changed), ("deleted", kept)} <= set(found(*offline))

    for hour in (first["hour"], planted[1]):
        aws("dynamodb").delete_item(TableName=table, Key=item_of(copy_key(hour)))
    expected = {(first["hour"], "row_removed"), (planted[0], "row_changed"), (planted[1], "row_removed")}
    wait_for(lambda: tampering_told(system), lambda told: told >= expected)


def test_not_even_an_administrator_signs(aws: Clients, role: dict[str, str]) -> None:
    sha256 = {"KeyId": role[contract.ENV_SIGNING_KEY], "Message": bytes(32), "MessageType": "DIGEST"}
    administrator = user_with(aws, {"Effect": "Allow", "Action": "*", "Resource": "*"})
    try:
        with pytest.raises(ClientError, match="AccessDenied"):
            administrator("kms").sign(**sha256, SigningAlgorithm="ECDSA_SHA_256")
    finally:
        administrator.close()


def told_late(system: System) -> None:
    """A change of the inbox that the audit logger gets after two hours."""
    event = {"Records": [record(at=time.time() - 7200)]}
    system.client("lambda").invoke(
        FunctionName=system.names.function(AUDIT_LOGGER.folder), Payload=json.dumps(event)
    )


def test_an_object_that_comes_two_hours_late_has_its_marker(system: System) -> None:
    def markers() -> int:
        asked = {"Bucket": system.names.audit_bucket, "Prefix": contract.AUDIT_LATE_PREFIX}
        return int(system.client("s3").list_objects_v2(**asked)["KeyCount"])

    before = markers()
    told_late(system)
    assert markers() == before + 1
