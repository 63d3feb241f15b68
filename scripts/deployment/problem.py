"""What preflight finds."""

from typing import NamedTuple


class Problem(NamedTuple):
    """One thing that would fail, and its fix."""

    message: str
    fix: str
