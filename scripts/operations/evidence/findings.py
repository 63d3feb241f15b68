"""What was found about each row of the control matrix, as lines of one kind."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from scripts.cloudformation.additions import UNSEEN
from scripts.cloudformation.deployed_code import DeployedCode
from scripts.cloudformation.drift import Drift
from scripts.command_line.counted import counted
from stacks.controls.assessment import MET, OPEN, Assessed
from stacks.controls.matrix_texts import ACCOUNT_DUTIES, SHOWN_BY_TESTS
from stacks.controls.settings import NEEDS, unmet_needs

ACCOUNTS_OWN: Final = "the account's"  # nothing was read about it
LEFT_OUT: Final = "left out"  # of the local engine's templates, as it refuses such resources or properties


class Finding(NamedTuple):
    """kind: resources, settings, tests, account or drift; found: what the state rests on, a line each."""

    kind: str
    requirements: str
    id: str
    what: str
    state: str
    found: tuple[str, ...]


class Answer(NamedTuple):
    """What a call told about a duty of the account. holds: None where nothing could be read."""

    holds: bool | None
    found: str


def of_resources(assessed: Iterable[Assessed], before_cuts: Iterable[Assessed] = ()) -> Iterator[Finding]:
    """before_cuts: of the templates from which the local engine's were cut; what they meet is not open there."""
    whole = {str(each.control) for each in before_cuts if each.state != OPEN}
    for each in assessed:
        control = each.control
        state = LEFT_OUT if each.state == OPEN and str(control) in whole else each.state
        found = (
            *(f"open: {name}" for name in each.open),
            *(f"met: {name}" for name in each.met),
            *(f"waived: {name}" for name in each.waived),
            *(f"reason: {reason}" for reason in each.reasons),
        )
        yield Finding("resources", control.requirements, str(control), control.what, state, found)


def of_settings(values: Mapping[str, str]) -> Iterator[Finding]:
    unmet = {need.parameter for need in unmet_needs(values)}
    for need in NEEDS:
        state = OPEN if need.parameter in unmet else MET
        found = (f"is {values.get(need.parameter) or 'not given'}", f"wanted: {need.wanted}")
        yield Finding("settings", need.requirements, need.parameter, need.why, state, found)


def of_tests(outcomes: Mapping[str, str]) -> Iterator[Finding]:
    """outcomes: by `{path}::{function}`; a test without one has not run."""
    for row in SHOWN_BY_TESTS:
        found = tuple(f"{outcomes.get(test, 'not run')}: {test}" for test in row.tests)
        state = MET if all(outcomes.get(test) == "passed" for test in row.tests) else OPEN
        yield Finding("tests", row.requirements, row.id, row.what, state, found)


def of_duties(answers: Mapping[str, Answer]) -> Iterator[Finding]:
    for duty in ACCOUNT_DUTIES:
        answer = answers.get(duty.id, Answer(None, "not read"))
        state = {True: MET, False: OPEN, None: ACCOUNTS_OWN}[answer.holds]
        found = (answer.found, f"shown by: {duty.command}")
        yield Finding("account", duty.requirements, duty.id, duty.what, state, found)


def of_drift(drift: Drift) -> Finding:
    """What could not be compared is not said to be as its template says."""
    found = (
        f"{counted(drift.checked, 'resource')} compared with their templates; "
        f"{drift.unchecked} are of types that can't be, and nothing is known of them",
        f"not looked at: {', '.join(UNSEEN)}",
        *(f"{each.status}: {each.shown_path}" for each in drift.drifted),
    )
    count = counted(drift.checked + drift.unchecked, "resource")
    what = f"Of {count} the {drift.checked} that can be compared are as their templates say"
    return Finding("drift", "11.5.2", "no drift", what, OPEN if drift.drifted else MET, found)


def of_code(codes: Sequence[DeployedCode]) -> Finding:
    found = tuple(
        f"{'met' if each.is_planned else 'open'}: {each.name}: {each.found}, planned: {each.planned or 'unknown'}"
        for each in codes
    )
    what = (
        "Functions and layer are the artifacts that the stack's parameters name; not compared with a commit"
    )
    state = MET if codes and all(each.is_planned for each in codes) else OPEN
    return Finding("drift", "11.5.2", "code digests", what, state, found)


def verdict(findings: Sequence[Finding]) -> str:
    """One sentence, with the open rows first."""
    states = [finding.state for finding in findings]
    counts = [f"{states.count(state)} {state}" for state in dict.fromkeys((OPEN, MET, *states))]
    return f"{'OPEN' if OPEN in states else 'ALL MET OR WAIVED'}: {', '.join(counts)}"
