"""What stops, throttles or blinds is told, whatever property does it; what only changes is not."""

from typing import Any

import pytest

from scripts.review.danger import Facts, classify
from scripts.review.model import Action, Change, Danger
from scripts.review.replacement import facts_of, schema_folder
from scripts.review.stops import stopped
from tests.support.scripts.prepared_changes import PreparedChange, system_changes, system_review_of

FUNCTION, STAGE, QUEUE = "AWS::Lambda::Function", "AWS::ApiGateway::Stage", "AWS::SQS::Queue"
SOURCE, RULE, ALARM = "AWS::Lambda::EventSourceMapping", "AWS::Events::Rule", "AWS::CloudWatch::Alarm"
WEB_ACL, KEY = "AWS::WAFv2::WebACL", "AWS::KMS::Key"
RESERVED = "ReservedConcurrentExecutions"


def settings(**values: Any) -> dict[str, Any]:
    return {"MethodSettings": [{"ResourcePath": "/*", "HttpMethod": "*", **values}]}


def rated(limit: int) -> dict[str, Any]:
    return {"Rules": [{"Name": "r", "Statement": {"RateBasedStatement": {"Limit": limit}}}]}


STOPPING = [
    (SOURCE, {"Enabled": True}, {"Enabled": False}, "nothing is read"),
    (SOURCE, {}, {"Enabled": "false"}, "nothing is read"),
    ("AWS::Pipes::Pipe", {"DesiredState": "RUNNING"}, {"DesiredState": "STOPPED"}, "nothing is passed on"),
    ("AWS::Scheduler::Schedule", {}, {"State": "DISABLED"}, "nothing is started"),
    (RULE, {"State": "ENABLED"}, {"State": "DISABLED"}, "its events go nowhere"),
    (ALARM, {}, {"ActionsEnabled": False}, "nobody is told"),
    (ALARM, {"AlarmActions": ["topic"]}, {"AlarmActions": []}, "nobody is told"),
    (STAGE, settings(DataTraceEnabled=False), settings(DataTraceEnabled=True), "are written to the log"),
    (STAGE, settings(DataTraceEnabled=False), settings(), "are written to the log"),
    (STAGE, settings(LoggingLevel="ERROR"), settings(LoggingLevel="OFF"), "errors are no longer logged"),
    (STAGE, settings(ThrottlingRateLimit=1000), settings(ThrottlingRateLimit=499), "less than half"),
    (STAGE, {"AccessLogSetting": {"Format": "f"}}, {}, "requests are no longer logged"),
    (FUNCTION, {"Timeout": 10}, {"Timeout": 4}, "lowered to less than half (Timeout: 10 → 4)"),
    (FUNCTION, {RESERVED: "100"}, {RESERVED: "1"}, "less than half"),
    (FUNCTION, {}, {RESERVED: 9}, "few may run at once"),
    (FUNCTION, {"DeadLetterConfig": {"TargetArn": "q"}}, {}, "what fails goes nowhere"),
    (SOURCE, {"DestinationConfig": {"OnFailure": {"Destination": "b"}}}, {}, "what fails goes nowhere"),
    (SOURCE, {"MaximumRetryAttempts": -1}, {"MaximumRetryAttempts": 0}, "less than half"),
    (QUEUE, {"RedrivePolicy": {"maxReceiveCount": 5}}, {}, "what fails goes nowhere"),
    (
        QUEUE,
        {"RedrivePolicy": {"maxReceiveCount": 5}},
        {"RedrivePolicy": {"maxReceiveCount": 2}},
        "less than half",
    ),
    (RULE, {"Targets": [{"Id": "a"}]}, {"Targets": []}, "its events go nowhere"),
    (WEB_ACL, rated(100), rated(49), "less than half"),
    (WEB_ACL, {"DefaultAction": {"Allow": {}}}, {"DefaultAction": {"Block": {}}}, "every request is blocked"),
    (KEY, {"EnableKeyRotation": True}, {}, "the key is no longer rotated"),
]
GOING_ON = [
    (SOURCE, {"Enabled": False}, {"Enabled": True}),
    (RULE, {"State": "ENABLED"}, {"State": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"}),
    (ALARM, {"Threshold": 1}, {"Threshold": 2}),
    (STAGE, settings(DataTraceEnabled=True), settings(DataTraceEnabled=False)),
    (STAGE, settings(ThrottlingRateLimit=1000), settings(ThrottlingRateLimit=500)),
    (FUNCTION, {"Timeout": 10}, {"Timeout": 5}),
    (FUNCTION, {RESERVED: 100}, {}),
    (FUNCTION, {}, {RESERVED: 10}),
    (FUNCTION, {"MemorySize": 1024}, {"MemorySize": 128}),
    (KEY, {"EnableKeyRotation": False}, {"EnableKeyRotation": True}),
    (SOURCE, {"Enabled": True}, {"Enabled": "(known after apply)"}),
    (WEB_ACL, rated(100), rated(50)),
]


@pytest.mark.parametrize(("kind", "before", "after", "words"), STOPPING)
def test_what_stops_throttles_or_blinds_is_said(kind: str, before: Any, after: Any, words: str) -> None:
    (sentence,) = stopped(kind, Action.MODIFY, before, after)
    assert words in sentence
    change = classified(kind, Action.MODIFY, before, after)
    assert change.danger is Danger.STOPS
    assert change.needs == {"stop"}
    assert sentence in change.reasons


@pytest.mark.parametrize(("kind", "before", "after"), GOING_ON)
def test_what_goes_on_is_no_stop(kind: str, before: Any, after: Any) -> None:
    assert stopped(kind, Action.MODIFY, before, after) == ()


def classified(kind: str, action: Action, before: Any, after: Any) -> Change:
    return classify(Facts((), "X", kind, action, before=before, after=after))


@pytest.mark.parametrize(
    ("kind", "needs"),
    [
        ("AWS::WAFv2::WebACLAssociation", {"public", "replace", "stop"}),
        (SOURCE, {"replace", "stop"}),
        (ALARM, {"replace", "stop"}),
        ("AWS::SNS::Subscription", {"replace", "stop"}),
        ("AWS::ApiGateway::Method", {"replace", "stop"}),
        ("AWS::ApiGateway::Deployment", set()),
    ],
)
def test_what_is_removed_stops_too(kind: str, needs: set[str]) -> None:
    assert classified(kind, Action.REMOVE, {}, None).needs == needs


def test_what_was_off_stops_nothing_when_it_goes() -> None:
    assert stopped(RULE, Action.REMOVE, {"State": "DISABLED"}, None) == ()
    assert stopped(RULE, Action.REMOVE, None, None) == ("removed: its events go nowhere",)


def test_a_new_resource_that_is_off_stops_nothing() -> None:
    assert classified(SOURCE, Action.ADD, None, {"Enabled": False}).danger is Danger.ADDS


def test_a_lower_limit_of_a_web_acl_is_no_gain_of_safety() -> None:
    change = classified(WEB_ACL, Action.MODIFY, rated(100), rated(60))
    assert (change.danger, change.access) == (Danger.CHANGES, ())


def test_the_stopping_edit_is_recognised_whole() -> None:
    (edit,) = [change for change in system_changes() if change.name == "17-stopping-edit"]
    review = review_of_system(edit)
    counts: dict[str, int] = {}
    for change in review:
        for sentence in change.stops:
            counts[sentence.partition(" (")[0]] = counts.get(sentence.partition(" (")[0], 0) + 1
    least = {
        "nobody is told": 38,
        "nothing is read from the queue or stream": 5,
        "nothing is passed on": 1,
        "nothing is started": 2,
        "its events go nowhere": 3,
        "whole requests and answers are written to the log": 2,
        "the key is no longer rotated": 1,
        # the receiver's time-out and concurrency, throttles of stage and usage plan, the web ACL's rate
        "lowered to less than half": 5,
    }
    assert counts.keys() == least.keys()
    assert not {words: counts[words] for words in least if counts[words] < least[words]}
    assert all(change.danger is Danger.STOPS for change in review)


def review_of_system(change: PreparedChange) -> tuple[Change, ...]:
    return system_review_of(change, facts_of(schema_folder(), "us-east-1")).changes
