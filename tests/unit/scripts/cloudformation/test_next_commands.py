"""The commands that messages print: they can be pasted, repeat what was given, and hold nothing secret."""

import json
import shlex

import pytest

from scripts.cloudformation.next_commands import Commands, Settings
from scripts.deployment import deploy_command, destroy_command
from stacks.assembly import build

SETTINGS = Settings("environments/a file.toml", ("CostCenter=4 7", "DeletionProtection=true"), "my-bucket")
COMMANDS = Commands("dev", "payment-webhooks-dev", ("--region", "eu-west-1", "--profile", "p"), (), SETTINGS)


def parsed(command: str) -> dict[str, object]:
    """As the script that it names understands it."""
    python, script, *arguments = shlex.split(command)
    parsers = {
        "scripts/deploy.py": deploy_command.make_parser,
        "scripts/destroy.py": destroy_command.make_parser,
    }
    assert python == "python"
    return vars(parsers[script]().parse_args(arguments))


def test_a_deploy_repeats_all_that_it_was_given() -> None:
    for command in (COMMANDS.deploy, COMMANDS.plan):
        options = parsed(command)
        assert str(options["environment"]) == SETTINGS.environment
        assert tuple(options["parameter"]) == SETTINGS.parameters  # type: ignore[arg-type]
        assert (options["artifact_bucket"], options["region"], options["profile"]) == (
            "my-bucket",
            "eu-west-1",
            "p",
        )
    assert parsed(COMMANDS.plan)["mode"] == "plan"


def test_a_parameter_more_takes_the_place_of_the_same_one() -> None:
    options = parsed(COMMANDS.deploy_with("DeletionProtection", "false"))
    assert options["parameter"] == ["CostCenter=4 7", "DeletionProtection=false"]


def test_what_needs_no_settings_gets_none_and_a_plan_is_applied_with_its_file() -> None:
    assert parsed(COMMANDS.mode("--drop", "x"))["parameter"] == []
    applied = parsed(COMMANDS.apply("deploy-1"))
    assert (str(applied["environment"]), applied["parameter"]) == (SETTINGS.environment, [])
    assert parsed(COMMANDS.roll_back)["mode"] == "rollback"
    assert parsed(COMMANDS.destroy)["suffix"] == "dev"


@pytest.mark.parametrize(
    ("typed", "more", "expected"),
    [
        ("--plan", (), "--plan"),
        ("--parameter 'A=b c' --yes", ("--yes", "--allow", "iam"), "--parameter 'A=b c' --yes --allow iam"),
        ("--yes --allow iam", ("--yes", "--allow", "iam,replace"), "--yes --allow iam,replace"),
        ("--allow=iam --yes", ("--yes", "--allow", "iam,replace"), "--yes --allow iam,replace"),
        ("--lift-protection", ("--lift-protection",), "--lift-protection"),
        ("", ("--yes", "dev"), "--yes dev"),
    ],
)
def test_the_same_command_again_with_more(typed: str, more: tuple[str, ...], expected: str) -> None:
    base = ["scripts/deploy.py", "--suffix", "dev"]
    commands = Commands("dev", "s", typed=[*base, *shlex.split(typed)])
    assert commands.repeat(*more) == f"python scripts/deploy.py --suffix dev {expected}".strip()


def test_no_parameter_of_the_root_is_secret() -> None:
    """Commands and change sets' descriptions repeat them."""
    parameters = json.loads(build().root)["Parameters"]
    assert not [name for name, facts in parameters.items() if facts.get("NoEcho")]
