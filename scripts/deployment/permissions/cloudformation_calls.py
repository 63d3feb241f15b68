"""The actions that CloudFormation needs for the resource types of our templates, by the command that causes them.

They come from the handlers of the resource schemas, https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/
resource-type-schema.html ("permissions"), as cfn-lint brings them; which of them IAM can narrow to a resource, from
the Service Authorization Reference that cfn-lint brings too.

CloudFormation makes these calls in a forward access session of the caller, so each is granted only by way of it:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/fas-requests-and-permission-evaluation.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
"""

import functools
import importlib.util
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from scripts.deployment.permissions.name_patterns import (
    arn_patterns,
    policy_arn_pattern,
    role_arn_pattern,
    stack_arns,
)
from scripts.deployment.permissions.statement import VIA_CLOUDFORMATION, Statement
from stacks.names import Names

_TYPES: Final = "schemas/providers/us-east-1.json"  # a region that has every type
_HANDLERS: Final = {
    "plan": ("read", "list"),
    "apply": ("create", "read", "update", "delete", "list"),  # what fails is rolled back, which deletes
    "destroy": ("read", "delete"),
}
# A plan changes nothing. Some handlers name for reading what only writing needs.
_READING: Final = ("Describe", "GET", "Get", "List", "list")

# Named by a handler, and granted to nobody or not here, as our resources do not need it.
_LEFT_OUT: Final = {
    # Items: of replicas and imports, which no table of ours has.
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
    # Objects: CloudFormation reads our templates and code, which the scripts' own statement grants.
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:PutObjectAcl",
    # The web ACL is put on an API.
    "ec2:AssociateVerifiedAccessInstanceWebAcl",
    "ec2:DescribeVerifiedAccessInstanceWebAclAssociations",
    "ec2:DisassociateVerifiedAccessInstanceWebAcl",
    "ec2:GetVerifiedAccessInstanceWebAcl",
    # No function has a capacity provider or signed code.
    "lambda:GetCodeSigningConfig",
    "lambda:PassCapacityProvider",
    # No policy of ours is for a group or a user.
    "iam:AttachGroupPolicy",
    "iam:AttachUserPolicy",
    "iam:DetachGroupPolicy",
    "iam:DetachUserPolicy",
    # No role of ours has an inline policy or a boundary; who may write them, may widen any role.
    "iam:DeleteRolePermissionsBoundary",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    # Only an apply needs it, to change a secret that CloudFormation makes up.
    "plan secretsmanager:GetSecretValue",
    "destroy secretsmanager:GetSecretValue",
}
# Needed, and named by no handler. Secrets Manager encrypts with the caller's rights on a key of ours:
# https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html#security-encryption-authz
# CreateVpcEndpoint with private DNS joins a zone of AWS's own ("dependent actions"):
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
_ADDED: Final = {"apply": {"kms:GenerateDataKey", "kms:Decrypt", "route53:AssociateVPCWithHostedZone"}}

# In statements of their own, with conditions.
_HAND_OVER: Final = "iam:PassRole"
_ATTACH: Final = frozenset({"iam:AttachRolePolicy", "iam:DetachRolePolicy"})
_SERVICE_LINKED: Final = "iam:CreateServiceLinkedRole"
# Who makes a role of its own for what we have: web ACL logs, flow logs and log delivery, custom domains.
# https://docs.aws.amazon.com/waf/latest/developerguide/using-service-linked-roles.html
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/using-service-linked-roles-cwl.html
# https://docs.aws.amazon.com/apigateway/latest/developerguide/using-service-linked-roles.html
_SERVICES_WITH_ROLES: Final = [
    "delivery.logs.amazonaws.com",
    "ops.apigateway.amazonaws.com",
    "wafv2.amazonaws.com",
]


