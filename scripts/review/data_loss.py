"""Finds the data that a change destroys: with its resource, or in place by a shorter retention.

Also finds protection against deletion that a change removes: that deletes nothing itself but allows a later change to.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from scripts.command_line.counted import counted
from scripts.review.model import AccessChange, Effect, PropertyChange, Surface
from scripts.review.values import Properties, canonical, is_true, same
from stacks.evaluation.intrinsics import Json

# Resources that hold what no template can bring back, and what goes with them.
HOLDS: Final[Mapping[str, str]] = {
    "AWS::DynamoDB::Table": "all its items",
    "AWS::DynamoDB::GlobalTable": "all its items",
    "AWS::S3::Bucket": "all its objects",
    "AWS::KMS::Key": "everything that is encrypted with it (unreadable for ever once the waiting period is over)",
    "AWS::KMS::ReplicaKey": "what is encrypted with it in this region",
    "AWS::Logs::LogGroup": "all its log events",
    "AWS::SQS::Queue": "all messages in it",
    "AWS::SecretsManager::Secret": "its value and all former ones",
    "AWS::Kinesis::Stream": "all records in it",
    "AWS::KinesisFirehose::DeliveryStream": "what it has not delivered yet",
    "AWS::Events::Archive": "all events in it",
    "AWS::RDS::DBInstance": "all its databases",
    "AWS::RDS::DBCluster": "all its databases",
    "AWS::EFS::FileSystem": "all its files",
    "AWS::Backup::BackupVault": "its recovery points",
    "AWS::ECR::Repository": "all its images",
    "AWS::Cognito::UserPool": "all its users",
    "AWS::CloudTrail::Trail": "the record of API calls from now on",
    "AWS::Timestream::Table": "all its records",
}
KEPT: Final = frozenset({"Retain", "RetainExceptOnCreate", "Snapshot"})
# Attributes of a resource beside its properties, and what happens to the data once they say Delete.
_ATTRIBUTES: Final = {
    "DeletionPolicy": "goes with the resource, once that leaves the stack",
    "UpdateReplacePolicy": "goes with the old resource, once a new one replaces it",
}
_KEY_WINDOW_DAYS: Final = 30.0  # KMS's own
_FOREVER: Final = float("inf")
_QUEUE_DEFAULT_SECONDS: Final = 345_600  # four days
_RECOVERY_DEFAULT_DAYS: Final = 35
# What chooses the objects of a lifecycle rule; a rule with none of them is for the whole bucket.
_SCOPE: Final = ("Prefix", "TagFilters", "ObjectSizeGreaterThan", "ObjectSizeLessThan")
_WHOLE_BUCKET: Final = "{}"


def lost_in_place(resource_type: str, before: Properties, after: Properties) -> tuple[str, ...]:
    """Sentences that name the data destroyed by an update in place; empty if there is none."""
    judge = _JUDGES.get(resource_type)
    if judge is None or same(before, after):
        return ()
    try:
        return tuple(judge(before, after))
    except (
        AttributeError,
        TypeError,
        ValueError,
    ):  # e.g. a text in the place of an object, known after apply
        return ("its properties have a form that cannot be judged",)


def _log_group(before: Properties, after: Properties) -> list[str]:
    old, new = (_number(side.get("RetentionInDays"), _FOREVER) for side in (before, after))
    if new >= old:
        return []
    return [f"log events older than {_days(new)} are deleted (so far kept {_days(old)})"]


def _queue(before: Properties, after: Properties) -> list[str]:
    name = "MessageRetentionPeriod"
    old, new = (_number(side.get(name), _QUEUE_DEFAULT_SECONDS) for side in (before, after))
    return [f"messages older than {new:.0f} s are deleted (so far kept {old:.0f} s)"] if new < old else []


def _table(before: Properties, after: Properties) -> list[str]:
    lost = []
    ttl = "TimeToLiveSpecification"
    old, new = (side.get(ttl) or {} for side in (before, after))
    if is_true(new.get("Enabled", False)) and not same(old, new):
        lost.append(f"items begin to expire by their attribute {new.get('AttributeName')}")
    name = "PointInTimeRecoverySpecification"
    was, is_now = ((side.get(name) or {}) for side in (before, after))
    if is_true(was.get("PointInTimeRecoveryEnabled")):
        days, fewer = (
            _number(backups.get("RecoveryPeriodInDays"), _RECOVERY_DEFAULT_DAYS) for backups in (was, is_now)
        )
        if not is_true(is_now.get("PointInTimeRecoveryEnabled")):
            lost.append("the continuous backups of the last days are deleted")
        elif fewer < days:
            lost.append(f"continuous backups older than {_days(fewer)} are deleted")
    stream, other = (
        (side.get("StreamSpecification") or {}).get("StreamViewType") for side in (before, after)
    )
    if stream and stream != other:
        lost.append("its stream ends: changes that no reader has read yet are never seen by one")
    return lost


def _bucket(before: Properties, after: Properties) -> list[str]:
    old, new = (_expirations(side) for side in (before, after))
    lost = []
    for (rule, what), (days, scope) in sorted(new.items()):
        former, former_scope = old.get((rule, what), (_FOREVER, ""))
        if days < former:
            lost.append(f"{what} older than {_days(days)} are deleted (rule {rule}; so far {_days(former)})")
        elif former_scope not in (scope, _WHOLE_BUCKET):
            lost.append(f"{what} older than {_days(days)} are deleted (rule {rule}): others than so far")
    was, is_now = ((side.get("VersioningConfiguration") or {}).get("Status") for side in (before, after))
    if was == "Enabled" and is_now != was:
        lost.append("what is overwritten or deleted from now on leaves no former version")
    return lost


def _expirations(bucket: Properties) -> dict[tuple[str, str], tuple[float, str]]:
    """Lifecycle rules: (rule id, `objects` or `former versions`) -> (days until deletion, which objects)."""
    expirations: dict[tuple[str, str], tuple[float, str]] = {}
    for rule in (bucket.get("LifecycleConfiguration") or {}).get("Rules", ()):
        if rule.get("Status") != "Enabled":
            continue
        name = str(rule.get("Id") or rule.get("Prefix") or "without a name")
        former = rule.get("NoncurrentVersionExpiration") or {}
        days = rule.get("NoncurrentVersionExpirationInDays", former.get("NoncurrentDays"))
        scope = canonical({part: rule[part] for part in _SCOPE if rule.get(part)})
        at_once = 0 if rule.get("ExpirationDate") else None
        objects = rule.get("ExpirationInDays", at_once)
        for what, value in (("objects", objects), ("former versions", days)):
            if value is not None:
                more = former.get("NewerNoncurrentVersions", "") if what == "former versions" else ""
                expirations[name, what] = _number(value, 0), scope if not more else f"{scope} but {more}"
    return expirations


def _secret(before: Properties, after: Properties) -> list[str]:
    for name in ("SecretString", "GenerateSecretString"):
        if after.get(name) is not None and not same(before.get(name), after.get(name)):
            return ["the value in use is overwritten by the template's"]
    return []


def _key(before: Properties, after: Properties) -> list[str]:
    old, new = (is_true(side.get("Enabled", True)) for side in (before, after))
    words = "nothing that is encrypted with it can be read until it is enabled again"
    return [words] if old and not new else []


def _number(value: Json, default: float) -> float:
    try:
        return default if value is None else float(value)
    except (TypeError, ValueError):  # known after apply
        return default


def _days(days: float) -> str:
    return "for ever" if days == _FOREVER else counted(round(days), "day")


_JUDGES: Final[Mapping[str, Callable[[Properties, Properties], list[str]]]] = {
    "AWS::Logs::LogGroup": _log_group,
    "AWS::SQS::Queue": _queue,
    "AWS::DynamoDB::Table": _table,
    "AWS::S3::Bucket": _bucket,
    "AWS::SecretsManager::Secret": _secret,
    "AWS::KMS::Key": _key,
}


def lifted_guards(
    resource_type: str,
    before: Properties | None,
    after: Properties | None,
    properties: Iterable[PropertyChange],
) -> tuple[AccessChange, ...]:
    """Each protection that the change removes or weakens. `properties`: its changes, of attributes as well."""
    lifted = [*_by_attribute(resource_type, properties)]
    if before is not None and after is not None:
        lifted += [*_by_switch(before, after), *_by_lock(resource_type, before, after)]
    return tuple(lifted)


def _by_attribute(resource_type: str, properties: Iterable[PropertyChange]) -> Iterator[AccessChange]:
    held = HOLDS.get(resource_type)
    for change in properties if held else ():
        if change.path in _ATTRIBUTES and change.before != "Delete" and change.after not in KEPT:
            yield _lifted(change.path, change.before, change.after, f"{held} {_ATTRIBUTES[change.path]}")


def _by_switch(before: Properties, after: Properties) -> Iterator[AccessChange]:
    for name in ("DeletionProtectionEnabled", "DeletionProtection"):
        old, new = (str(side.get(name, "false")).lower() for side in (before, after))
        if old in ("true", "active") and new != old:
            words = "it does not refuse deletion any more"
            yield _lifted(name, before.get(name), after.get(name), words)


def _by_lock(resource_type: str, before: Properties, after: Properties) -> Iterator[AccessChange]:
    if resource_type == "AWS::S3::Bucket":
        name = "ObjectLockConfiguration"
        old, new = before.get(name), after.get(name)
        if old and not same(old, new):
            yield _lifted(name, old, new, "new objects are locked otherwise, or not at all")
    if resource_type == "AWS::KMS::Key":
        name = "PendingWindowInDays"
        was, is_now = (_window_days(side.get(name)) for side in (before, after))
        if is_now < was:
            yield _lifted(name, before.get(name), after.get(name), f"{_days(is_now)} to undo its deletion")


def _lifted(name: str, before: Json, after: Json, words: str) -> AccessChange:
    summary = f"{name}: {words}"
    return AccessChange("guard of data", Effect.WIDENS, Surface.DESTROY, before, after, summary)


def _window_days(value: Json) -> float:
    return float(value) if str(value).isdecimal() else _KEY_WINDOW_DAYS
