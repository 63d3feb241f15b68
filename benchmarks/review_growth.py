"""The review's time and memory as a stack grows from 50 to 500 resources, each of them changed.

    python benchmarks/review_growth.py [--rounds 5]

The resources are copies of the system's own, in nested stacks of 50. Measured: templates and values to a review, and
the review to a page. Memory is what Python allocates at most meanwhile; a linear growth keeps the last column level.
"""

from __future__ import annotations

import argparse
import copy
import itertools
import json
import statistics
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any, Final

import project_imports  # noqa: F401

from scripts.review.render.html_page import render_html
from scripts.review.resource_schemas import FactsOf, facts_of, schema_folder
from scripts.review.template_diff import diff_templates
from stacks.assembly import build
from stacks.evaluation.resolved_stack import StackSource, resolve_stack

SIZES: Final = (50, 100, 200, 350, 500)
STACK_SIZE: Final = 50
PSEUDO: Final = {"AWS::AccountId": "123456789012", "AWS::Region": "us-east-1", "AWS::Partition": "aws"}


def own_resources() -> Iterator[dict[str, Any]]:
    """The system's resources, again and again; references in them stay as they are, unresolved."""
    texts = build().nested.values()
    resources = [one for text in texts for one in json.loads(text)["Resources"].values()]
    plain = [{"Type": one["Type"], "Properties": one.get("Properties", {})} for one in resources]
    return itertools.cycle(plain)


def system(size: int, cost_center: str) -> StackSource:
    resources = own_resources()
    nested = {
        f"Stack{number}": StackSource({"Resources": _changed(resources, cost_center)})
        for number in range(size // STACK_SIZE)
    }
    children = {name: {"Type": "AWS::CloudFormation::Stack", "Properties": {}} for name in nested}
    return StackSource({"Resources": children}, nested)


def _changed(resources: Iterator[dict[str, Any]], cost_center: str) -> dict[str, Any]:
    made = {}
    for number in range(STACK_SIZE):
        resource = copy.deepcopy(next(resources))
        resource["Properties"]["Tags"] = [{"Key": "CostCenter", "Value": cost_center}]
        made[f"Resource{number}"] = resource
    return made


def review(before: StackSource, after: StackSource, facts: FactsOf) -> int:
    """Number of changes found; the page is made and thrown away."""
    old, new = (resolve_stack(source, {}, PSEUDO) for source in (before, after))
    made = diff_templates("payment-webhooks-dev", old, new, facts)
    render_html(made)
    return len(made.changes)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    facts = facts_of(schema_folder(), "us-east-1")
    print(f"{'resources':>9} {'changes':>8} {'CPU s':>7} {'peak MiB':>9} {'ms each':>8}   median of {rounds}")
    for size in SIZES:
        before, after = system(size, "1"), system(size, "2")
        changes = review(before, after, facts)  # warm-up: the schemas are read
        spent = []
        for _ in range(rounds):
            begun = time.process_time()
            review(before, after, facts)
            spent.append(time.process_time() - begun)
        tracemalloc.start()
        review(before, after, facts)
        peak = tracemalloc.get_traced_memory()[1] / 1024**2
        tracemalloc.stop()
        seconds = statistics.median(spent)
        print(f"{size:9} {changes:8} {seconds:7.3f} {peak:9.1f} {seconds / size * 1000:8.2f}")


if __name__ == "__main__":
    main()
