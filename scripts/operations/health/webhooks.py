"""Health of the endpoints: when the last authentic webhook came, how many lately, the age of the keys, and settings
that a person should see.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.endpoints.secret_document import EndpointSecret
from payment_webhooks.errors import SIGNATURE_MISMATCH
from scripts.command_line.counted import counted
from scripts.command_line.relative_time import ago, duration
from scripts.operations.counted_webhooks import WINDOW, Counts, read_counts, read_log
from scripts.operations.endpoint_secrets.store import Malformed, read_secret
from scripts.operations.endpoint_secrets.trust import warnings
from scripts.operations.health.finding import Finding, Level
from scripts.operations.health.sources import Sources
from stacks.function_catalogue import WEBHOOK_RECEIVER
from stacks.webhook_endpoints import ENDPOINTS

RECENT: Final = timedelta(minutes=5)
PERIOD_SECONDS: Final = 60
UNDER_THE_CLOCK: Final = timedelta(seconds=PERIOD_SECONDS)


class Arrivals(NamedTuple):
    """Of authentic webhooks; `last` is None when none came in WINDOW. refused_in_an_hour: how many no key of
    the endpoint has signed; refused_since: those of them that came after the last.
    """

    last: datetime | None
    in_five_minutes: int
    in_an_hour: int
    refused_in_an_hour: int = 0
    refused_since: int = 0


def endpoint_findings(sources: Sources) -> list[Finding]:
    """One finding for each endpoint that has keys, one more for each setting to be seen, one for all without a key."""
    client = sources.client("secretsmanager")
    names = sources.environment.names
    secrets: dict[str, EndpointSecret | None] = {}
    for endpoint in ENDPOINTS:
        try:
            secrets[endpoint.name] = read_secret(client, names.endpoint_secret(endpoint.name))
        except Malformed:
            secrets[endpoint.name] = None
    used = [name for name, secret in secrets.items() if secret is None or secret.keys]
    verified = _counts(sources, used, contract.METRIC_VERIFIED, {})
    refused = _counts(sources, used, contract.METRIC_REFUSED, {contract.DIMENSION_REASON: SIGNATURE_MISMATCH})
    arrivals = {
        name: arrivals_of(verified.get(name, ()), refused.get(name, ()), sources.now) for name in used
    }
    return list(findings_of(secrets, arrivals, sources))


def _counts(
    sources: Sources, endpoints: Sequence[str], metric: str, besides: Mapping[str, str]
) -> dict[str, Counts]:
    """Of a metric of the receiver by endpoint, minute by minute; `besides`: other dimensions that it has."""
    if not sources.environment.is_local:
        cloudwatch, suffix = sources.client("cloudwatch"), sources.environment.suffix
        return read_metric(cloudwatch, suffix, endpoints, metric, besides, sources.now)
    group = sources.environment.names.function_log_group(WEBHOOK_RECEIVER.folder)
    dimensions = [contract.DIMENSION_ENDPOINT, *besides]
    found = read_log(sources.client("logs"), group, metric, dimensions, sources.now)
    return {name: found.get((name, *besides.values()), ()) for name in endpoints}


def findings_of(
    secrets: Mapping[str, EndpointSecret | None], arrivals: Mapping[str, Arrivals], sources: Sources
) -> Iterator[Finding]:
    """`secrets` by endpoint; None is one that can't be read."""
    for name, secret in secrets.items():
        subject = f"endpoint {name}"
        if secret is None:
            again = sources.here.copyable("endpoint-secrets", "set", "--endpoint", name, "--mode", "live")
            yield Finding(
                subject, Level.PROBLEM, "its secret can't be read: webhooks are answered 503", again
            )
        elif secret.keys:
            came = arrivals[name]
            text = f"{secret.mode}, {_keys(secret, sources.now)}; {_text(came, sources.now)}"
            if came.refused_in_an_hour:
                # While others verify it may be a sender with a key of its own, or somebody who tries.
                level = Level.PROBLEM if came.refused_since else Level.NOTICE
                text += f"; {came.refused_in_an_hour:,} refused in 1 h, as no key of it has signed them"
                yield Finding(subject, level, text, "docs/runbook.md#webhook-answers-401")
            else:
                yield Finding(subject, Level.OK, text)
            for warning in warnings(name, secret):
                yield Finding(subject, Level.NOTICE, warning)
    unused = [name for name, secret in secrets.items() if secret is not None and not secret.keys]
    if unused:
        first = sources.here.copyable("endpoint-secrets", "set", "--endpoint", unused[0], "--mode", "live")
        level = Level.NOTICE if len(unused) == len(secrets) else Level.OK
        yield Finding("without a key", level, f"{', '.join(unused)} (answered 404)", first)


def _keys(secret: EndpointSecret, now: datetime) -> str:
    """E.g. `2 keys, the oldest 40 d old`."""
    added = [datetime.fromisoformat(key.added_at).astimezone(UTC) for key in secret.keys if key.added_at]
    count = counted(len(secret.keys), "key", "keys, the oldest")
    age = f"{duration(now - min(added))} old" if len(added) == len(secret.keys) else "of unknown age"
    return f"{count}, {age}" if len(secret.keys) == 1 else f"{count} {age}"


def _text(arrivals: Arrivals, now: datetime) -> str:
    if arrivals.last is None:
        return f"no authentic webhook in {WINDOW.days} days"
    return (
        f"last webhook {ago(arrivals.last, now)}, {arrivals.in_five_minutes:,} in 5 min, "
        f"{arrivals.in_an_hour:,} in 1 h"
    )


def arrivals_of(counts: Counts, refused: Counts, now: datetime) -> Arrivals:
    """A count stands for the minute that begins at its time, so the last one may be up to a minute later."""
    last = max((at for at, value in counts if value > 0), default=None)

    def after(instant: datetime, found: Counts) -> int:
        return round(sum(value for at, value in found if at > instant))

    an_hour_ago = now - timedelta(hours=1)
    return Arrivals(
        last,
        after(now - RECENT, counts),
        after(an_hour_ago, counts),
        after(an_hour_ago, refused),
        after(max(last or an_hour_ago, an_hour_ago), refused),
    )


def read_metric(
    cloudwatch: Any,
    suffix: str,
    endpoints: Sequence[str],
    metric: str,
    besides: Mapping[str, str],
    now: datetime,
) -> dict[str, Counts]:
    """By endpoint, minute by minute; without those of which none came."""
    dimensions = [
        {contract.DIMENSION_ENVIRONMENT: suffix, contract.DIMENSION_ENDPOINT: endpoint, **besides}
        for endpoint in endpoints
    ]
    counts = read_counts(cloudwatch, metric, dimensions, now + UNDER_THE_CLOCK, PERIOD_SECONDS, now)
    return {endpoint: found for endpoint, found in zip(endpoints, counts, strict=True) if found}
