"""checkov, over the templates and, for secrets, over every file. https://www.checkov.io/2.Basics/CLI%20Command%20Reference.html"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from scripts.scanners.scanner import Scanner
from stacks.lint.finding import Finding

# Nothing is downloaded, and nothing looks at what a file says about itself being ignored.
_QUIET: Final = ("--skip-download", "--compact", "--quiet", "--output", "json")


def of_templates(tools: Path, templates: Path) -> Scanner:
    return Scanner(
        "checkov",
        _command(tools, "cloudformation"),
        templates,
        _read_resources,
        frozenset({("CKV_AWS_258", "planted/Url"), ("CKV_AWS_18", "planted/Bucket")}),
    )


def of_files(tools: Path, files: Path) -> Scanner:
    """Of every file: checkov alone would look at those of few suffixes, and at no Python."""
    return Scanner(
        "secrets",
        (*_command(tools, "secrets"), "--enable-secret-scan-all-files"),
        files,
        _read_files,
        frozenset({("CKV_SECRET_2", "planted/keys.md"), ("CKV_SECRET_13", "planted/keys.md")}),
    )


def _command(tools: Path, framework: str) -> tuple[str, ...]:
    return (str(tools / "bin" / "checkov"), "--directory", ".", "--framework", framework, *_QUIET)


def _read_resources(answer: Any) -> Iterator[Finding]:
    if count := answer["summary"]["parsing_errors"]:
        yield Finding("parse", "templates", f"checkov can't read {count} of them")
    for each in answer["results"]["failed_checks"]:
        template = Path(each["file_path"]).name.removesuffix(".template.json")
        logical_id = each["resource"].rpartition(".")[2]
        yield Finding(each["check_id"], f"{template}/{logical_id}", each["check_name"])


def _read_files(answer: Any) -> Iterator[Finding]:
    for each in answer["results"]["failed_checks"]:
        message = f"{each['check_name']} in line {each['file_line_range'][0]}"
        yield Finding(each["check_id"], each["file_path"].lstrip("/"), message)
