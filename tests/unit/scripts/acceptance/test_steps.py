"""Which steps a run does, what it says of each, and how it goes on where it stopped."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from payment_webhooks.providers.registry import PROVIDERS
from scripts.acceptance.checks_of_changes import PART_OF_VALUE, deployers_rights_are_enough
from scripts.acceptance.facts import status_of, unproven
from scripts.acceptance.report import document, markdown, verdict
from scripts.acceptance.samples import SAMPLES
from scripts.acceptance.step_runner import State, load_state, run_steps
from scripts.acceptance.step_selection import (
    CheckFailed,
    Evidence,
    NotProven,
    OutOfTime,
    Result,
    Status,
    Step,
    choose,
)
from scripts.acceptance.step_table import STEPS
from scripts.command_line.errors import Refused, UsageError
from scripts.command_line.project_paths import ROOT
from tests.support.scripts.acceptance import AWS, ENGINE, bench_of


def ids(steps: list[Step]) -> list[str]:
    return [step.id for step in steps]


def test_without_a_choice_all_steps_run_but_those_that_want_a_word() -> None:
    assert len(choose(STEPS)) == len(STEPS) - 3
    with_all = choose(STEPS, options=("network", "warm-throughput"))
    assert ids(with_all) == [step.id for step in STEPS]


def test_a_chosen_step_brings_what_it_needs_unless_that_is_done() -> None:
    assert ids(choose(STEPS, only=("queue",))) == ["deploy", "keys", "workflow", "queue"]
    assert ids(choose(STEPS, only=("queue",), done={"deploy", "keys"})) == ["workflow", "queue"]
    assert ids(choose(STEPS, only=("webhooks",), done={"deploy", "keys"}))[0] == "webhook-stripe"


def test_a_word_that_names_nothing_is_told() -> None:
    with pytest.raises(KeyError, match="webhok"):
        choose(STEPS, only=("webhok",))


def test_what_a_step_needs_comes_before_it() -> None:
    for position, step in enumerate(STEPS):
        assert set(step.needs) <= {earlier.id for earlier in STEPS[:position]}


def test_every_provider_has_a_sample() -> None:
    assert SAMPLES.keys() == set(PROVIDERS.names)
    assert {f"webhook-{name}" for name in PROVIDERS.names} <= {step.id for step in STEPS}


def passing(bench: Any) -> None:
    bench.evidence.append(Evidence("call", "answer"))


def failing(_bench: Any) -> None:
    raise CheckFailed("seen 2; must be 1")


def breaking(_bench: Any) -> None:
    raise ZeroDivisionError("division by zero")


def undecided(_bench: Any) -> None:
    raise NotProven("nothing shows it")


def late(_bench: Any) -> None:
    raise OutOfTime("python scripts/deploy.py")


def step(step_id: str, run: Callable[[Any], None] = passing, *needs: str, **fields: Any) -> Step:
    return Step(step_id, "part", f"title of {step_id}", run, needs, **fields)


def results_of(*steps: Step, is_local: bool = True, path: Path | None = None) -> tuple[State, bool]:
    state = State("try", "123456789012 us-east-1", {})
    on_time = run_steps(
        bench_of(ENGINE if is_local else AWS), steps, state, path, lambda _step, _result: None
    )
    return state, on_time


def statuses(state: State) -> dict[str, str]:
    return {key: str(result.status) for key, result in state.results.items()}


def test_a_failure_skips_what_needs_it_and_keeps_the_environment() -> None:
    state, on_time = results_of(
        step("deploy", makes_stacks=True),
        step("one", failing),
        step("two", passing, "one"),
        step("three", breaking),
        step("destroy"),
    )
    assert on_time
    assert statuses(state) == {
        "deploy": "passed",
        "one": "failed",
        "two": "skipped",
        "three": "failed",
        "destroy": "skipped",
    }
    assert state.results["one"].reason == "seen 2; must be 1"
    assert state.results["three"].reason == "ZeroDivisionError: division by zero"
    assert (
        state.results["destroy"].reason
        == "the environment stays to be looked at, as these failed: one, three"
    )
    assert state.may_exist
    assert state.results["deploy"].evidence == (Evidence("call", "answer"),)


def test_a_step_of_aws_alone_never_passes_on_the_local_engine() -> None:
    steps = (step("seen", aws_only=True), step("unseen", breaking, aws_only=True, runs_locally=False))
    assert statuses(results_of(*steps)[0]) == {"seen": "not proven", "unseen": "not proven"}
    assert statuses(results_of(*steps, is_local=False)[0]) == {"seen": "passed", "unseen": "failed"}
    broken = results_of(step("broken", failing, aws_only=True))[0]
    assert statuses(broken) == {"broken": "failed"}


def test_what_nothing_shows_is_not_proven_on_aws_either() -> None:
    state, _ = results_of(step("seen", undecided), is_local=False)
    assert (state.results["seen"].status, state.results["seen"].reason) == ("not proven", "nothing shows it")


def test_an_unknown_part_of_a_longer_value_is_told_from_a_value_that_is_unknown() -> None:
    uri = json.dumps({"Uri": "arn:aws:lambda:{{changeSet:KNOWN_AFTER_APPLY}}:live"})
    whole = json.dumps({"Ref": "{{changeSet:KNOWN_AFTER_APPLY}}"})
    assert PART_OF_VALUE.findall(json.dumps([whole])) == []
    found = PART_OF_VALUE.findall(json.dumps([whole, uri]))
    assert found == ["arn:aws:lambda:{{changeSet:KNOWN_AFTER_APPLY}}:live"]


def test_the_rights_of_the_checks_prove_nothing_of_the_deployers() -> None:
    with pytest.raises(NotProven, match="deploy had the rights of the checks"):
        deployers_rights_are_enough(bench_of(AWS))


def test_the_run_stops_when_its_time_is_up(tmp_path: Path) -> None:
    state, on_time = results_of(step("one"), step("two", late), step("three"), path=tmp_path / "state.json")
    assert not on_time
    assert statuses(state) == {"one": "passed", "two": "failed"}
    assert state.results["two"].reason == "the time was up during: python scripts/deploy.py"


def test_the_state_is_read_again_and_tells_what_is_done(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "state.json"
    state, _ = results_of(step("deploy", makes_stacks=True), step("one", failing), path=path)
    again = load_state(path, State("try", "123456789012 us-east-1", {}))
    assert again == state
    assert again.done() == {"deploy"}
    with pytest.raises(Refused, match="with other settings"):
        load_state(path, State("try", "123456789012 eu-west-1", {}))


def test_the_state_of_an_environment_that_is_gone_binds_nobody(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    results_of(step("deploy", makes_stacks=True), step("nothing-left"), path=path)
    other = State("try", "123456789012 eu-west-1", {})
    assert load_state(path, other) is other


def test_every_fact_has_a_source_and_a_step_that_exists() -> None:
    facts = [fact for of_step in unproven().values() for fact in of_step]
    assert len({fact.id for fact in facts}) == len(facts) == 25
    assert all(fact.source_url.startswith("https://") for fact in facts)
    assert unproven().keys() <= {step.id for step in STEPS} | {""}


def test_a_fact_that_no_step_shows_is_never_proven() -> None:
    assert status_of("", {"": Result("", Status.PASSED)}, is_local=False)[0] == "not proven"


@pytest.mark.parametrize(
    ("result", "is_local", "status"),
    [
        (Result("queue", Status.PASSED), True, "not proven"),
        (Result("queue", Status.PASSED), False, "passed"),
        (Result("queue", Status.FAILED, "why"), False, "failed"),
        (Result("queue", Status.SKIPPED), False, "not proven"),
        (None, False, "not proven"),
    ],
)
def test_a_fact_is_proven_by_its_step_on_aws_alone(
    result: Result | None, is_local: bool, status: str
) -> None:
    assert status_of("queue", {"queue": result} if result else {}, is_local)[0] == status


BEGUN = "2026-11-21T09:00:00Z"
ESTIMATE = {"minutes": 1, "usd": 0.5}
RUN = {
    "suffix": "try",
    "account": "123456789012",
    "region": "eu-west-1",
    "is_local": False,
    "commit": "abc",
    "begun": BEGUN,
    "seconds": 61.2,
    "parameters": {},
    "versions": {},
    "estimate": ESTIMATE,
    "remains": "",
}


def test_the_report_says_the_verdict_first_and_why() -> None:
    deploy, keys = (each for each in STEPS if each.id in ("deploy", "keys"))
    results = {
        "deploy": Result(
            "deploy", Status.PASSED, "", 1.5, (Evidence("python scripts/deploy.py", "exit code 0"),)
        ),
        "keys": Result("keys", Status.FAILED, "a | b"),
    }
    lines = markdown(document(RUN, STEPS, ["deploy", "keys"], results)).splitlines()
    assert lines[2] == "**FAILED: 1 passed, 1 failed; 2 of 35 steps**"
    assert "| where | AWS account 123456789012, eu-west-1 |" in lines
    assert f"| `deploy` | {deploy.title} | passed | 1.5 |" in lines
    assert f"| `keys` | {keys.title} | **failed**: a / b | 0.0 |" in lines
    assert "- python scripts/deploy.py → exit code 0" in lines
    assert [each["id"] for each in document(RUN, STEPS, ["deploy", "keys"], results)["steps"]] == [
        "deploy",
        "keys",
    ]


def test_what_was_skipped_is_no_pass() -> None:
    skipped = {"a": Result("a", Status.PASSED), "b": Result("b", Status.SKIPPED)}
    assert (
        verdict(skipped, ["a"], is_local=False, step_count=2)
        == "INCOMPLETE: 1 passed, 1 skipped; 2 of 2 steps"
    )
    passed = {"a": Result("a", Status.PASSED)}
    assert verdict(passed, ["a"], is_local=False, step_count=9) == "PASSED on AWS: 1 passed; 1 of 9 steps"


def test_a_run_that_is_broken_off_is_incomplete_and_what_it_repeats_is_not_done(tmp_path: Path) -> None:
    def interrupted(_bench: Any) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "state.json"
    steps = [step("deploy", makes_stacks=True), step("one", interrupted), step("two")]
    state = State("try", "123456789012 us-east-1", {}, results={"two": Result("two", Status.PASSED)})
    with pytest.raises(KeyboardInterrupt):
        run_steps(bench_of(AWS), steps, state, path, lambda _step, _result: None)
    assert statuses(state) == {"deploy": "passed"}
    assert load_state(path, state) == state
    told = verdict(state.results, ids(steps), is_local=False, step_count=9)
    assert told == "INCOMPLETE: 1 passed, 2 not run; 1 of 9 steps"
    assert verdict({}, ids(steps), is_local=True, step_count=9) == "INCOMPLETE: 3 not run; 0 of 9 steps"


def test_the_seconds_of_all_runs_are_added_up(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    state = State("try", "123456789012 us-east-1", {}, seconds=4_000.0)
    run_steps(bench_of(AWS), [step("deploy", makes_stacks=True)], state, path, lambda _step, _result: None)
    assert 4_000 < load_state(path, state).seconds < 4_060


@pytest.mark.parametrize("text", ["# a text", '{"suffix": "try", "resu', "[]", '{"results": {"a": 1}}', "{}"])
def test_a_file_that_holds_no_state_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="is no state of a run"):
        load_state(path, State("try", "123456789012 us-east-1", {}))


def test_what_says_nothing_of_aws_is_never_passed_here() -> None:
    assert {step.id for step in STEPS if step.aws_only} == {
        "unknown-values",
        "logs",
        "workflow-log",
        "stack-policies",
        "network-vpc",
        "network-none",
        "configuration",
        "secret-names",
        "deployers-rights",
    }


def test_the_committed_report_is_of_these_steps() -> None:
    """Made by: python scripts/acceptance.py --suffix local --local --report docs (acceptance-local.md alone is kept)"""
    text = (ROOT / "docs" / "acceptance-local.md").read_text(encoding="utf-8")
    assert text.startswith("# Acceptance on the local engine\n")
    assert re.search(r"^\| commit \| [0-9a-f]{40} \|$", text, re.MULTILINE)
    assert text.splitlines()[2].startswith("**PASSED on the local engine")
    shown = re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE)
    assert shown == [step.id for step in STEPS if not step.option]
    facts = re.findall(
        r"^\| ([A-Z]\d+) \| .* \|\s*([a-z-]*)\s*\| \*\*not proven\*\*: only AWS can show it \|$",
        text,
        re.MULTILINE,
    )
    told = [(fact.id, step_id) for step_id, of_step in unproven().items() for fact in of_step]
    assert sorted(facts) == sorted(told)
