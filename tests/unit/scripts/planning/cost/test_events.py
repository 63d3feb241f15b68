"""Events, notifications and monitoring are on the bill; docs/workflow.md agrees with it."""

import json
import re
from pathlib import Path

import pytest

from scripts.command_line.main import main
from scripts.planning.cost.bill import Span
from scripts.planning.cost.usage import MILLION
from scripts.planning.deployment_on_paper import resolve_deployment
from stacks.evaluation.resolved_stack import Resource
from tests.unit.scripts.planning.cost.test_bill import assembly, bill, line, with_resources

UNKNOWN = "no price is known for its type"
REPOSITORY = Path(__file__).parents[5]
ROW = re.compile(r"\| a million webhooks \| ([\d.]+) USD \([^|]*\) \| ([\d.]+) USD \(([\d.]+) of it")


def test_each_webhook_is_one_event_and_one_publication() -> None:
    priced = bill()
    assert line(priced, "messaging/EventBus", "events").quantity == pytest.approx(MILLION)
    assert line(priced, "messaging/NotificationsTopic", "published").quantity == pytest.approx(MILLION)


def test_an_alarm_is_paid_by_the_metrics_that_it_watches() -> None:
    alarms = resolve_deployment(assembly(), {}).of_type("AWS::CloudWatch::Alarm")
    watched = {str(alarm): max(1, str(alarm.get("Metrics")).count("'MetricStat'")) for alarm in alarms}
    paid = {
        entry.resource: entry.quantity for entry in bill().of(Span.MONTH) if entry.item == "metrics watched"
    }
    assert paid == watched
    assert max(paid.values()) > 1


def test_a_topic_or_a_bus_that_nobody_is_told_of_is_not_priced() -> None:
    added = [
        Resource(("X",), "Bus", "AWS::Events::EventBus", {}),
        Resource(("X",), "Topic", "AWS::SNS::Topic", {}),
    ]
    unpriced = {entry.resource for entry in with_resources(*added).unpriced}
    assert {"x/Bus", "x/Topic", "messaging/CriticalAlertsTopic"} <= unpriced


def test_nearly_everything_has_a_price_or_is_known_to_be_free() -> None:
    unknown = {entry.type for entry in bill().unpriced if entry.reason == UNKNOWN}
    assert unknown == {"AWS::WAFv2::LoggingConfiguration"}


def test_the_page_of_modes_has_the_figures_of_the_bill(capsys: pytest.CaptureFixture[str]) -> None:
    row = ROW.search((REPOSITORY / "docs/workflow.md").read_text(encoding="utf-8"))
    assert row is not None
    transitions = (
        f"{line(bill(ProcessingMode='workflow'), 'compute/ProcessingWorkflow', 'state transitions').usd:.2f}"
    )
    assert row[3] == transitions
    for mode, total in (("queue", row[1]), ("workflow", row[2])):
        assert main("cost", ["--parameter", f"ProcessingMode={mode}", "--json"]) == 0
        document = json.loads(capsys.readouterr().out)
        assert f"{document['totals']['webhooks']:.0f}" == total
