"""Nested stack `monitoring`: alarms with an action each, a dashboard, saved queries of the logs, sampling of traces."""

from typing import Any, Final

from troposphere import Sub, Template
from troposphere.cloudwatch import Dashboard
from troposphere.logs import MetricFilter, MetricTransformation, QueryDefinition

from payment_webhooks import contract
from stacks.api.stack import ApiOutputs
from stacks.common.house_rules import apply_house_rules
from stacks.messaging.stack import MessagingOutputs
from stacks.monitoring import metrics
from stacks.monitoring.alarm import add_alarm
from stacks.monitoring.alarms.table import ALARMS
from stacks.monitoring.dashboard import dashboard_body, graphs
from stacks.monitoring.sampling_rules import add_sampling_rules
from stacks.monitoring.saved_queries import SAVED_QUERIES
from stacks.names import IN_TEMPLATE, title
from stacks.wiring.outputs import receive

# What the API's access log counts. The gateway and the web ACL answer some of it, before any code of ours runs.
COUNTED_ANSWERS: Final = (401, 403, 429)


def build_monitoring() -> Template:
    template = Template(Description="Payment webhooks: alarms, dashboard and saved queries")
    access_log = receive(template, ApiOutputs).access_log_group_name
    for status in COUNTED_ANSWERS:
        template.add_resource(_answer_filter(status, access_log))
    topic_arn = receive(template, MessagingOutputs).critical_alerts_topic_arn
    for alarm in ALARMS:
        add_alarm(template, alarm, topic_arn)
    body = dashboard_body(list(graphs()))
    template.add_resource(
        Dashboard("Dashboard", DashboardName=Sub(IN_TEMPLATE.dashboard), DashboardBody=Sub(body))
    )
    for query in SAVED_QUERIES:
        template.add_resource(
            QueryDefinition(
                f"{title(query.name)}Query",
                Name=Sub(IN_TEMPLATE.saved_query(query.name)),
                LogGroupNames=[Sub(group) for group in query.log_groups],
                QueryString=query.query,
            )
        )
    add_sampling_rules(template)
    return apply_house_rules(template)


def _answer_filter(status: int, access_log: Any) -> MetricFilter:
    """A filter that counts answers with this status on every path but /health; some of the gateway's have no path."""
    return MetricFilter(
        f"WebhookAnswers{status}",
        LogGroupName=access_log,
        FilterPattern=f'{{ $.resource_path != "/health" && $.status = "{status}" }}',
        MetricTransformations=[
            MetricTransformation(
                MetricNamespace=Sub(metrics.ACCESS_LOG_NAMESPACE),
                MetricName=contract.METRIC_ANSWERED.format(status=status),
                MetricValue="1",
                DefaultValue=0,
                Unit="Count",
            )
        ],
    )
