"""The commands deploy and destroy: modes and their flags, what is wrong and what to do, and the docs made from them."""

import os
from pathlib import Path

import click
import pytest

from scripts.cloudformation.next_commands import DeploySettings
from scripts.command_line.aws_target import local_target
from scripts.command_line.environment_file import NO_FILE
from scripts.command_line.main import main
from scripts.command_line.project_paths import ROOT
from scripts.deployment.context import target_flags
from scripts.deployment.deploy_command import (
    CHANGES,
    DEPLOY,
    FLAGS,
    DeployOptions,
    deploy,
    flags_table,
    modes_table,
)
from scripts.local_engine.state import FOLDER_VARIABLE
from tests.support.scripts.deployment_context import stubbed_target

MODES_OF_FLAG = [(name, modes) for flags in FLAGS.values() for name, modes in flags.items()]
VALUES = {
    "--apply": "x",
    "--drop": "x",
    "--environment": str(ROOT / "environments" / "dev.toml"),
    "--parameter": "A=b",
    "--artifact-bucket": "b",
    "--allow": "iam",
    "--skip": "Data/X",
    "--html": "a.html",
    "--markdown": "a.md",
}


@pytest.fixture(autouse=True)
def no_engine_and_no_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))  # where no engine runs
    for name in [
        name for name in os.environ if name.startswith("PAYMENT_WEBHOOKS_") and name != FOLDER_VARIABLE
    ]:
        monkeypatch.delenv(name)


def parsed(*arguments: str) -> DeployOptions:
    params = deploy.make_context("deploy", ["--suffix", "dev", *arguments]).params
    environment = {params.pop(name) for name in ("suffix", "region", "profile", "is_local")}
    assert "dev" in environment
    return DeployOptions(environment=None, **params)  # type: ignore[arg-type]


@pytest.mark.parametrize(("flag", "modes"), MODES_OF_FLAG, ids=[flag for flag, _ in MODES_OF_FLAG])
@pytest.mark.parametrize("mode", CHANGES)
def test_a_flag_that_means_nothing_in_a_mode_is_wrong_usage(
    mode: str, flag: str, modes: frozenset[str]
) -> None:
    names = [*([] if mode == DEPLOY else [f"--{mode}"]), flag]
    arguments = [word for name in names for word in (name, *([VALUES[name]] if name in VALUES else []))]
    if mode in modes:
        assert parsed(*arguments).mode == mode
        return
    with pytest.raises(click.UsageError, match=f"{flag} means nothing with "):
        parsed(*arguments)


def test_every_option_is_in_the_table() -> None:
    """But those that choose the environment, which every mode needs, and the modes themselves."""
    names = {option.opts[0] for option in deploy.params}
    environment = {"--suffix", "--region", "--profile", "--local"}
    assert (
        names
        == {flag for flag, _ in MODES_OF_FLAG}
        | {f"--{mode}" for mode in CHANGES if mode != DEPLOY}
        | environment
    )


def test_the_page_holds_the_tables() -> None:
    """They are printed by: PYTHONPATH=.:layer/python python -c
    "from scripts.deployment.deploy_command import *; print(modes_table(), flags_table(), sep='\\n\\n')".
    """
    page = (ROOT / "docs" / "deploying.md").read_text("utf-8")
    assert modes_table() in page
    assert flags_table() in page


@pytest.mark.parametrize("name", ["deploy", "destroy"])
def test_help_teaches_by_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(name, ["--help"]) == 0
    text = capsys.readouterr().out
    assert text.count("python scripts/") >= 3
    for part in ("Examples:", "5    stuck: a person must act", "--local"):
        assert part in text


def test_not_to_execute_is_to_plan() -> None:
    assert parsed("--no-execute").mode == "plan"


def test_markdown_goes_to_a_file_or_to_standard_output() -> None:
    assert parsed("--markdown", "--plan").markdown == "-"
    assert parsed("--markdown", "a.md").markdown == "a.md"


