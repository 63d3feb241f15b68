"""E9007: an alarm over a metric expression uses more than ten metrics."""

from cfnlint.rules._rule import CloudFormationLintRule, RuleMatch
from cfnlint.template.template import Template

LIMIT = 10


class AlarmMetrics(CloudFormationLintRule):
    id = "E9007"
    shortdesc = "An alarm over a metric expression uses at most ten metrics"
    description = (
        "PutMetricAlarm refuses an alarm whose expression uses more than ten metrics. Neither a schema nor an emulator "
        "knows: an index more on a table, and the update fails."
    )
    source_url = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html"
    tags = ["resources", "cloudwatch"]

    def match(self, cfn: Template) -> list[RuleMatch]:
        matches = []
        for name, resource in cfn.get_resources("AWS::CloudWatch::Alarm").items():
            queries = resource.get("Properties", {}).get("Metrics")
            if not isinstance(queries, list):
                continue
            metrics = sum("MetricStat" in query for query in queries if isinstance(query, dict))
            if metrics > LIMIT:
                path: list[str | int] = ["Resources", name, "Properties", "Metrics"]
                matches.append(
                    RuleMatch(path, f"{metrics} metrics; CloudWatch takes {LIMIT} in an alarm's expression")
                )
        return matches
