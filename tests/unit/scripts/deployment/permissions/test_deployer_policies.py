"""The policies of who deploys: what each role may, how narrowly, and that IAM takes them."""

import fnmatch
import json
from typing import Any

import cfnlint.api
import pytest
from cfnlint.config import ManualArgs
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from scripts.command_line.project_paths import OUTPUT
from scripts.deployment.permissions.deployer_policies import deployer_policies, fill, github_trust
from scripts.deployment.permissions.statement import Statement, characters, merged, policy_documents
from stacks.names import Names
from tests.support.templates.resources import built

NAMES = Names("longest-of-all-names", "123456789012", "ap-southeast-7", "aws-us-gov")
VIA = {"ForAnyValue:StringEquals": {"aws:CalledVia": ["cloudformation.amazonaws.com"]}}
# All that a role may do without CloudFormation, beside reading.
WRITES_OF_SCRIPTS = {
    "plan": {
        "cloudformation:CreateChangeSet",
        "cloudformation:DeleteChangeSet",
        "cloudformation:TagResource",
        "s3:PutObject",
        "s3:PutObjectTagging",
        "s3:PutObjectVersionTagging",
    },
    "apply": {
        "cloudformation:ContinueUpdateRollback",
        "cloudformation:CreateChangeSet",
        "cloudformation:DeleteChangeSet",
        "cloudformation:DeleteStack",
        "cloudformation:ExecuteChangeSet",
        "cloudformation:RollbackStack",
        "cloudformation:SetStackPolicy",
        "cloudformation:TagResource",
        "cloudformation:UpdateTerminationProtection",
        "iam:PassRole",
        "s3:PutObject",
        "s3:PutObjectTagging",
        "s3:PutObjectVersionTagging",
    },
    "destroy": {
        "cloudformation:DeleteStack",
        "cloudformation:UpdateTerminationProtection",
        "dynamodb:UpdateTable",
        "iam:PassRole",
        "logs:DeleteLogGroup",
        "s3:DeleteObject",
        "s3:BypassGovernanceRetention",
        "s3:DeleteObjectVersion",
    },
}


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return deployer_policies(built())


def statements(texts: dict[str, str], command: str) -> list[dict[str, Any]]:
    return [
        statement
        for file, text in texts.items()
        if file.startswith(f"deployer-{command}-")
        for statement in fill(text, NAMES)["Statement"]
    ]


def granted(texts: dict[str, str], command: str, action: str, arn: str) -> list[dict[str, Any]]:
    return [
        statement
        for statement in statements(texts, command)
        if action in statement["Action"]
        and any(fnmatch.fnmatchcase(arn, each) for each in statement["Resource"])
    ]


def is_reading(action: str) -> bool:
    return action.split(":")[1].startswith(
        ("BatchDescribe", "Describe", "Detect", "GET", "Get", "List", "list")
    )


def test_cfn_lint_knows_each_action_and_finds_its_resources_among_those_granted(
    texts: dict[str, str],
) -> None:
    resources = {
        file.replace("-", "").replace(".", ""): {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"PolicyDocument": fill(text, Names("prod", "123456789012", "eu-west-1"))},
        }
        for file, text in texts.items()
    }
    config = ManualArgs(regions=["eu-west-1"], include_checks=["I"])
    found = {match.message for match in cfnlint.api.lint(json.dumps({"Resources": resources}), config=config)}
    # Of a change set's ARN, by which AWS decides, the reference does not know.
    stack = "requires a resource of ['arn:${Partition}:cloudformation:${Region}:${Account}:stack/.*']"
    assert found == {
        f"action 'cloudformation:{action}' {stack}" for action in ("DeleteChangeSet", "ExecuteChangeSet")
    }


def test_iam_takes_every_policy_and_a_role_takes_all_of_a_command(texts: dict[str, str]) -> None:
    for text in texts.values():
        assert characters(json.loads(text)) <= 6144
        assert characters(fill(text, NAMES)) <= 6144
    for command in WRITES_OF_SCRIPTS:
        assert (
            sum(file.startswith(f"deployer-{command}-") for file in texts) < 10
        )  # one more is the account's


def test_the_files_are_in_output(texts: dict[str, str]) -> None:
    assert {path.name: path.read_text("utf-8") for path in OUTPUT.glob("deployer-*")} == texts


def test_nothing_is_left_of_the_placeholders_and_no_action_is_a_pattern(texts: dict[str, str]) -> None:
    for text in texts.values():
        document = fill(text, NAMES)
        assert "${" not in json.dumps(document)
        assert not [action for each in document["Statement"] for action in each["Action"] if "*" in action]


