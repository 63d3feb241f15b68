"""What the sections of `health` read from: the environment's names, one client for each service, the time."""

import shlex
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from scripts.cloudformation.live_stack import LiveResource
from scripts.command_line.copyable_command import Here
from scripts.command_line.environment import Environment


class Sources(NamedTuple):
    """`here`: how this run was started, as the threads that read can't tell. `aws_flags`: by which the AWS command line
    finds the environment. `client`: a boto3 client by its service's name. `resources`: those of all stacks. `now`: UTC.
    """

    environment: Environment
    here: Here
    aws_flags: Sequence[str]
    client: Callable[[str], Any]
    resources: Sequence[LiveResource]
    now: datetime

    def of_type(self, resource_type: str) -> list[LiveResource]:
        return [each for each in self.resources if each.resource_type == resource_type]

    def aws(self, *words: str) -> str:
        """A command of the AWS command line for this environment, to be copied."""
        return shlex.join(["aws", *words, *self.aws_flags])
