"""Selectors of a trail: what they record wholly, reads and writes both, and what they do not."""

from typing import Any

import pytest

from scripts.operations.evidence.trail_selectors import KEY_USE, Recorded, of_bucket, of_table, records

BUCKET = of_bucket("aws", "audit")
TABLE = of_table("arn:aws:dynamodb:eu-west-1:123456789012", "inbox")


def advanced(**fields: Any) -> dict[str, Any]:
    """One selector: a list is Equals, a dictionary its operators; `_` stands for the dot."""
    named = {name.replace("_", "."): value for name, value in fields.items()}
    return {
        "FieldSelectors": [
            {"Field": name, **(value if isinstance(value, dict) else {"Equals": value})}
            for name, value in named.items()
        ]
    }


def data(of: Recorded, **more: Any) -> dict[str, Any]:
    return advanced(eventCategory=["Data"], resources_type=[of.type], **more)


def classic(of: Recorded, *values: str, kind: str = "All") -> dict[str, Any]:
    return {"ReadWriteType": kind, "DataResources": [{"Type": of.type, "Values": [*values]}]}


@pytest.mark.parametrize(
    ("what", "selectors", "recorded"),
    [
        (BUCKET, [classic(BUCKET, "arn:aws:s3:::audit/")], True),
        (BUCKET, [classic(BUCKET, "arn:aws:s3")], True),
        (BUCKET, [classic(BUCKET, "arn:aws:s3:::")], True),
        (BUCKET, [{"DataResources": [{"Type": BUCKET.type, "Values": ["arn:aws:s3:::audit/"]}]}], True),
        (BUCKET, [classic(BUCKET, "arn:aws:s3:::audit/changes/")], False),
        (BUCKET, [classic(BUCKET, "arn:aws:s3:::audi")], False),
        (BUCKET, [classic(BUCKET, "arn:aws:s3:::audit/", kind="WriteOnly")], False),
        (BUCKET, [classic(BUCKET, "arn:aws:s3", kind=kind) for kind in ("WriteOnly", "ReadOnly")], True),
        (TABLE, [classic(BUCKET, TABLE.arn)], False),
        (TABLE, [classic(TABLE, TABLE.arn)], True),
        (TABLE, [classic(TABLE, "arn:aws:dynamodb")], True),
        (TABLE, [classic(TABLE, f"{TABLE.arn}-old")], False),
        (KEY_USE, [{"ReadWriteType": "All", "IncludeManagementEvents": True}], True),
        (KEY_USE, [{"ReadWriteType": "All", "IncludeManagementEvents": False}], False),
        (KEY_USE, [{"ReadWriteType": "All"}], True),
        (KEY_USE, [{"ExcludeManagementEventSources": ["kms.amazonaws.com"]}], False),
        (KEY_USE, [{"ExcludeManagementEventSources": ["rdsdata.amazonaws.com"]}], True),
    ],
)
def test_classic_selectors(what: Recorded, selectors: list[Any], recorded: bool) -> None:
    assert records({"EventSelectors": selectors}, what) is recorded


@pytest.mark.parametrize(
    ("what", "selector", "recorded"),
    [
        (BUCKET, data(BUCKET), True),
        (BUCKET, data(TABLE), False),
        (BUCKET, data(BUCKET, readOnly=["false"]), False),
        (BUCKET, data(BUCKET, readOnly=["true"]), False),
        (BUCKET, advanced(resources_type=[BUCKET.type]), False),
        (BUCKET, data(BUCKET, eventName=["DeleteObject"]), False),
        (BUCKET, data(BUCKET, resources_ARN={"StartsWith": ["arn:aws:s3:::audit/"]}), True),
        (BUCKET, data(BUCKET, resources_ARN={"StartsWith": ["arn:aws:s3:::audit/changes/"]}), False),
        (BUCKET, data(BUCKET, resources_ARN={"StartsWith": ["arn:aws:s3:::other/"]}), False),
        (BUCKET, data(BUCKET, resources_ARN=["arn:aws:s3:::audit/"]), False),
        (BUCKET, data(BUCKET, resources_ARN={"NotStartsWith": ["arn:aws:s3:::trail/"]}), True),
        (BUCKET, data(BUCKET, resources_ARN={"NotStartsWith": ["arn:aws:s3:::audit/changes/"]}), False),
        (BUCKET, data(BUCKET, resources_ARN={"NotStartsWith": ["arn:aws:s3:::au"]}), False),
        (BUCKET, data(BUCKET, resources_ARN={"EndsWith": [".json"]}), False),
        (BUCKET, data(BUCKET, resources_ARN={"NotEndsWith": [".json"]}), False),
        (TABLE, data(TABLE, resources_ARN=[TABLE.arn]), True),
        (TABLE, data(TABLE, resources_ARN=[f"{TABLE.arn}-old"]), False),
        (TABLE, data(TABLE, resources_ARN={"NotEquals": [TABLE.arn]}), False),
        (KEY_USE, advanced(eventCategory=["Management"]), True),
        (KEY_USE, advanced(eventCategory=["Management"], eventSource=["kms.amazonaws.com"]), True),
        (KEY_USE, advanced(eventCategory=["Management"], eventSource=["sts.amazonaws.com"]), False),
        (KEY_USE, advanced(eventCategory=["Management"], readOnly=["true"]), False),
        (
            KEY_USE,
            advanced(eventCategory=["Management"], eventSource={"NotEquals": ["kms.amazonaws.com"]}),
            False,
        ),
        (KEY_USE, advanced(eventCategory=["Management"], readOnly=["false"]), False),
        (KEY_USE, data(BUCKET), False),
    ],
)
def test_advanced_selectors(what: Recorded, selector: Any, recorded: bool) -> None:
    assert records({"AdvancedEventSelectors": [selector]}, what) is recorded
