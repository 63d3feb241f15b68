"""CloudWatch alarms as data: their metrics, and the threshold and time at which they go off."""

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from troposphere import Sub, Template
from troposphere.cloudwatch import Alarm as AlarmResource
from troposphere.cloudwatch import Metric as MetricSource
from troposphere.cloudwatch import MetricDataQuery, MetricDimension, MetricStat

from stacks.names import IN_TEMPLATE, title
from stacks.parameters.setting import Choice, Setting

OVER: Final = "GreaterThanThreshold"
UNDER: Final = "LessThanThreshold"

# How an alarm treats a period without data.
NOTHING_HAPPENED: Final = "notBreaching"  # the metric is written only when something happens
TROUBLE: Final = "breaching"  # the metric is written always, so its silence is the trouble

ERROR_PERCENT: Final = 1  # of calls or answers: more is trouble

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 24 * HOUR


@dataclass(frozen=True)
class Metric:
    """One series; names and dimension values are texts for `Sub`. `statistic`: Sum, Maximum, ..., or p99."""

    namespace: str
    name: str
    dimensions: dict[str, str] = field(default_factory=dict, hash=False)
    statistic: str = "Sum"


class Alarm(NamedTuple):
    """In alarm while `datapoints` of the last `periods` periods are over (or under) the threshold.

    `expression` is metric math over the metrics as m0, m1, ...; without one there is a single metric.
    `hours` is a setting that replaces `periods` and switches the alarm off when it is 0, and so does a setting as the
    threshold. `only_with`: without this value of a parameter there is no such alarm. `unit` is for people.
    """

    name: str
    meaning: str
    metrics: tuple[Metric, ...]
    threshold: float | Setting
    unit: str
    expression: str = ""
    comparison: str = OVER
    period_seconds: int = 5 * MINUTE
    periods: int = 1
    datapoints: int = 1
    missing: str = NOTHING_HAPPENED
    hours: Setting | None = None
    only_with: Choice | None = None

    @property
    def title(self) -> str:
        """The logical id."""
        return f"{title(self.name)}Alarm"


def total(metrics: tuple[Metric, ...]) -> str:
    """Metric math for the sum of all metrics, of which each may have no data."""
    return " + ".join(f"FILL(m{number}, 0)" for number in range(len(metrics)))


def dead_letters(name: str, meaning: str, visible: Metric) -> Alarm:
    """The alarm of a dead-letter queue, whose messages `visible` counts: it goes off at the first. Five minutes without
    any end it, as who looks at a message hides it from that metric (O9004).
    """
    return Alarm(name, meaning, (visible,), 0, "messages", period_seconds=MINUTE, periods=5)


def add_alarm(template: Template, alarm: Alarm, topic_arn: Any) -> AlarmResource:
    """The alarm. It notifies the topic when it goes off and when it is over."""
    resource = AlarmResource(
        alarm.title,
        AlarmName=Sub(IN_TEMPLATE.alarm(alarm.name)),
        AlarmDescription=f"{alarm.meaning} What to do: docs/runbook.md, {alarm.name}.",
        ComparisonOperator=alarm.comparison,
        Threshold=alarm.threshold.ref(template) if isinstance(alarm.threshold, Setting) else alarm.threshold,
        EvaluationPeriods=alarm.periods,
        DatapointsToAlarm=alarm.datapoints,
        TreatMissingData=alarm.missing,
        AlarmActions=[topic_arn],
        OKActions=[topic_arn],
        **(_math(alarm) if alarm.expression else _single(alarm)),
    )
    if alarm.only_with:
        resource.Condition = alarm.only_with.holds(template)
    if isinstance(alarm.threshold, Setting):
        resource.Condition = alarm.threshold.is_given(template)
    if alarm.hours:
        _lasts(template, resource, alarm.hours)
    return template.add_resource(resource)


def _lasts(template: Template, resource: AlarmResource, hours: Setting) -> None:
    resource.Condition = hours.is_given(template)
    resource.EvaluationPeriods = hours.ref(template)
    resource.DatapointsToAlarm = hours.ref(template)


def _single(alarm: Alarm) -> dict[str, Any]:
    (metric,) = alarm.metrics
    properties: dict[str, Any] = {
        "Namespace": _text(metric.namespace),
        "MetricName": metric.name,
        "Dimensions": _dimensions(metric),
        "Period": alarm.period_seconds,
    }
    if metric.statistic.startswith("p"):
        # With few requests a percentile is the slowest of them, which says nothing.
        return {
            **properties,
            "ExtendedStatistic": metric.statistic,
            "EvaluateLowSampleCountPercentile": "ignore",
        }
    return {**properties, "Statistic": metric.statistic}


def _math(alarm: Alarm) -> dict[str, Any]:
    result = MetricDataQuery(Id="result", Expression=alarm.expression, Label=alarm.name, ReturnData=True)
    return {
        "Metrics": [
            result,
            *(
                MetricDataQuery(
                    Id=f"m{number}",
                    ReturnData=False,
                    MetricStat=MetricStat(
                        Metric=MetricSource(
                            Namespace=_text(metric.namespace),
                            MetricName=metric.name,
                            Dimensions=_dimensions(metric),
                        ),
                        Period=alarm.period_seconds,
                        Stat=metric.statistic,
                    ),
                )
                for number, metric in enumerate(alarm.metrics)
            ),
        ]
    }


def _dimensions(metric: Metric) -> list[MetricDimension]:
    return [MetricDimension(Name=name, Value=_text(value)) for name, value in metric.dimensions.items()]


def _text(text: str) -> Any:
    return Sub(text) if "${" in text else text
