"""Writes docs/parameters.md from the table of parameters."""

from typing import Final

from stacks.parameters.setting import Setting
from stacks.parameters.table import SUBJECTS

INTRODUCTION: Final = """\
# Parameters

Made from `stacks/parameters/` by `python build_template.py`; each heading names the file of its parameters.
An environment file (`environments/`) or `scripts/deploy.py --parameter Name=value` sets them. The deploy script itself
sets those without a default.
"""
TABLE_HEAD: Final = """
| parameter | default | may be | what it is |
| --- | --- | --- | --- |
"""


def parameters_page() -> str:
    """The page as Markdown text."""
    return INTRODUCTION + "".join(_section(subject, settings) for subject, settings in SUBJECTS.items())


def _section(subject: str, settings: tuple[Setting, ...]) -> str:
    heading = f"\n## {subject.capitalize()}: `stacks/parameters/{subject}.py`\n"
    return heading + TABLE_HEAD + "".join(f"{_row(setting)}\n" for setting in settings)


def _row(setting: Setting) -> str:
    default = "" if setting.default is None else f"`{setting.default}`"
    return f"| `{setting.title}` | {default} | {_limits(setting)} | {setting.description} |"


def _limits(setting: Setting) -> str:
    if setting.allowed:
        return ", ".join(f"`{value}`" for value in setting.allowed)
    if setting.pattern:
        return f"`{setting.pattern}`"
    return f"{setting.minimum} to {setting.maximum}"
