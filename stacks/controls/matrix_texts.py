"""What of the control matrix is text alone, read from matrix_texts.toml, which says what each part is."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from stacks.controls.control import AccountDuty, ShownByTests

_TEXTS: Final[dict[str, Any]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))

SHOWN_BY_TESTS: Final = tuple(
    ShownByTests(**{**row, "tests": tuple(row["tests"])}) for row in _TEXTS["shown_by_tests"]
)
ACCOUNT_DUTIES: Final = tuple(AccountDuty(**row) for row in _TEXTS["account_duties"])
REQUIREMENTS: Final[Mapping[str, str]] = _TEXTS["requirements"]
OTHER_NAMES: Final[Mapping[str, str]] = _TEXTS["other_names"]
