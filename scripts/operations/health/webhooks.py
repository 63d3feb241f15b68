"""Health of the endpoints: when the last authentic webhook came, how many lately, the age of the keys, and settings
that a person should see.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.endpoints.secret_document import EndpointSecret
from scripts.command_line.counted import counted
from scripts.command_line.relative_time import ago, duration
from scripts.operations.endpoint_secrets.store import Malformed, read_secret
from scripts.operations.endpoint_secrets.trust import warnings
from scripts.operations.health.finding import Finding, Level
from scripts.operations.health.sources import Sources
from scripts.operations.verified_webhooks import WINDOW, Counts, read_log, read_verified
from stacks.function_catalogue import WEBHOOK_RECEIVER
from stacks.webhook_endpoints import ENDPOINTS

RECENT: Final = timedelta(minutes=5)
PERIOD_SECONDS: Final = 60
UNDER_THE_CLOCK: Final = timedelta(seconds=PERIOD_SECONDS)


class Arrivals(NamedTuple):
    """`last` is None when none came in WINDOW."""

    last: datetime | None
    in_five_minutes: int
    in_an_hour: int


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
    if sources.environment.is_local:
        group = names.function_log_group(WEBHOOK_RECEIVER.folder)
        found = read_log(sources.client("logs"), group, [contract.DIMENSION_ENDPOINT], sources.now)
        counts = {endpoint: points for (endpoint,), points in found.items()}
    else:
        counts = read_metric(sources.client("cloudwatch"), sources.environment.suffix, used, sources.now)
    arrivals = {name: arrivals_of(counts.get(name, ()), sources.now) for name in used}
    return list(findings_of(secrets, arrivals, sources))


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
            yield Finding(
                subject,
                Level.OK,
                f"{secret.mode}, {_keys(secret, sources.now)}; {_text(arrivals[name], sources.now)}",
            )
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


def arrivals_of(counts: Counts, now: datetime) -> Arrivals:
    """A count stands for the minute that begins at its time, so the last one may be up to a minute later."""
    came = [(at, value) for at, value in counts if value > 0]

    def within(time: timedelta) -> int:
        return round(sum(value for at, value in came if at > now - time))

    return Arrivals(max((at for at, _ in came), default=None), within(RECENT), within(timedelta(hours=1)))


def read_metric(cloudwatch: Any, suffix: str, endpoints: Sequence[str], now: datetime) -> dict[str, Counts]:
    """By endpoint, minute by minute; without those of which none came."""
    dimensions = [
        {contract.DIMENSION_ENVIRONMENT: suffix, contract.DIMENSION_ENDPOINT: endpoint}
        for endpoint in endpoints
    ]
    counts = read_verified(cloudwatch, dimensions, now + UNDER_THE_CLOCK, PERIOD_SECONDS, now)
    return {endpoint: found for endpoint, found in zip(endpoints, counts, strict=True) if found}
