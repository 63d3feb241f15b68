"""Writes the pages of docs/ that are tables made from the code: alarms, parameters and retention times."""

from collections.abc import Iterable
from typing import Final

from stacks.monitoring.alarm import HOUR, MINUTE, TROUBLE, UNDER, Alarm
from stacks.monitoring.alarms.table import ALARMS
from stacks.parameters.setting import Setting
from stacks.parameters.table import SUBJECTS
from stacks.retention import RETENTIONS, THIS_FILE

_ALARMS: Final = """\
# Alarms

Made from `stacks/monitoring/alarms/` by `python build_template.py`; `table.py` there says how to add an alarm.
Each alarm notifies the topic of critical alerts when it goes off and when it is over. The [runbook](runbook.md) says
what to do, under the alarm's name.
"""
_PARAMETERS: Final = """\
# Parameters

Made from `stacks/parameters/` by `python build_template.py`; each heading names the file of its parameters.
An environment file (`environments/`) or `scripts/deploy.py --parameter Name=value` sets them. The deploy script itself
sets those without a default.
"""
_RETENTION: Final = f"""\
# Retention

For how long the system keeps what it stores, and why. Made from `{THIS_FILE}` by `python build_template.py`; change
a time there for every environment, or by its parameter ([parameters](parameters.md)) for one.
"""


def alarms_page() -> str:
    """docs/alarms.md as Markdown text."""
    rows = (
        (
            f"`{alarm.name}`",
            f"{'under' if alarm.comparison == UNDER else 'over'} {_threshold(alarm)} {alarm.unit}",
            _alarm_time(alarm),
            "alarm" if alarm.missing == TROUBLE else "fine",
            alarm.meaning,
        )
        for alarm in ALARMS
    )
    return _ALARMS + table(("alarm", "goes off at", "for", "no data", "means"), rows)


def _threshold(alarm: Alarm) -> str:
    return f"`{alarm.threshold.title}`" if isinstance(alarm.threshold, Setting) else f"{alarm.threshold:g}"


def parameters_page() -> str:
    """docs/parameters.md as Markdown text."""
    page = _PARAMETERS
    for subject, settings in SUBJECTS.items():
        rows = (
            (
                f"`{setting.title}`",
                "" if setting.default is None else f"`{setting.default}`",
                _limits(setting),
                setting.description,
            )
            for setting in settings
        )
        page += f"\n## {subject.capitalize()}: `stacks/parameters/{subject}.py`\n"
        page += table(("parameter", "default", "may be", "what it is"), rows)
    return page


def retention_page() -> str:
    """docs/retention.md as Markdown text."""
    rows = (
        (
            retention.what,
            _days(retention.days),
            retention.why,
            retention.requirement or "none",
            f"`{changed_by}`" if (changed_by := retention.parameter or retention.changed_in) else "nothing",
        )
        for retention in RETENTIONS
    )
    return _RETENTION + table(("what", "kept", "why", "requirement or limit", "changed by"), rows)


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table of Markdown, with an empty line before it."""
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n" + "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _alarm_time(alarm: Alarm) -> str:
    if alarm.hours:
        return f"`{alarm.hours.title}` hours"
    seconds = alarm.period_seconds
    period = f"{seconds // HOUR} h" if seconds % HOUR == 0 else f"{seconds // MINUTE} min"
    return period if alarm.periods == 1 else f"{alarm.datapoints} of {alarm.periods} × {period}"


def _limits(setting: Setting) -> str:
    if setting.allowed:
        return ", ".join(f"`{value}`" for value in setting.allowed)
    return f"`{setting.pattern}`" if setting.pattern else f"{setting.minimum} to {setting.maximum}"


def _days(days: int | None) -> str:
    return "without end" if days is None else f"{days} day{'' if days == 1 else 's'}"
