"""Each PCI DSS control is met by each resource it is about, but for those that waivers.toml excuses."""

import ast
import copy
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from scripts.command_line.project_paths import ROOT
from stacks.controls.assessment import MET, OPEN, WAIVED, Assessed, assess
from stacks.controls.control import AccountDuty, Control, ShownByTests
from stacks.controls.matrix_texts import ACCOUNT_DUTIES, OTHER_NAMES, REQUIREMENTS, SHOWN_BY_TESTS
from stacks.controls.settings import NEEDS
from stacks.controls.table import CONTROLS
from stacks.controls.template_resources import resources_in
from stacks.documents.pci_dss_page import pci_dss_page
from stacks.lint.waivers import ControlWaiver, read_waivers
from tests.support.templates.resources import Resource, resources, templates

WAIVERS = read_waivers().controls
ROWS: list[Control | ShownByTests | AccountDuty] = [*CONTROLS, *SHOWN_BY_TESTS, *ACCOUNT_DUTIES]
ASSESSED = {str(each.control): each for each in assess(templates(), WAIVERS)}
# What the rule packs demand of our types of resources: every name must have its row.
DEMANDED = """
SH APIGateway.1, CKV_AWS_76, W69, guard api_gw_stage_access_logging, APIG1, SH APIGateway.2, SH APIGateway.3,
CKV_AWS_73, SH APIGateway.4, APIG3, SH APIGateway.5, CKV_AWS_120, CKV_AWS_59, W59, APIG4, APIG2, W62,
guard domain_deny_non_tls, W64, APIGWDefaultThrottling, SH Lambda.1, F13, CKV_AWS_364, SH Lambda.2, CKV_AWS_363,
SH Lambda.3, SH Lambda.5, CKV_AWS_117, W89, CKV_AWS_45, CKV_AWS_173, CKV_AWS_115, guard lambda_concurrency_check,
CKV_AWS_116, guard lambda_dlq_check, LambdaEventSourceMappingDestination, SH GuardDuty.6, SH Inspector.3,
SH Inspector.4, CKV_AWS_119, W74, guard dynamodb_table_encrypted_kms, SH DynamoDB.2, CKV_AWS_28, W78, DDB3,
SH DynamoDB.6, SH DynamoDB.1, W73, guard dynamodb_in_backup_plan, SH Backup.1, CKV_AWS_166, SH SQS.1, CKV_AWS_27,
SQS2, SQS3, SH SQS.3, F20, F21, F7, W18, SQS4, SH SNS.1, CKV_AWS_26, SH SNS.4, F18, F8, W19, SNS3, SNSRedrivePolicy,
SH SNS.2, SH S3.1, SH S3.8, CKV_AWS_53, CKV_AWS_54, CKV_AWS_55, CKV_AWS_56, SH S3.2, SH S3.3, CKV_AWS_20, CKV_AWS_57,
F14, W31, SH S3.12, SH S3.5, S10, SH S3.9, CKV_AWS_18, W35, SH S3.15, SH S3.17, S3DefaultEncryptionKMS, CKV_AWS_21,
SH S3.10, SH S3.13, SH S3.22, SH S3.23, guard cloudtrail_s3_dataevents, S3BucketReplicationEnabled, SH S3.7, SH S3.6,
F9, F15, F16, W20, SH S3.11, SH KMS.4, CKV_AWS_7, F19, CMKBackingKeyRotation, SH KMS.5, CKV_AWS_33, F76,
guard kms_no_wildcard_principal, SH KMS.3, guard kms_cmk_not_scheduled_for_deletion, SH KMS.1, SH KMS.2, SH WAF.11,
WAFv2LoggingEnabled, SH WAF.10, SH WAF.12, CKV_AWS_192, F665, guard waf_web_acl_default_action,
CloudWatchLogGroupEncrypted, CKV_AWS_158, W84, CWLogGroupRetention, CKV_AWS_66, W86,
guard cloudwatch_alarm_action_check, SH CloudTrail.2, SH CloudTrail.3, SH CloudTrail.4, SH CloudTrail.6,
SH CloudTrail.7, SH EC2.6, VPCFlowLogsEnabled, W60, SH EC2.2, VPCDefaultSecurityGroupClosed, SH EC2.15, W33,
VPCNoUnrestrictedRouteToIGW, SH EC2.13, SH EC2.14, SH EC2.53, SH EC2.54, W2, W9, W27, W42, F1000, W5, W29, W36, W40,
SH EC2.21, SH EC2.16, SH EC2.10, IAMNoInlinePolicy, guard iam_no_inline_policy, CKV_AWS_62, CKV_AWS_63, CKV_AWS_107,
CKV_AWS_108, CKV_AWS_109, CKV_AWS_110, CKV_AWS_111, F2, F3, F4, F5, F6, W11, W12, W13, W14, W15, W16, W17,
CKV_AWS_149, W77,
SecretsManagerUsingKMSKey, SH SecretsManager.1, SH SecretsManager.2, SH SecretsManager.4, SH EventBridge.3,
SH StepFunctions.1, SH CloudFormation.1, SH ACM.1, SH ACM.2
"""
# Requirements that no rule pack looks for.
REQUIRED = "3.3.1, 3.5.1, 6.4.1, 10.4.1.1, 10.5.1, 10.7.2, 11.5.2, 12.10.1, 12.10.7"