@pytest.mark.parametrize("command", WRITES_OF_SCRIPTS)
def test_what_changes_anything_goes_by_way_of_cloudformation(texts: dict[str, str], command: str) -> None:
    direct = {
        action
        for statement in statements(texts, command)
        if not statement.get("Condition", {}).items() >= VIA.items()
        for action in statement["Action"]
    }
    assert {action for action in direct if not is_reading(action)} == WRITES_OF_SCRIPTS[command]


def test_a_plan_only_reads_by_way_of_cloudformation_and_reads_no_data(texts: dict[str, str]) -> None:
    actions = {action for statement in statements(texts, "plan") for action in statement["Action"]}
    assert {action for action in actions if not is_reading(action)} == WRITES_OF_SCRIPTS["plan"]
    data = {"dynamodb:GetItem", "dynamodb:Query", "kms:Decrypt", "secretsmanager:GetSecretValue"}
    assert not actions & data
    objects = granted(texts, "plan", "s3:GetObject", f"arn:aws-us-gov:s3:::{NAMES.audit_bucket}/x")
    assert objects == []


@pytest.mark.parametrize(
    ("command", "action", "arn"),
    [
        ("apply", "dynamodb:CreateTable", NAMES.arn("dynamodb", f"table/{NAMES.inbox_table}")),
        ("apply", "lambda:UpdateFunctionCode", NAMES.arn("lambda", f"function:{NAMES.function('health')}")),
        ("apply", "iam:CreateRole", f"arn:aws-us-gov:iam::123456789012:role/{NAMES.role('health')}"),
        ("apply", "s3:PutBucketTagging", f"arn:aws-us-gov:s3:::{NAMES.audit_bucket}"),
        ("apply", "logs:CreateLogGroup", NAMES.arn("logs", f"log-group:{NAMES.flow_log_group}")),
        ("apply", "sqs:CreateQueue", NAMES.arn("sqs", NAMES.processing_dlq)),
        ("apply", "apigateway:POST", "arn:aws-us-gov:apigateway:ap-southeast-7::/restapis/a1/stages"),
        ("apply", "kms:CreateKey", "*"),
        ("apply", "route53:AssociateVPCWithHostedZone", NAMES.arn("ec2", "vpc/vpc-1")),
        (
            "apply",
            "secretsmanager:CreateSecret",
            NAMES.arn("secretsmanager", "secret:" + NAMES.fingerprint_secret),
        ),
        ("destroy", "dynamodb:DeleteTable", NAMES.arn("dynamodb", f"table/{NAMES.inbox_table}")),
        ("destroy", "kms:ScheduleKeyDeletion", NAMES.arn("kms", "key/1")),
        ("destroy", "ec2:DeleteVpc", NAMES.arn("ec2", "vpc/vpc-1")),
    ],
)
def test_cloudformation_may_what_the_templates_need(
    texts: dict[str, str], command: str, action: str, arn: str
) -> None:
    (statement,) = granted(texts, command, action, arn)
    assert statement["Condition"] == VIA


@pytest.mark.parametrize(
    ("action", "arn"),
    [
        ("dynamodb:DeleteTable", NAMES.arn("dynamodb", "table/table-orders")),
        ("lambda:DeleteFunction", NAMES.arn("lambda", "function:lambda-health-other")),
        ("iam:DeleteRole", "arn:aws-us-gov:iam::123456789012:role/administrator"),
        ("iam:PassRole", "arn:aws-us-gov:iam::123456789012:role/administrator"),
        ("s3:DeleteBucket", "arn:aws-us-gov:s3:::orders"),
        ("cloudformation:DeleteStack", NAMES.arn("cloudformation", "stack/payment-webhooks-prod/1")),
        ("cloudformation:DeleteStack", NAMES.arn("cloudformation", f"stack/{NAMES.stack}-two/1")),
        ("sqs:DeleteQueue", NAMES.arn("sqs", "orders")),
        ("s3:PutBucketPolicy", "arn:aws-us-gov:s3:::s3-artifacts-123456789012-ap-southeast-7"),
        ("apigateway:PATCH", "arn:aws-us-gov:apigateway:ap-southeast-7::/account"),
    ],
)
def test_what_is_not_of_the_environment_is_out_of_reach(texts: dict[str, str], action: str, arn: str) -> None:
    for command in WRITES_OF_SCRIPTS:
        assert granted(texts, command, action, arn) == []


