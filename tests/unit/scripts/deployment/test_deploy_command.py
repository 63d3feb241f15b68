"""The command lines: help that teaches, errors as exit codes, and next commands that can be copied."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from scripts.cloudformation.next_commands import Commands
from scripts.command_line.aws_errors import explain
from scripts.command_line.aws_target import local_target
from scripts.command_line.errors import UsageError
from scripts.deployment import context as deployment_context
from scripts.deployment import deploy_command, destroy_command
from scripts.local_engine.state import FOLDER_VARIABLE
from tests.support.scripts.deployment_context import stubbed_target


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "…"}}, "CreateChangeSet")


def test_errors_of_aws_have_an_exit_code_and_a_next_step() -> None:
    assert isinstance(explain(error("ExpiredToken")), UsageError)
    unreachable = EndpointConnectionError(endpoint_url="http://x")
    told = [explain(error("AccessDenied")), explain(error("Throttling")), explain(unreachable)]
    assert [each.exit_code for each in told] == [3, 4, 4]
    assert all(each.next_step for each in told)


@pytest.mark.parametrize("parser", [deploy_command.make_parser(), destroy_command.make_parser()])
def test_help_teaches_by_examples_and_names_the_exit_codes(parser: Any) -> None:
    text = parser.format_help()
    assert text.count("python scripts/") >= 3
    for part in ("exit codes:", "0 done", "2 wrong usage", "3 refused", "4 failed", "5 stuck", "--local"):
        assert part in text


@pytest.mark.parametrize(
    "arguments", [[], ["--suffix", "dev", "--plan", "--diff"], ["--suffix", "dev", "--x"]]
)
def test_wrong_usage_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        deploy_command.main(arguments)
    assert caught.value.code == 2
    assert "usage: deploy.py" in capsys.readouterr().err


def test_not_to_execute_is_to_plan() -> None:
    assert deploy_command.make_parser().parse_args(["--suffix", "dev", "--no-execute"]).mode == "plan"


def test_the_next_command_repeats_what_this_one_was_given() -> None:
    """Without the file and the parameters, the next deploy would bring the defaults back."""
    flags = ["--suffix", "dev", "--region", "eu-west-1", "--profile", "p", "--environment", "e.toml"]
    options = deploy_command.make_parser().parse_args([*flags, "--parameter", "A=1 2", "--yes"])
    on_aws, on_aws_cli = deployment_context.target_flags(options, stubbed_target())
    settings = deployment_context.settings_of(options)
    commands = Commands("dev", "payment-webhooks-dev", on_aws, on_aws_cli, settings)
    assert commands.deploy == (
        "python scripts/deploy.py --suffix dev --region eu-west-1 --profile p"
        " --environment e.toml --parameter 'A=1 2'"
    )
    assert commands.destroy == "python scripts/destroy.py --suffix dev --region eu-west-1 --profile p"
    local = deployment_context.target_flags(
        deploy_command.make_parser().parse_args(["--suffix", "dev", "--local"]),
        local_target("http://127.0.0.1:1", "us-east-1"),
    )
    assert local == (["--local"], ["--region", "us-east-1", "--endpoint-url", "http://127.0.0.1:1"])


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (["--suffix", "Dev", "--yes", "--local"], 2, "'Dev' is no environment suffix"),
        (["--suffix", "dev", "--yes", "--local"], 2, "python scripts/local.py up"),
        (["--suffix", "dev", "--yes", "--parameter", "A"], 2, "not of the form Name=value"),
        (["--suffix", "dev", "--yes", "--environment", "none.toml"], 2, "no environment file none.toml"),
        (["--suffix", "dev", "--yes", "--profile", "no-such-profile"], 2, "no-such-profile"),
        (["--suffix", "dev", "--local"], 3, "python scripts/deploy.py --suffix dev --local --plan"),
        (["--suffix", "dev", "--apply", "x"], 3, "python scripts/deploy.py --suffix dev --apply x --yes"),
    ],
)
def test_deploy_says_what_is_wrong_and_what_to_do(
    arguments: list[str],
    exit_code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))  # where no engine runs
    assert deploy_command.main(arguments) == exit_code
    told = capsys.readouterr()
    assert said in told.err
    assert "error: " in told.err
    assert told.out == ""


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (["--suffix", "dev", "--yes", "prod", "--local"], 2, "--yes prod is not --suffix dev"),
        (["--suffix", "dev", "--local"], 3, "python scripts/destroy.py --suffix dev --local --yes dev"),
        (["--suffix", "dev", "--yes", "dev", "--local"], 2, "no local engine is running"),
    ],
)
def test_destroy_says_what_is_wrong_and_what_to_do(
    arguments: list[str],
    exit_code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    assert destroy_command.main(arguments) == exit_code
    assert said in capsys.readouterr().err
