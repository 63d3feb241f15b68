"""Runs all scanners at once and prints what no waiver excuses: `python -m scripts.scanners .tox/scanners`.

The folder is a virtual environment with requirements/scanners.txt and requirements/guard.txt; tox makes it.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from scripts.command_line.counted import counted
from scripts.command_line.errors import ToolError, show_error
from scripts.command_line.exit_codes import EXIT_DONE, EXIT_FOUND
from scripts.command_line.project_paths import ROOT
from scripts.scanners import bandit, checkov, guard, planted
from scripts.scanners.scanner import Scanned, judge, run
from stacks.assembly import build
from stacks.evaluation.resolved_stack import StackSource
from stacks.lint.finding import Excuse
from stacks.lint.waivers import Waivers, read_waivers
from stacks.system_rules.check import all_resources, resolved_templates


def main(tools: Path) -> int:
    try:
        with TemporaryDirectory() as folder:
            scanned = scan(tools.resolve(), Path(folder))
    except ToolError as error:
        show_error(error)
        return error.exit_code
    return report(scanned)


def report(scanned: list[Scanned]) -> int:
    """Print what is left of each; the exit code."""
    for each in scanned:
        print(f"{each.name}: {counted(each.found, 'finding')}; what waivers leave: {len(each.left)}")
        for finding in each.left:
            print(f"  {finding}", file=sys.stderr)
    return EXIT_FOUND if any(each.left for each in scanned) else EXIT_DONE


def scan(tools: Path, folder: Path) -> list[Scanned]:
    """Everything that the scanners find in a copy of the project, made in `folder`."""
    assembly = build()
    source = StackSource.parse(assembly.root, assembly.nested)
    texts = {**resolved_templates(all_resources(source)), planted.FOLDER: json.dumps(planted.TEMPLATE)}
    templates, files, rules = folder / "templates", folder / "files", folder / "guard"
    write(templates, {f"{name}.template.json": text for name, text in texts.items()})
    copy_files(files)
    write(files, planted.FILES)
    scanners = (
        checkov.of_files(tools, files),
        checkov.of_templates(tools, templates),
        bandit.of_code(tools, files),
        guard.of_templates(tools, templates, rules),
    )
    types = {
        f"{name}/{title}": resource["Type"]
        for name, text in texts.items()
        for title, resource in json.loads(text)["Resources"].items()
    }
    excuses = all_excuses(read_waivers(), types, guard.rule_names(rules))
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda scanner: run(scanner, os.environ), scanners))
    return [judge(each, those, excuses[each.name]) for each, those in zip(scanners, found, strict=True)]


def all_excuses(waivers: Waivers, types: Mapping[str, str], rules: set[str]) -> dict[str, list[Excuse]]:
    """The excuses of each tool: its own, and those of controls that it looks at, too.

    types: of the resources by their place. rules: Guard's; a control may name others, which are not run here.
    """

    def of_controls(ids: Any) -> Iterator[Excuse]:
        for waiver in waivers.controls:
            covered = {
                place for place, type_ in types.items() if waiver.covers(type_, place.rpartition("/")[2])
            }
            yield from (Excuse(rule, frozenset(covered)) for rule in ids(waiver))

    excuses = {tool: waivers.excuses(tool) for tool in waivers.tools}
    excuses["checkov"] += of_controls(lambda waiver: waiver.checkov)
    excuses["guard"] += of_controls(lambda waiver: [rule for rule in waiver.guard if rule in rules])
    return excuses


def copy_files(folder: Path) -> None:
    """Copy the files that git keeps, or would keep: the others are nobody's."""
    words = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file():  # not one that was just removed
            shutil.copy(ROOT / name, target)


def write(folder: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