def test_roles_are_passed_to_whom_they_trust_and_get_policies_of_the_environment(
    texts: dict[str, str],
) -> None:
    role = f"arn:aws-us-gov:iam::123456789012:role/{NAMES.role('health')}"
    (passed,) = granted(texts, "apply", "iam:PassRole", role)
    services = ("lambda", "pipes", "scheduler", "states", "vpc-flow-logs")
    assert passed["Condition"] == {
        "StringEquals": {"iam:PassedToService": [f"{service}.amazonaws.com" for service in services]}
    }
    (attached,) = granted(texts, "apply", "iam:AttachRolePolicy", role)
    assert attached["Condition"]["ArnLike"] == {
        "iam:PolicyARN": [
            "arn:aws-us-gov:iam::123456789012:policy/policy-*-longest-of-all-names-ap-southeast-7"
        ]
    }


def test_nobody_writes_inline_policies_or_boundaries_of_roles_as_no_template_has_them(
    texts: dict[str, str],
) -> None:
    may = {
        action
        for command in WRITES_OF_SCRIPTS
        for each in statements(texts, command)
        for action in each["Action"]
    }
    writing = {"iam:PutRolePolicy", "iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary"}
    assert may & writing == set()
    resources = [each for text in built().nested.values() for each in json.loads(text)["Resources"].values()]
    assert "AWS::IAM::RolePolicy" not in {each["Type"] for each in resources}
    roles = [each["Properties"] for each in resources if each["Type"] == "AWS::IAM::Role"]
    assert [role for role in roles if role.keys() & {"Policies", "PermissionsBoundary"}] == []


def test_no_change_set_imports(texts: dict[str, str]) -> None:
    for command in ("plan", "apply"):
        stack = NAMES.arn("cloudformation", f"stack/{NAMES.stack}/1")
        (statement,) = granted(texts, command, "cloudformation:CreateChangeSet", stack)
        assert statement["Condition"] == {"Null": {"cloudformation:ImportResourceTypes": "true"}}


def test_only_change_sets_of_the_tool_are_executed_or_dropped_by_their_arn(texts: dict[str, str]) -> None:
    ours, other = (
        NAMES.arn("cloudformation", f"changeSet/{name}/1") for name in ("deploy-20261121", "theirs")
    )
    for action in ("cloudformation:ExecuteChangeSet", "cloudformation:DeleteChangeSet"):
        direct = [each for each in granted(texts, "apply", action, ours) if each.get("Condition") != VIA]
        assert len(direct) == 1
        assert [each["Condition"] for each in granted(texts, "apply", action, other)] == [VIA]
    assert granted(texts, "plan", "cloudformation:ExecuteChangeSet", ours) == []


def test_a_bucket_of_ones_own_takes_the_place_of_ours(texts: dict[str, str]) -> None:
    filled = json.dumps([fill(text, NAMES, "their-bucket") for text in texts.values()])
    assert "arn:aws-us-gov:s3:::their-bucket/*" in filled
    assert "s3-artifacts" not in filled


def test_a_role_of_github_trusts_one_environment_of_one_repository() -> None:
    (statement,) = github_trust(NAMES, "me/payments", "plan")["Statement"]
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:me/payments:environment:plan",
        }
    }


def test_statements_for_the_same_become_one_and_long_ones_several() -> None:
    same = merged([Statement("A", ("x:A",), ("*",)), Statement("B", ("x:B", "x:A"), ("*",))])
    assert [each.document()["Action"] for each in same] == [["x:A", "x:B"]]
    many = Statement("Many", tuple(f"x:Action{number:03}{'y' * 100}" for number in range(100)), ("*",))
    documents = policy_documents([many])
    assert [[each["Sid"] for each in document["Statement"]] for document in documents] == [
        ["Many1"],
        ["Many2"],
        ["Many3"],
    ]
    with pytest.raises(ValueError, match="longer than a policy"):
        policy_documents([Statement("Long", ("x:A",), ("y" * 6144,))])


def test_no_type_of_the_templates_is_of_a_service_without_a_grant(texts: dict[str, str]) -> None:
    """A handler's actions are granted only for services that have patterns, so a new service needs some."""
    types = {
        each["Type"] for text in built().nested.values() for each in json.loads(text)["Resources"].values()
    }
    schemas = {each: PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", each).schema for each in types}
    may = {action for statement in statements(texts, "apply") for action in statement["Action"]}
    without = {
        each
        for each, schema in schemas.items()
        if not may & set(schema.get("handlers", {}).get("create", {}).get("permissions", ()))
    }
    assert without == set()
