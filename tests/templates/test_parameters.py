"""The one table of parameters, what the templates make of it, and its page."""

import re
from pathlib import Path
from typing import Any

import pytest

from stacks.assembly import ROOT
from stacks.documents.markdown_pages import parameters_page
from stacks.parameters.artifacts import ARTIFACT_VERSIONS, CODE_KEYS, LAYER_KEY
from stacks.parameters.setting import Setting
from stacks.parameters.table import SETTINGS
from tests.support.templates.resources import resource, templates

PROJECT = Path(__file__).parents[2]
# What the design promises to whoever deploys without an environment file.
DEFAULTS: dict[str, Any] = {
    **dict.fromkeys((setting.title for setting in ARTIFACT_VERSIONS.values()), ""),
    "ApiThrottleRate": 1000,
    "ApiThrottleBurst": 2000,
    "TransactionsThrottleRate": 50,
    "TransactionsThrottleBurst": 100,
    "IpRateLimit": 10,
    "PayPalIpRateLimit": 100,
    "ProviderAddresses": "",
    "RequireApiKey": "true",
    "DomainName": "",
    "CertificateArn": "",
    "CorsOrigin": "",
    "ProcessingMode": "queue",
    "NetworkMode": "none",
    "VpcCidr": "10.0.0.0/16",
    "ZoneOne": "",
    "ZoneTwo": "",
    "NatGateways": 1,
    "InterfaceEndpoints": "false",
    "HealthFunctionUrl": "false",
    "ReconcileEvents": "true",
    "SendCanary": "false",
    "HighValueThresholds": (
        '{"default": 10000, "AED": 35000, "ARS": 14000000, "AUD": 15000, "BHD": 4000, "BRL": 55000, '
        '"CAD": 14000, "CHF": 8000, "CLP": 9500000, "CNY": 70000, "COP": 40000000, "CZK": 200000, "DKK": '
        '65000, "EGP": 500000, "EUR": 9000, "GBP": 8000, "HKD": 80000, "HUF": 3500000, "IDR": 160000000, '
        '"ILS": 35000, "INR": 900000, "ISK": 1300000, "JOD": 7000, "JPY": 1500000, "KES": 1300000, "KRW":'
        ' 14000000, "KWD": 3000, "MAD": 90000, "MXN": 180000, "MYR": 40000, "NGN": 14000000, "NOK": '
        '100000, "NZD": 17000, "OMR": 4000, "PEN": 35000, "PHP": 550000, "PKR": 2800000, "PLN": 35000, '
        '"PYG": 70000000, "QAR": 35000, "RON": 45000, "SAR": 35000, "SEK": 95000, "SGD": 13000, "THB": '
        '320000, "TND": 30000, "TRY": 400000, "TWD": 300000, "UAH": 400000, "UGX": 36000000, "VND": '
        '250000000, "XAF": 5500000, "XOF": 5500000, "ZAR": 170000}'
    ),
    "ReceiverTimeout": 30,
    "ProcessorTimeout": 300,
    "TracingSamplingPercent": 5,
    "TraceQueuesAndStreams": "true",
    "ReceiverConcurrency": 100,
    "ReceiverProvisionedConcurrency": 0,
    "ProcessorConcurrency": 50,
    "AuditConcurrency": 10,
    "AuditParallelization": 2,
    "NotificationConcurrency": 30,
    "AnalyticsConcurrency": 10,
    "OtherConcurrency": 5,
    "ReceiverMemory": 512,
    "ProcessorMemory": 512,
    "AuditMemory": 512,
    "OtherMemory": 512,
    "Architecture": "arm64",
    "Runtime": "python3.11",
    "LogRetentionDays": 30,
    "AuditHotDays": 365,
    "AuditRetentionDays": 365,
    "AuditObjectLock": "off",
    "ArchiveAfterDays": 180,
    "InboxRetentionDays": 45,
    "AlertEmail": "",
    "SilenceHours": 0,
    "KeyAgeDays": 365,
    "DeletionProtection": "false",
    "WarmThroughput": 0,
    "Project": "payment-webhooks",
    "CostCenter": "payments",
}
WITHOUT_DEFAULT = {"EnvironmentSuffix", "ArtifactBucket", LAYER_KEY.title} | {
    setting.title for setting in CODE_KEYS.values()
}


def test_the_root_has_exactly_the_parameters_of_the_table() -> None:
    assert templates()[ROOT]["Parameters"].keys() == {setting.title for setting in SETTINGS}


def test_the_defaults_are_those_that_are_documented() -> None:
    assert {each.title: each.default for each in SETTINGS if each.default is not None} == DEFAULTS
    assert {each.title for each in SETTINGS if each.default is None} == WITHOUT_DEFAULT


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.title)
def test_every_parameter_is_described_and_bounded(setting: Setting) -> None:
    assert setting.description
    assert setting.allowed or setting.pattern or None not in (setting.minimum, setting.maximum)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.title)
def test_every_default_is_within_its_own_limits(setting: Setting) -> None:
    default = setting.default
    if default is None:
        return
    assert not setting.allowed or default in setting.allowed
    assert setting.pattern is None or re.fullmatch(setting.pattern, str(default))
    if setting.minimum is not None and setting.maximum is not None:
        assert setting.minimum <= int(default) <= setting.maximum


def test_every_concurrency_may_be_none() -> None:
    declared = templates()[ROOT]["Parameters"]
    for name in ("Receiver", "Processor", "Audit", "Notification", "Analytics", "Other"):
        parameter = declared[f"{name}Concurrency"]
        assert (parameter["MinValue"], parameter["MaxValue"]) == (0, 1000)
        assert "0 reserves none" in parameter["Description"]


def test_the_processors_queue_hides_for_a_minute_longer_than_the_processor_may_run() -> None:
    table = templates()["messaging"]["Mappings"]["ProcessingVisibility"]
    allowed = templates()[ROOT]["Parameters"]["ProcessorTimeout"]["AllowedValues"]
    assert table.keys() == {str(value) for value in allowed}
    assert table["300"] == {"Seconds": 360}
    for timeout, entry in table.items():
        assert entry["Seconds"] == int(timeout) + 60
        assert int(timeout) > 45  # after which the processor stops itself
    assert resource("messaging", "ProcessingQueue")["VisibilityTimeout"] == {
        "Fn::FindInMap": ["ProcessingVisibility", {"Ref": "ProcessorTimeout"}, "Seconds"]
    }
    assert resource("compute", "PaymentProcessor")["Timeout"] == {"Ref": "ProcessorTimeout"}


def test_a_switch_is_a_condition_that_is_declared_once() -> None:
    assert templates()["data"]["Conditions"]["DeletionProtectionIsOn"] == {
        "Fn::Equals": [{"Ref": "DeletionProtection"}, "true"]
    }


def test_the_page_is_what_the_table_says() -> None:
    page = parameters_page()
    assert (PROJECT / "docs" / "parameters.md").read_text(encoding="utf-8") == page
    for setting in SETTINGS:
        assert f"| `{setting.title}` |" in page
