"""Conditions on the KMS encryption context are evaluated.

The engine does not know the keys `kms:EncryptionContext:NAME` and `kms:EncryptionContextKeys`, so a statement
with such a condition never matches: an Allow denies what it should allow, a Deny allows what it should deny.
"""

from collections.abc import Mapping
from typing import Any

from scripts.local_engine.shims.engine_modules import json_object, module


def condition_values(request: Mapping[str, Any]) -> dict[str, Any]:
    """The condition keys of a KMS request's body; their names are not case-sensitive (IAM guide)."""
    context = request.get("EncryptionContext")
    if not isinstance(context, Mapping):
        return {}
    keys = {f"kms:encryptioncontext:{name.lower()}": value for name, value in context.items()}
    return {**keys, "kms:encryptioncontextkeys": list(context)}


def apply() -> None:
    iam_actions = module("core.iam_actions")

    request_tag_context = iam_actions.request_tag_context

    def with_encryption_context(service: str, action: str, body: Any, parameters: Any) -> dict[str, Any]:
        keys: dict[str, Any] = request_tag_context(service, action, body, parameters)
        return {**keys, **condition_values(json_object(body))} if service == "kms" else keys

    iam_actions.request_tag_context = with_encryption_context
