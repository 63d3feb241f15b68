"""The report of an acceptance run: verdict first, each step with its evidence, and what is not proven."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from scripts.acceptance.facts import UNPROVEN, status_of
from scripts.acceptance.steps import Result, Status, Step

VERSION: Final = 1


class Run(NamedTuple):
    """What the report is about. place: where it ran; versions: of Python, boto3 and, locally, the engine."""

    suffix: str
    account: str
    region: str
    is_local: bool
    commit: str
    begun: str
    seconds: float
    parameters: Mapping[str, str]
    versions: Mapping[str, str]
    estimate: Mapping[str, Any]
    remains: str  # the command that removes what is still there; empty when nothing is


def verdict(results: Mapping[str, Result], is_local: bool, step_count: int) -> str:
    """One sentence. step_count: of all steps that there are, so that a part is not taken for the whole."""
    counts = Counter(result.status for result in results.values())
    told = ", ".join(f"{counts[status]} {status}" for status in Status if counts[status])
    told += f"; {len(results)} of {step_count} steps"
    if counts[Status.FAILED]:
        return f"FAILED: {told}"
    if counts[Status.SKIPPED]:
        return f"INCOMPLETE: {told}"
    place = "on the local engine, which proves nothing of AWS beyond these steps" if is_local else "on AWS"
    return f"PASSED {place}: {told}"


def document(run: Run, steps: Sequence[Step], results: Mapping[str, Result]) -> dict[str, Any]:
    """The report as JSON has it."""
    shown = [step for step in steps if step.id in results]
    return {
        "version": VERSION,
        "verdict": verdict(results, run.is_local, len(steps)),
        **run._asdict(),
        "steps": [
            {
                "id": step.id,
                "title": step.title,
                **{k: v for k, v in results[step.id]._asdict().items() if k not in ("step_id", "evidence")},
                "evidence": [each._asdict() for each in results[step.id].evidence],
            }
            for step in shown
        ],
        "only_on_aws": [
            {**each.fact._asdict(), "step": each.step_id, "status": status, "reason": reason}
            for each in UNPROVEN
            for status, reason in [status_of(each, results, run.is_local)]
        ],
    }


def markdown(run: Run, steps: Sequence[Step], results: Mapping[str, Result]) -> str:
    """The report for people and auditors."""
    place = "the local engine" if run.is_local else f"AWS account {run.account}"
    shown = [step for step in steps if step.id in results]
    lines = [
        f"# Acceptance of {run.suffix}",
        "",
        f"**{verdict(results, run.is_local, len(steps))}**",
        "",
        *_table(
            ["", ""],
            [
                ["where", f"{place}, {run.region}"],
                ["begun", run.begun],
                ["took", f"{run.seconds:.0f} s"],
                ["commit", run.commit],
                ["parameters", ", ".join(f"{name}={value}" for name, value in sorted(run.parameters.items()))],
                ["versions", ", ".join(f"{name} {value}" for name, value in run.versions.items())],
                ["estimate", f"{run.estimate['minutes']} min, {run.estimate['usd']:.2f} USD at most"],
                ["remains", f"`{run.remains}` removes it" if run.remains else "nothing"],
            ],
        ),
        "",
        "## Steps",
        "",
        *_table(
            ["step", "what must be", "result", "seconds"],
            [[f"`{s.id}`", s.title, _shown(results[s.id]), f"{results[s.id].seconds:.1f}"] for s in shown],
        ),
        "",
        "## Facts of AWS that the run relies on",
        "",
        *_table(
            ["fact", "AWS", "step", "result"],
            [
                [each.fact.id, f"{each.fact.short_description} ([source]({each.fact.source_url}))", each.step_id or "-",
                 f"**{status}**: {reason}" if reason else str(status)]
                for each in UNPROVEN
                for status, reason in [status_of(each, results, run.is_local)]
            ],
        ),
        "",
        "## Evidence",
    ]  # fmt: skip
    for step in shown:
        lines += ["", f"### {step.id}: {results[step.id].status}", ""]
        lines += [f"- {each.called} → {each.seen}" for each in results[step.id].evidence] or ["- none"]
    return "\n".join(lines) + "\n"


def _shown(result: Result) -> str:
    return f"**{result.status}**: {result.reason}" if result.reason else str(result.status)


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cell.replace('|', '/').replace(chr(10), ' ') for cell in cells)} |"

    return [line(headings), line(["---"] * len(headings)), *(line(row) for row in rows)]
