"""Gathers the evidence: of the templates alone, or of an environment that stands."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from scripts.cloudformation.deployed_code import deployed_code
from scripts.cloudformation.drift import comparable_stack, find_drift
from scripts.cloudformation.live_stack import read_template, resources_of, stack_tree
from scripts.cloudformation.live_states import Clients
from scripts.command_line.environment_file import resolve
from scripts.command_line.project_paths import LAYER, ROOT
from scripts.operations.evidence import findings
from scripts.operations.evidence.account_duties import read_duties
from scripts.operations.evidence.findings import Finding
from stacks.assembly import ROOT as ROOT_STACK
from stacks.assembly import Assembly
from stacks.controls.assessment import assess
from stacks.controls.matrix_texts import SHOWN_BY_TESTS
from stacks.lint.waivers import read_waivers

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient

RunTests = Callable[[Sequence[str]], Mapping[str, str]]


class Gathered(NamedTuple):
    """Findings, and the templates that they are about. differing: deployed ones that this checkout does not build."""

    findings: tuple[Finding, ...]
    templates: Mapping[str, Mapping[str, Any]]
    differing: tuple[str, ...] = ()


def of_templates(assembly: Assembly, given: Mapping[str, str], run_tests: RunTests) -> Gathered:
    """given: parameters, of an environment file mostly; without any, no setting is judged. Raises UsageError."""
    templates, waivers = assembly.parsed, read_waivers().controls
    declared = templates[ROOT_STACK]["Parameters"].items()
    values = resolve({name: each for name, each in declared if "Default" in each}, given, {})
    found = (
        *findings.of_resources(assess(templates, waivers)),
        *(findings.of_settings(values) if given else ()),
        *_of_tests(run_tests),
        *findings.of_duties({}),
    )
    return Gathered(found, templates)


def of_environment(
    client: Clients,
    stack_name: str,
    assembly: Assembly,
    run_tests: RunTests,
    sleep: Callable[[float], None],
    *,
    is_local: bool,
) -> Gathered:
    """Of the deployed templates and parameters, of every resource's drift, and of what the account shows.

    Raises NotDeployed, Refused, RolledBack and botocore's errors.
    """
    cloudformation: CloudFormationClient = client("cloudformation")
    stack = comparable_stack(cloudformation, stack_name)
    resources = list(resources_of(cloudformation, stack.stack_id))
    templates = {
        path[-1].lower() if path else ROOT_STACK: read_template(cloudformation, StackName=stack_id)
        for path, stack_id in stack_tree(stack.stack_id, resources).items()
    }
    ids = {resource.logical_id: resource.physical_id for resource in resources}
    built, waivers = assembly.parsed, read_waivers().controls
    answers = {} if is_local else read_duties(client, ids, stack.parameters)
    found = (
        *findings.of_resources(
            assess(templates, waivers),
            assess({name: built[name] for name in templates}, waivers) if is_local else (),
        ),
        *findings.of_settings(stack.parameters),
        findings.of_drift(find_drift(cloudformation, client, stack.stack_id, sleep)),
        findings.of_code(deployed_code(client("lambda"), resources, stack.parameters)),
        *_of_tests(run_tests),
        *findings.of_duties(answers),
    )
    return Gathered(found, templates, tuple(name for name in templates if templates[name] != built.get(name)))


def _of_tests(run_tests: RunTests) -> Sequence[Finding]:
    return list(findings.of_tests(run_tests([test for row in SHOWN_BY_TESTS for test in row.tests])))


def run_tests(tests: Sequence[str]) -> dict[str, str]:
    """The outcome of each test, `passed` or `failed`; of none where this interpreter has no pytest."""
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-rpfE", "-p", "no:cacheprovider", *tests]
    paths = {"PYTHONPATH": os.pathsep.join(map(str, (ROOT, LAYER / "python")))}
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **paths}, capture_output=True, text=True, check=False
    )
    return outcomes(done.stdout)


def outcomes(printed: str) -> dict[str, str]:
    """By test, from pytest's summary: passed when all its cases have."""
    found: dict[str, str] = {}
    for line in printed.splitlines():
        word, _, rest = line.partition(" ")
        if word in ("PASSED", "FAILED", "ERROR"):
            test = rest.partition(" - ")[0].partition("[")[0]
            found[test] = "passed" if word == "PASSED" and found.get(test) != "failed" else "failed"
    return found
