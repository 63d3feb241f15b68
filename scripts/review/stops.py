"""Finds what a change stops, throttles or blinds: switched off, lowered past half, failures that go nowhere.

`--drift` looks for the same in what runs (scripts/cloudformation/live_states.py), whose table of switches this reads.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from scripts.cloudformation.live_states import SWITCHES
from scripts.review.model import KNOWN_AFTER_APPLY, Action
from scripts.review.values import Difference, Properties, canonical, differences, is_true, shown, shown_path
from stacks.evaluation.intrinsics import Json, Reference
from stacks.evaluation.resolved_stack import Resource, Resources

# What is missed once a resource of the type is switched off or removed.
_MISSED: Final[Mapping[str, str]] = {
    "AWS::ApiGateway::Method": "callers get an error",
    "AWS::CloudWatch::Alarm": "nobody is told",
    "AWS::Events::Rule": "its events go nowhere",
    "AWS::Lambda::EventInvokeConfig": "calls that fail leave nothing",
    "AWS::Lambda::EventSourceMapping": "nothing is read from the queue or stream",
    "AWS::Logs::MetricFilter": "what alarms look at is not counted",
    "AWS::Pipes::Pipe": "nothing is passed on",
    "AWS::SNS::Subscription": "it is told nothing any more",
    "AWS::Scheduler::Schedule": "nothing is started",
    "AWS::WAFv2::LoggingConfiguration": "what the web ACL blocks is not logged",
    "AWS::WAFv2::WebACLAssociation": "no web ACL filters its requests",
}
LEAST_RESERVED: Final = 10  # fewer, where nothing was reserved, throttle; it is a new account's whole limit
# -1 is no limit: https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html
_LIMITS: Final = frozenset(
    {"BurstLimit", "Limit", "MaximumConcurrency", "MaximumEventAgeInSeconds", "MaximumRecordAgeInSeconds"}
    | {"MaximumRetryAttempts", "ParallelizationFactor", "ProvisionedConcurrentExecutions", "RateLimit"}
    | {"ReservedConcurrentExecutions", "ThrottlingBurstLimit", "ThrottlingRateLimit", "Timeout"}
    | {"TimeoutInMillis", "maxReceiveCount"}
)
# Properties at any depth, of any type, and what their removal means.
_NEEDED: Final[Mapping[str, str]] = {
    "AccessLogSetting": "requests are no longer logged",
    "AlarmActions": "nobody is told",
    "DeadLetterConfig": "what fails goes nowhere",
    "OnFailure": "what fails goes nowhere",
    "RedrivePolicy": "what fails goes nowhere",
    "Targets": "a target goes: its events go nowhere",
}


def stopped(
    resource_type: str, action: Action, before: Properties | None, after: Properties | None
) -> tuple[str, ...]:
    """Sentences that name what the change of one resource stops, throttles or blinds; empty if there is nothing.

    A sentence ends with the property that does it, if that is one: `nothing is started (State: ENABLED → DISABLED)`.
    """
    if action is Action.REMOVE:
        missed = _MISSED.get(resource_type)
        was_on = before is None or _is_on(resource_type, before)
        return (f"removed: {missed}",) if missed and was_on else ()
    if before is None or after is None:
        return ()
    found = differences(before, after)
    is_switched_off = _is_on(resource_type, before) and not _is_on(resource_type, after)
    sentences = (words for each in found for words in _by_property(resource_type, each, is_switched_off))
    return tuple(dict.fromkeys(sentences))


def _is_on(resource_type: str, properties: Properties) -> bool:
    switch = SWITCHES.get(resource_type)
    if switch is None or resource_type not in _MISSED:
        return True
    value = properties.get(switch.property_name, switch.default)
    return _is_unknown(value) or shown(value).upper().startswith(shown(switch.default).upper())


def _is_unknown(value: Json) -> bool:
    return isinstance(value, str) and ("${" in value or KNOWN_AFTER_APPLY in value)


def _by_property(resource_type: str, difference: Difference, is_switched_off: bool) -> Iterator[str]:
    path, before, after = difference
    if words := _meaning(resource_type, difference, is_switched_off):
        yield f"{words} ({shown_path(path)}: {shown(before)} → {shown(after)})"
    elif after is None or after == []:
        inside = canonical(before)
        needed = (words for part, words in _NEEDED.items() if part in path or f'"{part}"' in inside)
        yield from dict.fromkeys(needed)


def _meaning(resource_type: str, difference: Difference, is_switched_off: bool) -> str:
    """What the change of one value stops; empty if it stops nothing.

    Logs: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html; keys rotate only if told to:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html
    """
    path, before, after = difference
    name = path[-1]
    old, new = _limit(before), _limit(after)
    if is_switched_off and path == (SWITCHES[resource_type].property_name,):
        return _MISSED[resource_type]
    if name in _LIMITS and new is not None:
        if old is None and name == "ReservedConcurrentExecutions" and new < LEAST_RESERVED:
            return "few may run at once"
        return "lowered to less than half" if old is not None and new < old / 2 else ""
    if (
        name == "DataTraceEnabled" and str(after).lower() != "false"
    ):  # without a value nobody vouches for a default
        return "whole requests and answers are written to the log"
    if name == "LoggingLevel" and after in (None, "OFF"):
        return "errors are no longer logged"
    if name == "EnableKeyRotation" and is_true(before) and not _is_unknown(after):
        return "the key is no longer rotated"
    if resource_type == "AWS::WAFv2::WebACL" and path == ("DefaultAction", "Block"):
        return "every request is blocked that no rule lets in"
    return ""


def _limit(value: Json) -> float | None:
    text = str(value)
    if text == "-1":
        return float("inf")
    return float(text) if text.replace(".", "", 1).isdecimal() else None


def unsuited_runtime(before: Resource, after: Resource, resources: Resources) -> tuple[str, ...]:
    """Says it where a function's runtime changes to one that its layer, among `resources`, is not built for."""
    runtime = after.get("Runtime")
    if runtime is None or (runtime, after.get("Layers")) == (before.get("Runtime"), before.get("Layers")):
        return ()
    layers = (
        layer.get("CompatibleRuntimes") or ()
        for layer in resources.values()
        if layer.type == "AWS::Lambda::LayerVersion"
        and str(Reference(*layer.key)) in canonical(after.get("Layers"))
    )
    return tuple(
        f"its layer is built for {', '.join(map(str, built_for))}, not for {runtime}"
        for built_for in layers
        if built_for and runtime not in built_for
    )
