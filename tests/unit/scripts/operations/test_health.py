"""Findings of `health`: what is told of endpoints, pending webhooks, dead letters, and how much it counts."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import boto3
import pytest
from botocore.stub import Stubber
from rich.console import Console

from payment_webhooks.endpoints.secret_document import ApiCredentials, EndpointSecret, SecretKey
from scripts.cloudformation.live_stack import LiveResource
from scripts.command_line.copyable_command import Here
from scripts.command_line.environment import Environment
from scripts.command_line.relative_time import ago
from scripts.operations.counted_webhooks import counts_of_lines
from scripts.operations.health.backlog import Pending, dead_letter_of, pending_finding, queue_findings
from scripts.operations.health.canary import PastRound, canary_finding, canary_findings, rounds_of
from scripts.operations.health.deployment import alarm_findings, existence_findings
from scripts.operations.health.finding import Finding, Level, worst
from scripts.operations.health.report import Report
from scripts.operations.health.screen import lines_of, summary, watch_screen
from scripts.operations.health.sources import Sources
from scripts.operations.health.webhooks import (
    Arrivals,
    arrivals_of,
    findings_of,
    read_metric,
)
from stacks.names import Names
from tests.support.scripts.stubs import stubbed

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
ENVIRONMENT = Environment("dev", "eu-west-1", None, is_local=False)


def no_client(name: str) -> Any:
    raise AssertionError(f"{name} was asked")


HERE = Here(has_program_name=True, place=("--suffix", "dev", "--region", "eu-west-1"))
SOURCES = Sources(ENVIRONMENT, HERE, ("--region", "eu-west-1"), no_client, (), NOW)


def minutes_ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (timedelta(seconds=-2), "now"),
        (timedelta(seconds=59.9), "59 s ago"),
        (timedelta(seconds=60), "1 min ago"),
        (timedelta(hours=2, minutes=59), "2 h ago"),
        (timedelta(days=40, hours=3), "40 d ago"),
    ],
)
def test_a_time_is_told_in_its_largest_whole_unit(passed: timedelta, text: str) -> None:
    assert ago(NOW - passed, NOW) == text


def test_arrivals_of_five_minutes_of_an_hour_and_the_last() -> None:
    counts = [(minutes_ago(200), 7.0), (minutes_ago(30), 5.0), (minutes_ago(4), 2.0), (minutes_ago(1), 0.0)]
    refused = [(minutes_ago(70), 1.0), (minutes_ago(10), 2.0), (minutes_ago(3), 4.0)]
    assert arrivals_of(counts, refused, NOW) == Arrivals(minutes_ago(4), 2, 7, 6, 4)
    assert arrivals_of([], refused, NOW) == Arrivals(None, 0, 0, 6, 6)
    assert arrivals_of([(minutes_ago(200), 7.0)], [(minutes_ago(70), 1.0)], NOW).refused_since == 0


def test_log_lines_count_where_they_hold_the_metric() -> None:
    at = int(NOW.timestamp() * 1000)
    lines = [
        (at, "START RequestId: 1"),
        (at, '{"message": "webhook", "endpoint": "stripe", "VerifiedWebhooks": 1}'),
        (at + 1, '2026-11-21 INFO {"endpoint": "square", "VerifiedWebhooks": 1}'),
        (at + 2, '{"endpoint": "stripe", "ReceivedWebhooks": 1}'),
    ]
    later = NOW + timedelta(milliseconds=1)
    assert counts_of_lines(lines, "VerifiedWebhooks", ["endpoint"]) == {
        ("stripe",): [(NOW, 1)],
        ("square",): [(later, 1)],
    }


def test_the_metric_is_read_by_endpoint_minute_by_minute() -> None:
    client = boto3.client(
        "cloudwatch", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    with Stubber(client) as stub:
        stub.add_response(
            "get_metric_data",
            {
                "MetricDataResults": [
                    {"Id": "series0", "Timestamps": [], "Values": [], "StatusCode": "Complete"},
                    {"Id": "series1", "Timestamps": [NOW], "Values": [3.0], "StatusCode": "Complete"},
                ]
            },
            {
                "MetricDataQueries": [
                    {
                        "Id": f"series{number}",
                        "MetricStat": {
                            "Metric": {
                                "Namespace": "PaymentWebhooks",
                                "MetricName": "RefusedWebhooks",
                                "Dimensions": [
                                    {"Name": "environment", "Value": "dev"},
                                    {"Name": "endpoint", "Value": name},
                                    {"Name": "reason", "Value": "signature_mismatch"},
                                ],
                            },
                            "Period": 60,
                            "Stat": "Sum",
                        },
                    }
                    for number, name in enumerate(("stripe", "square"))
                ],
                "StartTime": NOW - timedelta(days=3),
                "EndTime": NOW + timedelta(seconds=60),
            },
        )
        besides = {"reason": "signature_mismatch"}
        found = read_metric(client, "dev", ["stripe", "square"], "RefusedWebhooks", besides, NOW)
        assert found == {"square": [(NOW, 3.0)]}


def key(days: int) -> SecretKey:
    return SecretKey(f"k{days}", "whsec_value", (NOW - timedelta(days=days)).isoformat())


def test_an_endpoint_is_told_with_its_keys_and_what_came() -> None:
    secrets = {
        "stripe": EndpointSecret(mode="live", keys=(key(1), key(40))),
        "square": EndpointSecret(keys=(key(3),), notification_url="https://hooks.example.com/square"),
        "internal": EndpointSecret(),
        "paypal": None,
    }
    arrivals = {"stripe": Arrivals(minutes_ago(3), 1200, 20000), "square": Arrivals(None, 0, 0)}
    assert [(each.subject, each.level, each.text) for each in findings_of(secrets, arrivals, SOURCES)] == [
        (
            "endpoint stripe",
            "ok",
            "live, 2 keys, the oldest 40 d old; last webhook 3 min ago, 1,200 in 5 min, 20,000 in 1 h",
        ),
        ("endpoint square", "ok", "test, 1 key, 3 d old; no authentic webhook in 3 days"),
        ("endpoint paypal", "problem", "its secret can't be read: webhooks are answered 503"),
        ("without a key", "ok", "internal (answered 404)"),
    ]


def test_a_key_by_which_nothing_verifies_any_more_wants_a_person_now() -> None:
    """As one that was rolled on one side only: every delivery is answered 401, too few for the alarm."""
    secrets = {"stripe": EndpointSecret(mode="live", keys=(key(1), key(2)._replace(value="pasted wrongly")))}
    refused, prefix = findings_of(secrets, {"stripe": Arrivals(minutes_ago(180), 0, 0, 12, 12)}, SOURCES)
    assert (refused.level, refused.next_step) == ("problem", "docs/runbook.md#webhook-answers-401")
    told = "0 in 1 h; 12 refused in 1 h, as no key of it has signed them"
    assert refused.text.endswith(told)
    [beside, _] = findings_of(secrets, {"stripe": Arrivals(minutes_ago(1), 9, 99, 12, 0)}, SOURCES)
    assert (beside.level, beside.text[-len(told) :]) == ("notice", f"9{told[1:]}")
    assert (prefix.level, prefix.text[:43]) == ("notice", "stripe's key k2 does not begin with whsec_,")
    assert "pasted" not in prefix.text


def test_no_key_anywhere_and_trust_of_a_test_are_told() -> None:
    [nothing] = findings_of({"stripe": EndpointSecret()}, {}, SOURCES)
    assert (nothing.level, nothing.text) == ("notice", "stripe (answered 404)")
    api = ApiCredentials("id", "secret", "https://stand-in.example")
    trusting = {"paypal": EndpointSecret(mode="live", keys=(key(1),), api=api)}
    found = [*findings_of(trusting, {"paypal": Arrivals(None, 0, 0)}, SOURCES)]
    assert [each.level for each in found] == ["ok", "notice"]
    assert "https://stand-in.example" in found[1].text


@pytest.mark.parametrize(
    ("minutes", "level"), [(10, Level.OK), (11, Level.NOTICE), (20, Level.NOTICE), (21, Level.PROBLEM)]
)
def test_pending_counts_from_ten_minutes_on_and_is_a_problem_from_twenty(minutes: int, level: Level) -> None:
    assert pending_finding(Pending(7, True, minutes_ago(minutes)), NOW).level is level


def test_a_count_that_is_not_whole_says_so() -> None:
    assert (
        pending_finding(Pending(2000, False, minutes_ago(1)), NOW).text == "over 2,000, the oldest for 1 min"
    )
    assert pending_finding(Pending(0, True, None), NOW).text == "none"


def report(*findings: Finding) -> Report:
    return Report("payment-webhooks-dev", "account 123456789012, region eu-west-1", NOW, findings)


FINE = Finding("queues", Level.OK, "none", "never shown")
BAD = Finding("dead letters", Level.PROBLEM, "processing-dlq 3", "docs/runbook.md#processing-dlq " + "x" * 90)


def test_the_screen_begins_with_what_wants_a_person_and_breaks_no_command() -> None:
    output = io.StringIO()
    console = Console(file=output, width=80, force_terminal=False)
    for line in lines_of(report(FINE, BAD)):
        console.print(line, soft_wrap=not hasattr(line, "columns"))
    lines = [line.rstrip() for line in output.getvalue().splitlines()]
    assert lines[1:] == [
        "ACT   dead letters  processing-dlq 3",
        f"      {BAD.next_step}",
        "ok    queues        none",
        "1 to act on",
    ]


def test_the_worst_finding_counts() -> None:
    notice = Finding("alarms", Level.NOTICE, "nobody is told")
    assert worst([FINE, BAD, notice]) is Level.PROBLEM
    assert worst([FINE, notice]) is Level.NOTICE
    assert worst([]) is Level.OK
    assert summary([FINE]) == "healthy"
    assert summary([BAD, notice, notice]) == "1 to act on, 2 to look at"


def test_watching_in_a_pipe_prints_each_report_until_ctrl_c(
    capsys: pytest.CaptureFixture[str],
) -> None:
    reports = iter([report(FINE), report(BAD)])

    def pauses() -> Iterator[None]:
        yield None
        raise KeyboardInterrupt

    pause = pauses()
    watch_screen(next(reports), lambda: next(reports), lambda: next(pause), as_json=True)
    assert [line.count('"level": "problem"') for line in capsys.readouterr().out.splitlines()] == [0, 2]


def test_what_the_stack_has_and_aws_has_not_is_gone() -> None:
    table = LiveResource("stack", "InboxTable", "table-gone", "AWS::DynamoDB::Table", path=("Data",))
    dynamodb = boto3.client(
        "dynamodb", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    with Stubber(dynamodb) as stub:
        stub.add_client_error("describe_table", "ResourceNotFoundException")
        [gone] = existence_findings(SOURCES._replace(client=lambda _: dynamodb, resources=(table,)))
    assert (gone.level, gone.text) == ("problem", "Data/InboxTable (table-gone)")
    assert existence_findings(SOURCES)[0].level is Level.OK


def letter_text(body: str, **attributes: str) -> str:
    shown = {name: {"StringValue": value} for name, value in attributes.items()}
    return dead_letter_of({"MessageId": "7d0c", "Body": body, "MessageAttributes": shown}).text


def test_a_dead_letter_names_its_webhook_its_payment_and_itself() -> None:
    event = '{"transaction_id": "stripe:pi_1", "event_id": "evt_1", "webhook_id": "stripe:evt_1"}'
    told = "stripe:evt_1, payment stripe:pi_1, message 7d0c: why is in the saved query faults, by this id"
    assert letter_text(event) == told
    assert dead_letter_of({"MessageId": "7d0c", "Body": event}).webhook_id == "stripe:evt_1"
    asked = (
        '{"notification_type": "manual_notification", "transaction_id": "stripe:pi_1", "request_id": "r-1"}'
    )
    assert letter_text(asked).startswith("payment stripe:pi_1, request r-1, message 7d0c: ")
    keys = '{"webhookId": "stripe:evt_1", "timestamp": "1970-01-01T00:00:00.000000Z"}'
    assert letter_text(keys, reason="webhook_missing") == "stripe:evt_1, message 7d0c: webhook_missing"
    for nothing in ("no json", "[]", "{}"):
        assert letter_text(nothing, ERROR_CODE="NO_PERMISSIONS") == "message 7d0c: NO_PERMISSIONS"


def found_of(name: str, state: str, is_heard: bool, sources: Sources = SOURCES) -> Finding:
    """What is told of one alarm."""
    cloudwatch = boto3.client(
        "cloudwatch", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    told = {"AlarmName": name, "StateValue": state, "ActionsEnabled": is_heard}
    alarm = LiveResource("stack", "Alarm", name, "AWS::CloudWatch::Alarm")
    with Stubber(cloudwatch) as stub:
        stub.add_response("describe_alarms", {"MetricAlarms": [told]})
        [found] = alarm_findings(sources._replace(client=lambda _: cloudwatch, resources=(alarm,)))
    return found


def test_an_alarm_that_rings_names_its_place_in_the_runbook() -> None:
    found = found_of("alarm-pipe-failures-dev", "ALARM", is_heard=True)
    assert found.next_step == "docs/runbook.md, pipe-failures"


def test_alarms_that_tell_nobody_are_told_with_the_command_that_mends_it() -> None:
    found = found_of("alarm-processing-dlq-dev", "OK", is_heard=False)
    assert found.text == "nobody is told of 1 alarm: processing-dlq"
    assert found.next_step == (
        "aws cloudwatch enable-alarm-actions --alarm-names alarm-processing-dlq-dev --region eu-west-1"
    )


@pytest.mark.parametrize(("is_local", "why"), [(True, "not evaluated here"), (False, "without data")])
def test_an_alarm_of_which_nothing_is_known_is_not_counted_as_silent(is_local: bool, why: str) -> None:
    sources = SOURCES._replace(environment=replace(ENVIRONMENT, is_local=is_local))
    found = found_of("alarm-pipe-failures-dev", "INSUFFICIENT_DATA", is_heard=True, sources=sources)
    assert (found.level, found.text) == ("ok", f"none of 1 rings; {why}: 1")


def test_what_is_tried_again_and_again_is_in_its_queue_and_a_letter_that_is_looked_at_too() -> None:
    client = boto3.client("sqs", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    urls = [f"https://sqs/1/queue-{name}-dev" for name in ("notification", "events-dlq")]
    with Stubber(client) as stub:
        for _ in urls:
            depth = {"ApproximateNumberOfMessages": "1", "ApproximateNumberOfMessagesNotVisible": "2"}
            stub.add_response("get_queue_attributes", {"Attributes": depth})
        stub.add_response("receive_message", {})
        resources = tuple(LiveResource("stack", "Queue", url, "AWS::SQS::Queue") for url in urls)
        environment = cast("Environment", SimpleNamespace(names=Names("dev")))
        sources = SOURCES._replace(environment=environment, client=lambda _: client, resources=resources)
        found = queue_findings(sources)
    assert [each.text for each in found] == [
        "notification 3 (2 in work)",
        "events-dlq 3, one of them: not seen just now: somebody has received it",
    ]


def _rounds(*ends: tuple[float, float | None]) -> list[PastRound]:
    """Of minutes ago, and seconds until judged; None: it failed."""
    return [PastRound(minutes_ago(ago), judged, "" if judged else "http_403") for ago, judged in ends]


@pytest.mark.parametrize(
    ("rounds", "level", "text"),
    [
        (_rounds((7, 1.2), (2, 1.5)), Level.OK, "last round 2 min ago: judged in 1.5 s; 2 of 2 in 1 h went well"),
        (_rounds((7, 1.2), (2, None)), Level.NOTICE, "last round 2 min ago: http_403; 1 of 2 in 1 h went well"),
        (_rounds((7, None), (2, 1.2)), Level.OK, "last round 2 min ago: judged in 1.2 s; 1 of 2 in 1 h went well"),
        (_rounds((7, None), (2, None)), Level.PROBLEM, "last round 2 min ago: http_403; 0 of 2 in 1 h went well"),
        (_rounds((13, 1.2)), Level.PROBLEM, "last round 13 min ago: judged in 1.2 s; 1 of 1 in 1 h went well"),
        ([], Level.PROBLEM, "no round in an hour"),
    ],
)  # fmt: skip
def test_the_canarys_last_round_is_told_and_two_failures_want_a_person(
    rounds: list[PastRound], level: Level, text: str
) -> None:
    finding = canary_finding(rounds, NOW)
    assert (finding.subject, finding.level, finding.text) == ("canary", level, text)
    assert finding.next_step == "docs/runbook.md#canary-lost"


def test_the_canarys_rounds_are_read_from_its_log_in_the_order_of_time() -> None:
    at = int(NOW.timestamp() * 1000)
    lines = [
        (at, "REPORT RequestId: 1"),
        (
            at,
            '{"level":"INFO","message":"canary round","CanaryAcceptedSeconds":0.2,"CanaryJudgedSeconds":1.5}',
        ),
        (
            at - 300_000,
            '2026-11-21 {"message":"canary round","reason":"not_judged","CanaryAcceptedSeconds":0.2}',
        ),
    ]
    assert rounds_of(lines) == [PastRound(minutes_ago(5), None, "not_judged"), PastRound(NOW, 1.5, "")]


@pytest.mark.parametrize(("minutes", "level"), [(1, Level.NOTICE), (12, Level.NOTICE), (13, Level.PROBLEM)])
def test_a_canary_that_was_just_deployed_need_not_have_had_a_round(minutes: float, level: Level) -> None:
    logs, stub = stubbed("logs")
    stub.add_response("filter_log_events", {"events": []})
    function = LiveResource(
        "stack", "Canary", "lambda-canary-dev", "AWS::Lambda::Function", since=minutes_ago(minutes)
    )
    environment = cast("Environment", SimpleNamespace(names=Names("dev")))
    sources = SOURCES._replace(environment=environment, client=lambda _: logs, resources=(function,))
    (found,) = canary_findings(sources)
    assert found.level is level


def test_where_it_is_off_nothing_is_told_of_the_canary_and_nobody_is_asked() -> None:
    assert canary_findings(SOURCES) == []
