"""Everything that can fail is watched: by an alarm, on the dashboard, or left out with a reason."""

from collections.abc import Iterable

import pytest

from stacks.monitoring.alarm import Metric
from stacks.monitoring.alarms.table import ALARMS
from stacks.monitoring.dashboard import graphs
from tests.support.templates.resources import Resource, resources

# Type: the property that holds the name, by which a metric is found.
NAMES = {
    "AWS::ApiGateway::RestApi": "Name",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Pipes::Pipe": "Name",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}
WITHOUT_ALARM = {
    "messaging/ProcessingQueue": "the oldest pending webhook has an alarm, wherever it waits",
}
NOT_ON_DASHBOARD: dict[str, str] = {}


def _watched(metrics: Iterable[Metric]) -> set[str]:
    """Every value of a dimension; an ARN counts as the name that it ends with."""
    values = {value for metric in metrics for value in metric.dimensions.values()}
    return values | {value.rsplit(":", 1)[-1].rsplit("/", 1)[-1] for value in values}


ALARMED = _watched(metric for alarm in ALARMS for metric in alarm.metrics)
SHOWN = _watched(metric for graph in graphs() for metric in graph.lines.values())
FOUND = [each for kind in NAMES for each in resources(kind)]


def _name(found: Resource) -> str:
    return str(found[NAMES[found.type]]["Fn::Sub"])


@pytest.mark.parametrize("found", FOUND, ids=str)
def test_it_has_an_alarm_or_a_reason(found: Resource) -> None:
    assert (_name(found) in ALARMED) is (str(found) not in WITHOUT_ALARM)


@pytest.mark.parametrize("found", FOUND, ids=str)
def test_it_is_on_the_dashboard_or_has_a_reason(found: Resource) -> None:
    assert (_name(found) in SHOWN) is (str(found) not in NOT_ON_DASHBOARD)