def words(text: str) -> list[str]:
    return re.split(r",\s+", text.strip())


@pytest.mark.parametrize("row", ASSESSED.values(), ids=ASSESSED)
def test_every_resource_meets_the_control_or_is_waived(row: Assessed) -> None:
    assert row.met or row.waived, f"no resource is a {row.control.type}"
    assert row.open == ()


@pytest.mark.parametrize("control", CONTROLS, ids=str)
def test_every_control_can_fail(control: Control) -> None:
    document = {"Type": control.type, "Properties": dict(control.counterexample)}
    assert not control.is_met_by(Resource("none", "Counterexample", document, templates()))


def grant_all_but_some(policy: Any) -> None:
    policy["Statement"][0]["NotAction"] = policy["Statement"][0].pop("Action")


def add_beside(role: Resource) -> None:
    role.templates[role.stack]["Resources"]["Beside"] = {"Type": "AWS::IAM::Policy"}


@pytest.mark.parametrize(
    ("control", "spoil"),
    [
        ("W14", lambda role: grant_all_but_some(role["AssumeRolePolicyDocument"])),
        ("W15", lambda role: role.properties.update(Policies=[{}])),
        ("W16", add_beside),
        ("W17", lambda policy: grant_all_but_some(policy["PolicyDocument"])),
    ],
)
def test_no_policy_of_a_role_grants_all_actions_but_some(
    control: str, spoil: Callable[[Resource], None]
) -> None:
    """Inline ones are none at all, whatever they grant."""
    (row,) = (each for each in CONTROLS if control in words(OTHER_NAMES.get(each.id, "")))
    found = resources_in(copy.deepcopy(templates()), row.type)[0]
    assert row.is_met_by(found)
    spoil(found)
    assert not row.is_met_by(found)


def test_a_row_whose_resource_is_gone_is_open() -> None:
    gone: dict[str, dict[str, Any]] = {name: {"Resources": {}} for name in templates()}
    assert {row.state for row in assess(gone, WAIVERS)} == {OPEN}
    assert {row.state for row in ASSESSED.values()} == {MET, WAIVED}


def test_without_its_waiver_a_row_is_open() -> None:
    waived = {str(row.control) for row in ASSESSED.values() if row.waived}
    assert {str(row.control) for row in assess(templates(), ()) if row.state == OPEN} == waived
    assert waived


@pytest.mark.parametrize("waiver", WAIVERS, ids=lambda waiver: f"{waiver.control} {waiver.resources}")
def test_every_waiver_excuses_only_what_needs_it(waiver: ControlWaiver) -> None:
    row = ASSESSED[f"{waiver.control} {waiver.type}"]
    covered = {str(each) for each in resources(waiver.type) if waiver.covers(each.type, each.title)}
    assert len(covered) >= max(1, len(waiver.resources))
    assert covered <= set(row.waived)


