"""Commands of the acceptance run: what is recorded of them, and how they end when the time is up."""

import time
from pathlib import Path
from typing import Any

import pytest

from scripts.acceptance.bench import Bench
from scripts.acceptance.estimate import estimate
from scripts.acceptance.run import Request, ask, is_nothing_to_do
from scripts.acceptance.step_selection import CheckFailed, OutOfTime, choose
from scripts.acceptance.step_table import STEPS
from scripts.command_line.environment_file import NO_FILE
from scripts.command_line.errors import Refused
from tests.support.scripts.acceptance import AWS, ENGINE, bench_of, console_of, environment_of

ENDS_CLEANLY = """
import pathlib, sys, time
try:
    time.sleep(60)
except KeyboardInterrupt:
    pathlib.Path("ended").touch()
"""


def bench_in(folder: Path, *, seconds: float = 60.0) -> Bench:
    (folder / "scripts").mkdir()
    return Bench(
        environment_of(AWS),
        (),
        {},
        folder,
        time.monotonic() + seconds,
        1.0,
        lambda _text: None,
        {"deploy": "apply-role"},
    )


def write(folder: Path, name: str, text: str) -> None:
    (folder / "scripts" / f"{name}.py").write_text(text)


def test_a_command_gets_the_flags_of_the_place_and_is_recorded(tmp_path: Path) -> None:
    bench = bench_in(tmp_path)
    write(tmp_path, "show", "import sys; print(sys.argv[1:], sys.stdin.read())")
    shown = bench.command("show", "--json", project=tmp_path, standard_input="a key")
    assert shown == "['--suffix', 'try', '--region', 'eu-west-1', '--json'] a key\n"
    command = "python scripts/show.py --suffix try --region eu-west-1 --json"
    assert bench.evidence == [(command, "exit code 0")]


def test_a_deploy_has_the_rights_of_its_own_profile(tmp_path: Path) -> None:
    bench = bench_in(tmp_path)
    assert bench.place_flags("deploy") == (*bench.place_flags("destroy"), "--profile", "apply-role")


def test_another_exit_code_fails_with_what_was_said(tmp_path: Path) -> None:
    bench = bench_in(tmp_path)
    write(tmp_path, "break", "import sys; sys.exit('error: no such stack')")
    with pytest.raises(CheckFailed, match="exit code 1: error: no such stack; must be 0"):
        bench.command("break", project=tmp_path)
    assert bench.command("break", project=tmp_path, exit_code=1) == ""


def test_a_command_is_interrupted_when_the_time_is_up_and_ends_by_itself(tmp_path: Path) -> None:
    bench = bench_in(tmp_path, seconds=1.0)
    write(tmp_path, "slow", ENDS_CLEANLY)
    with pytest.raises(OutOfTime, match=r"scripts/slow\.py"):
        bench.command("slow", project=tmp_path)
    assert (tmp_path / "ended").exists()
    with pytest.raises(OutOfTime):
        bench.command("slow", project=tmp_path)


def request_of(**fields: Any) -> Request:
    values: dict[str, Any] = {
        "only": (),
        "options": (),
        "profiles": {},
        "again": False,
        "lists": False,
        "max_minutes": 60.0,
        "max_usd": 10.0,
        "settle_seconds": 1.0,
    }
    values |= {"report_folder": None, "verbose": False, "yes": False, "as_json": False}
    return Request(**values | fields)


EXPECTED = {"minutes": 60, "webhooks": 10, "deployments": 3, "usd": 0.5, "not_priced": []}


@pytest.mark.parametrize(
    ("typed", "yes", "begins"), [("try", False, True), ("prod", False, False), ("", True, True)]
)
def test_on_aws_the_name_is_asked_for(typed: str, yes: bool, begins: bool) -> None:
    console = console_of(typed)
    if begins:
        ask(console, bench_of(AWS), True, [STEPS[0]], EXPECTED, request_of(yes=yes))
    else:
        with pytest.raises(Refused, match="nothing was made"):
            ask(console, bench_of(AWS), True, [STEPS[0]], EXPECTED, request_of(yes=yes))


def test_what_may_cost_too_much_is_refused_but_not_here() -> None:
    with pytest.raises(Refused, match=r"0\.50 USD, more than 0\.40"):
        ask(console_of(""), bench_of(AWS), True, [STEPS[0]], EXPECTED, request_of(max_usd=0.4, yes=True))
    ask(console_of(""), bench_of(ENGINE), True, [STEPS[0]], EXPECTED, request_of(max_usd=0.4))


def test_the_estimate_grows_with_the_network_and_the_time() -> None:
    plain = choose(STEPS)
    with_all = choose(STEPS, options=("network", "warm-throughput"))
    hour = estimate(plain, NO_FILE, {}, 60)
    assert 0.01 < hour["usd"] < 2
    assert estimate(plain, NO_FILE, {}, 600)["usd"] > 2 * hour["usd"]
    assert estimate(with_all, NO_FILE, {}, 60)["usd"] > hour["usd"]
    assert "AWS::KMS::Key" in hour["not_priced"]
    assert "raised WarmThroughput" not in hour["not_priced"]
    assert "raised WarmThroughput" in estimate(with_all, NO_FILE, {}, 60)["not_priced"]
    assert hour["webhooks"] > 3_000


@pytest.mark.parametrize(
    ("only", "may_exist", "nothing"),
    [
        (("end",), False, True),
        (("destroy", "nothing-left"), False, True),
        (("end",), True, False),
        (("start", "end"), False, False),
        ((), False, False),
    ],
)
def test_nothing_is_made_in_order_to_be_removed(
    only: tuple[str, ...], may_exist: bool, nothing: bool
) -> None:
    assert is_nothing_to_do(may_exist, request_of(only=only)) is nothing
