"""Compares settings that make something public without a policy: web ACL, API methods, public access blocks."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from scripts.review.access import networks
from scripts.review.model import AccessChange, Effect, Surface
from scripts.review.values import Properties, is_true, same
from stacks.evaluation.intrinsics import Json

Judge: TypeAlias = Callable[[Properties | None, Properties | None], list[AccessChange]]

_PUBLIC_ACCESS_BLOCK: Final = (
    "BlockPublicAcls",
    "BlockPublicPolicy",
    "IgnorePublicAcls",
    "RestrictPublicBuckets",
)
# How much a web ACL's rule or default lets through; an override of None keeps the actions of a rule group.
_OPENNESS: Final = {"Block": 0, "Captcha": 1, "Challenge": 1, "Count": 2, "None": 0, "Allow": 3}


def _public(what: str, effect: Effect, before: Json, after: Json, summary: str) -> AccessChange:
    return AccessChange(what, effect, Surface.PUBLIC, before, after, summary)


def _web_acl(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    if before is None:
        return []  # a web ACL only takes away
    if after is None:
        return [_public("web ACL", Effect.WIDENS, "present", None, "the web ACL goes: nothing is filtered")]
    changes = []
    old_default, new_default = _verdict(before.get("DefaultAction")), _verdict(after.get("DefaultAction"))
    if old_default != new_default:
        effect = Effect.WIDENS if _opens(old_default, new_default) else Effect.NARROWS
        changes.append(
            _public(
                "web ACL default",
                effect,
                old_default,
                new_default,
                f"default action {old_default} → {new_default}",
            )
        )
    old_rules, new_rules = _by_name(before.get("Rules")), _by_name(after.get("Rules"))
    for name in sorted({*old_rules, *new_rules}):
        changes += _rule(name, old_rules.get(name), new_rules.get(name))
    return changes


def _rule(name: str, before: Json, after: Json) -> list[AccessChange]:
    if same(before, after):
        return []
    old, new = _rule_verdict(before), _rule_verdict(after)
    if old is None or new is None:
        allows = "Allow" in (old, new)
        opens = (new is None) != allows  # a filter that goes opens, an exception that goes shuts
        words = f"rule {name} ({new or old}) is {'removed' if new is None else 'added'}"
        return [_public("web ACL rule", Effect.WIDENS if opens else Effect.NARROWS, before, after, words)]
    if old != new:
        effect = Effect.WIDENS if _opens(old, new) else Effect.NARROWS
        return [_public("web ACL rule", effect, before, after, f"rule {name}: {old} → {new}")]
    old_limit, new_limit = _rate_limit(before), _rate_limit(after)
    if old_limit is not None and new_limit is not None and old_limit != new_limit:
        effect = Effect.WIDENS if new_limit > old_limit else Effect.NARROWS
        words = f"rule {name}: limit {old_limit} → {new_limit} requests"
        return [_public("web ACL rule", effect, before, after, words)]
    return [_public("web ACL rule", Effect.UNKNOWN, before, after, f"rule {name}: what it matches changes")]


def _verdict(action: Json) -> str:
    return str(next(iter(action), "None")) if isinstance(action, Mapping) else "None"


def _rule_verdict(rule: Json) -> str | None:
    if rule is None:
        return None
    return _verdict(rule.get("Action") or rule.get("OverrideAction"))


def _opens(before: str, after: str) -> bool:
    return _OPENNESS.get(after, 3) > _OPENNESS.get(before, 0)


def _rate_limit(rule: Mapping[str, Json]) -> int | None:
    statement = rule.get("Statement")
    limit = (
        (statement.get("RateBasedStatement") or {}).get("Limit") if isinstance(statement, Mapping) else None
    )
    return int(str(limit)) if str(limit).isdecimal() else None


def _by_name(rules: Json) -> dict[str, Json]:
    return {str(rule.get("Name")): rule for rule in rules or () if isinstance(rule, Mapping)}


def _guard_that_goes(what: str) -> Judge:
    """Rule for a resource that protects as long as it exists, whatever its properties are."""

    def judge(before: Properties | None, after: Properties | None) -> list[AccessChange]:
        if before is None or same(before, after):
            return []
        if after is None:
            return [_public(what, Effect.WIDENS, "present", None, f"{what} is removed")]
        return [_public(what, Effect.UNKNOWN, before, after, f"{what} is another one")]

    return judge


def _ip_set(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    old, new = (before or {}).get("Addresses"), (after or {}).get("Addresses")
    if before is None or after is None or same(old, new):
        return []
    words = "addresses that rules of the web ACL treat apart change"
    return [_public("IP set", Effect.UNKNOWN, old, new, words)]


def _method(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    if after is None or after.get("HttpMethod") == "OPTIONS":
        return []
    changes = []
    new_type, new_key = after.get("AuthorizationType", "NONE"), is_true(after.get("ApiKeyRequired"))
    if before is None:
        door = (
            "open to anybody"
            if new_type == "NONE" and not new_key
            else f"guarded by {new_type} or an API key"
        )
        effect = Effect.WIDENS if "anybody" in door else Effect.NARROWS
        return [_public("API method", effect, None, after.get("HttpMethod"), f"a new API method, {door}")]
    old_type, old_key = before.get("AuthorizationType", "NONE"), is_true(before.get("ApiKeyRequired"))
    if old_type != new_type:
        effect = {"NONE": Effect.NARROWS}.get(str(old_type), Effect.UNKNOWN)
        effect = Effect.WIDENS if new_type == "NONE" else effect
        changes.append(
            _public("API method", effect, old_type, new_type, f"authorization {old_type} → {new_type}")
        )
    if old_key != new_key:
        effect = Effect.NARROWS if new_key else Effect.WIDENS
        changes.append(
            _public("API method", effect, old_key, new_key, f"API key required: {old_key} → {new_key}")
        )
    return changes


def _rest_api(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    if before is None or after is None:
        return []
    changes = []
    old, new = (is_true(side.get("DisableExecuteApiEndpoint")) for side in (before, after))
    if old != new:
        effect = Effect.NARROWS if new else Effect.WIDENS
        changes.append(_public("API endpoint", effect, old, new, f"default endpoint disabled: {old} → {new}"))
    old_types, new_types = (
        (side.get("EndpointConfiguration") or {}).get("Types") for side in (before, after)
    )
    if not same(old_types, new_types):
        effect = Effect.WIDENS if "PRIVATE" in (old_types or ()) else Effect.UNKNOWN
        changes.append(_public("API endpoint", effect, old_types, new_types, "endpoint type changes"))
    return changes


def _bucket(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    if after is None:
        return []
    name = "PublicAccessBlockConfiguration"
    old, new = ({} if side is None else side.get(name) or {} for side in (before, after))
    changes = []
    for setting in _PUBLIC_ACCESS_BLOCK:
        was, is_now = is_true(old.get(setting)), is_true(new.get(setting))
        if was != is_now and before is not None:
            effect = Effect.NARROWS if is_now else Effect.WIDENS
            changes.append(
                _public("public access block", effect, was, is_now, f"{setting}: {was} → {is_now}")
            )
    acl = (before or {}).get("AccessControl"), after.get("AccessControl")
    if acl[0] != acl[1]:
        effect = Effect.WIDENS if str(acl[1]).startswith("Public") else Effect.UNKNOWN
        changes.append(_public("bucket ACL", effect, *acl, f"canned ACL {acl[0]} → {acl[1]}"))
    return changes


def _function_url(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    old, new = (None if side is None else side.get("AuthType") for side in (before, after))
    if old == new or after is None:
        return []
    effect = Effect.WIDENS if new == "NONE" or old is None else Effect.NARROWS
    surface = Surface.PUBLIC if new == "NONE" else Surface.IAM
    return [AccessChange("function URL", effect, surface, old, new, f"function URL with authorization {new}")]


def _subscription(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    old, new = (
        None if side is None else (side.get("Protocol"), side.get("Endpoint")) for side in (before, after)
    )
    if new is None or same(old, new):
        return []
    words = f"what the topic publishes goes to {new[0]} {new[1]}"
    return [AccessChange("subscription", Effect.WIDENS, Surface.IAM, before, after, words)]


def _layer_permission(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    old, new = (
        None if side is None else (side.get("Principal"), side.get("OrganizationId"))
        for side in (before, after)
    )
    if after is None or same(old, new):
        return []
    anybody = after.get("Principal") == "*" and not after.get("OrganizationId")
    words = f"{after.get('Principal')} may use the layer"
    surface = Surface.PUBLIC if anybody else Surface.IAM
    return [AccessChange("layer permission", Effect.WIDENS, surface, before, after, words)]


JUDGES: Final[Mapping[str, Judge]] = {
    "AWS::WAFv2::WebACL": _web_acl,
    "AWS::WAFv2::WebACLAssociation": _guard_that_goes("web ACL association"),
    "AWS::WAFv2::IPSet": _ip_set,
    "AWS::ApiGateway::Method": _method,
    "AWS::ApiGateway::RestApi": _rest_api,
    "AWS::ApiGateway::RequestValidator": _guard_that_goes("request validation"),
    "AWS::S3::Bucket": _bucket,
    "AWS::Lambda::LayerVersionPermission": _layer_permission,
    "AWS::Lambda::Url": _function_url,
    "AWS::SNS::Subscription": _subscription,
    "AWS::EC2::SecurityGroup": networks.security_group,
    "AWS::EC2::SecurityGroupEgress": networks.egress_rule,
    "AWS::EC2::SecurityGroupIngress": networks.ingress_rule,
    "AWS::Lambda::Function": networks.function_network,
}
