"""The commit of the checkout that a command runs in."""

import subprocess

from scripts.command_line.project_paths import ROOT


def commit_of_checkout() -> str:
    """The commit, with a plus sign when the checkout has changes."""

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False
        ).stdout.strip()

    return (git("rev-parse", "HEAD") or "unknown") + ("+" if git("status", "--porcelain") else "")
