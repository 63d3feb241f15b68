"""Every alarm: that somebody is told, that what it looks at is there, and when it goes off."""

import json
import re
from pathlib import Path

import pytest

from payment_webhooks import contract
from payment_webhooks.canary.round import PATIENCE_SECONDS
from stacks import function_catalogue
from stacks.monitoring import metrics
from stacks.monitoring.alarm import TROUBLE, Alarm, Metric, total
from stacks.monitoring.alarms.table import ALARMS
from stacks.parameters.setting import Setting
from stacks.webhook_endpoints import ENDPOINTS
from tests.support.templates.metric_sources import exists
from tests.support.templates.resources import Resource, resource, resources, statements, templates

ROOT = Path(__file__).parents[3]
TOPIC = {"Ref": "CriticalAlertsTopicArn"}
DEPLOYED = {found["AlarmName"]["Fn::Sub"]: found for found in resources("AWS::CloudWatch::Alarm")}
BY_NAME = {alarm.name: alarm for alarm in ALARMS}


def _deployed(alarm: Alarm) -> Resource:
    return DEPLOYED[f"alarm-{alarm.name}-${{EnvironmentSuffix}}"]


def _dashed(folder: str) -> str:
    return folder.replace("_", "-")


def test_every_alarm_of_the_table_is_deployed_and_no_other() -> None:
    assert {found.title for found in DEPLOYED.values()} == {alarm.title for alarm in ALARMS}
    assert len(BY_NAME) == len(ALARMS) == len(DEPLOYED)


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.name)
def test_an_alarm_tells_the_topic_when_it_goes_off_and_when_it_is_over(alarm: Alarm) -> None:
    found = _deployed(alarm)
    assert (found["AlarmActions"], found["OKActions"]) == ([TOPIC], [TOPIC])
    assert found.properties.get("ActionsEnabled", True) is True
    assert f"docs/runbook.md, {alarm.name}." in found["AlarmDescription"]
    assert len(found["AlarmDescription"]) <= 1024


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.name)
def test_an_alarm_goes_off_as_the_table_says(alarm: Alarm) -> None:
    found = _deployed(alarm)
    threshold = alarm.threshold
    assert found["Threshold"] == ({"Ref": threshold.title} if isinstance(threshold, Setting) else threshold)
    assert found["ComparisonOperator"] == alarm.comparison
    assert found["TreatMissingData"] == alarm.missing
    assert alarm.missing in ("breaching", "notBreaching")
    hours = {"Ref": alarm.hours.title} if alarm.hours else None
    assert found["EvaluationPeriods"] == (hours or alarm.periods)
    assert found["DatapointsToAlarm"] == (hours or alarm.datapoints)
    assert 0 < alarm.datapoints <= alarm.periods
    # CloudWatch: at most a day with periods under an hour.
    assert alarm.periods * alarm.period_seconds <= 86_400


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.name)
def test_what_an_alarm_looks_at_is_there(alarm: Alarm) -> None:
    for metric in alarm.metrics:
        assert exists(metric), metric


@pytest.mark.parametrize("alarm", [each for each in ALARMS if each.expression], ids=lambda alarm: alarm.name)
def test_metric_math_uses_every_metric_once_and_gives_one_result(alarm: Alarm) -> None:
    queries = _deployed(alarm)["Metrics"]
    assert [each["Id"] for each in queries if each["ReturnData"]] == ["result"]
    ids = [each["Id"] for each in queries if not each["ReturnData"]]
    assert sorted(re.findall(r"\bm\d+\b", alarm.expression)) == sorted(ids)
    assert len(ids) == len(alarm.metrics) <= 10  # CloudWatch's limit of an alarm
    periods = {each["MetricStat"]["Period"] for each in queries if "MetricStat" in each}
    assert periods == {alarm.period_seconds}


@pytest.mark.parametrize(
    "missing",
    [
        Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": "queue-nobody"}),
        Metric("AWS/Lambda", "Mistakes", {"FunctionName": "lambda-health-${EnvironmentSuffix}"}),
        metrics.own_metric(contract.METRIC_RECEIVED, endpoint="stripe"),  # not counted by endpoint alone
        metrics.own_metric("WebhooksThatNobodyCounts"),
        metrics.blocked("no-such-rule"),
        metrics.answers(402),
    ],
    ids=lambda metric: f"{metric.namespace}-{metric.name}",
)
def test_the_check_itself_finds_a_series_that_nobody_writes(missing: Metric) -> None:
    assert not exists(missing)


