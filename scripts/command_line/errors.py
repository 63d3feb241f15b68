"""How the deployment tools end when they do not end well.

ToolError
├── UsageError   2  the command, a file or the credentials are wrong, or nothing is deployed; nothing was touched
├── Refused      3  a person, or a rule that protects data, said no
├── RolledBack   4  it failed, and the stack is back where it was
└── Stuck        5  it failed, and a person must act before the next deploy
"""

from typing import Final

EXIT_DONE: Final = 0
EXIT_DRIFT: Final = 6  # what is deployed differs from its template
EXIT_INTERRUPTED: Final = 130  # the shell's convention for Ctrl-C


class ToolError(Exception):
    """`message` says in one line what is wrong, `next_step` in one what to do (may be empty)."""

    exit_code = 4

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step


class UsageError(ToolError):
    exit_code = 2


class NotDeployed(UsageError):
    """`name`, a stack, table or secret, is not there: wrong usage, as it is a wrong suffix, region or account."""

    def __init__(self, name: str, next_step: str = "check --suffix, --region and --local") -> None:
        super().__init__(f"there is no {name}: nothing is deployed under that suffix there", next_step)


class Refused(ToolError):
    exit_code = 3


class RolledBack(ToolError):
    exit_code = 4


class Stuck(ToolError):
    exit_code = 5
