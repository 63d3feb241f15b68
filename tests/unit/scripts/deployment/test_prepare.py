"""What is checked before anything is made: output/, lint, values, credentials; and the account's logging role."""

import json
from pathlib import Path

import pytest
from botocore.stub import ANY

from scripts.artifacts import package
from scripts.artifacts.bytecode import running_runtime
from scripts.artifacts.wheels import install_wheels, wheel_platform
from scripts.command_line.aws_target import identity_of, local_target
from scripts.command_line.errors import Refused, RolledBack, UsageError
from scripts.deployment.api_gateway_logging_role import ensure_logging_role
from scripts.deployment.prepare import check_values
from stacks.assembly import Assembly
from stacks.lint.finding import Finding
from stacks.names import API_GATEWAY_LOGGING_ROLE as ROLE_NAME
from tests.support.scripts.deployment_context import context_for, stubbed_target
from tests.support.scripts.stubs import ACCOUNT_ID, stubbed
from tests.support.templates.resources import built

ROLE_ARN = f"arn:aws:iam::{ACCOUNT_ID}:role/{ROLE_NAME}"
SOUND = {"A": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "x"}}}


def assembly_of(resources: object) -> Assembly:
    return Assembly(json.dumps({"Resources": resources}), {})


def test_stale_output_is_refused_with_the_command_that_helps(tmp_path: Path) -> None:
    assembly = assembly_of(SOUND)
    with pytest.raises(Refused, match=r"root\.template\.json") as caught:
        package.require_fresh_output(assembly, tmp_path)
    assert "python build_template.py" in caught.value.next_step
    assembly.write(tmp_path)
    package.require_fresh_output(assembly, tmp_path)


def test_what_lint_refuses_is_refused_again_from_memory(tmp_path: Path) -> None:
    bad = assembly_of({"A": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayNam": "x"}}})
    told: list[str] = []
    for _ in range(2):
        with pytest.raises(Refused, match="DisplayNam"):
            package.require_lint(bad, "eu-west-1", tmp_path, print_message=told.append)
    assert told == ["checking the templates with cfn-lint; this takes some seconds"]


def test_a_warning_of_lint_refuses_a_deploy_and_is_told_to_who_only_reads() -> None:
    warning, error = Finding("W2001", "root/P", "not used"), Finding("E3002", "root/A", "no such property")
    for findings, warn in (([warning], None), ([warning, error], print)):
        with pytest.raises(Refused, match="W2001"):
            package.refuse(findings, warn)
    told: list[str] = []
    package.refuse([warning], told.append)
    assert "W2001 root/P: not used" in told[0]


def test_the_real_templates_get_every_value() -> None:
    context, _ = context_for(stubbed_target())
    values = check_values(context, built(), {"LogRetentionDays": "365"})
    assert values["EnvironmentSuffix"] == "dev"
    assert values["LogRetentionDays"] == "365"
    assert values["ArtifactBucket"] == f"s3-artifacts-{ACCOUNT_ID}-eu-west-1"
    assert values["Runtime"] == "python3.11"
    assert all(isinstance(value, str) for value in values.values())


@pytest.mark.parametrize(
    "name",
    ["LayerKey", "LayerVersion", "ArtifactBucket", "HealthCodeKey", "HealthCodeVersion"],
)
def test_names_of_artifacts_cannot_be_given(name: str) -> None:
    context, _ = context_for(stubbed_target())
    with pytest.raises(UsageError, match="set by this command"):
        check_values(context, built(), {name: "x"})


def test_the_local_engine_runs_what_is_here_whatever_a_file_says() -> None:
    context, _ = context_for(local_target("http://127.0.0.1:1", "us-east-1"))
    values = check_values(context, built(), {"Runtime": "python3.9", "Architecture": "sparc"})
    assert values["Runtime"] == running_runtime()
    assert values["Architecture"] in ("arm64", "x86_64")


def test_credentials_that_do_not_work_are_wrong_usage() -> None:
    sts, stub = stubbed("sts")
    stub.add_client_error("get_caller_identity", "ExpiredToken")
    with pytest.raises(UsageError) as caught:
        identity_of(sts)
    assert "--profile" in caught.value.next_step


def test_wheels_for_lambda_do_not_depend_on_this_machine() -> None:
    assert wheel_platform("arm64", for_this_machine=False) == "aarch64-manylinux2014"
    assert wheel_platform("x86_64", for_this_machine=False) == "x86_64-manylinux2014"


def test_a_wheel_with_another_hash_is_refused(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"six==1.17.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(RolledBack, match="cannot be installed"):
        install_wheels(requirements, tmp_path / "out", running_runtime(), wheel_platform("x86_64", False))


def test_an_account_with_a_logging_role_keeps_it() -> None:
    api_gateway, stub = stubbed("apigateway")
    stub.add_response("get_account", {"cloudwatchRoleArn": "arn:aws:iam::1:role/theirs"})
    iam, _ = stubbed("iam")
    assert ensure_logging_role(api_gateway, iam, "aws", lambda seconds: None) is False
    stub.assert_no_pending_responses()


@pytest.mark.parametrize("role_exists", [False, True])
def test_an_account_without_one_gets_one_as_soon_as_it_is_visible(role_exists: bool) -> None:
    iam, iam_stub = stubbed("iam")
    role = {
        "Path": "/",
        "RoleName": ROLE_NAME,
        "RoleId": "AROA0123456789ABCDEF",
        "Arn": ROLE_ARN,
        "CreateDate": "2025-10-09T00:00:00Z",
    }
    asked = {"RoleName": ROLE_NAME, "AssumeRolePolicyDocument": ANY, "Description": ANY, "Tags": ANY}
    if role_exists:
        iam_stub.add_client_error("create_role", "EntityAlreadyExists", expected_params=asked)
        iam_stub.add_response("get_role", {"Role": role}, {"RoleName": ROLE_NAME})
    else:
        iam_stub.add_response("create_role", {"Role": role}, asked)
    policy = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    iam_stub.add_response("attach_role_policy", {}, {"RoleName": ROLE_NAME, "PolicyArn": policy})
    api_gateway, stub = stubbed("apigateway")
    stub.add_response("get_account", {})
    patch = {"patchOperations": [{"op": "replace", "path": "/cloudwatchRoleArn", "value": ROLE_ARN}]}
    stub.add_client_error(
        "update_account", "BadRequestException", "role not visible yet", expected_params=patch
    )
    stub.add_response("update_account", {}, patch)
    slept: list[float] = []
    assert ensure_logging_role(api_gateway, iam, "aws", slept.append) is True
    assert len(slept) == 1
    stub.assert_no_pending_responses()
    iam_stub.assert_no_pending_responses()


def test_a_role_that_is_never_accepted_ends_with_an_error() -> None:
    iam, iam_stub = stubbed("iam")
    role = {"Path": "/", "RoleName": ROLE_NAME, "RoleId": "AROA0123456789ABCDEF", "Arn": ROLE_ARN}
    iam_stub.add_response("create_role", {"Role": {**role, "CreateDate": "2025-10-09T00:00:00Z"}})
    iam_stub.add_response("attach_role_policy", {})
    api_gateway, stub = stubbed("apigateway")
    stub.add_response("get_account", {})
    for _ in range(10):
        stub.add_client_error("update_account", "BadRequestException")
    with pytest.raises(RolledBack, match=ROLE_NAME):
        ensure_logging_role(api_gateway, iam, "aws", lambda seconds: None)
