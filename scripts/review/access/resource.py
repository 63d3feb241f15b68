"""Compares access to one resource before and after a change: its policies, and other settings that grant access.

A change that cannot be judged counts as one that may widen access, so that the reader sees it. Pure; the properties
are those of a resolved stack (stacks.evaluation.resolved_stack) or of a change set's contexts.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from scripts.review.access import other_accounts, policies, settings
from scripts.review.access.policies import compare_documents
from scripts.review.model import AccessChange, Effect, Surface
from scripts.review.values import Properties, parsed, same
from stacks.evaluation.intrinsics import Json

_NOTHING: Final[Properties] = {}

# type -> the properties that hold a policy document, and what to call it
_POLICIES: Final[Mapping[str, Mapping[str, str]]] = {
    "AWS::IAM::ManagedPolicy": {"PolicyDocument": "permissions"},
    "AWS::IAM::Policy": {"PolicyDocument": "permissions"},
    "AWS::IAM::RolePolicy": {"PolicyDocument": "permissions"},
    "AWS::IAM::UserPolicy": {"PolicyDocument": "permissions"},
    "AWS::IAM::GroupPolicy": {"PolicyDocument": "permissions"},
    "AWS::IAM::Role": {"AssumeRolePolicyDocument": "who may assume the role"},
    "AWS::KMS::Key": {"KeyPolicy": "key policy"},
    "AWS::KMS::ReplicaKey": {"KeyPolicy": "key policy"},
    "AWS::S3::BucketPolicy": {"PolicyDocument": "bucket policy"},
    "AWS::SQS::QueuePolicy": {"PolicyDocument": "queue policy"},
    "AWS::SNS::TopicPolicy": {"PolicyDocument": "topic policy"},
    "AWS::SecretsManager::ResourcePolicy": {"ResourcePolicy": "secret policy"},
    "AWS::DynamoDB::Table": {"ResourcePolicy": "table policy", "StreamSpecification": "stream policy"},
    "AWS::ApiGateway::RestApi": {"Policy": "API policy"},
    "AWS::Events::EventBusPolicy": {"Statement": "event bus policy"},
    "AWS::Events::EventBus": {"Policy": "event bus policy"},
    "AWS::EC2::VPCEndpoint": {"PolicyDocument": "endpoint policy"},
    "AWS::Logs::ResourcePolicy": {"PolicyDocument": "log policy"},
}
_ANYBODY: Final = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
# Types whose own default is no refusal (R9008).
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies.html
# https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
_WITHOUT_A_POLICY: Final[Mapping[str, Json]] = {
    "AWS::EC2::VPCEndpoint": {"Statement": [_ANYBODY]},
    "AWS::ApiGateway::RestApi": {"Statement": [_ANYBODY]},
    "AWS::KMS::Key": {
        "Statement": [{**_ANYBODY, "Principal": {"AWS": "${AWS::AccountId}"}, "Action": "kms:*"}]
    },
}
# Policies that open nothing to the internet, whatever they say: principals of the network, and AWS's services.
_NEVER_PUBLIC: Final = frozenset({"endpoint policy", "log policy"})
# Types whose policy is part of the resource, and types that are the policy of another resource: where it is named.
_HOLDS_ITS_POLICY: Final = frozenset(
    {"AWS::KMS::Key", "AWS::IAM::Role", "AWS::DynamoDB::Table", "AWS::Events::EventBus"}
    | {"AWS::ApiGateway::RestApi"}
)
_HOLDERS: Final = frozenset({"AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"})
_TARGETS: Final = {
    "AWS::SNS::Subscription": "TopicArn",
    "AWS::S3::BucketPolicy": "Bucket",
    "AWS::SQS::QueuePolicy": "Queues",
    "AWS::SNS::TopicPolicy": "Topics",
    "AWS::SecretsManager::ResourcePolicy": "SecretId",
    "AWS::Lambda::Permission": "FunctionName",
}


def access_changes(
    resource_type: str,
    before: Properties | None,
    after: Properties | None,
    added: frozenset[str] = frozenset(),
    account: str = "",
) -> tuple[AccessChange, ...]:
    """Every access change of one resource. `before` is None for a new resource, `after` for a removed one.

    added: references to the resources that come with the same update (or go with it, for a removed one): a policy on
    one of them, if it is not open to anybody or to another account, gives nobody anything that was there before, and
    takes nothing. account: the number of ours.
    """
    try:
        if before is not None and after is None and _is_on_new(resource_type, before, added):
            return ()
        return _access_changes(resource_type, before, after, added, account)
    except (AttributeError, TypeError, ValueError):  # e.g. a text in the place of a list, known after apply
        if same(before, after):
            return ()
        words = "its properties have a form that cannot be judged"
        return (AccessChange("properties", Effect.UNKNOWN, Surface.PUBLIC, before, after, words),)


def _access_changes(
    resource_type: str,
    before: Properties | None,
    after: Properties | None,
    added: frozenset[str],
    account: str,
) -> tuple[AccessChange, ...]:
    changes: list[AccessChange] = []
    documents = _policies_of(resource_type, before, after)
    for name, what in documents.items():
        default = _WITHOUT_A_POLICY.get(resource_type) if before is not None and after is not None else None
        old, new = (_document(side, name) or default for side in (before, after))
        changes += compare_documents(what, old, new, may_be_public=what not in _NEVER_PUBLIC)
    judged = {*documents, *policy_properties(resource_type)}
    old, new = (
        dict(_inner_policies({name: value for name, value in (side or {}).items() if name not in judged}))
        for side in (before, after)
    )
    for path in sorted({*old, *new}):
        changes += compare_documents(path, old.get(path), new.get(path))
    judge = _JUDGES.get(resource_type)
    if judge is None and resource_type.startswith("AWS::IAM::") and resource_type not in _POLICIES:
        judge = policies.any_identity
    if judge is not None:
        changes += judge(before, after)
    changes += settings.settings_of_any_type(before, after)
    changes += other_accounts.named_newly(before, after, account, judged)
    if before is None and after is not None and _is_on_new(resource_type, after, added):
        return tuple(_initial(change, account) for change in changes)
    return tuple(changes)


def _is_on_new(resource_type: str, properties: Properties, added: frozenset[str]) -> bool:
    if resource_type in _HOLDS_ITS_POLICY:
        return True
    targets = properties.get(_TARGETS.get(resource_type, ""))
    members = [targets] if isinstance(targets, str) else targets or ()
    bases = [re.sub(r"\.[\w.]+\}$", "}", str(target)) for target in members]
    return bool(bases) and all(base in added for base in bases)


def _initial(change: AccessChange, account: str) -> AccessChange:
    named = change.after.get("Principal") if isinstance(change.after, Mapping) else None
    stays = ("attached policy", "permissions", other_accounts.WHAT)
    if (
        change.surface is Surface.PUBLIC
        or change.what.startswith(stays)
        or (change.effect.may_widen and other_accounts.numbers_in(named, account))
    ):
        return change
    return replace(change, effect=Effect.INITIAL, summary=f"{change.what}: {Effect.INITIAL.value}")


def _policies_of(
    resource_type: str, before: Properties | None, after: Properties | None
) -> Mapping[str, str]:
    """Properties with a policy, and the policy's name; for other types, every property that looks like a policy."""
    if resource_type in _POLICIES:
        return _POLICIES[resource_type]
    names = sorted({*(before or ()), *(after or ())})
    return {name: name for name in names if _has_statements(before, name) or _has_statements(after, name)}


