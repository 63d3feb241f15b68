"""The engine's record of what each role asked for."""

import json
import secrets

import boto3
import pytest
from botocore.exceptions import ClientError

from scripts.local_engine.recorded_calls import Call, read_calls
from scripts.local_engine.state import EngineState
from tests.support.system.engine_clients import Clients


def test_what_a_role_asks_for_is_recorded_once_with_the_answer(engine: EngineState, aws: Clients) -> None:
    role, iam = f"role-{secrets.token_hex(4)}", aws("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    allowed = {"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"}
    arn = iam.create_role(
        RoleName=role, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName=role, PolicyName="lists", PolicyDocument=policy)
    given = aws("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    sqs, kms = (
        session.client(name, region_name=engine.region, endpoint_url=engine.endpoint_url)
        for name in ("sqs", "kms")
    )
    sqs.list_queues()
    sqs.list_queues()
    with pytest.raises(ClientError, match="AccessDenied"):
        kms.list_keys()
    assert [call for call in read_calls(engine.folder) if call.role == role] == [
        Call(role, "sqs:ListQueues", "*", True),
        Call(role, "kms:ListKeys", "*", False),
    ]
