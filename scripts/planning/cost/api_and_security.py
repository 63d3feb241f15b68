"""Bill of API Gateway, the web ACL and the key: everything before the first function."""

from collections.abc import Iterator
from typing import Final

from payment_webhooks.endpoints.cached_secret import FRESH_SECONDS
from scripts.planning.cost.bill import Line, Span, Unpriced
from scripts.planning.cost.functions_and_queues import log_lines
from scripts.planning.cost.usage import MONTH_SECONDS, Usage, unpriced
from stacks.evaluation.resolved_stack import Resource

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html: Count, 4XXError,
# 5XXError, Latency and IntegrationLatency, for each method where MetricsEnabled is on.
METRICS_PER_METHOD: Final = 5
LOG_EVENT_OVERHEAD_BYTES: Final = 26
# Each container of the receiver fetches the secret of its endpoint and the fingerprint key.
SECRETS_PER_CONTAINER: Final = 2


def stage_lines(usage: Usage, stage: Resource) -> Iterator[Line | Unpriced]:
    if stage == usage.system.api_stage:
        yield from _request_lines(usage, stage)
    else:
        yield unpriced(stage, "its requests, their log and traces: no webhook makes one")
    if any(settings.get("MetricsEnabled") for settings in stage.get("MethodSettings") or ()):
        metrics = METRICS_PER_METHOD * len(usage.system.methods_of(stage))
        yield usage.line(stage, "detailed metrics", metrics, "cloudwatch.metric", Span.MONTH)
    if stage.get("CacheClusterEnabled"):
        yield unpriced(stage, "a cache is paid by the hour")


def _request_lines(usage: Usage, stage: Resource) -> Iterator[Line | Unpriced]:
    """Requests of webhooks, their log and their traces."""
    yield usage.line(stage, "requests", usage.requests, "api_gateway.request")
    layout = stage.get("AccessLogSetting", "Format")
    if layout:
        # A variable's name is about as long as its value.
        size = usage.requests * (len(str(layout)) + LOG_EVENT_OVERHEAD_BYTES)
        yield from log_lines(usage, stage, size, Span.WEBHOOKS)
    if stage.get("TracingEnabled"):
        yield usage.line(stage, "traces", usage.traces(usage.requests), "xray.trace")


def web_acl_lines(usage: Usage, acl: Resource) -> Iterator[Line | Unpriced]:
    """Rule groups of AWS's count as a rule each, up to 1,500 capacity units."""
    yield usage.line(acl, "web ACL", 1, "waf.web_acl", Span.MONTH)
    yield usage.line(acl, "rules", len(acl.get("Rules") or ()), "waf.rule", Span.MONTH)
    yield usage.line(acl, "requests", usage.requests, "waf.request")


def key_lines(usage: Usage, key: Resource) -> Iterator[Line | Unpriced]:
    """The key, and the receiver's fetches of secrets with one decryption each; queues have lines of their own."""
    yield usage.line(key, "key", 1, "kms.key", Span.MONTH)
    containers = usage.containers(usage.system.receiver)
    most = containers * SECRETS_PER_CONTAINER * MONTH_SECONDS / FRESH_SECONDS
    fetches = min(most, SECRETS_PER_CONTAINER * usage.per_month)
    note = f"every {FRESH_SECONDS:g} s in each container; at most"
    yield usage.line(key, "secrets fetched", fetches, "secrets.call", Span.MONTH, note)
    yield usage.line(key, "secrets decrypted", fetches, "kms.request", Span.MONTH, note)
    reason = "requests of DynamoDB, S3, Lambda and Logs: they cache data keys, AWS gives no count"
    yield unpriced(key, reason)
