"""The web ACL: rules that count or refuse requests before they cost anything; and its log of those requests."""

import json
from typing import Any, Final, NamedTuple

from troposphere import FindInMap, Sub, Template
from troposphere.logs import ResourcePolicy
from troposphere.wafv2 import (
    ActionCondition,
    AllowAction,
    AndStatement,
    BlockAction,
    Condition,
    CountAction,
    CustomResponse,
    CustomResponseBody,
    DefaultAction,
    FieldToMatch,
    Filter,
    IPSet,
    IPSetReferenceStatement,
    LabelMatchStatement,
    LoggingConfiguration,
    LoggingConfigurationFieldToMatch,
    LoggingFilter,
    ManagedRuleGroupStatement,
    NotStatement,
    OrStatement,
    OverrideAction,
    RateBasedStatement,
    RegexMatchStatement,
    RuleAction,
    RuleActionOverride,
    SingleHeader,
    Statement,
    TextTransformation,
    VisibilityConfig,
    WebACL,
    WebACLRule,
)

from payment_webhooks.providers.registry import PROVIDERS
from stacks.common.log_groups import log_destination_arn, log_group
from stacks.names import IN_TEMPLATE, STAGE
from stacks.parameters.setting import Setting
from stacks.parameters.throttles import (
    IP_RATE_LIMIT,
    PAYPAL_IP_RATE_LIMIT,
    PROVIDER_ADDRESSES,
    RATES_PER_SECOND,
)
from stacks.webhook_endpoints import ENDPOINTS

WINDOW_SECONDS: Final = 60
RATE_LIMITS: Final = "RateLimits"  # the mapping from a rate a second to a limit in a window
TOO_MANY: Final = "too-many-requests"

# The web ACL sees the path as it was sent: with the stage's name, or without it under a domain of our own.
WEBHOOK_PATHS: Final = f"^(/{STAGE})?/webhook(/|$)"
# Of providers that send from few addresses and publish none.
PAYPAL_PATHS: Final = "^(/{})?/webhook/({})/?$".format(
    STAGE, "|".join(endpoint.name for endpoint in ENDPOINTS if not endpoint.record.publishes_addresses)
)

# These are credentials; and whoever reads a signature can send that webhook again within its tolerance.
CREDENTIAL_HEADERS: Final = frozenset({"authorization", "cookie", "x-api-key"})
REDACTED_HEADERS: Final = tuple(
    sorted(CREDENTIAL_HEADERS.union(*(PROVIDERS.get(name).signature_headers for name in PROVIDERS.names)))
)
# A request that nothing matched is in the access log already.
LOGGED_ACTIONS: Final = ("BLOCK", "COUNT", "EXCLUDED_AS_COUNT")


class ManagedGroup(NamedTuple):
    """A managed rule group of AWS. `counted`: its rules that do not block on /webhook, with their labels."""

    name: str
    metric: str
    counted: dict[str, str]


def _labels(namespace: str, *rules: str) -> dict[str, str]:
    """Rule -> the label that it puts on a request: its name with the inspected part in title case."""
    return {
        rule: f"awswaf:managed:aws:{namespace}:{name}_{part.title()}"
        for rule in rules
        for name, part in [rule.rsplit("_", 1)]
    }


# Every rule of the groups that looks into the body, and the one that wants a User-Agent: an honest webhook is
# large, holds URLs and whatever a buyer typed, and need not name its agent. Its signature says more than these.
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
MANAGED_GROUPS: Final = (
    ManagedGroup(
        "AWSManagedRulesCommonRuleSet",
        "common",
        _labels(
            "core-rule-set",
            "NoUserAgent_HEADER",
            "SizeRestrictions_BODY",
            "EC2MetaDataSSRF_BODY",
            "GenericLFI_BODY",
            "GenericRFI_BODY",
            "CrossSiteScripting_BODY",
        ),
    ),
    ManagedGroup(
        "AWSManagedRulesKnownBadInputsRuleSet",
        "known-bad-inputs",
        _labels("known-bad-inputs", "JavaDeserializationRCE_BODY", "Log4JRCE_BODY", "ReactJSRCE_BODY"),
    ),
)
_NONE: Final[dict[str, Any]] = {"None": {}}  # no name that Python can write as a keyword
IP_REPUTATION: Final = ManagedGroup("AWSManagedRulesAmazonIpReputationList", "ip-reputation", {})


def provider_addresses(template: Template) -> IPSet:
    """The addresses that providers publish. The set may be empty, but must not hold the empty text."""
    addresses = PROVIDER_ADDRESSES.list_or_none(template)
    return template.add_resource(
        IPSet(
            "ProviderAddressSet",
            Name=Sub(IN_TEMPLATE.provider_ip_set),
            Description="Addresses that providers say they send webhooks from",
            Scope="REGIONAL",
            IPAddressVersion="IPV4",
            Addresses=addresses,
        )
    )


def web_acl(template: Template) -> WebACL:
    """The web ACL: rate limits, managed rules that block, and managed rules that only count on /webhook.

    Requests are not sampled: samples keep headers, signatures among them, and cannot redact them.
    """
    providers = provider_addresses(template)
    template.add_mapping(
        RATE_LIMITS,
        {str(rate): {"Requests": rate * WINDOW_SECONDS} for rate in RATES_PER_SECOND},
    )
    too_many = {"error": "too_many_requests", "message": "Too many requests. Please send it again."}
    return template.add_resource(
        WebACL(
            "WebAcl",
            Name=Sub(IN_TEMPLATE.web_acl),
            Description="What the API refuses before it looks at a request",
            Scope="REGIONAL",
            DefaultAction=DefaultAction(Allow=AllowAction()),
            CustomResponseBodies={
                TOO_MANY: CustomResponseBody(ContentType="APPLICATION_JSON", Content=json.dumps(too_many))
            },
            Rules=_in_order(template, providers),
            VisibilityConfig=_visible(Sub(IN_TEMPLATE.web_acl)),  # the alarms find it by this name
        )
    )


