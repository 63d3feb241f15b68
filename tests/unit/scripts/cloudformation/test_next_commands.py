"""The commands that messages print: they can be pasted, repeat what was given, and hold nothing secret."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from scripts.cloudformation.next_commands import Commands, DeploySettings
from scripts.deployment.deploy_command import deploy
from scripts.deployment.destroy_command import destroy
from tests.support.templates.resources import built

FLAGS = ("--region", "eu-west-1", "--profile", "p")


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    """Next commands after a deploy with a file, whose path has a space, parameters and a bucket."""
    file = tmp_path / "a file.toml"
    file.write_text("")
    settings = DeploySettings(str(file), ("CostCenter=4 7", "DeletionProtection=true"), "my-bucket")
    return Commands("dev", "payment-webhooks-dev", FLAGS, (), settings)


def parsed(command: str) -> dict[str, Any]:
    """As the script that it names understands it."""
    python, script, *arguments = shlex.split(command)
    scripts = {"scripts/deploy.py": deploy, "scripts/destroy.py": destroy}
    assert python == "python"
    return scripts[script].make_context("script", arguments).params


def test_a_deploy_repeats_all_that_it_was_given(commands: Commands) -> None:
    for command in (commands.deploy, commands.plan):
        options = parsed(command)
        assert options["environment_file"].path.name == "a file.toml"
        assert options["parameters"] == {"CostCenter": "4 7", "DeletionProtection": "true"}
        assert options["artifact_bucket"] == "my-bucket"
        assert (options["region"], options["profile"]) == ("eu-west-1", "p")
    assert parsed(commands.plan)["mode"] == "plan"


def test_what_needs_no_settings_gets_none_and_a_plan_is_applied_with_its_file(commands: Commands) -> None:
    assert parsed(commands.mode("--drop", "x"))["parameters"] == {}
    applied = parsed(commands.apply("deploy-1"))
    assert (applied["environment_file"].path.name, applied["parameters"]) == ("a file.toml", {})
    assert parsed(commands.roll_back)["mode"] == "rollback"
    assert parsed(commands.destroy)["suffix"] == "dev"


@pytest.mark.parametrize(
    ("typed", "more", "expected"),
    [
        ("--plan", (), "--plan"),
        ("--parameter 'A=b c' --yes", ("--diff",), "--parameter 'A=b c' --diff"),
        ("--yes --allow iam --local", (), "--local"),
        ("--allow=iam --yes", ("--html", "a b"), "--html 'a b'"),
        ("--yes prod --lift-protection", ("--lift-protection",), "--lift-protection"),
        ("--html old --yes", ("--html", "new"), "--html new"),
    ],
)
def test_the_same_command_again_asks_whatever_was_answered_beforehand(
    typed: str, more: tuple[str, ...], expected: str
) -> None:
    base = ["python", "scripts/deploy.py", "--suffix", "dev"]
    commands = Commands("dev", "s", typed=[*base, *shlex.split(typed)])
    assert commands.ask_again(*more) == f"python scripts/deploy.py --suffix dev {expected}".strip()


def test_no_parameter_of_the_root_is_secret() -> None:
    """Commands and change sets' descriptions repeat them."""
    parameters = json.loads(built().root)["Parameters"]
    assert not [name for name, facts in parameters.items() if facts.get("NoEcho")]
