"""Every command of `payment-webhooks`: its help, its shared options, and what is loaded to print it."""

import errno
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from scripts.command_line.command import Command, Group
from scripts.command_line.exit_codes import EXIT_DONE, EXIT_USAGE, MEANINGS
from scripts.command_line.main import COMMANDS, command_line, load, main, run
from scripts.command_line.options import DAY, HOUR, shared, time_option
from scripts.command_line.project_paths import ROOT
from scripts.local_engine.state import FOLDER_VARIABLE

HEAVY = ("boto3", "botocore", "cfnlint", "cryptography", "rich", "troposphere", "urllib3")


def all_commands() -> Iterator[tuple[str, click.Command]]:
    """Each command and subcommand with its full name, such as `inbox list`."""
    context = click.Context(command_line)
    for name in command_line.list_commands(context):
        command = command_line.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, Group):
            yield from ((f"{name} {inner}", found) for inner, found in command.commands.items())


ALL = list(all_commands())
PATHS = [path for path, _ in ALL]


@pytest.mark.parametrize("path", PATHS)
def test_help_names_the_exit_codes(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main("", [*path.split(), "--help"]) == EXIT_DONE
    told = capsys.readouterr()
    assert told.out.startswith(f"Usage: payment-webhooks {path}")
    assert told.err == ""
    listed = told.out.partition("Exit codes:")[2].split()
    for code in ("0", "2", "3", "4", "130", "141"):
        assert code in listed


@pytest.mark.parametrize("path", ["", *PATHS])
def test_help_is_readable_on_80_columns(
    path: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only an example, which is copied, and the names of an option's choices are longer; no sentence is cut."""
    monkeypatch.setenv("COLUMNS", "80")
    assert main("", [*path.split(), "--help"]) == EXIT_DONE
    before, _, after = capsys.readouterr().out.partition("Examples:\n")
    told = [*before.splitlines(), *after.partition("\n\n")[2].splitlines()]
    assert [line for line in told if len(line) > 80 and "|" not in line] == []
    assert [line for line in told if line.endswith("...")] in ([], [told[0]])


@pytest.mark.parametrize(("path", "command"), ALL, ids=PATHS)
def test_a_shared_option_has_one_wording(path: str, command: click.Command) -> None:
    known = {option.opts[0]: option for option in shared.params if isinstance(option, click.Option)}
    for option in command.params:
        same = known.get(option.opts[0]) if isinstance(option, click.Option) else None
        chooses_an_engines_region = (path, option.name) == ("local up", "region")
        if isinstance(option, click.Option) and same and not option.hidden and not chooses_an_engines_region:
            if option.is_flag != same.is_flag:  # destroy's --yes takes the name of what is destroyed
                continue
            assert (option.help, option.envvar, option.metavar) == (same.help, same.envvar, same.metavar)


@pytest.mark.parametrize(("path", "command"), ALL, ids=PATHS)
def test_every_option_is_explained_and_every_command_is_ours(path: str, command: click.Command) -> None:
    assert isinstance(command, Command)
    assert [param.name for param in command.params if not getattr(param, "help", None)] == []


def test_every_command_that_answers_has_json() -> None:
    silent = [path for path, command in ALL if "as_json" not in {param.name for param in command.params}]
    groups = [path for path, command in ALL if isinstance(command, Group)]
    assert sorted(silent) == sorted([*groups, "completion"])


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_the_command_says(name: str) -> None:
    help_text = load(name).help or ""
    assert COMMANDS[name][1] == help_text.partition("\n")[0]


def test_every_script_has_its_command() -> None:
    scripts = {path.stem.replace("_", "-") for path in (ROOT / "scripts").glob("*.py")}
    assert scripts - {"--init--", "start-command"} == COMMANDS.keys()


HELP_OF_ALL = """
import json, sys
from scripts.command_line.main import main
heavy, paths = json.loads(sys.argv[1])
for path in paths:
    main("", [*path.split(), "--help"])
    loaded = {name.partition(".")[0] for name in sys.modules}
    if not loaded.isdisjoint(heavy):
        sys.exit(f"the help of {path or 'all'} loads {sorted(loaded.intersection(heavy))}")
"""


def test_help_loads_nothing_heavy() -> None:
    """In one process, as what one help has loaded would be there after all others."""
    command = [sys.executable, "-c", HELP_OF_ALL, json.dumps([HEAVY, ["", *PATHS]])]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'layer' / 'python'}"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Usage:") == 1 + len(PATHS)


