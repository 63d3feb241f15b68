"""Each command line of the documents is one that the program understands: its options, choices and order."""

import re
import shlex
from collections.abc import Iterator

import click
import pytest

from scripts.command_line.command import Group
from scripts.command_line.main import COMMANDS, load
from scripts.command_line.project_paths import ROOT
from tests.unit.repository.test_documents import DOCUMENTS, identifier

FENCED = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(
    r"`((?:payment-webhooks|python scripts/\w+\.py) [^`]*(?:--|\w:\w)[^`]+)`"
)  # without options and ids: its name
COMMAND = re.compile(r"(?:payment-webhooks ([a-z][a-z-]+)|python scripts/(\w+)\.py)(.*)")
# What stands for a value that the reader puts in.
VALUES = {
    "NAME": "stripe",
    "FILE": "environments/dev.toml",
    "DAY": "2026-11-01",
    "WEBHOOK_ID": "stripe:evt_1",
    "TRANSACTION_ID": "stripe:pi_1",
}


def command_lines(text: str) -> Iterator[str]:
    """Each must be written in full: what … leaves out of a line, the program does not understand."""
    fenced = "\n".join(FENCED.findall(text)).replace("\\\n", " ").splitlines()
    for line in [*fenced, *INLINE.findall(text)]:
        found = COMMAND.search(line.split("   #")[0].split(" | ")[-1])
        if found and found[1] != "completion" and "{" not in line:
            yield found[0].split(" > ")[0].split("; ")[0]


LINES = sorted(
    {(identifier(path), line) for path in DOCUMENTS for line in command_lines(path.read_text("utf-8"))}
)


def test_the_lines_are_found() -> None:
    pages = {page for page, _ in LINES}
    assert {"README.md", "docs/restore.md", "docs/incidents.md", "docs/runbook.md"} <= pages
    assert len(LINES) > 60


def test_the_readme_has_each_command() -> None:
    rows = re.findall(r"^\| `([a-z-]+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert {*COMMANDS, "completion"} <= {*rows}


@pytest.mark.parametrize(("page", "line"), LINES)
def test_the_program_understands_it(page: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = COMMAND.match(line)
    assert found
    name = found[1] or found[2].replace("_", "-")
    assert name in COMMANDS
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PAYMENT_WEBHOOKS_SUFFIX", "dev")
    words = [VALUES.get(word, word) for word in shlex.split(found[3], comments=True)]
    command: click.Command = load(name)
    if not isinstance(command, Group):
        command.make_context(name, words).close()
        return
    context = click.Context(command, info_name=name)
    inner_name, *rest = command.name_first(context, words)
    command.commands[inner_name].make_context(inner_name, rest, parent=context).close()
