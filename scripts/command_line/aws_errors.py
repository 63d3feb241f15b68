"""Errors of AWS's as errors of ours, with an exit code and a next step."""

from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from scripts.command_line.copyable_command import command_line, here
from scripts.command_line.errors import Refused, RolledBack, ToolError, UsageError

_EXPIRED: Final = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId"}
)
_FORBIDDEN: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})


def explain(error: ClientError | BotoCoreError) -> ToolError:
    """An error of AWS's that no step expected, as one of ours."""
    if isinstance(error, BotoCoreError):
        if "--local" in here().place:
            step = f"it may be busy: run the same command again; its log: {command_line('local', 'status')}"
            return RolledBack(f"the local engine does not answer: {error}", step)
        return RolledBack(
            f"AWS can't be reached: {error}",
            "look at network, proxy and --region, then run the same command again",
        )
    code = error.response["Error"]["Code"]
    if code in _EXPIRED:
        return UsageError(
            f"the credentials no longer work: {error}", "log in again, then run the same command"
        )
    if code in _FORBIDDEN:
        return Refused(
            f"not allowed: {error}", "these credentials need that right; then run the same command again"
        )
    return RolledBack(str(error), "run the same command again; it goes on where it stopped")
