"""Writes docs/retention.md from the table of retention times."""

from typing import Final

from stacks.retention import RETENTIONS, THIS_FILE, Retention

INTRODUCTION: Final = f"""\
# Retention

For how long the system keeps what it stores, and why. Made from `{THIS_FILE}` by `python build_template.py`; change
a time there for every environment, or by its parameter ([parameters](parameters.md)) for one.

| what | kept | why | requirement or limit | changed by |
| --- | --- | --- | --- | --- |
"""


def retention_page() -> str:
    """The page as Markdown text."""
    return INTRODUCTION + "".join(f"{_row(retention)}\n" for retention in RETENTIONS)


def _row(retention: Retention) -> str:
    cells = (
        retention.what,
        _duration(retention.days),
        retention.why,
        retention.requirement or "none",
        _changed_by(retention),
    )
    return f"| {' | '.join(cells)} |"


def _duration(days: int | None) -> str:
    if days is None:
        return "without end"
    return f"{days} day{'' if days == 1 else 's'}"


def _changed_by(retention: Retention) -> str:
    if retention.parameter:
        return f"`{retention.parameter}`"
    return f"`{retention.changed_in}`" if retention.changed_in else "nothing"
