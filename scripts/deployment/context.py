"""The context of a deploy or destroy, and waiting for CloudFormation in it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.text import Text

from scripts.cloudformation.live_stack import LiveStack, read_stack
from scripts.cloudformation.next_commands import Commands, DeploySettings
from scripts.cloudformation.stack_events import EventReader, OperationEnd, follow
from scripts.cloudformation.stack_states import STATES, Action, Outcome, State
from scripts.command_line.aws_target import Target
from scripts.command_line.console import OutputConsole, make_console
from scripts.command_line.environment import Environment
from scripts.command_line.errors import Refused, Stuck, ToolError
from scripts.command_line.exit_codes import EXIT_INTERRUPTED
from scripts.command_line.plain_text import NEW_LINE, visible
from scripts.deployment.event_log import EventLog
from scripts.local_engine.settings import DEFAULT_REGION
from stacks.names import Names

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient

# Eight stacks are asked at each poll, and all users of an account share one rate of calls.
_POLL_SECONDS: Final = 5.0
_LOCAL_POLL_SECONDS: Final = 0.2


class Detached(ToolError):
    """Ctrl-C while an operation is followed: CloudFormation goes on with it."""

    exit_code = EXIT_INTERRUPTED


@dataclass(frozen=True)
class Context:
    """Target, names, consoles, clock and next commands, as every step of deploy and destroy needs them.

    `sleep` takes seconds, `clock` returns seconds since some moment, `ask` puts a question and returns the answer.
    `repeat_command` continues what this run does. `console` is standard error, `output` standard output. `verbose`:
    shorten nothing.
    """

    target: Target
    names: Names
    commands: Commands
    console: Console
    sleep: Callable[[float], None]
    clock: Callable[[], float]
    ask: Callable[[str], str]
    repeat_command: str
    verbose: bool = False
    output: Console = field(default_factory=lambda: OutputConsole(highlight=False))

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        client: CloudFormationClient = self.target.client("cloudformation")
        return client

    @property
    def poll_seconds(self) -> float:
        return _LOCAL_POLL_SECONDS if self.target.is_local else _POLL_SECONDS

    @property
    def pseudo_parameters(self) -> dict[str, str]:
        """What CloudFormation would put in the place of AWS::Region and the like."""
        return {
            "AWS::AccountId": self.target.account_id,
            "AWS::Region": self.target.region,
            "AWS::Partition": self.target.partition,
            "AWS::URLSuffix": self.target.url_suffix,
            "AWS::StackName": self.names.stack,
        }

    def answer_to(self, question: str) -> str:
        """What a person types; nothing, where there is nobody or on Ctrl-C: then the answer is no."""
        try:
            return self.ask(question).strip()
        except (EOFError, KeyboardInterrupt):
            self.print_message("")  # what follows begins on a line of its own
            return ""

    def print_message(self, line: str) -> None:
        """To standard error: progress, and what a person should know."""
        self.console.print(visible(line, NEW_LINE), markup=False, soft_wrap=True)

    def print_answer(self, line: str) -> None:
        """To standard output: what was asked for."""
        self.output.print(visible(line, NEW_LINE), markup=False, soft_wrap=True)


def wait_until_at_rest(context: Context, decide: Callable[[State], Action]) -> tuple[LiveStack, Action]:
    """Wait while an operation is under way; returns the stack, and the action that `decide` chooses for its state.

    Raises Refused or Stuck, with the next command, when that action is REFUSE.
    """
    while True:
        stack = read_stack(context.cloudformation, context.names.stack)
        state = STATES[stack.status]
        action = decide(state)
        if action is Action.REFUSE:
            kind = Stuck if state.outcome is Outcome.STUCK else Refused
            raise kind(
                f"{context.names.stack} is {stack.status}: {state.meaning}", state.next_step(context.commands)
            )
        if action is not Action.WAIT:
            return stack, action
        context.print_message(
            f"{context.names.stack} is {stack.status}: {state.meaning}; waiting for it to end"
        )
        watch(context, EventReader(context.cloudformation, stack.stack_id))


def watch(context: Context, reader: EventReader) -> OperationEnd:
    """Show the operation's events until it has ended. Raises Detached on Ctrl-C; the operation goes on."""
    with EventLog(context.console) as log:
        try:
            return follow(
                reader,
                lambda: read_stack(reader.cloudformation, reader.root_id).status,
                log.show,
                context.sleep,
                context.poll_seconds,
            )
        except KeyboardInterrupt:
            events = context.commands.mode("--events", "--follow")
            raise Detached(
                f"detached; the operation on {context.names.stack} goes on",
                f"to follow it again: {events}; to go on: {context.repeat_command}",
            ) from None


def make_context(
    environment: Environment,
    typed: Sequence[str],
    *,
    settings: DeploySettings | None = None,
    region: str | None = None,
    verbose: bool = False,
) -> Context:
    """Find the target and say which it is.

    `typed`: program and arguments of this run; `settings`: what a deploy is given, None where this run is not told;
    `region`: that of the environment file, where --region is not given. Raises UsageError for no credentials or no
    local engine.
    """
    environment = replace(environment, region=environment.region or region)
    target, names, console = environment.target, environment.names, make_console()
    flags, aws_flags = target_flags(environment.profile, target)
    commands = Commands(environment.suffix, names.stack, flags, aws_flags, settings, typed)
    context = Context(
        target=target,
        names=names,
        commands=commands,
        console=console,
        sleep=time.sleep,
        clock=time.monotonic,
        ask=lambda question: console.input(Text(question, style="bold")),
        repeat_command=commands.repeat(),
        verbose=verbose,
    )
    context.print_message(f"{names.stack} on {target.describe()}")
    return context


def target_flags(profile: str | None, target: Target) -> tuple[list[str], list[str]]:
    """The flags that choose this target: for our commands, and for the AWS command line."""
    aws_flags = target.aws_flags(profile)
    if not target.is_local:
        return aws_flags, aws_flags
    shown = ["--region", target.region] if target.region != DEFAULT_REGION else []
    return ["--local", *shown], aws_flags
