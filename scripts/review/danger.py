"""Derives the danger of a change from its facts, with the reasons in words.

The same rules judge both sources: the prediction from templates, and the change set.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from scripts.review.access.resource import access_changes, policy_properties
from scripts.review.data_loss import HOLDS, KEPT, lifted_guards, lost_in_place
from scripts.review.model import (
    AccessChange,
    Action,
    Change,
    Danger,
    PropertyChange,
    Replacement,
)
from scripts.review.stops import stopped
from scripts.review.values import hide
from stacks.evaluation.intrinsics import Json, StackPath
from stacks.evaluation.resolved_stack import NESTED_STACK

METHOD: Final = "AWS::ApiGateway::Method"
# A new one is made for every new content and the old one goes: that is how they are meant, nothing depends on it.
_IMMUTABLE_VERSIONS: Final = frozenset(
    {"AWS::ApiGateway::Deployment", "AWS::Lambda::LayerVersion", "AWS::Lambda::LayerVersionPermission"}
    | {"AWS::Lambda::Version", "AWS::StepFunctions::StateMachineVersion"}
)


@dataclass(frozen=True)
class Facts:
    """The known facts of one change. `before` and `after` are the effective properties, or None.

    deletion_policy, replace_policy: of the deployed resource. first_creation: the whole stack is new. added: references
    to resources that the same update adds, or removes with a removed one. access: access changes that replace those of
    the properties, or None. stops: what it stops as other resources tell. why_replaced, fails, fails_if_replaced:
    sentences.
    """

    path: StackPath
    logical_id: str
    resource_type: str
    action: Action
    before: Mapping[str, Json] | None = None
    after: Mapping[str, Json] | None = None
    properties: tuple[PropertyChange, ...] = ()
    replacement: Replacement = Replacement.NEVER
    physical_name: str = ""
    deletion_policy: str = "Delete"
    replace_policy: str = "Delete"
    why_replaced: str = ""
    fails: str = ""
    fails_if_replaced: str = ""
    first_creation: bool = False
    added: frozenset[str] = frozenset()
    access: tuple[AccessChange, ...] | None = None
    stops: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def classify(facts: Facts, secrets: Sequence[str] = (), account: str = "") -> Change:
    """The Change with its danger. `secrets`: texts that are replaced by **** wherever they stand."""
    access = _access(facts, account)
    losses = _losses(facts)
    found = stopped(facts.resource_type, facts.action, facts.before, facts.after)
    stops = tuple(dict.fromkeys((*facts.stops, *found)))
    fails, may_fail = _trouble(facts)
    replaced = _replacement_reasons(facts, bool(losses or stops or facts.notes))
    reasons = (*losses, *stops, *replaced, *facts.notes)

    def hidden(text: str) -> str:
        return str(hide((), text, secrets))

    return Change(
        path=facts.path,
        logical_id=facts.logical_id,
        resource_type=facts.resource_type,
        action=facts.action,
        danger=_danger(facts, access, losses, stops),
        replacement=facts.replacement,
        physical_name=hidden(facts.physical_name),
        properties=tuple(_shown_property(change, secrets) for change in _unexplained(facts, access)),
        access=tuple(_shown_access(change, secrets) for change in access),
        reasons=tuple(map(hidden, reasons)),
        fails=hidden(fails),
        may_fail=hidden(may_fail),
        losses=tuple(map(hidden, losses)),
        stops=tuple(map(hidden, stops)),
    )


def _trouble(facts: Facts) -> tuple[str, str]:
    """Why the change will fail, and why it will fail if the resource has to be replaced."""
    if facts.replacement is Replacement.ALWAYS:
        return facts.fails or facts.fails_if_replaced, ""
    if facts.replacement is Replacement.CONDITIONAL and not facts.fails:
        return "", facts.fails_if_replaced
    return facts.fails, ""


def _access(facts: Facts, account: str) -> tuple[AccessChange, ...]:
    """The access changes. Without properties, as in some change sets, only lifted guards are known."""
    if facts.access is not None:
        return facts.access
    guards = lifted_guards(facts.resource_type, facts.before, facts.after, facts.properties)
    if facts.before is None and facts.after is None:
        return guards
    of_resource = access_changes(facts.resource_type, facts.before, facts.after, facts.added, account)
    changes = (*of_resource, *guards)
    # what a removed resource allowed goes with it: that needs no list
    return tuple(change for change in changes if facts.action is not Action.REMOVE or change.effect.may_widen)


def _danger(
    facts: Facts, access: Sequence[AccessChange], losses: Sequence[str], stops: Sequence[str]
) -> Danger:
    if losses:
        return Danger.DESTROYS_DATA
    routine = facts.resource_type in _IMMUTABLE_VERSIONS
    goes = facts.action is Action.REMOVE or facts.replacement is not Replacement.NEVER
    stays_outside = facts.action is Action.REMOVE and facts.deletion_policy in KEPT
    if goes and not routine and not stays_outside:
        return Danger.REPLACES
    if stops:
        return Danger.STOPS
    if any(change.effect.may_widen for change in access) and not facts.first_creation:
        return Danger.WIDENS_ACCESS
    if facts.action in (Action.ADD, Action.IMPORT):
        return Danger.ADDS
    return Danger.REPLACES if facts.fails else Danger.CHANGES


def _losses(facts: Facts) -> tuple[str, ...]:
    held = HOLDS.get(facts.resource_type, "")
    if (facts.before or {}).get("StreamSpecification"):
        held += ", and with what no reader of its stream has read"
    if facts.action is Action.REMOVE:
        if facts.deletion_policy in KEPT:
            return ()
        if facts.resource_type == NESTED_STACK:
            return ("the nested stack is deleted with everything in it",)
        return (f"deleted with {held}",) if held else ()
    lost: tuple[str, ...] = ()
    if facts.before is not None and facts.after is not None:
        lost = lost_in_place(facts.resource_type, facts.before, facts.after)
    if held and facts.replacement is not Replacement.NEVER and facts.replace_policy not in KEPT:
        word = "replaced" if facts.replacement is Replacement.ALWAYS else "may be replaced"
        return (f"{word}: the old one is deleted with {held}", *lost)
    return lost


def _replacement_reasons(facts: Facts, is_told: bool) -> tuple[str, ...]:
    if facts.action is Action.REMOVE:
        if facts.deletion_policy in KEPT:
            return (f"leaves the stack and stays in the account (DeletionPolicy {facts.deletion_policy})",)
        if facts.resource_type in _IMMUTABLE_VERSIONS:
            return ("a former version goes, as with every change",)
        return () if is_told else ("deleted; nothing takes its place",)
    if facts.replacement is Replacement.NEVER:
        return ()
    if facts.resource_type in _IMMUTABLE_VERSIONS:
        return ("a new version takes its place, as with every change",)
    kept: tuple[str, ...] = ()
    if facts.replace_policy in KEPT and facts.resource_type in HOLDS:
        kept = (f"the old one stays in the account (UpdateReplacePolicy {facts.replace_policy})",)
    word = "replaced" if facts.replacement is Replacement.ALWAYS else "may be replaced"
    return (*((f"{word}: {facts.why_replaced}",) if facts.why_replaced else ()), *kept)


def _unexplained(facts: Facts, access: Sequence[AccessChange]) -> tuple[PropertyChange, ...]:
    """The property changes without policies, which are shown statement by statement."""
    if not access:
        return facts.properties
    explained = policy_properties(facts.resource_type)
    return tuple(change for change in facts.properties if change.name not in explained)


def _shown_property(change: PropertyChange, secrets: Sequence[str]) -> PropertyChange:
    names = change.path.replace("[", ".").replace("]", "").split(".")
    before, after = (hide(names, value, secrets) for value in (change.before, change.after))
    return replace(change, before=before, after=after)


def _shown_access(change: AccessChange, secrets: Sequence[str]) -> AccessChange:
    before, after = (hide((), value, secrets) for value in (change.before, change.after))
    return replace(change, before=before, after=after, summary=str(hide((), change.summary, secrets)))