def test_alarms_that_go_off_for_want_of_data_are_told_of_before_a_first_deployment() -> None:
    page = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
    for alarm in ALARMS:
        if alarm.missing == TROUBLE:
            assert f"`{'silent-…' if alarm.name.startswith('silent-') else alarm.name}`" in page


def test_what_can_fail_has_its_alarm() -> None:
    watched = {value for alarm in ALARMS for metric in alarm.metrics for value in metric.dimensions.values()}
    dead_letters = [found for found in resources("AWS::SQS::Queue") if found.title.endswith("Dlq")]
    assert {found["QueueName"]["Fn::Sub"] for found in dead_letters} <= watched
    assert {found["TableName"]["Fn::Sub"] for found in resources("AWS::DynamoDB::Table")} <= watched
    lost = {value for metric in BY_NAME["events-lost"].metrics for value in metric.dimensions.values()}
    assert {found["Name"]["Fn::Sub"] for found in resources("AWS::Events::Rule")} <= lost
    for folder in function_catalogue.FUNCTIONS:
        name = _dashed(folder)
        # A stream keeps what is throttled, and has more readers than a function may have calls.
        reads_stream = folder in ("audit_logger", "analytics_processor")
        assert f"{name}-errors" in BY_NAME
        assert (f"{name}-iterator-age" if reads_stream else f"{name}-throttles") in BY_NAME
        assert not (reads_stream and f"{name}-throttles" in BY_NAME)
    assert {f"silent-{endpoint.name}" for endpoint in ENDPOINTS} <= BY_NAME.keys()


@pytest.mark.parametrize("endpoint", [endpoint.name for endpoint in ENDPOINTS])
def test_the_first_card_number_that_comes_to_an_endpoint_rings(endpoint: str) -> None:
    """PCI DSS 12.10.7: card data where none is expected."""
    found = _deployed(BY_NAME[f"masked-card-data-{endpoint}"])
    assert (found["MetricName"], found["Threshold"], found["ComparisonOperator"]) == (
        "MaskedNumbers",
        0,
        "GreaterThanThreshold",
    )
    assert {"Name": "endpoint", "Value": endpoint} in found["Dimensions"]


@pytest.mark.parametrize("table", resources("AWS::DynamoDB::Table"), ids=str)
def test_every_index_counts_as_its_table_does(table: Resource) -> None:
    name = table["TableName"]["Fn::Sub"]
    assert set(metrics.TABLES[name]) == {
        each["IndexName"] for each in table.properties.get("GlobalSecondaryIndexes", [])
    }
    for kind in ("Read", "Write"):
        assert len(metrics.table_throttles(name, kind)) == 1 + len(metrics.TABLES[name])


def test_alarms_have_room_under_the_ten_metrics_that_cloudwatch_takes() -> None:
    """So that one more index does not break a deployment."""
    assert max(len(alarm.metrics) for alarm in ALARMS) <= 8


def test_a_row_of_the_ledger_that_somebody_changes_has_its_alarm() -> None:
    alarm = BY_NAME["ledger-tampering"]
    assert alarm.metrics == (metrics.own_metric(contract.METRIC_LEDGER_TAMPERED),)
    assert alarm.threshold == 0


def test_many_erasures_within_an_hour_have_their_alarm() -> None:
    alarm = BY_NAME["mass-erasure"]
    assert alarm.metrics == (metrics.own_metric("ErasedWebhooks"),)
    assert (alarm.threshold, alarm.period_seconds, alarm.periods) == (100, 3600, 1)


def test_the_thresholds_that_were_promised() -> None:
    promised = {
        "webhook-receiver-errors": (1, "100 * m0 / m1"),
        "api-server-errors": (0.01, "(m0 - FILL(m1, 0)) / m2"),
        "api-latency": (500, ""),
        "webhook-receiver-duration": (500, ""),
        "processing-dlq": (0, ""),
        "oldest-pending": (1200, ""),
    }
    assert {name: (BY_NAME[name].threshold, BY_NAME[name].expression) for name in promised} == promised
    for name in ("api-latency", "webhook-receiver-duration"):
        assert _deployed(BY_NAME[name])["ExtendedStatistic"] == "p99"


@pytest.mark.fact("O9003")
def test_an_error_of_a_long_run_is_still_looked_at_when_the_run_ends() -> None:
    """The longest takes 14 minutes, and its error has the time at which it began."""
    hourly = {"reconciler", "transaction-archiver", "audit-digest"}
    seconds = {name: 3600 if name in hourly else 300 for name in map(_dashed, function_catalogue.FUNCTIONS)}
    assert {name: BY_NAME[f"{name}-errors"].period_seconds for name in seconds} == seconds


