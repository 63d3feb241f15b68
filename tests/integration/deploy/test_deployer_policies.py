"""The scripts run as users who hold the generated policies and nothing else; the engine enforces each call.

What CloudFormation calls for the user the engine does not check, so only AWS can prove that part of the policies.
"""

import json
import time
from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError

from scripts.cloudformation.drift import find_drift
from scripts.cloudformation.live_stack import read_stack
from scripts.cloudformation.next_commands import NO_DEPLOY_SETTINGS, Commands
from scripts.command_line.aws_target import Target
from scripts.command_line.console import make_console
from scripts.deployment.approval import Consent
from scripts.deployment.context import Context
from scripts.deployment.deploy import DeployRequest, apply, deploy, drop
from scripts.deployment.destroy import destroy_environment
from scripts.deployment.permissions.deployer_policies import deployer_policies, fill
from scripts.local_engine.state import EngineState
from stacks.names import Names
from tests.support.system.engine_clients import Clients
from tests.support.templates.resources import built

SUFFIX = "least"
YES = DeployRequest(consent=Consent(yes=True, allowed=frozenset(), is_somebody_there=False))
PLAN_ONLY = DeployRequest(consent=YES.consent, plan_only=True)
# Beyond the policies: calls that deploy.py makes here alone (scripts/deployment/local_fixups.py), and calls for which
# the engine asks for another action (GetEventSourceMapping, GetFunctionConcurrency), sees another resource (a change
# set's ARN, a schedule in a group) or no such condition key (iam:PolicyARN).
_CHANGE_SETS = ["cloudformation:DescribeChangeSet", "cloudformation:DeleteChangeSet"]
_DRIFT = ["lambda:ListEventSourceMappings", "lambda:PutFunctionConcurrency", "scheduler:GetSchedule"]
LOCAL_ACTIONS = {
    "account": ["iam:AttachRolePolicy"],
    "plan": [*_CHANGE_SETS, *_DRIFT],
    "apply": [
        *_CHANGE_SETS,
        "cloudformation:DescribeStackResources",
        "cloudformation:ExecuteChangeSet",
        "dynamodb:UpdateContinuousBackups",
        "dynamodb:UpdateTimeToLive",
    ],
}


def context_of(engine: EngineState, aws: Clients, *commands: str) -> Context:
    """A context of a new user who holds the policies of these commands."""
    user = f"deployer-{'-'.join(commands)}"
    account = aws("sts").get_caller_identity()["Account"]
    names = Names(SUFFIX, account, engine.region)
    iam = aws("iam")
    iam.create_user(UserName=user)
    for file, text in deployer_policies(built()).items():
        if file.split("-")[1] in commands:
            document = json.dumps(fill(text, names))
            policy = iam.create_policy(PolicyName=f"{user}-{file}", PolicyDocument=document)["Policy"]
            iam.attach_user_policy(UserName=user, PolicyArn=policy["Arn"])
    for command in LOCAL_ACTIONS.keys() & {*commands}:
        statement = {"Effect": "Allow", "Action": LOCAL_ACTIONS[command], "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=user, PolicyName=f"local-{command}", PolicyDocument=document)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=engine.region)
    target = Target(session, engine.region, engine.endpoint_url, account)
    return Context(
        target=target,
        names=names,
        commands=Commands(SUFFIX, names.stack, [], [], NO_DEPLOY_SETTINGS, ["deploy.py"]),
        console=make_console(),
        sleep=time.sleep,
        clock=time.monotonic,
        ask=input,
        repeat_command="",
    )


@pytest.fixture(scope="module")
def applier(engine: EngineState, aws: Clients) -> Iterator[Context]:
    """Who has deployed from nothing, and destroys at the end as another user does."""
    context = context_of(engine, aws, "apply", "account")
    assert deploy(context, built(), {}, YES).result == "created"
    yield context
    for content in (b"old", b"new"):
        aws("s3").put_object(Bucket=context.names.payload_bucket, Key="a", Body=content)
    aws("dynamodb").update_table(TableName=context.names.inbox_table, DeletionProtectionEnabled=True)
    destroyer = context_of(engine, aws, "destroy")
    assert destroy_environment(destroyer, built(), SUFFIX, lift=True)
    aws("logs").create_log_group(
        logGroupName=context.names.function_log_group("health")
    )  # as a late line does
    assert destroy_environment(destroyer, built(), SUFFIX)
    assert not destroy_environment(destroyer, built(), SUFFIX)


def test_an_applier_deploys_again(applier: Context) -> None:
    assert deploy(applier, built(), {}, YES).result == "unchanged"
    assert deploy(applier, built(), {"CostCenter": "7"}, YES).result == "updated"


def test_a_planner_plans_and_drops_and_changes_nothing(
    applier: Context, engine: EngineState, aws: Clients
) -> None:
    planner = context_of(engine, aws, "plan")
    stack_id = read_stack(planner.cloudformation, planner.names.stack).stack_id
    assert find_drift(planner.cloudformation, planner.target.client, stack_id, time.sleep).drifted == ()
    planned = deploy(planner, built(), {"CostCenter": "8"}, PLAN_ONLY)
    assert planned.change_set
    with pytest.raises(ClientError, match="cloudformation:ExecuteChangeSet"):
        apply(planner, planned.change_set, YES)
    with pytest.raises(ClientError, match="s3:GetBucketObjectLockConfiguration"):
        destroy_environment(planner, built(), SUFFIX)
    with pytest.raises(ClientError, match="cloudformation:DeleteStack"):
        planner.cloudformation.delete_stack(StackName=stack_id)
    assert drop(planner, planned.change_set)


def test_an_applier_applies_what_was_planned(applier: Context) -> None:
    planned = deploy(applier, built(), {"CostCenter": "9"}, PLAN_ONLY)
    assert planned.change_set
    assert apply(applier, planned.change_set, YES).result == "updated"


def test_what_cloudformation_may_do_for_an_applier_nobody_may_without_it(applier: Context) -> None:
    with pytest.raises(ClientError, match="dynamodb:DeleteTable"):
        applier.target.client("dynamodb").delete_table(TableName=applier.names.inbox_table)
    with pytest.raises(ClientError, match="dynamodb:Scan"):
        applier.target.client("dynamodb").scan(TableName=applier.names.inbox_table)
    with pytest.raises(ClientError, match="secretsmanager:GetSecretValue"):
        applier.target.client("secretsmanager").get_secret_value(SecretId=applier.names.fingerprint_secret)
