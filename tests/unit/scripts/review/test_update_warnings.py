"""What an update does beside its changes: a rise that no roll-back undoes, a value that is written again."""

from typing import Any

import pytest

from scripts.review.model import Action, Change, Danger, Review, make_review
from scripts.review.update_warnings import update_warnings, updated_parameters
from stacks.evaluation.resolved_stack import Resource, Resources

TABLE, PARAMETER = "AWS::DynamoDB::Table", "AWS::SSM::Parameter"


def table(units: int | str | None) -> Resource:
    warm = {"ReadUnitsPerSecond": units, "WriteUnitsPerSecond": units}
    return Resource(("Data",), "Inbox", TABLE, {"WarmThroughput": warm} if units else {})


def resources(*members: Resource) -> Resources:
    return {member.key: member for member in members}


def review(*logical_ids: tuple[str, str]) -> Review:
    paths = {TABLE: ("Data",), PARAMETER: ("Messaging",)}
    return make_review(
        "dev",
        "templates",
        [
            Change(paths.get(kind, ()), name, kind, Action.MODIFY, Danger.CHANGES)
            for name, kind in logical_ids
        ],
    )


INBOX, QUEUE, CONFIGURATION = ("Inbox", TABLE), ("Q", "AWS::SQS::Queue"), ("Configuration", PARAMETER)


@pytest.mark.fact("R9001")
@pytest.mark.parametrize(("old", "new"), [("12000", "40000"), (12000, 16000), (None, "12000")])
def test_a_rise_of_warm_throughput_among_other_changes_is_warned_of(
    old: int | str | None, new: int | str
) -> None:
    before, after = resources(table(old)), resources(table(new))
    (warning,) = update_warnings(review(INBOX, QUEUE), before, after, {})
    assert "in an update of its own" in warning
    assert update_warnings(review(INBOX), before, after, {}) == []


@pytest.mark.parametrize(("old", "new"), [("40000", None), ("12000", "12000"), (None, None)])
def test_without_a_rise_there_is_no_warning(old: str | None, new: str | None) -> None:
    assert update_warnings(review(INBOX, QUEUE), resources(table(old)), resources(table(new)), {}) == []


def parameter(value: str, **more: str) -> Resource:
    properties = {"Name": "/payment-webhook/dev/config", "Value": value, **more}
    return Resource(("Messaging",), "Configuration", PARAMETER, properties)


BEFORE, AFTER = resources(parameter("1")), resources(parameter("2", Description="other"))


@pytest.mark.fact("R9002")
@pytest.mark.parametrize(
    ("live", "count"), [({"/payment-webhook/dev/config": value}, value == "3") for value in "123"] + [({}, 0)]
)
def test_a_value_set_by_hand_that_is_written_again_is_warned_of(live: dict[str, str], count: int) -> None:
    warnings = update_warnings(review(CONFIGURATION), BEFORE, AFTER, live)
    assert len(warnings) == count
    assert all("writes the template's value again; until now it is: 3" in warning for warning in warnings)


def test_a_parameter_that_the_update_leaves_alone_keeps_its_value() -> None:
    assert updated_parameters(review(QUEUE), BEFORE, AFTER) == {}
    assert updated_parameters(review(CONFIGURATION), BEFORE, AFTER) == {
        "/payment-webhook/dev/config": ("1", "2")
    }
    assert update_warnings(review(QUEUE), BEFORE, AFTER, {"/payment-webhook/dev/config": "3"}) == []


def _under(key: str, kind: str, *path: str) -> Resource:
    properties: Any = key
    for name in reversed(path):
        properties = {name: [properties] if name == "Rules" else properties}
    return Resource(("Other",), kind.rsplit(":")[-1], kind, properties)


@pytest.mark.fact("R9015")
def test_what_stays_under_a_former_key_is_told() -> None:
    def with_key(key: str) -> Resources:
        rules = ("BucketEncryption", "Rules", "ServerSideEncryptionByDefault", "KMSMasterKeyID")
        return resources(
            _under(key, "AWS::SQS::Queue", "KmsMasterKeyId"),
            _under(key, "AWS::S3::Bucket", *rules),
            _under(key, "AWS::SecretsManager::Secret", "KmsKeyId"),
            _under(key, TABLE, "SSESpecification", "KMSMasterKeyId"),  # encrypted anew by DynamoDB
        )

    (warning,) = update_warnings(review(QUEUE), with_key("a"), with_key("b"), {})
    assert "messages, objects, secrets that are there stay under the former key" in warning
    assert update_warnings(review(QUEUE), with_key("a"), with_key("a"), {}) == []
    assert update_warnings(review(QUEUE), {}, with_key("a"), {}) == []
