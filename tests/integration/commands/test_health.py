"""`health` of a deployed system: what waits, dead letters, what is switched off by hand, alarms that ring."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.system.system import System


def findings(system: System) -> tuple[int, dict[str, str]]:
    """The exit code, and what is to be acted on by subject, a line each."""
    done = system.run("health.py", "--suffix", system.suffix, "--local", "--json")
    found = json.loads(done.stdout)["findings"]
    told: dict[str, str] = {}
    for each in found:
        if each["level"] == "problem":  # a busy machine may ring an alarm of its own beside those of a test
            told[each["subject"]] = "\n".join((*filter(None, [told.get(each["subject"])]), each["text"]))
    return done.exit_code, told


@pytest.fixture
def rule(system: System) -> Iterator[str]:
    """The rule of notifications, switched off for a while."""
    events, name, bus = (
        system.client("events"),
        f"rule-notification-{system.suffix}",
        f"bus-payment-events-{system.suffix}",
    )
    events.disable_rule(Name=name, EventBusName=bus)
    yield name
    events.enable_rule(Name=name, EventBusName=bus)


@pytest.fixture
def stopped(system: System) -> Iterator[None]:
    """A function that may not run, as in an incident, and one of which somebody has reserved more."""
    client, names = (
        system.client("lambda"),
        [system.names.function(each) for each in ("health", "reconciler")],
    )
    for name, concurrency in zip(names, (0, 7), strict=True):
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=concurrency)
    yield
    for name in names:
        client.delete_function_concurrency(FunctionName=name)


@pytest.fixture
def dead_letter(system: System) -> Iterator[None]:
    sqs = system.client("sqs")
    url = sqs.get_queue_url(QueueName=f"queue-events-dlq-{system.suffix}")["QueueUrl"]
    reason: Any = {"ERROR_CODE": {"DataType": "String", "StringValue": "NO_PERMISSIONS"}}
    sqs.send_message(QueueUrl=url, MessageBody="{}", MessageAttributes=reason)
    yield
    sqs.purge_queue(QueueUrl=url)


def test_what_wants_a_person_is_told_with_exit_code_1(
    system: System, rule: str, stopped: None, dead_letter: None
) -> None:
    system.send("stripe", b'{"id": "evt_cut off for health')
    alarm = f"alarm-processing-dlq-{system.suffix}"
    system.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a test")
    exit_code, told = findings(system)
    assert exit_code == 1
    assert "quarantined" in told["for a person"]
    assert re.fullmatch(r"events-dlq 1, one of them: message [\w-]+: NO_PERMISSIONS", told["dead letters"])
    rule_off, function_off = sorted(told["switched off"].splitlines(), reverse=True)
    assert rule_off == "Messaging/NotificationRule: State is DISABLED, not ENABLED"
    assert function_off.startswith("Compute/Health: ReservedConcurrentExecutions is 0, not ")
    assert any(line.startswith("processing-dlq: ") for line in told["alarm"].splitlines())


def test_an_endpoint_shows_that_a_webhook_came(system: System) -> None:
    system.send("stripe", b'{"id": "evt_cut off for the last webhook')
    done = system.run("health.py", "--suffix", system.suffix, "--local")
    [stripe] = [line for line in done.stdout.splitlines() if "endpoint stripe" in line]
    assert "live, 1 key" in stripe
    assert "last webhook " in stripe
