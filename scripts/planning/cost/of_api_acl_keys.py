"""The API, the web ACL, secrets and keys: what stands before the first function, and what is paid by the month."""

from collections.abc import Iterator
from typing import Final

from payment_webhooks.endpoints.cached_secret import FRESH_SECONDS
from scripts.planning.cost.bill import Line, Span, Unpriced
from scripts.planning.cost.of_functions_and_queues import log_lines
from scripts.planning.cost.usage import MONTH_SECONDS, Usage
from stacks.evaluation.resolved_stack import Resource

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html: Count, 4XXError,
# 5XXError, Latency and IntegrationLatency, for each method where MetricsEnabled is on.
METRICS_PER_METHOD: Final = 5
LOG_EVENT_OVERHEAD_BYTES: Final = 26
# Each container of the receiver fetches the secret of its endpoint and the fingerprint key.
SECRETS_PER_CONTAINER: Final = 2


def stage_lines(usage: Usage, stage: Resource) -> Iterator[Line | Unpriced]:
    name = str(stage)
    if stage == usage.system.api_stage:
        yield from _request_lines(usage, stage)
    else:
        yield Unpriced(name, stage.type, "its requests, their log and traces: no webhook makes one")
    if any(each.get("MetricsEnabled") for each in stage.get("MethodSettings") or ()):
        metrics = METRICS_PER_METHOD * len(usage.system.methods_of(stage))
        yield Line(name, "detailed metrics", metrics, usage.price("cloudwatch.metric"), Span.MONTH)
    if stage.get("CacheClusterEnabled"):
        yield Unpriced(name, stage.type, "a cache is paid by the hour")


def _request_lines(usage: Usage, stage: Resource) -> Iterator[Line | Unpriced]:
    """What webhooks cost on their way through the stage."""
    name = str(stage)
    yield Line(name, "requests", usage.requests, usage.price("api_gateway.request"))
    layout = stage.get("AccessLogSetting", "Format")
    if layout:
        # A variable's name is about as long as its value.
        size = usage.requests * (len(str(layout)) + LOG_EVENT_OVERHEAD_BYTES)
        yield from log_lines(usage, stage, name, size, Span.WEBHOOKS)
    if stage.get("TracingEnabled"):
        yield Line(name, "traces", usage.traces(usage.requests), usage.price("xray.trace"))


def web_acl_lines(usage: Usage, acl: Resource) -> Iterator[Line | Unpriced]:
    """Rule groups of AWS's count as a rule each, up to 1,500 capacity units."""
    name = str(acl)
    yield Line(name, "web ACL", 1, usage.price("waf.web_acl"), Span.MONTH)
    yield Line(name, "rules", len(acl.get("Rules") or ()), usage.price("waf.rule"), Span.MONTH)
    yield Line(name, "requests", usage.requests, usage.price("waf.request"))


def secret_lines(usage: Usage, secret: Resource) -> Iterator[Line | Unpriced]:
    yield Line(str(secret), "secret", 1, usage.price("secrets.secret"), Span.MONTH)


def key_lines(usage: Usage, key: Resource) -> Iterator[Line | Unpriced]:
    """The key, the receiver's fetches of secrets with one decryption each; queues have lines of their own."""
    name = str(key)
    yield Line(name, "key", 1, usage.price("kms.key"), Span.MONTH)
    at_most = usage.containers(usage.system.receiver) * SECRETS_PER_CONTAINER * MONTH_SECONDS / FRESH_SECONDS
    fetches = min(at_most, SECRETS_PER_CONTAINER * usage.per_month)
    how = f"every {FRESH_SECONDS:g} s in each container; at most"
    yield Line(name, "secrets fetched", fetches, usage.price("secrets.call"), Span.MONTH, how)
    yield Line(name, "secrets decrypted", fetches, usage.price("kms.request"), Span.MONTH, how)
    yield Unpriced(
        name, key.type, "requests of DynamoDB, S3, Lambda and Logs: they cache data keys, AWS gives no count"
    )
