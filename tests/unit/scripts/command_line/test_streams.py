"""What commands print: JSON or a table on standard output, questions on standard error."""

import io
import json
import re

import click
import pytest

from scripts.command_line.command import Command
from scripts.command_line.errors import Refused
from scripts.command_line.main import run
from scripts.command_line.streams import (
    agree_on_number,
    answer,
    check_number,
    confirm,
    print_fields,
    print_table,
)

ROWS: list[list[object]] = [["stripe:evt_1", None], ["[bold]markup[/bold]", 3]]


def test_an_answer_is_json_or_what_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    answer({"b": 1, "a": [None]}, True, lambda: print("drawn"))
    assert json.loads(capsys.readouterr().out) == {"a": [None], "b": 1}
    answer({"b": 1}, False, lambda: print("drawn"))
    assert capsys.readouterr().out == "drawn\n"


def test_a_table_shows_texts_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["webhook", "count"], ROWS, title="what waits")
    told = capsys.readouterr()
    for text in ("webhook", "what waits", "stripe:evt_1", "[bold]markup[/bold]", " - ", " 3 "):
        assert text in told.out
    assert told.err == ""


def test_a_cell_has_no_word_of_pythons(capsys: pytest.CaptureFixture[str]) -> None:
    print_fields({"a": True, "b": False, "c": None, "d": [], "e": ["x", 1], "f": {"g": 2}})
    told = capsys.readouterr().out
    for text in ("│ yes ", "│ no ", "│ - ", "│ x, 1 ", '│ {"g": 2} '):
        assert text in told
    assert not re.search("True|False|None|\\[", told)


def test_an_id_is_not_broken_in_a_terminal_of_80_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    first, last = "x" * 60, "y" * 50
    print_table(["id", "reason", "other"], [[first, "many words " * 9, last], ["a", None, "b"]])
    shown = capsys.readouterr().out
    assert first in shown
    assert last in shown


@pytest.mark.parametrize("columns", [60, 80, 100, 128, 140, 200])
def test_no_id_and_no_amount_is_cut_however_narrow_the_terminal_is(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))
    payout = {
        "since": "2026-11-01",
        "transaction_id": "stripe:po_1SGev0001AbCdEfGhIjKlMnO",
        "account": "acct_1032D82eZvKYlo2C",
        "status": "failed",
        "reason": "could not process it, " * 4,
        "amount": "123,456,789,012.00 USD",
    }
    for names in ([*payout], ["since", "transaction_id", "status", "amount"], ["status", "amount"]):
        print_table(names, [[payout[name] for name in names]] * 2, numbers=("amount",))
        shown = re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out)
        for name in names:
            told = [payout[name]] if name != "reason" else payout[name].split()
            for text in (name, *told):
                assert text in shown
        if "│" in shown:
            assert max(map(len, shown.splitlines())) <= columns
        else:
            assert f"amount: {payout['amount']}\n" in shown


def test_an_empty_table_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["webhook"], [], empty="nothing waits")
    assert capsys.readouterr().out == "nothing waits\n"


def test_fields_are_a_table_each_without_a_heading(capsys: pytest.CaptureFixture[str]) -> None:
    print_fields({"status": "failed"}, {"status": "conflict"})
    shown = capsys.readouterr().out
    assert [shown.count(text) for text in ("failed", "conflict", "┌")] == [1, 1, 2]


def test_fields_on_a_narrow_terminal_are_lines_with_an_empty_one_after_each_item(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    print_fields({"id": "x" * 70, "text": "\x1b[2J"}, {"id": "y" * 70})
    assert capsys.readouterr().out == f"id: {'x' * 70}\ntext: \\x1b[2J\n\nid: {'y' * 70}\n\n"


@pytest.mark.parametrize("typed", ["y\n", " Y\n"])
def test_a_yes_goes_on(
    typed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    confirm("discard?", yes=False)
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "discard? [y/N] \n")


@pytest.mark.parametrize("typed", ["n\n", "\n", "yes, please\n"])
def test_any_other_answer_is_a_refusal(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    with pytest.raises(Refused, match="nothing was changed"):
        confirm("discard?", yes=False)


def test_another_number_is_refused_with_the_one_that_an_interrupted_run_goes_on_with() -> None:
    with pytest.raises(Refused, match="there are 222, not 250") as refused:
        agree_on_number(222, "replay all of them", 250, yes=True)
    assert "--count 222" in refused.value.next_step


def test_where_nobody_answers_the_question_ends_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(EOFError):
        confirm("discard?", yes=False)
    assert capsys.readouterr().err == "discard? [y/N] \n"
    confirm("discard?", yes=True)


def test_what_a_person_types_ends_the_line_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    confirm("discard?", yes=False)
    assert capsys.readouterr().err == "discard? [y/N] "


@pytest.mark.parametrize(
    ("is_terminal", "said"), [(True, "error: there was no answer"), (False, "no terminal")]
)
def test_that_nobody_answered_is_said_on_a_line_of_its_own(
    is_terminal: bool, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    monkeypatch.setattr("sys.stdin.isatty", lambda: is_terminal)
    command = Command("x", callback=lambda: confirm("discard?", yes=False), help="Ask.")
    assert run(command, "x", []) == 3
    question, line, _ = capsys.readouterr().err.split("\n", 2)
    assert question == "discard? [y/N] "
    assert line.startswith("error: ")
    assert said in line


@pytest.mark.parametrize(("options", "step"), [(["--dry-run"], "--dry-run says"), ([], "without --yes")])
def test_a_yes_without_a_number_names_the_dry_run_where_there_is_one(
    options: list[str], step: str, capsys: pytest.CaptureFixture[str]
) -> None:
    params: list[click.Parameter] = [click.Option([name], is_flag=True) for name in options]
    command = Command("x", params=params, callback=lambda **_: check_number(None, yes=True), help="Ask.")
    assert run(command, "x", []) == 2
    assert step in capsys.readouterr().err
