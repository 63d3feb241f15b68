"""The dashboard and the saved queries: that what they look at is there."""

import json
import re

import pytest

from payment_webhooks import contract
from stacks.monitoring.dashboard import PROCESSED, RECEIVED, WIDTH, Graph, dashboard_body, graphs
from stacks.monitoring.saved_queries import SAVED_QUERIES, SavedQuery
from tests.support.templates.metric_sources import exists
from tests.support.templates.resources import resource, resources

GRAPHS = list(graphs())


def test_the_dashboard_is_json_after_its_placeholders_are_filled() -> None:
    text = resource("monitoring", "Dashboard")["DashboardBody"]["Fn::Sub"]
    assert text == dashboard_body(GRAPHS)
    filled = re.sub(r"\$\{[^}]+\}", "x", text)
    assert "$" not in filled
    widgets = json.loads(filled)["widgets"]
    assert [each["properties"]["title"] for each in widgets] == [graph.title for graph in GRAPHS]
    assert len(widgets) <= 500  # CloudWatch's limit


def test_the_widgets_do_not_overlap() -> None:
    widgets = json.loads(dashboard_body(GRAPHS))["widgets"]
    corners = {(each["x"], each["y"]) for each in widgets}
    assert len(corners) == len(widgets)
    for each in widgets:
        assert each["x"] + each["width"] <= WIDTH
        assert each["x"] % each["width"] == each["y"] % each["height"] == 0


@pytest.mark.parametrize("graph", GRAPHS, ids=lambda graph: graph.title)
def test_what_the_dashboard_shows_is_there(graph: Graph) -> None:
    for metric in graph.lines.values():
        assert exists(metric), metric


def test_the_dashboard_shows_what_never_came_of_each_endpoint_that_is_reconciled() -> None:
    (graph,) = [each for each in GRAPHS if each.title == "Never came, by endpoint"]
    assert [*graph.lines] == ["stripe", "paypal", "square"]
    assert {metric.name for metric in graph.lines.values()} == {"MissedEvents"}


def test_a_line_of_the_dashboard_is_as_cloudwatch_writes_it() -> None:
    (first, *_) = json.loads(dashboard_body(GRAPHS))["widgets"]
    assert first["properties"]["metrics"][0] == [
        contract.METRIC_NAMESPACE,
        contract.METRIC_RECEIVED,
        "environment",
        "${EnvironmentSuffix}",
        "outcome",
        "accepted",
        {"label": "accepted", "stat": "Sum"},
    ]


def test_the_outcomes_are_those_of_the_contract() -> None:
    statuses = {contract.STATUS_CONFLICT, contract.STATUS_QUARANTINED, contract.STATUS_IGNORED}
    assert statuses <= set(RECEIVED)
    assert statuses | {contract.STATUS_PROCESSED} <= set(PROCESSED)


@pytest.mark.parametrize("query", SAVED_QUERIES, ids=lambda query: query.name)
def test_a_saved_query_reads_log_groups_that_are_there(query: SavedQuery) -> None:
    groups = {found["LogGroupName"]["Fn::Sub"] for found in resources("AWS::Logs::LogGroup")}
    assert query.log_groups
    assert set(query.log_groups) <= groups
    (deployed,) = [
        found
        for found in resources("AWS::Logs::QueryDefinition")
        if found["Name"]["Fn::Sub"].endswith(f"/query-{query.name}-${{EnvironmentSuffix}}")
    ]
    assert deployed["QueryString"] == query.query
    assert deployed["LogGroupNames"] == [{"Fn::Sub": group} for group in query.log_groups]
