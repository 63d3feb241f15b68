"""Options of the acceptance run: what is wrong with them is told before anything runs."""

import json
from pathlib import Path

import pytest

from scripts.acceptance.run import settings_of, told_names
from scripts.command_line.main import main

ANY = ("--suffix", "try", "--local")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--max-usd", "nan"), "nan is not a finite number"),
        (("--max-minutes", "nan"), "nan is not a finite number"),
        (("--max-minutes", "inf"), "inf is not a finite number"),
        (("--only", ""), "a step or part is empty"),
        (("--only", "webhooks,"), "a step or part is empty"),
        (("--only", "webhok"), "there is no step or part 'webhok'"),
        (("--report", __file__), "is a file"),
        (("--report", f"{__file__}/reports"), "test_command.py/reports: Not a directory"),
    ],
)
def test_what_is_wrong_is_told_before_anything_runs(
    words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main("", ["acceptance", *ANY, *words]) == 2
    assert told in capsys.readouterr().err


def test_the_steps_are_listed_without_an_environment(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("", ["acceptance", "--list", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 35
    assert main("", ["acceptance", "--local"]) == 2
    assert "--suffix" in capsys.readouterr().err


def test_a_file_of_the_same_name_with_other_content_is_another_setting(tmp_path: Path) -> None:
    files = [tmp_path / folder / "staging.toml" for folder in ("one", "two", "three")]
    for file, text in zip(files, ("[parameters]", "[protection]", "[parameters]"), strict=True):
        file.parent.mkdir()
        file.write_text(text)
    one, two, three = (settings_of(file, {}, {"A": "1"}) for file in files)
    assert one == three != two
    assert one.keys() == {"environment", "A"}
    assert one["environment"].startswith("staging.toml ")


def test_names_that_are_taken_are_told_in_a_line() -> None:
    assert told_names({}) == "its stack"
    assert told_names({"AWS::SQS::Queue": ["a", "b"]}) == "AWS::SQS::Queue a, AWS::SQS::Queue b"
    many = {"AWS::SQS::Queue": ["a", "b"], "AWS::SNS::Topic": ["c", "d", "e"]}
    assert told_names(many) == "AWS::SQS::Queue a, AWS::SQS::Queue b, AWS::SNS::Topic c and 2 more"
