"""Compares settings that decide on access without a policy.

JUDGES: those of one resource type, such as a web ACL's rules. settings_of_any_type: role, encryption key, CORS origins
and TLS mean the same in every type and are found by their names, so a new type needs no rule of its own.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from scripts.review.model import AccessChange, Effect, Surface
from scripts.review.values import Properties, canonical, is_true, same
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
_INTERNET: Final = frozenset({"0.0.0.0/0", "::/0"})
# R9009
_ANYWHERE: Final = ({"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"},)
_ROLES: Final = frozenset(
    {"Role", "RoleArn", "RoleARN", "Credentials", "ExecutionRoleArn", "ServiceRoleArn", "SubscriptionRoleArn"}
    | {"TaskRoleArn", "DeliverLogsPermissionArn", "CloudWatchRoleArn", "CloudWatchLogsRoleArn"}
)
_KEYS: Final = re.compile(r"(?i)^kms_?(master)?_?key_?(id|arn|identifier)$")
_ORIGINS: Final = re.compile(r"(?i)access-control-allow-origin$|^allow(ed)?_?origins?$|^cors_?origins?$")
_OLD_TLS: Final = ("TLS_1_0", "None")


def _change(
    what: str, effect: Effect, before: Json, after: Json, summary: str, surface: Surface = Surface.PUBLIC
) -> list[AccessChange]:
    """The access change of one setting; none if its value is the same."""
    return [] if same(before, after) else [AccessChange(what, effect, surface, before, after, summary)]


def _widens_if(opens: bool) -> Effect:
    return Effect.WIDENS if opens else Effect.NARROWS


def _web_acl(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    if before is None:
        return []  # a web ACL only takes away
    if after is None:
        words = "the web ACL goes: nothing is filtered"
        return _change("web ACL", Effect.WIDENS, "present", None, words)
    old, new = (_verdict(side.get("DefaultAction")) for side in (before, after))
    effect = _widens_if(_opens(old, new))
    changes = _change("web ACL default", effect, old, new, f"default action {old} → {new}")
    old_rules, new_rules = (_by_name(side.get("Rules")) for side in (before, after))
    for name in sorted({*old_rules, *new_rules}):
        told = _rule_effect(name, old_rules.get(name), new_rules.get(name))
        if told is not None:
            changes += _change("web ACL rule", told[0], old_rules.get(name), new_rules.get(name), told[1])
    return changes


def _rule_effect(name: str, before: Json, after: Json) -> tuple[Effect, str] | None:
    """The effect of an added, removed or edited rule, and the words for it; None for a lower limit, which shuts out."""
    old, new = _rule_verdict(before), _rule_verdict(after)
    if old is None or new is None:
        allows = "Allow" in (old, new)
        opens = (new is None) != allows  # a filter that goes opens, an exception that goes shuts
        return _widens_if(opens), f"rule {name} ({new or old}) is {'removed' if new is None else 'added'}"
    if old != new:
        return _widens_if(_opens(old, new)), f"rule {name}: {old} → {new}"
    old_limit, new_limit = _rate_limit(before), _rate_limit(after)
    if old_limit is not None and new_limit is not None and old_limit != new_limit:
        words = f"rule {name}: limit {old_limit} → {new_limit} requests"
        return (Effect.WIDENS, words) if new_limit > old_limit else None
    return Effect.UNKNOWN, f"rule {name}: what it matches changes"


def _verdict(action: Json) -> str:
    return str(next(iter(action), "None")) if isinstance(action, Mapping) else "None"


def _rule_verdict(rule: Json) -> str | None:
    return None if rule is None else _verdict(rule.get("Action") or rule.get("OverrideAction"))


def _opens(before: str, after: str) -> bool:
    return _OPENNESS.get(after, 3) > _OPENNESS.get(before, 0)


def _rate_limit(rule: Mapping[str, Json]) -> int | None:
    statement = rule.get("Statement")
    rate = statement.get("RateBasedStatement") if isinstance(statement, Mapping) else None
    limit = str((rate or {}).get("Limit"))
    return int(limit) if limit.isdecimal() else None


def _by_name(rules: Json) -> dict[str, Json]:
    return {str(rule.get("Name")): rule for rule in rules or () if isinstance(rule, Mapping)}


def _guard_that_goes(what: str) -> Judge:
    """Rule for a resource that protects as long as it exists, whatever its properties are."""

    def judge(before: Properties | None, after: Properties | None) -> list[AccessChange]:
        if before is None:
            return []
        if after is None:
            return _change(what, Effect.WIDENS, "present", None, f"{what} is removed")
        return _change(what, Effect.UNKNOWN, before, after, f"{what} is another one")

    return judge


def _ip_set(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    if before is None or after is None:
        return []
    words = "addresses that rules of the web ACL treat apart change"
    return _change("IP set", Effect.UNKNOWN, before.get("Addresses"), after.get("Addresses"), words)


def _method(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    if after is None or after.get("HttpMethod") == "OPTIONS":
        return []
    what = "API method"
    new_type, new_key = after.get("AuthorizationType", "NONE"), is_true(after.get("ApiKeyRequired"))
    if before is None:
        is_open = new_type == "NONE" and not new_key
        door = "open to anybody" if is_open else f"guarded by {new_type} or an API key"
        words = f"a new API method, {door}"
        return [AccessChange(what, _widens_if(is_open), Surface.PUBLIC, None, after.get("HttpMethod"), words)]
    old_type, old_key = before.get("AuthorizationType", "NONE"), is_true(before.get("ApiKeyRequired"))
    effect = Effect.NARROWS if old_type == "NONE" else Effect.UNKNOWN
    effect = Effect.WIDENS if new_type == "NONE" else effect
    words = f"API key required: {old_key} → {new_key}"
    return [
        *_change(what, effect, old_type, new_type, f"authorization {old_type} → {new_type}"),
        *_change(what, _widens_if(not new_key), old_key, new_key, words),
    ]


def _rest_api(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    if before is None or after is None:
        return []
    what = "API endpoint"
    old, new = (is_true(side.get("DisableExecuteApiEndpoint")) for side in (before, after))
    types = [(side.get("EndpointConfiguration") or {}).get("Types") for side in (before, after)]
    effect = Effect.WIDENS if "PRIVATE" in (types[0] or ()) else Effect.UNKNOWN
    return [
        *_change(what, _widens_if(not new), old, new, f"default endpoint disabled: {old} → {new}"),
        *_change(what, effect, types[0], types[1], "endpoint type changes"),
    ]


def _bucket(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    if after is None:
        return []
    changes = []
    if before is not None:
        block = "PublicAccessBlockConfiguration"
        for setting in _PUBLIC_ACCESS_BLOCK:
            old, new = (is_true((side.get(block) or {}).get(setting)) for side in (before, after))
            words = f"{setting}: {old} → {new}"
            changes += _change("public access block", _widens_if(not new), old, new, words)
    old_acl, new_acl = (before or {}).get("AccessControl"), after.get("AccessControl")
    effect = Effect.WIDENS if str(new_acl).startswith("Public") else Effect.UNKNOWN
    return changes + _change("bucket ACL", effect, old_acl, new_acl, f"canned ACL {old_acl} → {new_acl}")


def _function_url(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    if after is None:
        return []
    old, new = (before or {}).get("AuthType"), after.get("AuthType")
    surface = Surface.PUBLIC if new == "NONE" else Surface.IAM
    words = f"function URL with authorization {new}"
    return _change("function URL", _widens_if(new == "NONE" or old is None), old, new, words, surface)


def _subscription(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    names = ("Protocol", "Endpoint")
    if after is None or (before is not None and _are_same(names, before, after)):
        return []
    words = f"what the topic publishes goes to {after.get('Protocol')} {after.get('Endpoint')}"
    return [AccessChange("subscription", Effect.WIDENS, Surface.IAM, before, after, words)]


def _layer_permission(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    names = ("Principal", "OrganizationId")
    if after is None or (before is not None and _are_same(names, before, after)):
        return []
    is_public = after.get("Principal") == "*" and not after.get("OrganizationId")
    words = f"{after.get('Principal')} may use the layer"
    surface = Surface.PUBLIC if is_public else Surface.IAM
    return [AccessChange("layer permission", Effect.WIDENS, surface, before, after, words)]


def _are_same(names: Sequence[str], before: Properties, after: Properties) -> bool:
    return all(same(before.get(name), after.get(name)) for name in names)


def _security_group(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    old, new = ((side or {}).get("SecurityGroupIngress") or () for side in (before, after))
    changes = _network_rules("ingress", "from", old, new)
    if before is None or after is None:  # a group that nobody is in yet, or no more
        return changes
    old, new = (side.get("SecurityGroupEgress") or _ANYWHERE for side in (before, after))
    return changes + _network_rules("egress", "to", old, new)


def _network_rule(what: str, word: str) -> Judge:
    """Rule for a resource that is one rule of a security group."""
    return lambda before, after: _network_rules(
        what, word, [before] if before else [], [after] if after else []
    )


def _network_rules(what: str, word: str, before: Sequence[Json], after: Sequence[Json]) -> list[AccessChange]:
    changes = []
    for rule in after:
        if not any(same(rule, other) for other in before):
            other_end = _other_end(rule)
            surface = Surface.PUBLIC if other_end in _INTERNET else Surface.IAM
            words = f"{what} {word} {other_end}"
            changes.append(AccessChange(what, Effect.WIDENS, surface, None, rule, words))
    removed = [rule for rule in before if not any(same(rule, other) for other in after)]
    return changes + [
        AccessChange(what, Effect.NARROWS, Surface.IAM, rule, None, f"{what} goes") for rule in removed
    ]


def _other_end(rule: Mapping[str, Json]) -> Json:
    names = ("CidrIp", "CidrIpv6", "SourceSecurityGroupId", "DestinationSecurityGroupId")
    prefixes = ("SourcePrefixListId", "DestinationPrefixListId")
    return next((rule[name] for name in (*names, *prefixes) if rule.get(name)), "anywhere")


def _function_network(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    """Access change of a function that moves to another network, or outside, where it reaches the whole internet."""
    old, new = ((side or {}).get("VpcConfig") for side in (before, after))
    if after is None or not old:
        return []
    if new:
        words = "runs in another network, or under other rules of it"
        return _change("network", Effect.UNKNOWN, old, new, words)
    words = "leaves the private network: it reaches the whole internet"
    return _change("network", Effect.WIDENS, old, new, words)


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
    "AWS::EC2::SecurityGroup": _security_group,
    "AWS::EC2::SecurityGroupEgress": _network_rule("egress", "to"),
    "AWS::EC2::SecurityGroupIngress": _network_rule("ingress", "from"),
    "AWS::Lambda::Function": _function_network,
}


def settings_of_any_type(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    """Access changes by role, encryption key, CORS origins and TLS; none for a removed resource."""
    if after is None:
        return []
    origins = _origins(before or {}, after)
    if before is None:
        return origins
    return [*_roles(before, after), *_encryption(before, after), *origins, *_tls(before, after)]


def _roles(before: Properties, after: Properties) -> list[AccessChange]:
    """New roles of the resource: whoever may use the resource uses its role, too."""
    old, new = (_values(side, _ROLES.__contains__) for side in (before, after))
    words = "it acts as another role, with whatever that one may do"
    return [
        AccessChange("role", Effect.UNKNOWN, Surface.IAM, old or None, role, words)
        for role in new
        if role not in old
    ]


def _encryption(before: Properties, after: Properties) -> list[AccessChange]:
    old, new = encryption_keys(before), encryption_keys(after)
    if not old:
        return []
    words = "no longer encrypted with our key, so the key policy no longer limits who can read it"
    if new:
        words = "another key decides who can read what is in it"
    effect = Effect.UNKNOWN if new else Effect.WIDENS
    return _change("encryption key", effect, old, new or None, words, Surface.IAM)


def encryption_keys(properties: Properties) -> list[Json]:
    """The customer managed keys that a resource names."""
    return _values(properties, lambda name: bool(_KEYS.match(name)))


def _origins(before: Properties, after: Properties) -> list[AccessChange]:
    old, new = (_values(side, lambda name: bool(_ORIGINS.search(name))) for side in (before, after))
    added = [origin for origin in new if origin not in old]
    if added:
        words = f"pages of {', '.join(map(str, added))} may read the answers"
        return _change("CORS", Effect.WIDENS, old or None, new, words)
    words = "pages of fewer origins may read the answers"
    return _change("CORS", Effect.NARROWS, old or None, new or None, words)


def _tls(before: Properties, after: Properties) -> list[AccessChange]:
    old, new = (str(side.get("SecurityPolicy")) for side in (before, after))
    effect = Effect.WIDENS if new in _OLD_TLS else Effect.UNKNOWN
    effect = Effect.NARROWS if old in _OLD_TLS else effect
    changes = _change("TLS", effect, old, new, f"security policy of TLS: {old} → {new}")
    trusted, others = (side.get("MutualTlsAuthentication") for side in (before, after))
    if not trusted:
        return changes
    effect = Effect.UNKNOWN if others else Effect.WIDENS
    words = "other client certificates are trusted" if others else "no client certificate is asked for"
    return changes + _change("client certificates", effect, trusted, others, words)


def _values(value: Json, wanted: Callable[[str], bool]) -> list[Json]:
    """The values of properties with wanted names, at any depth: each once, without empty values and switches."""
    values = {canonical(member): member for member in _members(value, wanted)}
    return [values[text] for text in sorted(values)]


def _members(value: Json, wanted: Callable[[str], bool]) -> Iterator[Json]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if wanted(str(name)):
                members = inner if isinstance(inner, list | tuple) else [inner]
                yield from (one for one in members if one and isinstance(one, str | Mapping))
            else:
                yield from _members(inner, wanted)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from _members(inner, wanted)
