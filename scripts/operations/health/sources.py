"""What the sections of `health` read from: the environment's names, one client for each service, the time."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from scripts.cloudformation.live_stack import LiveResource
from scripts.command_line.environment import Environment


class Sources(NamedTuple):
    """`words`: how each command is started, as the threads that read can't tell. `client`: a boto3 client by its
    service's name. `resources`: those of all stacks. `now`: UTC.
    """

    environment: Environment
    words: Mapping[str, Sequence[str]]
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
        place = ["--suffix", environment.suffix, *local, *region, *profile]
        return shlex.join([*self.words[name], *arguments, *place])
