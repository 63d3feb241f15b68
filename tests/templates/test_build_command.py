"""`python build_template.py`: stable bytes, a committed output/ that is fresh, and exit codes that say so."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import build_template
from stacks.assembly import build

PROJECT = Path(__file__).parents[2]
COMMAND = [sys.executable, str(PROJECT / "build_template.py")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with freshly built templates."""
    assert build_template.main(["--output", str(tmp_path)]) == 0
    return tmp_path


@pytest.fixture
def small_folder(folder: Path) -> Path:
    """The same, but so little of it that linting it takes no time; the rest is stale."""
    for path in folder.iterdir():
        if path.name != "messaging.template.json":
            path.unlink()
    return folder


def test_output_is_what_the_code_builds() -> None:
    assert build().stale_files(PROJECT / "output") == []


def test_two_processes_build_the_same_bytes(tmp_path: Path) -> None:
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": f"UTC{seed}"}
        subprocess.run(
            [*COMMAND, "--output", str(tmp_path / seed)], check=True, env=environment, cwd=tmp_path
        )
    built = [{path.name: path.read_bytes() for path in (tmp_path / seed).iterdir()} for seed in ("1", "2")]
    assert built[0] == built[1]
    assert all(content.endswith((b"}\n", b"</svg>\n")) for content in built[0].values())
    assert "architecture.svg" in built[0]


def test_templates_hold_no_time_and_no_path(folder: Path) -> None:
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8")
        assert str(PROJECT) not in text
        assert str(folder) not in text


def test_a_second_build_changes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build_template.main(["--output", str(folder)]) == 0
    assert "0 changed" in capsys.readouterr().out


def test_a_template_that_is_no_longer_built_is_removed(folder: Path) -> None:
    (folder / "old.template.json").write_text("{}")
    (folder / "notes.txt").write_text("not ours")
    assert build_template.main(["--output", str(folder)]) == 0
    assert not (folder / "old.template.json").exists()
    assert (folder / "notes.txt").exists()


def test_building_does_not_load_the_linter(tmp_path: Path) -> None:
    code = (
        "import sys, build_template; build_template.main(['--output', sys.argv[1]]); "
        "sys.exit(any(name in sys.modules for name in ('cfnlint', 'boto3', 'botocore')))"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, cwd=PROJECT)


def test_check_names_each_stale_file(small_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (small_folder / "old.template.json").write_text('{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}')
    assert build_template.main(["--output", str(small_folder), "--check"]) == 1
    errors = capsys.readouterr().err
    for name in ("root", "security", "data", "compute", "api", "old"):
        assert f"{name}.template.json is not what the code builds" in errors
    assert "messaging.template.json" not in errors
    assert not (small_folder / "root.template.json").exists()


def test_check_shows_what_the_linter_finds(small_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = small_folder / "messaging.template.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"Ref": "MessagesKeyArn"', '"Ref": "Nobody"', 1))
    assert build_template.main(["--output", str(small_folder), "--check"]) == 1
    assert "E1020 messaging/" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--outptu", "x"], ["surplus"], ["--output"]])
def test_wrong_usage_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        build_template.main(arguments)
    assert stopped.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        build_template.main(["--help"])
    assert stopped.value.code == 0
    text = capsys.readouterr().out
    for taught in (
        "--check",
        "--output",
        "Exit codes: 0 done; 1 a file is stale",
        "stacks/lint/waivers.toml",
    ):
        assert taught in text
