"""Options that `capacity` and `cost` share: the deployment, its traffic and its service times."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from scripts.command_line.environment_file import EnvironmentFile
from scripts.command_line.errors import UsageError
from scripts.command_line.options import environment_file_option, json_option, parameter_option
from scripts.planning.aws_limits import TABLE_WRITE_UNITS_PER_SECOND

if (
    TYPE_CHECKING
):  # the library and troposphere are loaded when a command has been understood, not for its help
    from scripts.planning.load import Load

DEFAULT_REGION: Final = "us-east-1"


class FiniteRange(click.FloatRange):
    """A range of numbers without infinity and NaN."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        return number if isfinite(number) else self.fail(f"{value} is not a finite number.", param, ctx)


ABOVE_ZERO: Final = FiniteRange(min=0, max=1e12, min_open=True)


@dataclass(frozen=True)
class Scenario:
    """A deployment on paper with its traffic, as the options describe it."""

    environment_file: EnvironmentFile
    parameters: Mapping[str, str]
    service_times_file: Path | None
    service_times: Sequence[str]
    body_bytes: int
    paypal_share: float

    @property
    def region(self) -> str:
        return self.environment_file.region or DEFAULT_REGION

    def load(
        self,
        per_second: float,
        duplicate_share: float = 0.0,
        shards: int | None = None,
        table_write_units: float = TABLE_WRITE_UNITS_PER_SECOND,
    ) -> Load:
        """The load of that many new webhooks a second on the built templates.

        Raises UsageError for a parameter, a service time or a size of bodies that is not possible.
        """
        from scripts.planning.deployment_on_paper import resolve_deployment
        from scripts.planning.load import Load
        from scripts.planning.service_times import read_service_times, snake_case_name
        from scripts.planning.workload import Workload
        from stacks.assembly import build

        deployment = resolve_deployment(build(), {**self.environment_file.parameters, **self.parameters})
        times = read_service_times(self.service_times_file, self.service_times)
        times.check([snake_case_name(worker) for worker in deployment.workers])
        workload = Workload(self.body_bytes, self.paypal_share, duplicate_share)
        try:
            workload.record()
        except ValueError as error:
            raise UsageError(f"--body-bytes {self.body_bytes}: {error}") from error
        return Load(deployment, workload, times, per_second, self.region, shards, table_write_units)


def scenario_options(function: Callable[..., None]) -> Callable[..., None]:
    """The options of a Scenario, which the function gets as `scenario`, and --json, which it gets as `as_json`."""

    @functools.wraps(function)
    def command(**values: Any) -> None:
        names = Scenario.__dataclass_fields__
        scenario = Scenario(**{name: values.pop(name) for name in names})
        function(scenario=scenario, **values)

    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS: Final = (
    environment_file_option,
    parameter_option,
    click.option(
        "--service-times",
        "service_times_file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Measured service times, in JSON; docs/capacity.md has its form.",
    ),
    click.option(
        "--service-time",
        "service_times",
        multiple=True,
        metavar="NAME=CALL[+ITEM]",
        help="Milliseconds of a call, and of each item in it; overrides the file's. May be repeated.",
    ),
    click.option(
        "--body-bytes",
        type=click.IntRange(min=1, max=10_000_000),  # what API Gateway lets through
        default=3_000,
        metavar="BYTES",
        help="Size of a webhook's body.",
    ),
    click.option(
        "--paypal-share",
        type=FiniteRange(0, 1),
        default=0.25,
        metavar="SHARE",
        help="Share of PayPal's webhooks, 0 to 1: they are written as three items in a transaction.",
    ),
    json_option,
)
