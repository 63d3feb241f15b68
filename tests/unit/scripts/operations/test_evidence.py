"""Evidence: what each row's state rests on, what the account is asked, and the pack that holds it."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import botocore.session
import pytest
from botocore import xform_name

from scripts.cloudformation.drift import Drift, DriftedResource
from scripts.command_line.environment_file import read_environment
from scripts.command_line.errors import UsageError
from scripts.command_line.main import main
from scripts.command_line.project_paths import ENVIRONMENTS, ROOT
from scripts.deployment.permissions.script_calls import action_of
from scripts.operations.evidence import account_duties, findings, gather
from scripts.operations.evidence.account_duties import READERS, RIGHTS, read_duties
from scripts.operations.evidence.findings import Answer, Finding, verdict
from scripts.operations.evidence.pack import SUMS, document_of, page, write_pack
from stacks.assembly import Assembly
from stacks.controls.assessment import assess
from stacks.controls.matrix_texts import ACCOUNT_DUTIES, SHOWN_BY_TESTS
from stacks.lint.waivers import read_waivers
from tests.support.scripts.deployment_context import StubbedTarget, stubbed_target
from tests.support.templates.resources import built

BUILT = built()
TESTS = [test for row in SHOWN_BY_TESTS for test in row.tests]
FILE = read_environment(ENVIRONMENTS / "prod.toml")
PRODUCTION = FILE.protection.with_tables({**FILE.parameters, "AlertEmail": "a@example.com"})
TRAIL = {
    "Name": "all",
    "TrailARN": "arn:aws:cloudtrail:eu-west-1:123456789012:trail/all",
    "IsMultiRegionTrail": True,
    "LogFileValidationEnabled": True,
    "KmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/1",
}
TABLES = "arn:aws:dynamodb:eu-west-1:123456789012:table"


def all_pass(tests: Sequence[str]) -> Mapping[str, str]:
    return dict.fromkeys(tests, "passed")


def states(found: Sequence[Finding], kind: str) -> dict[str, str]:
    return {each.id: each.state for each in found if each.kind == kind}


def test_production_is_met_or_waived_once_it_is_filled_in() -> None:
    found = gather.of_templates(BUILT, PRODUCTION, all_pass).findings
    assert {each.state for each in found} == {"met", "waived", "the account's"}
    assert verdict(found).startswith("ALL MET OR WAIVED: 0 open, ")


def test_a_setting_that_breaks_the_matrix_is_open_and_says_what_is_wanted() -> None:
    found = gather.of_templates(BUILT, {**PRODUCTION, "LogRetentionDays": "30"}, all_pass).findings
    (opened,) = (each for each in found if each.state == "open")
    assert (opened.kind, opened.id, opened.requirements) == ("settings", "LogRetentionDays", "10.5.1")
    assert opened.found == ("is 30", "wanted: LogRetentionDays=365 or more")
    assert verdict(found).startswith("OPEN: 1 open, ")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"Nope": "1"}, "there is no parameter 'Nope'"),
        ({"LogRetentionDays": "abc"}, "LogRetentionDays=abc: "),
    ],
)
def test_a_setting_that_no_deploy_would_take_is_refused(given: dict[str, str], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        gather.of_templates(BUILT, {**PRODUCTION, **given}, all_pass)


def test_a_setting_that_deployed_templates_do_not_know_is_open() -> None:
    older = {name: value for name, value in PRODUCTION.items() if name != "AuditObjectLock"}
    defaults = {
        name: each["Default"]
        for name, each in BUILT.parsed["root"]["Parameters"].items()
        if "Default" in each
    }
    del defaults["AuditObjectLock"]
    (opened,) = (each for each in findings.of_settings({**defaults, **older}) if each.state == "open")
    assert (opened.id, opened.found[0]) == ("AuditObjectLock", "is not given")


def test_without_settings_none_is_judged() -> None:
    assert states(gather.of_templates(BUILT, {}, all_pass).findings, "settings") == {}


def test_a_resource_that_no_longer_meets_its_control_is_open_and_named() -> None:
    broken = BUILT.nested["data"].replace(
        '"PointInTimeRecoveryEnabled": true', '"PointInTimeRecoveryEnabled": false', 1
    )
    found = gather.of_templates(
        Assembly(BUILT.root, {**BUILT.nested, "data": broken}), PRODUCTION, all_pass
    ).findings
    (opened,) = (each for each in found if each.state == "open")
    assert opened.id == "SH DynamoDB.2 AWS::DynamoDB::Table"
    assert opened.found[0].startswith("open: data/")


def test_what_was_cut_for_the_local_engine_is_left_out_and_what_never_met_is_open() -> None:
    waivers, cut = read_waivers().controls, {**BUILT.parsed, "data": {"Resources": {}}}
    rows = list(findings.of_resources(assess(cut, waivers), assess(BUILT.parsed, waivers)))
    assert {row.state for row in rows if row.id.endswith("AWS::DynamoDB::Table")} == {"left out"}
    assert "open" not in {row.state for row in rows}
    unmet = list(findings.of_resources(assess(cut, waivers), assess(cut, waivers)))
    assert {row.state for row in unmet if row.id.endswith("AWS::DynamoDB::Table")} == {"open"}


@pytest.mark.parametrize("outcome", ["failed", None])
def test_a_proof_that_failed_or_did_not_run_leaves_its_row_open(outcome: str | None) -> None:
    outcomes = dict.fromkeys(TESTS[1:], "passed") | ({TESTS[0]: outcome} if outcome else {})
    opened = [each for each in findings.of_tests(outcomes) if each.state == "open"]
    assert [each.id for each in opened] == [SHOWN_BY_TESTS[0].id]
    assert opened[0].found[0] == f"{outcome or 'not run'}: {TESTS[0]}"


def test_outcomes_are_read_from_pytests_summary() -> None:
    printed = (
        "...F\n=== short test summary info ===\nPASSED tests/a.py::test_one[x - y]\n"
        "FAILED tests/a.py::test_two[1] - assert 0\n"
        "PASSED tests/a.py::test_two[2]\nERROR tests/b.py::test_three - boom\nPASSED tests/b.py::test_four\n"
    )
    assert gather.outcomes(printed) == {
        "tests/a.py::test_one": "passed",
        "tests/a.py::test_two": "failed",
        "tests/b.py::test_three": "failed",
        "tests/b.py::test_four": "passed",
    }


def test_the_named_tests_are_run_as_they_are_named() -> None:
    proof = SHOWN_BY_TESTS[-1].tests[0]
    assert gather.run_tests([proof]) == {proof: "passed"}
    missing = f"{proof}_that_is_not_there"
    assert missing not in gather.run_tests([missing])


def test_what_differs_from_its_template_is_open() -> None:
    changed = DriftedResource(("Data", "AuditBucket"), "AWS::S3::Bucket", "s3-audit", "MODIFIED", ())
    fine = findings.of_drift(Drift((), 200, 10))
    assert (fine.state, fine.what.split(" are ")[0]) == (
        "met",
        "Of 210 resources the 200 that can be compared",
    )
    assert "10 are of types that can't be" in fine.found[0]
    assert "grants of keys" in fine.found[1]
    found = findings.of_drift(Drift((changed,), 200, 10))
    assert (found.state, found.found[2]) == ("open", "MODIFIED: Data/AuditBucket")


Prepare: TypeAlias = Callable[[StubbedTarget], None]


def trails(account: StubbedTarget, trail: dict[str, Any], *, on: bool = True) -> None:
    account.stub("cloudtrail").add_response("describe_trails", {"trailList": [trail]})
    account.stub("cloudtrail").add_response("get_trail_status", {"IsLogging": on})


def selectors(account: StubbedTarget, *, tables: str = TABLES, **more: Any) -> None:
    """A trail of classic selectors that records all, but for what is given."""
    buckets = [f"arn:aws:s3:::{name}/" for name in ("audit", "payload", "archive")]
    resources = [
        {"Type": "AWS::S3::Object", "Values": buckets},
        {"Type": "AWS::DynamoDB::Table", "Values": [f"{tables}/inbox", f"{tables}/ledger"]},
    ]
    chosen = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": resources}
    trails(account, TRAIL)
    account.stub("cloudtrail").add_response("get_event_selectors", {"EventSelectors": [{**chosen, **more}]})


FEATURES = ("LAMBDA_NETWORK_LOGS", "S3_DATA_EVENTS")


def guarded(account: StubbedTarget, *on: str, off: str = "", status: str = "ENABLED") -> None:
    account.stub("guardduty").add_response("list_detectors", {"DetectorIds": ["1"]})
    features = [{"Name": name, "Status": "DISABLED" if name == off else "ENABLED"} for name in on]
    detector = {"Status": status, "ServiceRole": "role", "Features": features}
    account.stub("guardduty").add_response("get_detector", detector)


def scanned(account: StubbedTarget, code: str) -> None:
    status = {"status": "ENABLED", "errorCode": "ALREADY_ENABLED", "errorMessage": "-"}
    resources = dict.fromkeys(("ec2", "ecr", "lambda"), status) | {"lambdaCode": {**status, "status": code}}
    one = {"accountId": "123456789012", "state": status, "resourceState": resources}
    account.stub("inspector2").add_response("batch_get_account_status", {"accounts": [one]})


def group(account: StubbedTarget, *rules: dict[str, Any]) -> None:
    one = {"GroupId": "sg-1", "IpPermissions": [], "IpPermissionsEgress": [*rules]}
    account.stub("ec2").add_response("describe_security_groups", {"SecurityGroups": [one]})


def certificate(account: StubbedTarget, key: str, renewal: str = "ELIGIBLE") -> None:
    one = {"KeyAlgorithm": key, "RenewalEligibility": renewal}
    account.stub("acm").add_response("describe_certificate", {"Certificate": one})


def subscribed(account: StubbedTarget, arn: str, protocol: str, endpoint: str = "a@example.com") -> None:
    one = {"SubscriptionArn": arn, "Protocol": protocol, "Endpoint": endpoint}
    account.stub("sns").add_response("list_subscriptions_by_topic", {"Subscriptions": [one]})


IDS = {
    "Vpc": "vpc-1",
    "CriticalAlertsTopic": "arn:aws:sns:eu-west-1:123456789012:topic",
    "AuditBucket": "audit",
    "PayloadBucket": "payload",
    "ArchiveBucket": "archive",
    "InboxTable": "inbox",
    "TransactionsTable": "ledger",
}
CONFIRMED = f"{IDS['CriticalAlertsTopic']}:1"
CERTIFICATE = {"CertificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/1"}


@pytest.mark.parametrize(
    ("duty", "good", "bad"),
    [
        ("SH CloudTrail.2", lambda a: trails(a, TRAIL), lambda a: trails(a, TRAIL, on=False)),
        (
            "SH CloudTrail.2",
            lambda a: trails(a, TRAIL),
            lambda a: trails(a, {**TRAIL, "LogFileValidationEnabled": False}),
        ),
        (
            "SH CloudTrail.2",
            lambda a: trails(a, TRAIL),
            lambda a: trails(a, {**TRAIL, "IsMultiRegionTrail": False}),
        ),
        (
            "SH CloudTrail.2",
            lambda a: trails(a, TRAIL),
            lambda a: trails(a, {name: value for name, value in TRAIL.items() if name != "KmsKeyId"}),
        ),
        (
            "SH S3.22",
            selectors,
            lambda a: selectors(a, ReadWriteType="WriteOnly"),
        ),
        ("SH S3.22", selectors, lambda a: selectors(a, tables=f"{TABLES}-of-others")),
        (
            "SH S3.22",
            selectors,
            lambda a: selectors(a, ExcludeManagementEventSources=["kms.amazonaws.com"]),
        ),
        *(
            ("SH GuardDuty.6", lambda a: guarded(a, *FEATURES), bad)
            for bad in (
                lambda a: guarded(a, "S3_DATA_EVENTS"),
                lambda a: guarded(a, *FEATURES, off="LAMBDA_NETWORK_LOGS"),
                lambda a: guarded(a, *FEATURES, status="DISABLED"),
            )
        ),
        ("SH Inspector.3", lambda a: scanned(a, "ENABLED"), lambda a: scanned(a, "DISABLED")),
        ("SH EC2.2", group, lambda a: group(a, {"IpProtocol": "-1"})),
        ("SH ACM.1", lambda a: certificate(a, "RSA_2048"), lambda a: certificate(a, "RSA_1024")),
        (
            "SH ACM.1",
            lambda a: certificate(a, "RSA_2048"),
            lambda a: certificate(a, "RSA_2048", "INELIGIBLE"),
        ),
        (
            "alerts are read",
            lambda a: subscribed(a, CONFIRMED, "email"),
            lambda a: subscribed(a, "PendingConfirmation", "email"),
        ),
        (
            "alerts are read",
            lambda a: subscribed(a, CONFIRMED, "https", "https://pager.example.com"),
            lambda a: subscribed(a, CONFIRMED, "sqs", "arn:aws:sqs:eu-west-1:123456789012:nobody"),
        ),
    ],
)
def test_what_the_account_shows_is_met_or_open(duty: str, good: Prepare, bad: Prepare) -> None:
    for prepare, holds in ((good, True), (bad, False)):
        account = stubbed_target()
        prepare(account)
        answer = READERS[duty](account.client, {**IDS, **CERTIFICATE})
        assert answer.holds is holds, answer


def test_where_an_address_is_given_another_does_not_count_and_each_is_named() -> None:
    for address, holds in (("a@example.com", True), ("on-call@example.com", False)):
        account = stubbed_target()
        subscribed(account, CONFIRMED, "email")
        answer = READERS["alerts are read"](account.client, {**IDS, "AlertEmail": address})
        assert answer == (holds, f"confirmed: email a@example.com; wanted: {address}")


def test_what_may_not_be_read_stays_the_accounts_and_is_told() -> None:
    account = stubbed_target()
    for service, operation in (
        ("cloudtrail", "describe_trails"),
        ("cloudtrail", "describe_trails"),
        ("guardduty", "list_detectors"),
        ("inspector2", "batch_get_account_status"),
        ("sns", "list_subscriptions_by_topic"),
    ):
        account.stub(service).add_client_error(operation, "AccessDeniedException")
    topic = {"CriticalAlertsTopic": IDS["CriticalAlertsTopic"]}
    answers = read_duties(account.client, topic, {"CertificateArn": ""})
    assert answers.keys() <= {duty.id for duty in ACCOUNT_DUTIES}
    assert {answer.holds for answer in answers.values()} == {None}
    found = list(findings.of_duties(answers))
    assert {each.state for each in found} == {"the account's"}
    assert "not read: AccessDeniedException" in [each.found[0] for each in found]


def test_a_duty_that_is_not_done_is_open() -> None:
    found = list(findings.of_duties({"SH GuardDuty.6": Answer(False, "features that are on: []")}))
    assert [each.id for each in found if each.state == "open"] == ["SH GuardDuty.6"]


def test_the_pack_holds_page_json_templates_and_their_sums(tmp_path: Path) -> None:
    gathered = gather.of_templates(BUILT, PRODUCTION, all_pass)
    about = {"time": datetime(2026, 1, 1, tzinfo=UTC).isoformat(), "commit": "<b>"}
    document = document_of(about, verdict(gathered.findings), gathered.findings)
    sums = write_pack(tmp_path, document, gathered.templates)
    lines = {line[66:]: line[:64] for line in sums.read_text("utf-8").splitlines()}
    files = {path.name: path.read_bytes() for path in sums.parent.iterdir() if path.name != SUMS}
    assert lines == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    assert {"evidence.json", "evidence.html", "waivers.toml", "data.template.json"} <= files.keys()
    assert json.loads(files["evidence.json"]) == json.loads(json.dumps(document))


def test_where_the_pack_can_not_be_is_told_before_the_work_and_without_evidence_there_is_no_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAYMENT_WEBHOOKS_STATE", str(tmp_path))  # no engine is there
    asked = ["--suffix", "dev", "--local", "--folder"]
    assert main("evidence", [*asked, str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(f"error: {tmp_path}: File exists\n  next: ")
    assert main("evidence", [*asked, str(tmp_path / "pack")]) == 2
    assert "no local engine is running" in capsys.readouterr().err
    assert [*tmp_path.iterdir()] == []


def test_the_page_has_every_row_and_runs_nothing() -> None:
    gathered = gather.of_templates(BUILT, PRODUCTION, all_pass)
    shown = page(document_of({"commit": "<b>"}, "fine", gathered.findings))
    assert shown.count("<tr class=") == len(gathered.findings)
    assert "&lt;b&gt;" in shown
    assert "<script" not in shown
    assert "http" not in shown.split("</style>")[0]


def test_the_rights_that_are_listed_are_those_of_the_calls() -> None:
    session = botocore.session.get_session()
    calls = {
        action_of(service, operation)
        for service in ("acm", "cloudtrail", "ec2", "guardduty", "inspector2", "sns")
        for operation in map(xform_name, session.get_service_model(service).operation_names)
        if re.search(rf"\.{operation}\(", Path(account_duties.__file__).read_text("utf-8"))
    }
    assert calls == set(RIGHTS)
    document = (ROOT / "docs" / "deploying.md").read_text("utf-8")
    assert [right for right in RIGHTS if f"`{right}`" not in document] == []