def _in_order(template: Template, providers: IPSet) -> list[WebACLRule]:
    """The rules, cheapest first. The rule that reads labels of the managed groups comes after them."""
    not_a_provider = _not(
        Statement(IPSetReferenceStatement=IPSetReferenceStatement(Arn=providers.get_att("Arn")))
    )
    paypal = _path_matches(PAYPAL_PATHS)
    others = Statement(AndStatement=AndStatement(Statements=[_not(paypal), not_a_provider]))
    rules = [
        _rate_rule(template, "ip-rate", IP_RATE_LIMIT, others),
        _rate_rule(template, "paypal-ip-rate", PAYPAL_IP_RATE_LIMIT, paypal),
        _group_rule(IP_REPUTATION, ScopeDownStatement=not_a_provider),
        *(_group_rule(group) for group in MANAGED_GROUPS),
        _outside_webhooks(),
    ]
    for priority, rule in enumerate(rules):
        rule.Priority = priority
    return rules


def _rate_rule(template: Template, name: str, rate: Setting, of_these: Statement) -> WebACLRule:
    """Block an address while it is over `rate` a second within the window: 429, so that a sender tries again."""
    limit = FindInMap(RATE_LIMITS, rate.ref(template), "Requests")
    return WebACLRule(
        Name=name,
        Action=RuleAction(
            Block=BlockAction(CustomResponse=CustomResponse(ResponseCode=429, CustomResponseBodyKey=TOO_MANY))
        ),
        Statement=Statement(
            RateBasedStatement=RateBasedStatement(
                AggregateKeyType="IP",
                EvaluationWindowSec=WINDOW_SECONDS,
                Limit=limit,
                ScopeDownStatement=of_these,
            )
        ),
        VisibilityConfig=_visible(name),
    )


def _group_rule(group: ManagedGroup, **properties: Any) -> WebACLRule:
    """The group, with Count for the rules that `_outside_webhooks` turns into blocks."""
    count = RuleAction(Count=CountAction())
    if group.counted:
        properties["RuleActionOverrides"] = [
            RuleActionOverride(Name=rule, ActionToUse=count) for rule in group.counted
        ]
    return WebACLRule(
        Name=group.metric,
        OverrideAction=OverrideAction(**_NONE),
        Statement=Statement(
            ManagedRuleGroupStatement=ManagedRuleGroupStatement(
                VendorName="AWS", Name=group.name, **properties
            )
        ),
        VisibilityConfig=_visible(group.metric),
    )


def _outside_webhooks() -> WebACLRule:
    """Block requests that the groups only counted, on all paths but /webhook.

    A counting rule still labels the request; a second instance of each group for the other paths would do
    the same for another 900 capacity units, past what the price of a web ACL includes.
    """
    labels = [label for group in MANAGED_GROUPS for label in group.counted.values()]
    labelled = [Statement(LabelMatchStatement=LabelMatchStatement(Scope="LABEL", Key=key)) for key in labels]
    statements = [
        Statement(OrStatement=OrStatement(Statements=labelled)),
        _not(_path_matches(WEBHOOK_PATHS)),
    ]
    name = "counted-outside-webhooks"
    return WebACLRule(
        Name=name,
        Action=RuleAction(Block=BlockAction()),
        Statement=Statement(AndStatement=AndStatement(Statements=statements)),
        VisibilityConfig=_visible(name),
    )


def _path_matches(pattern: str) -> Statement:
    as_sent = [TextTransformation(Priority=0, Type="NONE")]
    return Statement(
        RegexMatchStatement=RegexMatchStatement(
            FieldToMatch=FieldToMatch(UriPath={}), RegexString=pattern, TextTransformations=as_sent
        )
    )


def _not(statement: Statement) -> Statement:
    return Statement(NotStatement=NotStatement(Statement=statement))


def _visible(metric: Any) -> VisibilityConfig:
    return VisibilityConfig(CloudWatchMetricsEnabled=True, SampledRequestsEnabled=False, MetricName=metric)


def web_acl_log(
    template: Template, acl: WebACL, key_arn: Any, delivery: ResourcePolicy
) -> LoggingConfiguration:
    """Log what `acl` refused or counted, without the headers that authenticate, to a group of our own; its name must
    begin with `aws-waf-logs-`.
    """
    group = log_group(template, "WebAclLogGroup", IN_TEMPLATE.web_acl_log_group, key_arn)
    conditions = [Condition(ActionCondition=ActionCondition(Action=action)) for action in LOGGED_ACTIONS]
    redacted = [
        LoggingConfigurationFieldToMatch(SingleHeader=SingleHeader(Name=name)) for name in REDACTED_HEADERS
    ]
    return template.add_resource(
        LoggingConfiguration(
            "WebAclLog",
            ResourceArn=acl.get_att("Arn"),
            LogDestinationConfigs=[log_destination_arn(group)],
            RedactedFields=redacted,
            LoggingFilter=LoggingFilter(
                DefaultBehavior="DROP",
                Filters=[Filter(Behavior="KEEP", Requirement="MEETS_ANY", Conditions=conditions)],
            ),
            DependsOn=[delivery.title],
        )
    )
