"""Decides whether the event selectors of a CloudTrail trail record something: all reads and all writes of it.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DataResource.html and API_AdvancedFieldSelector.html.
What a selector narrows by a field that is not known here (the name of an event, say) does not count.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

_KMS: Final = "kms.amazonaws.com"
_READ_ONLY: Final = {"ReadOnly": "true", "WriteOnly": "false"}


class Recorded(NamedTuple):
    """What a trail is to record: what is done with what begins with the ARN, or the use of keys where there is none."""

    type: str
    arn: str


KEY_USE: Final = Recorded("", "")


def of_bucket(partition: str, name: str) -> Recorded:
    return Recorded("AWS::S3::Object", f"arn:{partition}:s3:::{name}/")


def of_table(prefix: str, name: str) -> Recorded:
    """prefix: `arn:PARTITION:dynamodb:REGION:ACCOUNT`."""
    return Recorded("AWS::DynamoDB::Table", f"{prefix}:table/{name}")


def records(selectors: Mapping[str, Any], wanted: Recorded) -> bool:
    """selectors: the answer of GetEventSelectors."""
    return all(
        any(_classic(each, wanted, kind) for each in selectors.get("EventSelectors") or ())
        or any(
            _advanced(each["FieldSelectors"], wanted, is_read)
            for each in selectors.get("AdvancedEventSelectors") or ()
        )
        for kind, is_read in _READ_ONLY.items()
    )


def _classic(selector: Mapping[str, Any], wanted: Recorded, kind: str) -> bool:
    if selector.get("ReadWriteType", "All") not in ("All", kind):
        return False
    if wanted == KEY_USE:
        excluded = selector.get("ExcludeManagementEventSources", ())
        return selector.get("IncludeManagementEvents", True) and _KMS not in excluded
    service = ":".join(wanted.arn.split(":")[:3])
    values = {
        value
        for resource in selector.get("DataResources", ())
        if resource["Type"] == wanted.type
        for value in resource["Values"]
    }
    return bool(values & {service, f"{service}:::", wanted.arn})


def _advanced(fields: list[Mapping[str, Any]], wanted: Recorded, is_read: str) -> bool:
    exact = {"readOnly": is_read, "eventCategory": "Data", "resources.type": wanted.type}
    if wanted == KEY_USE:
        exact = {"readOnly": is_read, "eventCategory": "Management", "eventSource": _KMS}
    names = {field["Field"] for field in fields}
    if not {"eventCategory"} <= names <= {*exact, "resources.ARN"}:
        return False
    return all(
        _takes_all_under(field, wanted.arn)
        if field["Field"] == "resources.ARN"
        else _takes(field, exact[field["Field"]])
        for field in fields
    )


def _takes(field: Mapping[str, Any], value: str) -> bool:
    return value in field.get("Equals", (value,)) and value not in field.get("NotEquals", ())


def _takes_all_under(field: Mapping[str, Any], arn: str) -> bool:
    """Whether everything under the ARN passes: a prefix of it is taken, and nothing under it is left out."""
    if field.get("EndsWith") or field.get("NotEndsWith"):
        return False
    # No object has the name of a bucket with its slash, so Equals takes tables alone.
    equal = not arn.endswith("/") and arn in field.get("Equals", ())
    begins = any(arn.startswith(value) for value in field.get("StartsWith", ()))
    left_out = (*field.get("NotEquals", ()), *field.get("NotStartsWith", ()))
    touches = any(arn.startswith(value) or value.startswith(arn) for value in left_out)
    wanted = "Equals" in field or "StartsWith" in field
    return (equal or begins or not wanted) and not touches
