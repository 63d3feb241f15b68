"""The report of an acceptance run: verdict first, each step with its evidence, and what is not proven."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from scripts.acceptance.facts import status_of, unproven
from scripts.acceptance.step_selection import Result, Status, Step
from stacks.documents.markdown_pages import table

VERSION: Final = 1


def verdict(results: Mapping[str, Result], chosen: Collection[str], is_local: bool, step_count: int) -> str:
    """One sentence. chosen: ids of the steps that the run was to do; step_count: of all steps that there are, so that a
    part is not taken for the whole.
    """
    missing = len(set(chosen) - results.keys())
    counts = Counter(result.status for result in results.values())
    parts = [f"{counts[status]} {status}" for status in Status if counts[status]]
    parts += [f"{missing} not run"] if missing else []
    told = f"{', '.join(parts)}; {len(results)} of {step_count} steps"
    if counts[Status.FAILED]:
        return f"FAILED: {told}"
    if counts[Status.SKIPPED] or missing or not results:
        return f"INCOMPLETE: {told}"
    place = "on the local engine, which proves nothing of AWS beyond these steps" if is_local else "on AWS"
    return f"PASSED {place}: {told}"


def document(
    about: Mapping[str, Any], steps: Sequence[Step], chosen: Collection[str], results: Mapping[str, Result]
) -> dict[str, Any]:
    """The report as JSON has it.

    about: suffix, account, region, is_local, commit, begun, seconds, parameters, versions, estimate, and what
    `remains`: the command that removes what is still there, empty when nothing is.
    """
    return {
        "version": VERSION,
        "verdict": verdict(results, chosen, about["is_local"], len(steps)),
        **about,
        "steps": [
            {
                "id": step.id,
                "title": step.title,
                "status": result.status,
                "reason": result.reason,
                "seconds": result.seconds,
                "evidence": [each._asdict() for each in result.evidence],
            }
            for step in steps
            if (result := results.get(step.id))
        ],
        "only_on_aws": [
            {**fact._asdict(), "step": step_id, "status": status, "reason": reason}
            for step_id, facts in unproven().items()
            for status, reason in [status_of(step_id, results, about["is_local"])]
            for fact in facts
        ],
    }


def markdown(report: Mapping[str, Any]) -> str:
    """The report for people and auditors, from that of `document`."""
    is_local = report["is_local"]
    title = "on the local engine" if is_local else f"of {report['suffix']}"
    place = "the local engine" if is_local else f"AWS account {report['account']}"
    steps, expected, remains = report["steps"], report["estimate"], report["remains"]
    about = [
        ("where", f"{place}, {report['region']}"),
        ("begun", report["begun"]),
        ("took", f"{report['seconds']:.0f} s"),
        ("commit", report["commit"]),
        ("parameters", ", ".join(f"{name}={value}" for name, value in sorted(report["parameters"].items()))),
        ("versions", ", ".join(f"{name} {value}" for name, value in report["versions"].items())),
        ("estimate", f"{expected['minutes']} min, {expected['usd']:.2f} USD at most"),
        ("remains", f"`{remains}` removes it" if remains else "nothing"),
    ]
    facts = [
        (
            each["id"],
            f"{each['short_description']} ([source]({each['source_url']}))",
            each["step"],
            _shown(each),
        )
        for each in report["only_on_aws"]
    ]
    done = [(f"`{each['id']}`", each["title"], _shown(each), f"{each['seconds']:.1f}") for each in steps]
    evidence = "".join(
        f"\n### {step['id']}: {step['status']}\n\n"
        + ("".join(f"- {each['called']} → {each['seen']}\n" for each in step["evidence"]) or "- none\n")
        for step in steps
    )
    return (
        f"# Acceptance {title}\n\n**{report['verdict']}**\n"
        f"{table(('', ''), about)}"
        f"\n## Steps\n{table(('step', 'what must be', 'result', 'seconds'), done)}"
        f"\n## Facts of AWS that the run relies on\n{table(('fact', 'AWS', 'step', 'result'), facts)}"
        f"\n## Evidence\n{evidence}"
    )


def _shown(entry: Mapping[str, Any]) -> str:
    reason = entry["reason"].replace("|", "/").replace("\n", " ")
    return f"**{entry['status']}**: {reason}" if reason else str(entry["status"])
