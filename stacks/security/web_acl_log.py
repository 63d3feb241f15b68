"""The web ACL's log of refused and counted requests, without the headers that authenticate a request."""

from typing import Any, Final

from troposphere import Template
from troposphere.logs import ResourcePolicy
from troposphere.wafv2 import (
    ActionCondition,
    Condition,
    Filter,
    LoggingConfiguration,
    LoggingConfigurationFieldToMatch,
    LoggingFilter,
    SingleHeader,
    WebACL,
)

from payment_webhooks.providers.registry import PROVIDERS
from stacks.common.log_groups import log_destination_arn, log_group
from stacks.names import IN_TEMPLATE

# These are credentials; and whoever reads a signature can send that webhook again within its tolerance.
CREDENTIAL_HEADERS: Final = frozenset({"authorization", "cookie", "x-api-key"})
REDACTED_HEADERS: Final = tuple(
    sorted(CREDENTIAL_HEADERS.union(*(PROVIDERS.get(name).signature_headers for name in PROVIDERS.names)))
)
# A request that nothing matched is in the access log already.
LOGGED_ACTIONS: Final = ("BLOCK", "COUNT", "EXCLUDED_AS_COUNT")


def web_acl_log(
    template: Template, acl: WebACL, key_arn: Any, delivery: ResourcePolicy
) -> LoggingConfiguration:
    """Log `acl` to a group of our own; the name must begin with `aws-waf-logs-`."""
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
