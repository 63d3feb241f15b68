"""A context for deploy and destroy: stubbed clients, a counted clock, and a person who answers."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.stub import Stubber
from rich.console import Console

from scripts.cloudformation.next_commands import Commands
from scripts.command_line.aws_target import Target
from scripts.deployment.context import Context
from stacks.names import Names
from tests.support.scripts.fake_cloudformation import FakeCloudFormation, faked
from tests.support.scripts.stubs import ACCOUNT_ID, REGION, STARTED, shared_session, stack_arn, stubbed


@dataclass(frozen=True)
class StubbedTarget(Target):
    """`clients` and `stubs` by service, made on first use."""

    clients: dict[str, Any] = field(default_factory=dict)
    stubs: dict[str, Stubber] = field(default_factory=dict)

    def client(self, name: str) -> Any:
        self.stub(name)
        return self.clients[name]

    def stub(self, name: str) -> Stubber:
        if name not in self.clients:
            self.clients[name], self.stubs[name] = stubbed(name)
        return self.stubs[name]

    def assert_all_asked(self) -> None:
        for stub in self.stubs.values():
            stub.assert_no_pending_responses()


@dataclass(frozen=True)
class FakedTarget(StubbedTarget):
    """A target whose CloudFormation is in memory; other services are stubbed."""

    cloudformation: FakeCloudFormation = field(default_factory=FakeCloudFormation)

    def __post_init__(self) -> None:
        self.clients["cloudformation"] = faked("cloudformation", self.cloudformation)

    def stub(self, name: str) -> Stubber:
        assert name != "cloudformation"
        return super().stub(name)

    def client(self, name: str) -> Any:
        return self.clients[name] if name in self.clients else super().client(name)


def stubbed_target() -> StubbedTarget:
    return StubbedTarget(shared_session(), REGION, None, ACCOUNT_ID)


def faked_target() -> FakedTarget:
    return FakedTarget(shared_session(), REGION, None, ACCOUNT_ID)


def context_for(
    target: Target,
    answer: str = "",
    sleep: Callable[[float], None] = lambda seconds: None,
    ask: Callable[[str], str] | None = None,
) -> tuple[Context, io.StringIO]:
    """A context for the environment dev, and what it tells people."""
    output_text = io.StringIO()
    console = Console(file=output_text, width=200, no_color=True)
    names = Names("dev", target.account_id, target.region)
    commands = Commands("dev", names.stack, ("--region", REGION), ("--region", REGION))
    ticks = iter(range(1_000_000))
    context = Context(
        target=target,
        names=names,
        commands=commands,
        console=console,
        sleep=sleep,
        clock=lambda: float(next(ticks)),
        ask=ask or (lambda question: answer),
        repeat_command=commands.deploy,
        output=console,
    )
    return context, output_text


def described(status: str, **outputs: str) -> dict[str, Any]:
    """What DescribeStacks answers about payment-webhooks-dev."""
    return {
        "Stacks": [
            {
                "StackName": "payment-webhooks-dev",
                "StackId": stack_arn("payment-webhooks-dev"),
                "StackStatus": status,
                "CreationTime": STARTED,
                "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()],
            }
        ]
    }