def _has_statements(properties: Properties | None, name: str) -> bool:
    document = _document(properties, name)
    if isinstance(document, str):  # a text that is no JSON before its references are known
        return document.lstrip().startswith("{") and '"Statement"' in document
    return isinstance(document, Mapping) and "Statement" in document


def _inner_policies(value: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """Each policy inside of other properties, by its path: of a replica of a global table, in an API's body."""
    value = parsed(value)
    if isinstance(value, Mapping):
        written = value.get("Statement")
        members = [written] if isinstance(written, Mapping) else written
        if path and isinstance(members, list) and any("Effect" in member for member in members):
            yield path, value
            return
        for name, inner in value.items():
            yield from _inner_policies(inner, f"{path}.{name}".removeprefix("."))
    elif isinstance(value, list | tuple):
        for at, inner in enumerate(value):
            yield from _inner_policies(inner, f"{path}[{at}]")


def policy_properties(resource_type: str) -> frozenset[str]:
    """Names of the properties that access_changes covers, so that they need no property changes of their own."""
    names = {*_POLICIES.get(resource_type, {})} - {"StreamSpecification"}  # which holds more than that
    return frozenset(names | {"Policies"} if resource_type in _HOLDERS else names)


def _document(properties: Properties | None, name: str) -> Json:
    value = parsed((properties or _NOTHING).get(name))
    if isinstance(value, Mapping) and "PolicyDocument" in value:
        return value["PolicyDocument"]  # a table's ResourcePolicy wraps it
    if isinstance(value, Mapping) and "Effect" in value:
        return {"Statement": [value]}  # an event bus policy is a single statement
    if name == "StreamSpecification" and isinstance(value, Mapping):
        return _document(value, "ResourcePolicy")
    return value


def _permission(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    """Compares a Lambda permission as the one statement of the function's policy that it stands for."""
    old, new = (
        {"Statement": [_permission_statement(side)] if side is not None else []} for side in (before, after)
    )
    return compare_documents("function policy", old, new, may_be_public=True)


def _permission_statement(properties: Properties) -> Json:
    principal = properties.get("Principal")
    keys = ("aws:SourceAccount", "aws:PrincipalOrgID", "lambda:FunctionUrlAuthType")
    names = {key: key.partition(":")[2] for key in keys}
    equal = {key: properties[name] for key, name in names.items() if name in properties}
    like = {"aws:SourceArn": properties["SourceArn"]} if "SourceArn" in properties else {}
    conditions = {name: keys for name, keys in (("StringEquals", equal), ("ArnLike", like)) if keys}
    is_service = isinstance(principal, str) and principal.endswith(".amazonaws.com")
    return {
        "Effect": "Allow",
        "Principal": {"Service": principal} if is_service else {"AWS": principal},
        "Action": properties.get("Action"),
        "Resource": properties.get("FunctionName"),
        **({"Condition": conditions} if conditions else {}),
    }


_JUDGES: Final[Mapping[str, settings.Judge]] = {
    "AWS::IAM::Group": policies.principal,
    "AWS::IAM::ManagedPolicy": policies.policy_holders,
    "AWS::IAM::Policy": policies.policy_holders,
    "AWS::IAM::Role": policies.principal,
    "AWS::IAM::User": policies.principal,
    "AWS::Lambda::Permission": _permission,
    **settings.JUDGES,
}
