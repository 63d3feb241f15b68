"""Builds the commands that messages tell a person to run next; each can be pasted as it is.

All are made here, from the options of the run at hand; where those do not say what a deploy is given, from what the
stack's last change set remembers (deployment.deploy_record).
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from scripts.command_line.copyable_command import command_line


@dataclass(frozen=True)
class DeploySettings:
    """Settings of a deploy besides its target: a next deploy without them would bring the defaults back.

    `parameters` as typed, `NAME=VALUE`. None of the root's parameters is secret; a test sees to that.
    """

    environment: str | None = None
    parameters: tuple[str, ...] = ()
    artifact_bucket: str | None = None

    @property
    def file_flags(self) -> list[str]:
        return ["--environment", self.environment] if self.environment else []

    @property
    def flags(self) -> list[str]:
        parameters = (part for text in self.parameters for part in ("--parameter", text))
        bucket = ["--artifact-bucket", self.artifact_bucket] if self.artifact_bucket else []
        return [*self.file_flags, *parameters, *bucket]


NO_DEPLOY_SETTINGS = DeploySettings()


@dataclass(frozen=True)
class Commands:
    """`flags` choose the target, e.g. `("--region", "eu-west-1")` or `("--local",)`.

    `aws_flags` say the same to the AWS command line. `settings` is None where this run was not told them. `typed` is
    the command of this run: program and arguments.
    """

    suffix: str
    stack_name: str
    flags: Sequence[str] = ()
    aws_flags: Sequence[str] = ()
    settings: DeploySettings | None = NO_DEPLOY_SETTINGS
    typed: Sequence[str] = ()

    @property
    def deploy(self) -> str:
        settings = self.settings or NO_DEPLOY_SETTINGS
        return command_line("deploy", "--suffix", self.suffix, *self.flags, *settings.flags)

    @property
    def plan(self) -> str:
        return f"{self.deploy} --plan"

    @property
    def diff(self) -> str:
        return f"{self.deploy} --diff"

    @property
    def destroy(self) -> str:
        return command_line("destroy", "--suffix", self.suffix, *self.flags)

    def mode(self, *mode: str) -> str:
        """A mode of deploy that needs no settings, e.g. `mode("--events", "--follow")`."""
        return command_line("deploy", "--suffix", self.suffix, *self.flags, *mode)

    @property
    def events(self) -> str:
        return self.mode("--events")

    @property
    def roll_back(self) -> str:
        return self.mode("--rollback")

    def apply(self, change_set: str) -> str:
        """Apply a change set, which holds the parameters. The file says how the stack is protected afterwards."""
        return self.mode(*(self.settings or NO_DEPLOY_SETTINGS).file_flags, "--apply", change_set)

    def repeat(self) -> str:
        """The command of this run."""
        return shlex.join(self.typed or shlex.split(self.deploy))

    def ask_again(self, *more: str) -> str:
        """The same without what answers questions beforehand, as no hint is more dangerous than what was refused; and
        `more`: one flag after another, each with its value if it takes one.
        """
        return with_flags(without_answers(self.typed or shlex.split(self.deploy)), *more)

    def aws(self, service: str, operation: str, *arguments: str) -> str:
        return shlex.join(["aws", service, operation, *arguments, *self.aws_flags])


def with_flags(typed: Sequence[str], *more: str) -> str:
    """The command `typed` (program and arguments) with `more` flags, which take the place of the same ones."""
    flags: list[list[str]] = []
    for part in more:
        if part.startswith("--"):
            flags.append([])
        flags[-1].append(part)
    kept = [*typed]
    for flag in flags:
        kept = [*_without(kept, flag[0], takes_value=len(flag) > 1), *flag]
    return shlex.join(kept)


def without_answers(typed: Sequence[str]) -> list[str]:
    """The typed command without --yes (and the name that destroy takes with it) and --allow."""
    kept: list[str] = []
    answers = False
    for part in typed:
        answers = part.partition("=")[0] in ("--yes", "--allow") or (answers and not part.startswith("--"))
        if not answers:
            kept.append(part)
    return kept


def _without(typed: Sequence[str], flag: str, *, takes_value: bool) -> list[str]:
    """The typed command without that flag, however its value was given."""
    kept: list[str] = []
    follows = False
    for part in typed:
        if not follows and part != flag and not part.startswith(f"{flag}="):
            kept.append(part)
        follows = takes_value and part == flag
    return kept
