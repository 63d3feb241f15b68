"""`aws:PrincipalArn` is the ARN of the role, for whoever has assumed one.

The engine gives the ARN of the session, so a policy that allows or denies by a role's ARN never sees it.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
"""

import re
from typing import Any

from scripts.local_engine.shims.engine_modules import module


def role_of(principal_arn: str) -> str:
    """The role's ARN in place of its session's; any other as it is."""
    session = re.fullmatch(r"arn:([\w-]+):sts::(\d+):assumed-role/([^/]+)/.*", principal_arn)
    return f"arn:{session[1]}:iam::{session[2]}:role/{session[3]}" if session else principal_arn


def apply() -> None:
    iam_evaluator = module("core.iam_evaluator")

    resolve_condition_key = iam_evaluator._resolve_condition_key

    def with_roles(key: str, context: Any) -> Any:
        value = resolve_condition_key(key, context)
        return role_of(value) if key.lower() == "aws:principalarn" and isinstance(value, str) else value

    iam_evaluator._resolve_condition_key = with_roles
