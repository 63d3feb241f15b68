"""The commands that messages tell a person to run next, with the flags of the run at hand."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Commands:
    """`flags` choose the target, e.g. `("--region", "eu-west-1")` or `("--local",)`.

    `aws_flags` say the same to the AWS command line. `settings` are what a deploy was given besides: without them
    the next one would bring the defaults back.
    """

    suffix: str
    stack_name: str
    flags: Sequence[str] = ()
    aws_flags: Sequence[str] = ()
    settings: Sequence[str] = ()

    @property
    def deploy(self) -> str:
        return shlex.join(
            ["python", "scripts/deploy.py", "--suffix", self.suffix, *self.flags, *self.settings]
        )

    @property
    def destroy(self) -> str:
        return shlex.join(["python", "scripts/destroy.py", "--suffix", self.suffix, *self.flags])

    @property
    def roll_back(self) -> str:
        return self.aws("rollback-stack", "--stack-name", self.stack_name)

    @property
    def continue_rollback(self) -> str:
        return self.aws("continue-update-rollback", "--stack-name", self.stack_name)

    def aws(self, operation: str, *arguments: str) -> str:
        return shlex.join(["aws", "cloudformation", operation, *arguments, *self.aws_flags])
