"""docs/parameters.md, made from the table of parameters."""

from typing import Final

from stacks.parameters.table import SETTINGS, Setting

INTRODUCTION: Final = """\
# Parameters

Made from stacks/parameters/table.py by `python build_template.py`; change it there.
An environment file (`environments/`)
or `scripts/deploy.py --parameter Name=value` sets them. The deploy script itself gives those without a default.

| parameter | default | may be | what it is |
| --- | --- | --- | --- |
"""


def parameters_page() -> str:
    """The page as Markdown text."""
    return INTRODUCTION + "".join(f"{_row(setting)}\n" for setting in SETTINGS)


def _row(setting: Setting) -> str:
    default = "" if setting.default is None else f"`{setting.default}`"
    return f"| `{setting.title}` | {default} | {_limits(setting)} | {setting.description} |"


def _limits(setting: Setting) -> str:
    if setting.allowed:
        return ", ".join(f"`{value}`" for value in setting.allowed)
    if setting.pattern:
        return f"`{setting.pattern}`"
    return f"{setting.minimum} to {setting.maximum}"
