"""Writes docs/alarms.md from the table of alarms."""

from typing import Final

from stacks.monitoring.alarm import MINUTE, TROUBLE, UNDER, Alarm
from stacks.monitoring.alarms.table import ALARMS

INTRODUCTION: Final = """\
# Alarms

Made from `stacks/monitoring/alarms/` by `python build_template.py`; `table.py` there says how to add an alarm.
Each alarm notifies the topic of critical alerts when it goes off and when it is over. The [runbook](runbook.md) says
what to do, under the alarm's name.

| alarm | goes off at | for | no data | means |
| --- | --- | --- | --- | --- |
"""


def alarms_page() -> str:
    """The page as Markdown text."""
    return INTRODUCTION + "".join(f"{_row(alarm)}\n" for alarm in ALARMS)


def _row(alarm: Alarm) -> str:
    comparison = "under" if alarm.comparison == UNDER else "over"
    missing = "alarm" if alarm.missing == TROUBLE else "fine"
    cells = (
        f"`{alarm.name}`",
        f"{comparison} {alarm.threshold:g} {alarm.unit}",
        _duration(alarm),
        missing,
        alarm.meaning,
    )
    return f"| {' | '.join(cells)} |"


def _duration(alarm: Alarm) -> str:
    if alarm.hours:
        return f"`{alarm.hours.title}` hours"
    minutes = alarm.period_seconds // MINUTE
    if alarm.periods == 1:
        return f"{minutes} min"
    return f"{alarm.datapoints} of {alarm.periods} × {minutes} min"
