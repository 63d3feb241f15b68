"""Asks OSV whether an advisory is published about a locked package: `python -m scripts.scanners.advisories`.

OSV has those of PyPI, GitHub and others. The only scanner that needs a network, so no part of an ordinary run.
"""

import json
import sys
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from scripts.artifacts.lock_file import LockedPackage, read_lock
from scripts.command_line.counted import counted
from scripts.command_line.errors import RolledBack, ToolError, show_error
from scripts.command_line.exit_codes import EXIT_DONE, EXIT_FOUND
from scripts.command_line.project_paths import LAYER, ROOT
from stacks.lint.finding import Finding, unexcused
from stacks.lint.waivers import read_waivers

# https://google.github.io/osv.dev/post-v1-querybatch/: answers are in the order of the questions.
ADDRESS: Final = "https://api.osv.dev/v1/querybatch"
_SECONDS: Final = 60
# Sends a body to an address; gives the answer's body. Raises OSError where it can't be reached.
Post = Callable[[str, bytes], bytes]


def main(post: Post) -> int:
    packages = {package for path in lock_files() for package in read_lock(path)}
    try:
        found = advisories(sorted(packages), post)
    except ToolError as error:
        show_error(error)
        return error.exit_code
    left = unexcused(found, read_waivers().excuses("advisories"))
    print(
        f"advisories: {counted(len(packages), 'package')}, {counted(len(found), 'finding')}; "
        f"what waivers leave: {len(left)}"
    )
    for finding in left:
        print(f"  {finding}", file=sys.stderr)
    return EXIT_FOUND if left else EXIT_DONE


def lock_files() -> list[Path]:
    return [LAYER / "requirements.txt", *sorted((ROOT / "requirements").glob("*.txt"))]


def advisories(packages: Sequence[LockedPackage], post: Post) -> list[Finding]:
    """The advisories about these versions. Raises RolledBack when OSV can't be asked, or has more than a page."""
    question = {"queries": [{"package": {"purl": package.purl}} for package in packages]}
    try:
        answers = json.loads(post(ADDRESS, json.dumps(question).encode()))["results"]
        if any("next_page_token" in answer for answer in answers):
            raise ValueError("more advisories than one page has")
        return [
            _finding(package, each)
            for package, answer in zip(packages, answers, strict=True)
            for each in answer.get("vulns", ())
        ]
    except (OSError, ValueError, KeyError) as error:
        raise RolledBack(
            f"nothing is known about advisories: {ADDRESS} gave no answer: {error}",
            "run it again where that address can be reached",
        ) from error


def _finding(package: LockedPackage, advisory: Any) -> Finding:
    name = f"{package.name}=={package.version}"
    return Finding(advisory["id"], name, f"https://osv.dev/vulnerability/{advisory['id']}")


def _post(address: str, body: bytes) -> bytes:
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})  # noqa: S310 - a constant
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
        return bytes(answer.read())


if __name__ == "__main__":
    sys.exit(main(_post))
