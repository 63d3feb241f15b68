"""Alarms of the webhook API: its answers, the web ACL's blocks, latency, the receiver's secrets, and what each endpoint
gets: webhooks of the other mode, ignored ones alone, card data, none at all.
"""

from collections.abc import Iterator
from typing import Final

from payment_webhooks import contract
from payment_webhooks.receiving.receiver import NOT_CONFIGURED
from stacks.function_catalogue import WEBHOOK_RECEIVER
from stacks.monitoring import metrics
from stacks.monitoring.alarm import DAY, ERROR_PERCENT, HOUR, TROUBLE, UNDER, Alarm, total
from stacks.parameters.alarms import KEY_AGE_DAYS, SILENCE_HOURS
from stacks.webhook_endpoints import ENDPOINTS

SLOWEST_MILLISECONDS: Final = 500


def webhook_api_alarms() -> Iterator[Alarm]:
    yield from _unserved_webhooks()
    yield from _refusals()
    yield from _delays()
    yield from _trust()
    yield _key_age()
    for endpoint in ENDPOINTS:
        yield from _of_endpoint(endpoint.name)


def _unserved_webhooks() -> Iterator[Alarm]:
    """Webhooks that are not served: senders have to send again."""
    yield Alarm(
        "api-server-errors",
        "The API answers with 5xx, so senders have to send again.",
        (
            metrics.api("5XXError", "Sum"),
            metrics.own_metric(contract.METRIC_NO_CERTIFICATE),
            metrics.api("Count", "Sum"),
        ),
        ERROR_PERCENT / 100,
        "of all answers",
        expression="(m0 - FILL(m1, 0)) / m2",
    )
    yield Alarm(
        "certificate-unavailable",
        "Certificates that webhooks name can't be fetched: PayPal is down, or someone makes them up.",
        (metrics.own_metric(contract.METRIC_NO_CERTIFICATE),),
        0,
        "webhooks",
        periods=3,
        datapoints=3,
    )
    unused = tuple(
        metrics.own_metric(
            contract.METRIC_REFUSED,
            **{contract.DIMENSION_ENDPOINT: endpoint.name, contract.DIMENSION_REASON: NOT_CONFIGURED},
        )
        for endpoint in ENDPOINTS
    )
    yield Alarm(
        "unused-endpoint",
        "Webhooks come to an endpoint that has no key: it is not set up yet, or its keys are gone, or someone tries.",
        unused,
        0,
        "webhooks",
        expression=total(unused),
    )


def _refusals() -> Iterator[Alarm]:
    """What is not let in: by the receiver, the API or the web ACL."""
    answers = {
        401: (50, "Signatures do not verify: a key that was rolled on one side only, or someone tries."),
        403: (100, "Requests are blocked or have no valid API key."),
        429: (50, "Requests are throttled: over the API's rate, or over an address's."),
    }
    for status, (most, meaning) in answers.items():
        yield Alarm(f"webhook-answers-{status}", meaning, (metrics.answers(status),), most, "answers")
    blocks = tuple(metrics.blocked(rule) for rule in metrics.WEBHOOK_RULES)
    yield Alarm(
        "webhooks-blocked",
        "The web ACL blocks requests to webhook paths, honest ones perhaps.",
        blocks,
        50,
        "requests",
        expression=total(blocks),
    )


def _delays() -> Iterator[Alarm]:
    durations = {
        "api-latency": ("The API is slow; senders give up after 10 s.", metrics.api("Latency", "p99")),
        "webhook-receiver-duration": (
            "The receiver is slow.",
            metrics.function(WEBHOOK_RECEIVER.folder, "Duration", "p99"),
        ),
    }
    for name, (meaning, duration) in durations.items():
        yield Alarm(
            name,
            meaning,
            (duration,),
            SLOWEST_MILLISECONDS,
            "ms, 99th percentile",
            periods=3,
            datapoints=3,
        )


def _trust() -> Iterator[Alarm]:
    """The secrets by which webhooks are authentic."""
    yield Alarm(
        "secret-age",
        "Secrets can't be fetched; after six hours webhooks are answered 503.",
        (metrics.own_metric(contract.METRIC_SECRET_AGE, "Maximum"),),
        HOUR,
        "seconds",
    )
    yield Alarm(
        "live-trust",
        "A live endpoint trusts a test's authority or API: who holds its key signs as the provider does.",
        (metrics.own_metric(contract.METRIC_TRUSTING),),
        0,
        "webhooks",
    )


def _key_age() -> Alarm:
    return Alarm(
        "key-age",
        "A webhook was verified by a key that is older than KeyAgeDays: it is time to roll it.",
        (metrics.own_metric(contract.METRIC_KEY_AGE, "Maximum"),),
        KEY_AGE_DAYS,
        "days",
        period_seconds=DAY,
    )


def _of_endpoint(name: str) -> Iterator[Alarm]:
    dimension = {contract.DIMENSION_ENDPOINT: name}
    outcomes = {
        outcome: metrics.own_metric(
            contract.METRIC_RECEIVED, **dimension, **{contract.DIMENSION_OUTCOME: outcome}
        )
        for outcome in (contract.STATUS_UNEXPECTED, contract.STATUS_IGNORED, "accepted")
    }
    yield Alarm(
        f"unexpected-{name}",
        f"Live money came to the endpoint {name} while it expects test events, or the reverse; a person decides.",
        (outcomes[contract.STATUS_UNEXPECTED],),
        0,
        "webhooks",
    )
    yield Alarm(
        f"all-ignored-{name}",
        f"For a day all that came to the endpoint {name} was ignored by its settings.",
        (outcomes[contract.STATUS_IGNORED], outcomes["accepted"]),
        0,
        "webhooks",
        expression="IF(FILL(m1, 0) > 0, 0, FILL(m0, 0))",
        period_seconds=DAY,
    )
    yield Alarm(
        f"masked-card-data-{name}",
        f"Card data came to the endpoint {name}, which must have none; it was masked, but its source goes on.",
        (metrics.own_metric(contract.METRIC_MASKED, **dimension),),
        0,
        "numbers and codes",
    )
    yield Alarm(
        f"silent-{name}",
        f"No authentic webhook came to the endpoint {name} for SilenceHours.",
        (metrics.own_metric(contract.METRIC_VERIFIED, **dimension),),
        1,
        "webhooks",
        expression="FILL(m0, 0)",
        comparison=UNDER,
        period_seconds=HOUR,
        missing=TROUBLE,
        hours=SILENCE_HOURS,
    )