@pytest.mark.fact("O9004")
def test_the_alarm_of_dead_letters_outlasts_a_look_at_them() -> None:
    """`redrive` hides what it looks at for two minutes; one visible minute of five keeps the alarm on."""
    for name in ("processing-dlq", "notification-dlq", "events-dlq", "pipe-dlq", "schedules-dlq"):
        found = _deployed(BY_NAME[name])
        assert (found["Period"], found["EvaluationPeriods"], found["DatapointsToAlarm"]) == (60, 5, 1)


def test_silence_is_an_alarm_only_where_it_is_asked_for() -> None:
    for endpoint in ENDPOINTS:
        found = _deployed(BY_NAME[f"silent-{endpoint.name}"])
        assert found.document["Condition"] == "SilenceHoursIsGiven"
        assert found["TreatMissingData"] == "breaching"
    conditions = templates()["monitoring"]["Conditions"]
    assert conditions["SilenceHoursIsGiven"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "SilenceHours"}, "0"]}]}


def test_an_old_key_is_an_alarm_from_the_age_that_a_parameter_says() -> None:
    found = _deployed(BY_NAME["key-age"])
    assert found["Threshold"] == {"Ref": "KeyAgeDays"}
    assert found.document["Condition"] == "KeyAgeDaysIsGiven"
    assert (found["Statistic"], found["MetricName"]) == ("Maximum", "VerifyingKeyAgeDays")
    assert templates()["root"]["Parameters"]["KeyAgeDays"]["Default"] == 365


def test_answers_are_counted_by_what_the_access_log_writes() -> None:
    fields = json.loads(resource("api", "Stage")["AccessLogSetting"]["Format"])
    for found in resources("AWS::Logs::MetricFilter"):
        used = re.findall(r"\$\.(\w+)", found["FilterPattern"])
        assert used == ["resource_path", "status"]
        assert set(used) <= fields.keys()
        assert found["LogGroupName"] == {"Ref": "AccessLogGroupName"}
        (status,) = re.findall(r'"(\d+)"', found["FilterPattern"])
        assert found["MetricTransformations"][0]["MetricName"] == f"WebhookAnswers{status}"


def test_metric_math_of_a_sum_takes_what_has_no_data_as_nothing() -> None:
    assert total((Metric("a", "b"), Metric("a", "c"))) == "FILL(m0, 0) + FILL(m1, 0)"


def test_only_alarms_of_this_environment_may_publish_and_use_the_key() -> None:
    policy = statements(resource("messaging", "CriticalAlertsTopicPolicy")["PolicyDocument"])
    (allow,) = [each for each in policy if each["Sid"] == "AlarmsOfThisEnvironment"]
    assert allow["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allow["Action"] == ["sns:Publish"]
    source = (
        "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:alarm-*-${EnvironmentSuffix}"
    )
    assert allow["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
        "ArnLike": {"aws:SourceArn": {"Fn::Sub": source}},
    }
    assert resource("messaging", "CriticalAlertsTopic")["KmsMasterKeyId"] == {"Ref": "MessagesKeyArn"}
    by_sid = {each["Sid"]: each for each in statements(resource("security", "MessagesKey")["KeyPolicy"])}
    key = by_sid["AlarmsOfThisAccount"]
    assert key["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert key["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_mail_goes_out_only_to_an_address_that_was_given() -> None:
    (subscription,) = resources("AWS::SNS::Subscription")
    assert subscription.document["Condition"] == "AlertEmailIsGiven"
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", {"Ref": "AlertEmail"})


def test_one_missed_round_of_the_canary_rings_nowhere_and_two_do() -> None:
    """The scheduler calls within a minute, and a round takes seconds to start, and half a minute at most until its
    webhook is judged: so late can the line be, or not at all.
    """
    between, latest = 300, 60 + 10 + PATIENCE_SECONDS
    most_minutes_after_one = (2 * between + latest) // 60
    least_minutes_after_two = (3 * between - latest) // 60 - 1  # a minute is cut at each end
    alarm = BY_NAME["canary-lost"]
    assert (alarm.period_seconds, alarm.missing, alarm.expression) == (60, TROUBLE, "FILL(m0, 0)")
    assert most_minutes_after_one < alarm.datapoints == alarm.periods <= least_minutes_after_two
    assert (most_minutes_after_one, least_minutes_after_two) == (11, 12)
    schedule = resource("canary", "CanarySchedule")
    assert schedule["ScheduleExpression"] == "rate(5 minutes)"
