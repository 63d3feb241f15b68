"""docs/audit.md names every kind of damage that is done to a trail and found, and counts them."""

import re

from scripts.command_line.project_paths import ROOT


def test_the_page_names_every_kind_of_damage_that_is_found() -> None:
    page = (ROOT / "docs/audit.md").read_text("utf-8")
    tests = (ROOT / "tests/unit/scripts/operations/test_audit_verification.py").read_text("utf-8")
    damage = re.findall(r"^def (test_\w+_found\w*)\(", tests, re.MULTILINE)
    assert re.findall(r"^\| .+ \| `(test_\w+)` \|$", page, re.MULTILINE) == damage
    assert (
        f"does {len(damage)} kinds of damage to a trail; `verify` finds {len(damage)} of {len(damage)}"
        in page
    )