def test_every_name_that_rule_packs_demand_has_its_row() -> None:
    ids = [*(each.id for each in CONTROLS), *(each.id for each in ACCOUNT_DUTIES)]
    assert set(OTHER_NAMES) <= set(ids)
    known = {*ids, *(name for names in OTHER_NAMES.values() for name in words(names))}
    assert set(words(DEMANDED)) - known == set()


def test_every_requirement_beyond_the_rule_packs_has_its_row() -> None:
    assert set(words(REQUIRED)) - {number for row in ROWS for number in words(row.requirements)} == set()


def test_every_number_was_looked_up_and_none_stands_for_nothing() -> None:
    asked = [*(row.requirements for row in ROWS), *(need.requirements for need in NEEDS)]
    assert {number for numbers in asked for number in words(numbers) if number} == REQUIREMENTS.keys()


def test_requirements_are_numbers_of_the_standard_and_rows_stand_once() -> None:
    rows: Iterable[tuple[str, str]] = (
        *((str(row), row.requirements) for row in CONTROLS),
        *((row.id, row.requirements) for row in SHOWN_BY_TESTS),
        *((row.id, row.requirements) for row in ACCOUNT_DUTIES),
    )
    assert [text for _, text in rows if text and not re.fullmatch(r"\d+(\.\d+)+(, \d+(\.\d+)+)*", text)] == []
    assert [name for name, count in Counter(name for name, _ in rows).items() if count > 1] == []


@pytest.mark.parametrize("row", SHOWN_BY_TESTS, ids=lambda row: row.id)
def test_every_test_that_is_named_as_a_proof_is_there(row: ShownByTests) -> None:
    assert row.tests
    for proof in row.tests:
        path, name = proof.split("::")
        module = ast.parse((ROOT / path).read_text("utf-8"))
        assert name in {each.name for each in module.body if isinstance(each, ast.FunctionDef)}


def test_the_page_has_every_row() -> None:
    page = pci_dss_page(templates())
    assert page == (ROOT / "docs" / "pci-dss.md").read_text("utf-8")
    for row in ROWS:
        assert f" | {row.what} | " in page
    for waiver in WAIVERS:
        assert waiver.reason in page


def test_the_page_names_each_reason_with_the_resources_that_it_excuses_and_no_others() -> None:
    page = pci_dss_page(templates())
    assert "\n- CKV_AWS_59, `api`: WebhookPostMethod: An API key gives a quota" in page
    assert "\n- CKV_AWS_59, `api`: HealthGetMethod: Uptime checks have no credentials" in page
    preflights = ("Analytics", "TransactionsIdNotify", "TransactionsId", "Transactions")
    methods = ", ".join(f"{each}OptionsMethod" for each in preflights)
    assert f"\n- CKV_AWS_59, `api`: {methods}: A browser signs no preflight" in page


def test_the_page_counts_its_rows_by_their_state() -> None:
    page = pci_dss_page(templates())
    met, partly, waived = (
        len(re.findall(state, page, re.MULTILINE))
        for state in (r" \| met \|$", r" \| met, \d+ waived \|$", r" \| waived \|$")
    )
    counted = re.search(
        r"(\d+) of (\d+) controls are met .* (\d+) by some .* (\d+) are\nwaived", page, re.DOTALL
    )
    assert counted is not None
    assert [int(each) for each in counted.groups()] == [met, met + partly + waived, partly, waived]
    parts = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## )", page, re.MULTILINE | re.DOTALL))
    shown, duties = (parts[name].count("\n| ") - 2 for name in ("Behaviour", "The account's own duties"))
    assert f"; {shown} more rows are shown by tests, and {duties} are the account's own." in page


def test_rule_packs_read_the_waivers_in_the_templates() -> None:
    noted = 0
    for each in resources():
        metadata = each.document.get("Metadata", {})
        covering = [waiver for waiver in WAIVERS if waiver.covers(each.type, each.title)]
        skipped = {entry["id"]: entry["comment"] for entry in metadata.get("checkov", {}).get("skip", [])}
        assert skipped == {check: waiver.reason for waiver in covering for check in waiver.checkov}
        suppressed = metadata.get("guard", {}).get("SuppressedRules", [])
        assert suppressed == [rule for waiver in covering for rule in waiver.guard]
        noted += bool(metadata)
    assert noted
