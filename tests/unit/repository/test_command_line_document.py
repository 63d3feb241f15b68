"""docs/command-line.md holds what the commands themselves say: their names, shared options and exit codes."""

from collections.abc import Iterable

import click
import pytest

from scripts.command_line.command import Group
from scripts.command_line.exit_codes import MEANINGS
from scripts.command_line.main import COMMANDS, command_line, load
from scripts.command_line.options import shared
from scripts.command_line.project_paths import ROOT

DOCUMENT = (ROOT / "docs" / "command-line.md").read_text("utf-8")


def table(heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heading, tuple("---" for _ in heading), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def commands() -> str:
    rows = []
    for name, (_, summary) in COMMANDS.items():
        command = load(name)
        inner = "\\|".join(command.commands) if isinstance(command, Group) else ""
        rows.append((f"`{name}{' ' if inner else ''}{inner}`", summary))
    completion = command_line.commands["completion"]
    return table(
        ("command", "what it does"), [*rows, ("`completion bash\\|zsh\\|fish`", completion.help or "")]
    )


def options() -> str:
    rows = []
    for option in shared.params:
        assert isinstance(option, click.Option)
        spelling = " ".join(filter(None, [option.opts[0], option.metavar]))
        rows.append((f"`{spelling}`", option.help or "", f"`{option.envvar}`" if option.envvar else ""))
    return table(("option", "what it means", "default from"), rows)


def exit_codes() -> str:
    return table(("code", "means"), [(str(code), meaning) for code, meaning in MEANINGS.items()])


@pytest.mark.parametrize(
    "generated", [commands(), options(), exit_codes()], ids=["commands", "options", "codes"]
)
def test_the_document_says_what_the_commands_say(generated: str) -> None:
    assert generated in DOCUMENT, f"docs/command-line.md must hold:\n{generated}"
