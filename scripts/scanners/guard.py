"""CloudFormation Guard, over the templates, with AWS's rules: those of Control Tower and of the rules registry.

Program and rules come out of two packages that are never imported. https://docs.aws.amazon.com/cfn-guard/latest/ug/
https://docs.aws.amazon.com/controltower/latest/controlreference/proactive-controls.html
https://github.com/aws-cloudformation/aws-guard-rules-registry
"""

import json
import platform
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Final

from scripts.command_line.errors import UsageError
from scripts.scanners.scanner import Scanner
from stacks.lint.finding import Finding

_ARCHIVE: Final = "lib/python3*/site-packages/cdklabs/cdk_validator_cfnguard/_jsii/*.tgz"
_REGISTRY: Final = "lib/python3*/site-packages/awslabs/aws_iac_mcp_server/data/*.guard"
_SYSTEMS: Final = {"Linux": "ubuntu", "Darwin": "macos"}
_PROCESSORS: Final = {"x86_64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}
_RESOURCE: Final = re.compile(r"/Resources/(\w+)")
_RULE: Final = re.compile(r"^rule (\w+)", re.MULTILINE)


def of_templates(tools: Path, templates: Path, folder: Path) -> Scanner:
    """folder: where program and rules are unpacked."""
    program = program_of(platform.system(), platform.machine())
    (archive,) = tools.glob(_ARCHIVE)
    with tarfile.open(archive) as package:
        members = [each for each in package if each.name == program or each.name.startswith("package/rules/")]
        package.extractall(folder, members, filter="data")
    for name in tools.glob(_REGISTRY):
        (folder / name.name).write_bytes(name.read_bytes())
    types = _types(templates)
    rules = [str(path) for path in sorted(folder.rglob("*.guard")) if _is_about(path, types)]
    flags = ("--structured", "--output-format", "json", "--show-summary", "none")
    command = [str(folder / program), "validate", "--data", ".", *flags, "--rules", *rules]
    planted = {
        ("lambda_function_url_auth_check", "planted/Url"),
        ("S3_BUCKET_LOGGING_ENABLED", "planted/Bucket"),
    }
    return Scanner("guard", command, templates, _read, frozenset(planted))


def program_of(system: str, processor: str) -> str:
    """The path of the program in its package. Raises UsageError for a machine that it is not for."""
    if system not in _SYSTEMS or processor not in _PROCESSORS:
        raise UsageError(f"CloudFormation Guard has no program for {system} on {processor}")
    return f"package/bin/{_SYSTEMS[system]}/{_PROCESSORS[processor]}/cfn-guard"


def rule_names(folder: Path) -> set[str]:
    """The names of all rules that were unpacked there."""
    return {name for path in folder.rglob("*.guard") for name in _RULE.findall(path.read_text("utf-8"))}


def _types(templates: Path) -> set[str]:
    documents = (json.loads(path.read_text("utf-8")) for path in templates.glob("*.json"))
    return {each["Type"] for document in documents for each in document["Resources"].values()}


def _is_about(rule: Path, types: set[str]) -> bool:
    """Whether a rule is about a type of the templates; one of the registry does not say."""
    facts = Path(str(rule).replace("/cfn-guard/", "/metadata/")).with_suffix(".metadata.json")
    return not facts.exists() or not types.isdisjoint(json.loads(facts.read_text())["EvaluatedResourceTypes"])


def _read(answer: Any) -> Iterator[Finding]:
    for file in answer:
        template = PurePosixPath(file["name"]).name.removesuffix(".template.json")
        for each in file["not_compliant"]:
            rule, text = each["Rule"]["name"], json.dumps(each["Rule"]["checks"])
            for logical_id in sorted(set(_RESOURCE.findall(text))) or [""]:
                yield Finding(rule, f"{template}/{logical_id}".rstrip("/"), "Guard's rule fails")