def cloudformation_statements(
    command: str, templates: Iterable[str], names: Names, nested: Sequence[str]
) -> Iterator[Statement]:
    """Statements for what CloudFormation does during `command`: plan, apply or destroy.

    `templates`: the root's and those of the nested stacks, as JSON; `nested`: logical ids of the nested stacks.
    """
    resources = [resource for text in templates for resource in json.loads(text)["Resources"].values()]
    patterns = {**arn_patterns(names), "cloudformation": stack_arns(names, nested)}
    reference = cfn_lint_data("AdditionalSpecs/Policies.json")
    actions = _actions(command, {resource["Type"] for resource in resources}, patterns, reference)
    yield from _role_statements(actions, resources, names)
    plain = actions - {_HAND_OVER, _SERVICE_LINKED, *_ATTACH}
    anywhere = {action for action in plain if not _entry(reference, action).get("Resources")}
    for service, service_patterns in sorted(patterns.items()):
        narrowed = {action for action in plain - anywhere if action.startswith(f"{service}:")}
        if narrowed:
            title = "".join(part.title() for part in service.split("-"))
            yield Statement(f"Via{title}", tuple(narrowed), service_patterns, VIA_CLOUDFORMATION)
    if anywhere:
        yield Statement("ViaAny", tuple(anywhere), ("*",), VIA_CLOUDFORMATION)


def _role_statements(
    actions: set[str], resources: Iterable[Mapping[str, Any]], names: Names
) -> Iterator[Statement]:
    """A role is passed to those that it trusts, and gets policies of the environment alone."""
    roles = [resource["Properties"] for resource in resources if resource["Type"] == "AWS::IAM::Role"]
    if _HAND_OVER in actions:
        services = {
            service for role in roles for service in _trusted_services(role["AssumeRolePolicyDocument"])
        }
        yield Statement(
            "PassRoles",
            (_HAND_OVER,),
            (role_arn_pattern(names),),
            {"StringEquals": {"iam:PassedToService": sorted(services)}},
        )
    if actions & _ATTACH:
        yield Statement(
            "ViaIamAttach",
            tuple(actions & _ATTACH),
            (role_arn_pattern(names),),
            {**VIA_CLOUDFORMATION, "ArnLike": {"iam:PolicyARN": [policy_arn_pattern(names)]}},
        )
    if _SERVICE_LINKED in actions:
        yield Statement(
            "ViaIamServiceLinked",
            (_SERVICE_LINKED,),
            (f"arn:{names.partition}:iam::{names.account}:role/aws-service-role/*",),
            {**VIA_CLOUDFORMATION, "StringEquals": {"iam:AWSServiceName": _SERVICES_WITH_ROLES}},
        )


def _trusted_services(trust: Mapping[str, Any]) -> Iterator[str]:
    for statement in trust["Statement"]:
        services = statement["Principal"]["Service"]
        yield from [services] if isinstance(services, str) else services


def _actions(
    command: str, types: Iterable[str], services: Iterable[str], reference: Mapping[str, Any]
) -> set[str]:
    """Actions of the `types`' handlers: of services of ours, that IAM knows, and that are not left out."""
    named = {
        action
        for resource_type in types
        for part in _parts(resource_type, _HANDLERS[command])
        for action in part.get("permissions", ())
    } | _ADDED.get(command, set())
    return {
        action
        for action in named
        if action.split(":")[0] in services
        and _entry(reference, action) is not _UNKNOWN
        and not {action, f"{command} {action}"} & _LEFT_OUT
        and (command != "plan" or action.split(":")[1].startswith(_READING))
    }


def _parts(resource_type: str, handlers: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """Those `handlers` of a type's schema, and its tagging, which a handler that writes does too.

    Raises KeyError for a type that names none: it needs a table of ours.
    """
    schema = cfn_lint_data(f"schemas/resources/{cfn_lint_data(_TYPES)[resource_type]}.json")
    yield from (schema["handlers"][name] for name in handlers if name in schema["handlers"])
    if "create" in handlers:
        yield schema.get("tagging", {})


_UNKNOWN: Final[Mapping[str, Any]] = {"unknown": ()}


def _entry(reference: Mapping[str, Any], action: str) -> Mapping[str, Any]:
    service, name = action.split(":", 1)
    entry: Mapping[str, Any] = reference[service]["Actions"].get(name.lower(), _UNKNOWN)
    return entry


@functools.cache
def cfn_lint_data(path: str) -> Any:
    """A JSON file of cfn-lint's data, without loading cfn-lint, which takes longer than a whole build."""
    package = importlib.util.find_spec("cfnlint")
    assert package is not None
    assert package.origin is not None
    return json.loads((Path(package.origin).parent / "data" / path).read_text(encoding="utf-8"))
