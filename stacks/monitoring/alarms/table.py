"""Every alarm of the system, as one table.

To add an alarm:

1. yield it in the file of its subject here: webhook_api, transaction_api, functions_and_tables, processing,
   events_and_notifications or records;
2. name its metric in `stacks/monitoring/metrics.py`, if it is not there yet, and write it in the library by a
   constant of `contract.py`, if it is one of ours;
3. write what to do about it in `docs/runbook.md`, under a heading that is the alarm's name: **Means**, **Look at**,
   **Do**, **Over**;
4. run `python build_template.py`, which writes `docs/alarms.md` and the template, and `pytest tests/templates`, which
   checks that somebody writes the metric and that the runbook has the heading.
"""

from typing import Final

from stacks.monitoring.alarm import Alarm
from stacks.monitoring.alarms.events_and_notifications import event_and_notification_alarms
from stacks.monitoring.alarms.functions_and_tables import function_and_table_alarms
from stacks.monitoring.alarms.processing import processing_alarms
from stacks.monitoring.alarms.records import record_alarms
from stacks.monitoring.alarms.transaction_api import transaction_api_alarms
from stacks.monitoring.alarms.webhook_api import webhook_api_alarms

ALARMS: Final[tuple[Alarm, ...]] = (
    *webhook_api_alarms(),
    *processing_alarms(),
    *event_and_notification_alarms(),
    *transaction_api_alarms(),
    *record_alarms(),
    *function_and_table_alarms(),
)