def test_the_next_command_repeats_what_this_one_was_given(tmp_path: Path) -> None:
    """Without the file and the parameters, the next deploy would bring the defaults back."""
    file = tmp_path / "e.toml"
    file.write_text("")
    given = ["--environment", str(file)]
    assert parsed(*given, "--parameter", "A=1 2", "--yes").settings == DeploySettings(str(file), ("A=1 2",))
    assert parsed(*given, "--drop", "x").settings == DeploySettings(str(file))
    assert parsed("--drop", "x").settings is None
    assert parsed().settings == DeploySettings()
    on_aws = ["--region", "eu-west-1", "--profile", "p"]
    assert target_flags("p", stubbed_target()) == (on_aws, on_aws)
    local = (["--local"], ["--region", "us-east-1", "--endpoint-url", "http://127.0.0.1:1"])
    assert target_flags(None, local_target("http://127.0.0.1:1", "us-east-1")) == local


def test_what_comes_from_environment_variables_is_written_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a hint can be pasted where they are not set."""
    file = tmp_path / "e.toml"
    file.write_text("")
    monkeypatch.setenv("PAYMENT_WEBHOOKS_SUFFIX", "dev")
    monkeypatch.setenv("PAYMENT_WEBHOOKS_LOCAL", "1")
    monkeypatch.setenv("PAYMENT_WEBHOOKS_SETTINGS", str(file))
    params = deploy.make_context("deploy", ["--plan"]).params
    written_out = [
        "python",
        "scripts/deploy.py",
        "--suffix",
        "dev",
        "--local",
        "--environment",
        str(file),
        "--plan",
    ]
    assert params["typed"] == written_out
    assert params["environment_file"].path == file
    monkeypatch.setenv("PAYMENT_WEBHOOKS_LOCAL", "0")
    monkeypatch.setenv("PAYMENT_WEBHOOKS_SETTINGS", "")
    params = deploy.make_context("deploy", ["--suffix", "prod"]).params
    assert params["typed"] == ["python", "scripts/deploy.py", "--suffix", "prod"]
    assert params["environment_file"] is NO_FILE


@pytest.mark.parametrize(
    ("command", "exit_code", "message"),
    [
        ("deploy", 2, "Missing option '--suffix'"),
        ("deploy --suffix dev --plan --diff", 2, "--plan and --diff are two modes: choose one"),
        ("deploy --suffix dev --x", 2, "No such option '--x'"),
        ("deploy --suffix dev --apply=", 2, "it needs the name of a change set"),
        ("deploy --suffix dev --plan --json --markdown", 2, "give --markdown a file"),
        ("deploy --suffix Dev --yes --local", 2, "'Dev' is no environment suffix"),
        ("deploy --suffix dev --yes --local", 2, "python scripts/local.py up"),
        ("deploy --suffix dev --yes --parameter A", 2, "not of the form Name=value"),
        ("deploy --suffix dev --yes --allow x", 2, "not one of destroy, replace, stop, iam, public"),
        ("deploy --suffix dev --yes --environment none.toml", 2, "no environment file none.toml"),
        ("deploy --suffix dev --yes --profile no-such-profile", 2, "no-such-profile"),
        ("deploy --suffix dev --local", 2, "no local engine is running"),
        ("destroy --suffix dev --yes prod --local", 2, "--yes prod is not --suffix dev"),
        ("destroy --suffix dev --yes dev --local", 2, "no local engine is running"),
    ],
)
def test_an_error_says_what_is_wrong_and_what_to_do(
    command: str, exit_code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name, *arguments = command.split()
    assert main(name, arguments) == exit_code
    output = capsys.readouterr()
    assert message in output.err
    assert output.err.startswith("error: ")
    assert output.out == ""


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        ("deploy --suffix dev --yes --local", "payment-webhooks local up"),
    ],
)
def test_a_hint_names_the_program_as_it_was_started(
    command: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main("", command.split())
    told = capsys.readouterr().err
    assert hint in told
    assert "python scripts/" not in told
