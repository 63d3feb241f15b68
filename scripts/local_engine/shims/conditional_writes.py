"""Conditions on `s3:if-none-match` and `s3:ObjectCreationOperation` are evaluated.

The engine does not know these keys, so a policy that denies objects without If-None-Match, as that of the audit bucket
does, says the same of all objects. S3's guide, "Enforce conditional writes": the second key is false for the steps of a
multipart upload before its completion.
"""

from collections.abc import Mapping
from typing import Any, Final

from scripts.local_engine.shims.engine_modules import module

_MADE_LATER: Final = {"uploads", "partNumber"}  # parameters of CreateMultipartUpload and UploadPart


def condition_values(
    action: str, parameters: Mapping[str, Any], headers: Mapping[str, str]
) -> dict[str, str]:
    """The condition keys of a request that makes an object, or a step towards one."""
    if action != "s3:PutObject":
        return {}
    values = {"s3:ObjectCreationOperation": str(not _MADE_LATER & parameters.keys()).lower()}
    return values | {f"s3:{name}": headers[name] for name in ("if-none-match",) if name in headers}


def apply() -> None:
    iam_actions = module("core.iam_actions")

    s3_service_context = iam_actions.s3_service_context

    def with_conditional_writes(
        action: str, parameters: Any = None, path: str = "", headers: Any = None
    ) -> dict[str, Any]:
        keys: dict[str, Any] = s3_service_context(action, parameters, path, headers)
        return {**keys, **condition_values(action, parameters or {}, headers or {})}

    iam_actions.s3_service_context = with_conditional_writes
