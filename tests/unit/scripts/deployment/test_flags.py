"""Flags and modes: nothing is accepted and ignored, and the page of them is made from the table."""

import pytest

from scripts.command_line.project_paths import ROOT
from scripts.deployment import deploy_command
from scripts.deployment.flags import DEPLOY, FLAGS, MODES, Flag, flags_table, misplaced, modes_table

VALUES = {
    "--environment": "a.toml",
    "--parameter": "A=b",
    "--artifact-bucket": "b",
    "--allow": "iam",
    "--skip": "Data/X",
    "--html": "a.html",
    "--markdown": "a.md",
}
BY_NAME = {mode.name: mode for mode in MODES}


def command(mode: str, flag: str) -> list[str]:
    chosen = [] if mode == DEPLOY else [f"--{mode}", *(["x"] if BY_NAME[mode].argument else [])]
    return ["--suffix", "dev", "--local", *chosen, flag, *([VALUES[flag]] if flag in VALUES else [])]


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.name)
@pytest.mark.parametrize("mode", [mode.name for mode in MODES])
def test_a_flag_that_means_nothing_in_a_mode_is_wrong_usage(
    mode: str, flag: Flag, capsys: pytest.CaptureFixture[str]
) -> None:
    options = deploy_command.make_parser().parse_args(command(mode, flag.name))
    wrong = misplaced(mode, vars(options))
    if mode in flag.modes:
        assert wrong is None
        return
    assert wrong is not None
    with pytest.raises(SystemExit) as caught:
        deploy_command.main(command(mode, flag.name))
    assert caught.value.code == 2
    assert f"error: {flag.name} means nothing with " in capsys.readouterr().err


def test_every_flag_of_the_parser_is_in_the_table() -> None:
    """But those that choose the target, which every mode needs, and the modes themselves."""
    known = {flag.name for flag in FLAGS} | {f"--{mode.name}" for mode in MODES}
    target = {"--suffix", "--region", "--profile", "--local", "--help", "--no-execute"}
    actions = deploy_command.make_parser()._actions
    given = {name for action in actions for name in action.option_strings if name.startswith("--")}
    assert given == (known - {f"--{DEPLOY}"}) | target


def test_the_page_holds_the_tables() -> None:
    """They are printed by: python -c "from scripts.deployment.flags import *; print(modes_table(), flags_table())"."""
    page = (ROOT / "docs" / "deploying.md").read_text("utf-8")
    assert modes_table() in page
    assert flags_table() in page
