"""The event bus and its rules: their targets, and what becomes of what can't be delivered. Which event goes where is in
tests/templates/test_routes.py.
"""

import json
from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.notifications.markers import LEASE_SECONDS
from tests.support.templates.resources import resource, resources, statements

RULES = resources("AWS::Events::Rule")
ARN = "arn:${AWS::Partition}"
OURS = "${AWS::Region}:${AWS::AccountId}"


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_every_target_tries_again_for_a_day_and_then_keeps_the_event(rule: Any) -> None:
    (target,) = rule["Targets"]
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["EventsDlq", "Arn"]}}
    assert rule["EventBusName"] == {"Ref": "EventBus"}
    assert "RoleArn" not in target  # with one, delivery to encrypted topics and queues may fail


def test_where_each_rule_delivers() -> None:
    targets = {rule.title: rule["Targets"][0] for rule in RULES}
    group = f"{ARN}:logs:{OURS}:log-group:${{StandardPaymentsLogGroup}}"
    assert {title: target["Arn"] for title, target in targets.items()} == {
        "HighValueRule": {"Ref": "CriticalAlertsTopic"},
        "StandardPaymentsRule": {"Fn::Sub": group},
        "NotificationRule": {"Fn::GetAtt": ["NotificationQueue", "Arn"]},
    }
    assert targets["NotificationRule"]["InputPath"] == "$.detail"
    assert targets["HighValueRule"]["InputPath"] == "$.detail.summary"  # people read it


def test_the_bus_is_encrypted_and_keeps_what_the_key_failed_for() -> None:
    bus = resource("messaging", "EventBus")
    assert bus["KmsKeyIdentifier"] == {"Ref": "MessagesKeyArn"}
    assert bus["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["EventsDlq", "Arn"]}}


def test_the_log_group_is_where_eventbridge_may_write() -> None:
    name = "/aws/events/standard-payments-${EnvironmentSuffix}"
    assert resource("messaging", "StandardPaymentsLogGroup")["LogGroupName"] == {"Fn::Sub": name}
    text = resource("security", "LogDeliveryPolicy")["PolicyDocument"]["Fn::Sub"]
    streams, events = json.loads(text)["Statement"][1:]
    for statement in (streams, events):
        assert statement["Principal"]["Service"] == ["events.amazonaws.com", "delivery.logs.amazonaws.com"]
        assert statement["Resource"] == [f"{ARN}:logs:{OURS}:log-group:{name}:*"]
    rule = resource("messaging", "StandardPaymentsRule")["Name"]["Fn::Sub"]
    arn = f"{ARN}:events:{OURS}:rule/bus-payment-events-${{EnvironmentSuffix}}/{rule}"
    assert (streams["Action"], events["Action"]) == (["logs:CreateLogStream"], ["logs:PutLogEvents"])
    assert events["Condition"] == {"ArnEquals": {"aws:SourceArn": arn}}


@pytest.mark.parametrize(
    ("queue", "senders"),
    [
        ("NotificationQueue", ["rule/{bus}/rule-notification"]),
        (
            "EventsDlq",
            [
                "rule/{bus}/rule-high-value",
                "rule/{bus}/rule-standard-payments",
                "rule/{bus}/rule-notification",
                "event-bus/bus-payment-events",
            ],
        ),
    ],
)
def test_a_queue_takes_events_from_our_rules_alone(queue: str, senders: list[str]) -> None:
    allowed = [
        each
        for each in statements(resource("messaging", f"{queue}Policy")["PolicyDocument"])
        if each["Effect"] == "Allow"
    ]
    (statement,) = allowed
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Action"] == ["sqs:SendMessage"]
    assert statement["Resource"] == [{"Fn::GetAtt": [queue, "Arn"]}]
    bus = "bus-payment-events-${EnvironmentSuffix}"
    arns = [f"{ARN}:events:{OURS}:{each.format(bus=bus)}-${{EnvironmentSuffix}}" for each in senders]
    assert [each["Fn::Sub"] for each in statement["Condition"]["ArnEquals"]["aws:SourceArn"]] == arns


def test_the_notification_queue_polls_long_keeps_long_and_bears_an_outage_of_ten_hours() -> None:
    queue = resource("messaging", "NotificationQueue")
    assert queue["ReceiveMessageWaitTimeSeconds"] == 20
    assert 200 * queue["VisibilityTimeout"] >= 10 * 3600
    assert queue["MessageRetentionPeriod"] == 14 * 86_400
    assert queue["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["NotificationDlq", "Arn"]},
        "maxReceiveCount": 200,
    }


def test_the_notification_handler_takes_batches_of_ten_or_what_comes_in_five_seconds() -> None:
    source = resource("compute", "NotificationHandlerQueueSource")
    assert source["EventSourceArn"] == {"Ref": "NotificationQueueArn"}
    assert (source["BatchSize"], source["MaximumBatchingWindowInSeconds"]) == (10, 5)
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    most = ["NotificationConcurrencyIsGiven", {"Ref": "NotificationConcurrency"}, 2]
    assert source["ScalingConfig"] == {"MaximumConcurrency": {"Fn::If": most}}


def test_a_claim_outlives_its_invocation_and_ends_before_the_message_comes_again() -> None:
    seconds = resource("compute", "NotificationHandler")["Timeout"]
    visibility = resource("messaging", "NotificationQueue")["VisibilityTimeout"]
    window = resource("compute", "NotificationHandlerQueueSource")["MaximumBatchingWindowInSeconds"]
    assert seconds < LEASE_SECONDS < visibility
    assert visibility >= 6 * seconds + window  # AWS's advice for a queue that a function consumes


def test_a_marker_outlives_every_message_that_could_repeat_it() -> None:
    queues = [resource("messaging", name) for name in ("NotificationQueue", "NotificationDlq", "EventsDlq")]
    assert sum(each["MessageRetentionPeriod"] for each in queues) < contract.NOTIFICATION_MARKER_DAYS * 86_400
    table = resource("data", "NotificationsTable")
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert "StreamSpecification" not in table.properties


@pytest.mark.parametrize("topic", resources("AWS::SNS::Topic"), ids=str)
def test_topics_are_encrypted_and_take_nothing_in_the_clear(topic: Any) -> None:
    assert topic["KmsMasterKeyId"] == {"Ref": "MessagesKeyArn"}
    policy = resource("messaging", f"{topic.title}Policy")
    assert policy["Topics"] == [{"Ref": topic.title}]
    deny = statements(policy["PolicyDocument"])[0]
    assert (deny["Effect"], deny["Principal"], deny["Action"]) == ("Deny", {"AWS": "*"}, ["sns:Publish"])
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert all(each["Resource"] == [{"Ref": topic.title}] for each in statements(policy["PolicyDocument"]))


def test_eventbridge_publishes_to_the_critical_alerts_and_no_service_to_the_notifications() -> None:
    alerts = statements(resource("messaging", "CriticalAlertsTopicPolicy")["PolicyDocument"])
    (events,) = [each for each in alerts if each.get("Principal") == {"Service": "events.amazonaws.com"}]
    assert events["Action"] == ["sns:Publish"]
    assert "Condition" not in events  # EventBridge does not support one in a topic's policy
    notifications = statements(resource("messaging", "NotificationsTopicPolicy")["PolicyDocument"])
    assert [each["Effect"] for each in notifications] == ["Deny"]
