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

    def mode(self, *mode: str) -> str:
        """deploy.py for one thing only, e.g. `mode("--events", "--follow")`."""
        return shlex.join(["python", "scripts/deploy.py", "--suffix", self.suffix, *self.flags, *mode])

    @property
    def roll_back(self) -> str:
        return self.mode("--rollback")

    def apply(self, change_set: str) -> str:
        settings = [*self.settings, "--apply", change_set]
        return shlex.join(["python", "scripts/deploy.py", "--suffix", self.suffix, *self.flags, *settings])

    def aws(self, operation: str, *arguments: str) -> str:
        return shlex.join(["aws", "cloudformation", operation, *arguments, *self.aws_flags])
