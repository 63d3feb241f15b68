"""Sampling rules of X-Ray: the share of traces that is kept of those that the webhook API and the state machine begin.

Who begins a trace decides on it, and what it calls keeps to that. API Gateway and Step Functions ask these rules
(https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html). A table's stream carries no trace, so a
function behind a queue or a stream begins one of its own, at a rate of Lambda's that no rule changes
(https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html): TraceQueuesAndStreams turns these off.
"""

from collections.abc import Mapping
from typing import Final

from troposphere import FindInMap, Sub, Template
from troposphere.xray import SamplingRule, SamplingRuleProperty

from stacks.names import IN_TEMPLATE, STAGE, title
from stacks.parameters.features import TRACING_SAMPLING_PERCENT

# By purpose, the name that a service has in its traces. That of a stage:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-configuring-xray-sampling-rules.html
# A purpose has four letters at most: the name of a rule has 32.
SERVICES: Final[Mapping[str, str]] = {
    "api": f"{IN_TEMPLATE.api}/{STAGE}",
    "flow": IN_TEMPLATE.processing_workflow,
}
_SHARES: Final = "TracingShares"


def add_sampling_rules(template: Template) -> None:
    percent = TRACING_SAMPLING_PERCENT
    # CloudFormation cannot divide.
    template.add_mapping(_SHARES, {str(value): {"Share": int(value) / 100} for value in percent.allowed})
    for purpose, service in SERVICES.items():
        rule = SamplingRuleProperty(
            RuleName=Sub(IN_TEMPLATE.name("traces", purpose)),
            Priority=1000,
            # One each second would be every webhook where less than one comes each second.
            ReservoirSize=0,
            FixedRate=FindInMap(_SHARES, percent.ref(template), "Share"),
            ServiceName=Sub(service),
            ServiceType="*",
            ResourceARN="*",
            Host="*",
            HTTPMethod="*",
            URLPath="*",
            Version=1,
        )
        template.add_resource(SamplingRule(f"{title(purpose)}SamplingRule", SamplingRule=rule))
