"""Each command that a message tells a person to run: it is built by the builders of commands, and the program takes it.

Found without running anything: every call of a builder in scripts/ is read from the code, with `WORD` for what only a
run knows, and parsed by the command that it names. No other text of a message may name a command.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import click
import pytest

from scripts.command_line.command import Group
from scripts.command_line.copyable_command import Here
from scripts.command_line.main import COMMANDS as MAIN
from scripts.command_line.main import load
from scripts.command_line.project_paths import ROOT
from tests.unit.scripts.command_line.test_commands import PATHS

# By the builder's name: the words that it puts before those that it is given, and behind them.
PLACE: Final = ("--suffix", "WORD", "--region", "WORD", "--profile", "WORD", "--local")
BUILDERS: Final = {
    "copyable": ((), PLACE),
    "command_line": ((), ()),
    "mode": (("deploy",), PLACE),
}
SPOKEN_IN: Final = (
    "help",
    "examples",
    "metavar",
)  # keywords of click: their commands are tested as documents are
# A command's name that nobody could mean otherwise, a command with its subcommand, or the way to its help.
NAMES: Final = re.compile(
    r"`[^`]*`|(?<!['\w])--help|python scripts/|payment-webhooks [a-z]|\b(?:"
    + "|".join(re.escape(path) for path in PATHS if " " in path or "-" in path)
    + r")\b(?!['\"])"
)
NOT_PRINTED: Final = {
    "scripts/command_line/command.py": "how click spells help, and whose help it is",
    "scripts/command_line/main.py": "the table of commands; whose help it is",
    "scripts/operations/provider_addresses/lists.py": "the comment at a file's head",
}


class Printed(NamedTuple):
    place: str
    words: tuple[str, ...]


@cache
def sources() -> list[tuple[str, ast.Module]]:
    paths = sorted((ROOT / "scripts").rglob("*.py"))
    return [(str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))) for path in paths]


def word_of(argument: ast.expr) -> str:
    return (
        argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else "WORD"
    )


def printed_commands() -> Iterator[Printed]:
    for place, tree in sources():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name not in BUILDERS or not node.args:
                continue
            before, behind = BUILDERS[name]
            given = [word_of(each) for each in node.args if not isinstance(each, ast.Starred)]
            starred = any(isinstance(each, ast.Starred) for each in node.args)
            words = (*before, *given, *(PLACE if starred and "--suffix" not in given else ()), *behind)
            if words[0] in MAIN:  # else a builder hands on what it was given
                yield Printed(f"{place}:{node.lineno}", words)


@cache
def commands() -> list[Printed]:
    return sorted(set(printed_commands()))


def missing_or_unknown(words: tuple[str, ...]) -> str:
    """What is wrong with the command; empty where the program takes it."""
    name, *rest = words
    command = load(name)
    if "--help" in rest:
        rest.remove("--help")
        return "" if not rest or rest[0] in getattr(command, "commands", {}) else f"no {rest[0]}"
    context = click.Context(command, info_name=name)
    if isinstance(command, Group):
        inner, *rest = command.name_first(context, rest)
        if inner not in command.commands:
            return f"{name} has no subcommand {inner}"
        command = command.commands[inner]
        context = click.Context(command, info_name=inner, parent=context)
    try:
        given, left, _ = command.make_parser(context).parse_args(args=[*rest])
    except click.UsageError as error:
        return error.format_message()
    for param in command.params:
        value = given.get(param.name or "")
        if param.required and not value:
            return f"lacks {param.name}"
        values = value if isinstance(value, list | tuple) else [value]
        if isinstance(param.type, click.Choice) and not {*values} <= {*param.type.choices, "WORD", None}:
            return f"{param.name} is none of {param.type.choices}: {values}"
    return f"too much: {left}" if left else ""


def test_the_builders_calls_are_found() -> None:
    assert len(commands()) > 35
    assert {each.words[0] for each in commands()} >= {
        "deploy",
        "destroy",
        "inbox",
        "endpoint-secrets",
        "restore",
    }


def test_the_program_takes_it() -> None:
    wrong = {printed: missing_or_unknown(printed.words) for printed in commands()}
    assert {printed: words for printed, words in wrong.items() if words} == {}


def test_an_error_but_wrong_usage_says_what_to_do() -> None:
    """Of wrong usage the message itself mostly says what is wanted."""
    raised = [
        (place, node.exc)
        for place, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
    ]
    kinds = {"NotFound", "Refused", "RolledBack", "Stuck"}
    errors = [(place, call) for place, call in raised if getattr(call.func, "id", "") in kinds]
    assert len(errors) > 50
    silent = [(place, word_of(call.args[0])) for place, call in errors if len(call.args) < 2]
    said_no = ("scripts/command_line/streams.py", "nothing was changed")  # by the person
    assert [each for each in silent if each != said_no] == []


def spoken() -> Iterator[tuple[str, str]]:
    """Every text of the code but docstrings and what click shows as help."""
    for place, tree in sources():
        silent: set[int] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg in SPOKEN_IN:
                silent.update(map(id, ast.walk(node.value)))
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                silent.add(id(node.value))
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", getattr(node.func, "attr", "")) in BUILDERS
            ):
                silent.update(map(id, node.args))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
                yield f"{place}:{node.lineno}", node.value


def test_no_message_names_a_command_that_no_builder_made() -> None:
    scripts = {f"scripts/{path.name}" for path in (ROOT / "scripts").glob("*.py")}
    found = [
        (place, text)
        for place, text in spoken()
        if place.partition(":")[0] not in {*NOT_PRINTED, *scripts} and NAMES.search(text)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("look first: `list`", True),
        ("restore start makes it", True),
        ("see configure --help, such as --mode live", True),
        ("endpoint-secrets shows the keys", True),
        ("pin it: python scripts/endpoint_secrets.py", True),
        ("run the same command again", False),
        ("give --suffix dev, or another file", False),
    ],
)
def test_what_names_a_command_is_known(text: str, is_found: bool) -> None:
    assert bool(NAMES.search(text)) is is_found


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (("inbox", "accept", "stripe:evt_1", "--suffix", "dev"), "lacks note"),
        (("inbox", "lists"), "inbox has no subcommand lists"),
        (("local", "up", "--suffix", "dev"), "No such option"),
        (("restore", "start", "--table", "inboxes", "--suffix", "dev"), "table is none of"),
        (("trace", "a:b", "c:d", "--suffix", "dev"), "too much"),
        (("deploy", "--suffix", "dev", "--apply"), "requires an argument"),
    ],
)
def test_what_the_program_does_not_take_is_known(words: tuple[str, ...], wrong: str) -> None:
    assert wrong in missing_or_unknown(words)


def test_a_command_is_on_the_environment_of_the_run_and_quoted() -> None:
    here = Here(has_program_name=True, place=("--suffix", "dev", "--local"))
    command = here.copyable("inbox", "show", "stripe:evt 1")
    assert command == "payment-webhooks inbox show 'stripe:evt 1' --suffix dev --local"
    assert Here().copyable("endpoint-secrets", "list") == "python scripts/endpoint_secrets.py list"
    assert Path(ROOT, "scripts/endpoint_secrets.py").is_file()
