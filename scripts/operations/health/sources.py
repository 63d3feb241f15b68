"""What the sections of `health` read from: the environment's names, one client for each service, the time."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from scripts.cloudformation.live_stack import LiveResource
from scripts.command_line.environment import Environment
from scripts.command_line.program_name import command_line


class Sources(NamedTuple):
    """`client`: a boto3 client by its service's name. `resources`: those of all stacks. `now`: UTC."""

    environment: Environment
    client: Callable[[str], Any]
    resources: Sequence[LiveResource]
    now: datetime

    def of_type(self, resource_type: str) -> list[LiveResource]:
        return [each for each in self.resources if each.resource_type == resource_type]

    def command(self, name: str, *arguments: str) -> str:
        """A command for this environment, to be copied."""
        environment = self.environment
        region = ["--region", environment.region] if environment.region else []
        profile = ["--profile", environment.profile] if environment.profile else []
        local = ["--local"] if environment.is_local else []
        return command_line(name, *arguments, "--suffix", environment.suffix, *local, *region, *profile)
