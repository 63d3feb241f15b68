"""What only AWS can prove: by step, the facts that it proves there. On the local engine none of them is proven."""

from collections import defaultdict
from collections.abc import Mapping

from scripts.acceptance.step_selection import Result, Status
from stacks.lint.aws_fact import AwsFact, stored_facts


def unproven() -> dict[str, list[AwsFact]]:
    """By step, those that no check proves without AWS. Under "": tried by hand."""
    found = defaultdict(list)
    for fact, _, steps in stored_facts():
        for step in steps:
            found[step].append(fact)
    return dict(found)


def status_of(step_id: str, results: Mapping[str, Result], is_local: bool) -> tuple[Status, str]:
    """What the run says of the facts of that step, and why. On the local engine they are never proven."""
    if is_local:
        return Status.NOT_PROVEN, "only AWS can show it"
    if not step_id:
        return Status.NOT_PROVEN, "no step shows it: by hand"
    result = results.get(step_id)
    if result is None:
        return Status.NOT_PROVEN, f"{step_id} was not run"
    if result.status is Status.SKIPPED:
        return Status.NOT_PROVEN, f"{step_id} was skipped"
    return result.status, result.reason
