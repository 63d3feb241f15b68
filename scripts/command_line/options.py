"""The options that commands share: one place and one wording for each.

`@environment_options` gives the function an `environment`, `@environment_file_option` an `environment_file`,
`@parameter_option` `parameters`, `@json_option` `as_json`, `@yes_option` `yes`.
"""

import functools
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import click

from scripts.command_line.environment import Environment
from scripts.command_line.environment_file import (
    NO_FILE,
    NONE,
    EnvironmentFile,
    check_suffix,
    read_assignment,
    read_environment,
)

Function = Callable[..., int | None]

SUFFIX_VARIABLE: Final = "PAYMENT_WEBHOOKS_SUFFIX"
LOCAL_VARIABLE: Final = "PAYMENT_WEBHOOKS_LOCAL"
SETTINGS_VARIABLE: Final = "PAYMENT_WEBHOOKS_SETTINGS"


class EnvironmentFileType(click.ParamType[EnvironmentFile]):
    """An environment file, read when the command line is: a mistake in it is told before anything happens."""

    name = "file"

    def convert(
        self, value: str | EnvironmentFile, param: click.Parameter | None, ctx: click.Context | None
    ) -> EnvironmentFile:
        if isinstance(value, EnvironmentFile):
            return value
        return EnvironmentFile(None, {}) if value == NONE else read_environment(Path(value))


# How a time may be written, for people and for strptime.
DAY: Final = ("YYYY-MM-DD", "%Y-%m-%d")
HOUR: Final = ("YYYY-MM-DDTHH", "%Y-%m-%dT%H")
MINUTE: Final = ("YYYY-MM-DDTHH:MM", "%Y-%m-%dT%H:%M")
SECOND: Final = ("YYYY-MM-DDTHH:MM:SS", "%Y-%m-%dT%H:%M:%S")


class TimeType(click.ParamType[datetime]):
    """A time in UTC, in one of `forms`. is_end: a day stands for its end, as --to includes it."""

    name = "time"

    def __init__(self, *forms: tuple[str, str], is_end: bool = False) -> None:
        self.forms, self.is_end = forms, is_end
        self.shown = " or ".join(shown for shown, _ in forms)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "DAY" if self.forms == (DAY,) else "TIME"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        for form in self.forms:
            try:
                found = datetime.strptime(value, form[1]).replace(tzinfo=UTC)
            except ValueError:
                continue
            return found + timedelta(days=self.is_end and form == DAY)
        raise click.BadParameter(f"{value!r} is no time of the form {self.shown}.", ctx, param)


def time_option(
    name: str, variable: str, *forms: tuple[str, str], help: str, **settings: Any
) -> Callable[[Function], Function]:
    """A time in UTC. `help` is one sentence; what the forms are, and that --to includes a day, follows it."""
    kind = TimeType(*forms, is_end=name == "--to" and forms != (DAY,))
    included = " A day is included whole, a time is not." if kind.is_end else ""
    said = f"{help} {kind.shown}, UTC.{included}"
    return click.option(name, variable, type=kind, help=said, **settings)


def _suffix_option(*, required: bool) -> Callable[[Function], Function]:
    return click.option(
        "--suffix",
        required=required,
        metavar="NAME",
        envvar=SUFFIX_VARIABLE,
        show_envvar=True,
        callback=lambda _ctx, _param, value: value if value is None else check_suffix(value),
        help="The environment's name; the name of every resource ends with it.",
    )


suffix_option = _suffix_option(required=True)
region_option = click.option(
    "--region", metavar="REGION", help="AWS region; else that of AWS_REGION or of the profile."
)
profile_option = click.option("--profile", metavar="NAME", help="Profile of ~/.aws/config.")
local_option = click.option(
    "--local",
    "is_local",
    is_flag=True,
    envvar=LOCAL_VARIABLE,
    show_envvar=True,
    help="Work on the local engine on this machine, not on AWS.",
)
environment_file_option = click.option(
    "--environment",
    "environment_file",
    type=EnvironmentFileType(),
    default=NO_FILE,
    show_default=False,
    metavar="FILE",
    envvar=SETTINGS_VARIABLE,
    show_envvar=True,
    help="Environment file: region, parameters and protection, in TOML; `none` for none.",
)
parameter_option = click.option(
    "--parameter",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    callback=lambda _ctx, _param, texts: dict(read_assignment(text) for text in texts),
    help="A parameter's value; it overrides the environment file's. May be repeated.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="The answer as JSON; standard output holds nothing else."
)
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")
count_option = click.option(
    "--count", type=click.IntRange(min=1), help="With --yes, of many: how many there must be."
)
rate_option = click.option(
    "--rate",
    "per_second",
    type=click.IntRange(1, 1000),
    default=50,
    help="Most that are changed in a second.",
)


def stripped(_ctx: click.Context, _param: click.Parameter, text: str | None) -> str | None:
    """An id without the blanks that a copy brings along. Raises BadParameter where nothing is left."""
    if text is not None and not text.strip():
        raise click.BadParameter("an id is not blank.")
    return text and text.strip()


def _check_webhook_id(ctx: click.Context, param: click.Parameter, text: str | None) -> str | None:
    text = stripped(ctx, param, text)
    endpoint, _, event_id = (text or "").partition(":")
    if text is not None and not (endpoint and event_id):
        raise click.BadParameter('it is "{endpoint}:{event id}", such as stripe:evt_1SGvecAbC.')
    return text


def _webhook_id_argument(*, required: bool) -> Callable[[Function], Function]:
    return click.argument(
        "webhook_id",
        required=required,
        callback=_check_webhook_id,
        help="{endpoint}:{event id}, such as stripe:evt_1SGvecAbC.",
    )


webhook_id_argument = _webhook_id_argument(required=True)
optional_webhook_id_argument = _webhook_id_argument(required=False)


def environment_options(function: Function) -> Function:
    """--suffix, --region, --profile and --local, which the function gets as `environment: Environment`."""
    return _environment_options(function, suffix_option)


def environment_or_none_options(function: Function) -> Function:
    """The same, and `environment` is None without --suffix."""
    return _environment_options(function, _suffix_option(required=False))


def _environment_options(function: Function, suffix_option: Callable[[Function], Function]) -> Function:
    @functools.wraps(function)
    def command(
        *, suffix: str | None, region: str | None, profile: str | None, is_local: bool, **rest: Any
    ) -> int | None:
        if is_local and profile:
            raise click.UsageError("--profile goes with AWS, not with --local: leave one of them out.")
        environment = Environment(suffix, region, profile, is_local) if suffix else None
        return function(environment=environment, **rest)

    return suffix_option(region_option(profile_option(local_option(command))))


@click.command()
@environment_options
@environment_file_option
@parameter_option
@json_option
@yes_option
def shared() -> None:
    """A command with all of them, to look them up."""


def check_order(first: date, last: date) -> None:
    """Raises UsageError where --from is after --to."""
    if first > last:
        raise click.UsageError("--from is after --to.")
