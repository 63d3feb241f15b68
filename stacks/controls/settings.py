"""Values of parameters without which the control matrix does not hold: `[compliance] pci = true` asks for them all."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from stacks.parameters import alarms, features, network, retention, tables
from stacks.parameters.setting import Choice, Setting

_MONTHS_12: Final = 365  # days
_MONTHS_3: Final = 90


class Need(NamedTuple):
    """A value that PCI DSS v4.0.1 needs. wanted: what to set, as a person writes it."""

    parameter: str
    requirements: str
    why: str
    wanted: str
    accepts: Callable[[str], bool]


def _days(setting: Setting, fewest: int, why: str) -> Need:
    name = setting.title
    return Need(name, "10.5.1", why, f"{name}={fewest} or more", lambda value: int(value) >= fewest)


def _choice(choice: Choice, requirements: str, why: str) -> Need:
    name, wanted = choice.setting.title, str(choice.value)
    return Need(name, requirements, why, f"{name}={wanted}", lambda value: value == wanted)


def _is_secure_origin(origin: str) -> bool:
    return not origin or origin.startswith("https://")


NEEDS: Final = (
    _days(retention.LOG_RETENTION_DAYS, _MONTHS_12, "logs are kept for 12 months"),
    _days(retention.AUDIT_RETENTION_DAYS, _MONTHS_12, "the audit trail is kept for 12 months"),
    _days(retention.AUDIT_HOT_DAYS, _MONTHS_3, "the last three months of the audit trail are at hand"),
    _choice(
        retention.LOCKED_AUDIT,
        "10.3.4",
        "nobody without `s3:BypassGovernanceRetention` deletes a version of an audit object",
    ),
    _choice(
        Choice(tables.DELETION_PROTECTION, "true"),
        "10.3.3",
        "tables refuse deletion, which `[protection] tables` asks for",
    ),
    _choice(
        Choice(features.TRACE_QUEUES_AND_STREAMS, "true"),
        "10.4.1",
        "every function is traced, behind queues and streams, too",
    ),
    _choice(network.PRIVATE_NETWORK, "1.3.1, 1.4.2", "functions are behind a network that lets nobody in"),
    Need(
        alarms.ALERT_EMAIL.title,
        "10.7.2, 12.10.5",
        "somebody is told when a control fails",
        f"{alarms.ALERT_EMAIL.title}=ADDRESS of who is on call, who then confirms the subscription",
        bool,
    ),
    Need(
        features.CORS_ORIGIN.title,
        "4.2.1",
        "payments are read over TLS alone",
        f"{features.CORS_ORIGIN.title}=https://… or nothing",
        _is_secure_origin,
    ),
    _choice(
        Choice(features.REQUIRE_API_KEY, "true"),
        "7.3.1",
        "only who has a key sends events of your own",
    ),
)


def unmet_needs(values: Mapping[str, str]) -> Iterator[Need]:
    """What these values lack; templates of another commit may not have each parameter."""
    return (
        need for need in NEEDS if need.parameter not in values or not need.accepts(values[need.parameter])
    )