@pytest.mark.parametrize(
    "arguments",
    [
        ["trace", "--suffix", "dev", "--json", "stripe:evt_1", "--what"],
        ["--suffix", "dev", "trace", "stripe"],
        ["trace", "--suffix", "Dev", "stripe:evt_1"],
        ["trace", "--suffix", "dev", "--local", "--profile", "p", "stripe:evt_1"],
        ["trace", "stripe:evt_1"],
        ["--what", "trace"],
        ["trase"],
    ],
)
def test_a_mistake_is_one_line_and_a_next_step(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PAYMENT_WEBHOOKS_SUFFIX", raising=False)
    assert main("", arguments) == EXIT_USAGE
    told = capsys.readouterr()
    error, next_step = told.err.splitlines()
    assert error.startswith("error: ")
    assert next_step.startswith("  next: ")
    assert told.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["evidence", "--folder", "{file}/pack"],
        ["acceptance", "--suffix", "dev", "--local", "--report", "{file}/reports"],
        ["local", "status"],
        ["local", "up"],
    ],
)
def test_a_path_that_can_not_be_is_one_line_and_a_next_step_in_every_command(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a file"
    file.touch()
    monkeypatch.setenv("PAYMENT_WEBHOOKS_STATE", f"{file}/state")
    assert main("", [each.format(file=file) for each in arguments]) == EXIT_USAGE
    error, next_step = capsys.readouterr().err.splitlines()
    assert error.startswith(f"error: {file}/")
    assert error.endswith(": Not a directory")
    assert next_step == "  next: give a path that you may read or write"


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full", "file"), OSError(errno.EBADF, "no file")])
def test_a_full_disk_and_what_is_about_no_path_are_not_called_a_wrong_path(error: OSError) -> None:
    @click.command(cls=Command)
    def write() -> None:
        raise error

    with pytest.raises(OSError, match=str(error.strerror)):
        run(write, "write", [])


def test_an_option_without_its_value_names_the_help_of_its_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main("", ["destroy", "--suffix", "dev", "--yes"]) == EXIT_USAGE
    assert capsys.readouterr().err.splitlines()[1] == "  next: payment-webhooks destroy --help"
    assert main("", ["endpoint-secrets", "set", "--value-file"]) == EXIT_USAGE
    assert capsys.readouterr().err.splitlines() == [
        "error: Option '--value-file' requires an argument.",
        "  next: payment-webhooks endpoint-secrets set --help",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["endpoint-secrets", "--suffix", "dev", "--endpoint", "stripe", "--local", "list"],
        ["endpoint-secrets", "--endpoint=stripe", "list", "--suffix", "dev", "--local"],
        ["--suffix", "dev", "--local", "endpoint-secrets", "list", "--endpoint", "stripe"],
        ["--local", "inbox", "--status", "conflict", "list", "--suffix", "dev"],
        ["inbox", "show", "stripe:evt_1", "--local", "--suffix", "dev"],
        [
            "inbox",
            "ignored",
            "--from",
            "2026-11-01",
            "--to",
            "2026-11-02T12:00",
            "--local",
            "--suffix",
            "dev",
        ],
        ["inbox", "--suffix", "dev", "show", "--local", "stripe:evt_1"],
        ["transactions", "--provider", "stripe", "list", "--suffix", "dev", "--local"],
    ],
)
def test_options_stand_in_any_order(
    arguments: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each is understood: what is missing is the engine."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    assert main("", arguments) == EXIT_USAGE
    assert "no local engine is running" in capsys.readouterr().err


@pytest.mark.parametrize(
    "typed",
    [
        ["list", "whsec_mine"],
        ["whsec_mine", "list"],
        ["set", "--whsec_mine"],
        ["--whsec_mine", "set"],
        ["set", "--mode", "whsec_mine"],
        ["set", "--endpoint", "whsec_mine"],
        ["set", "--value-file", "whsec_mine"],
    ],
)
def test_a_key_typed_in_the_wrong_place_is_not_repeated(
    typed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    shared_part = ["--suffix", "dev", "--local", *([] if "--endpoint" in typed else ["--endpoint", "stripe"])]
    assert main("endpoint-secrets", [*typed, *shared_part]) == EXIT_USAGE
    told = capsys.readouterr()
    assert "whsec_mine" not in told.out + told.err
    assert "error: " in told.err


def test_an_option_of_another_subcommand_is_named_as_it_is_no_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("endpoint-secrets", ["add", "--endpoint", "stripe", "--yes=whsec_mine"]) == EXIT_USAGE
    told = capsys.readouterr()
    assert "--yes" in told.err
    assert "whsec_mine" not in told.out + told.err


def test_a_suffix_of_the_environment_is_checked_as_a_typed_one_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAYMENT_WEBHOOKS_SUFFIX", "Dev")
    assert main("trace", ["stripe:evt_1"]) == EXIT_USAGE
    assert "'Dev' is no environment suffix" in capsys.readouterr().err


def test_without_arguments_the_help_is_shown_as_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("", []) == EXIT_USAGE
    assert "Commands:" in capsys.readouterr().err


def test_the_version_is_that_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("", ["--version"]) == EXIT_DONE
    assert capsys.readouterr().out == "payment-webhooks 0.1.0\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_of_a_shell_calls_the_program(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main("", ["completion", shell]) == EXIT_DONE
    printed = capsys.readouterr().out
    assert f"_PAYMENT_WEBHOOKS_COMPLETE={shell}_complete" in printed
    assert "payment-webhooks" in printed


def test_names_and_options_are_completed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_PAYMENT_WEBHOOKS_COMPLETE", "bash_complete")
    for words, expected in (
        ("payment-webhooks tr", "plain,trace"),
        ("payment-webhooks trace --suf", "plain,--suffix"),
    ):
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
        assert main() == EXIT_DONE
        assert expected in capsys.readouterr().out.split()


def test_each_exit_code_has_one_meaning() -> None:
    assert [*MEANINGS] == [0, 1, 2, 3, 4, 5, 6, 130, 141]
    assert len({*MEANINGS.values()}) == len(MEANINGS)


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [(["inbx"], "inbox"), (["inbox", "lst"], "list"), (["health", "--sufix", "x"], "--suffix")],
)
def test_a_mistyped_word_is_told_with_the_one_that_was_meant(
    arguments: list[str], meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main("", arguments) == EXIT_USAGE
    assert f"Did you mean '{meant}'?" in capsys.readouterr().err


@pytest.mark.parametrize(("path", "command"), ALL, ids=PATHS)
def test_help_shows_times_as_people_write_them(path: str, command: click.Command) -> None:
    help_text = command.get_help(click.Context(command, info_name=path))
    assert "%" not in re.sub(r"\d%", "", help_text)


def moment(text: str, *forms: tuple[str, str], option: str) -> datetime:
    @click.command()
    @time_option(option, "when", *forms, help="When.")
    def command(when: datetime) -> None: ...

    when: datetime = command.make_context("x", [option, text]).params["when"]
    return when


def test_to_has_the_day_whole_and_ends_at_a_time() -> None:
    assert moment("2026-11-30", DAY, HOUR, option="--to") == datetime(2026, 12, 1, tzinfo=UTC)
    assert moment("2026-11-30T05", DAY, HOUR, option="--to") == datetime(2026, 11, 30, 5, tzinfo=UTC)
    assert moment("2026-11-30", DAY, HOUR, option="--from") == datetime(2026, 11, 30, tzinfo=UTC)
    assert moment("2026-11-30", DAY, option="--to") == datetime(2026, 11, 30, tzinfo=UTC)  # a last day


def test_each_to_says_whether_the_day_is_included() -> None:
    told = {
        path: option.help or ""
        for path, command in ALL
        for option in command.params
        if isinstance(option, click.Option) and "--to" in option.opts
    }
    assert len(told) == 9
    assert all("included" in text for text in told.values()), told
