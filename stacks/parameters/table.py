"""Every parameter that a deployment may set: one table, by subject. docs/parameters.md is made from it.

To add a parameter: define it in the file of its subject, list it in that file's SETTINGS, read it in a template with
`SETTING.ref(template)`, and run `python build_template.py`.
"""

from typing import Final

from stacks.parameters import (
    alarms,
    artifacts,
    environment,
    features,
    functions,
    network,
    retention,
    tables,
    throttles,
)
from stacks.parameters.setting import Setting

# By the name of the file that defines them.
SUBJECTS: Final[dict[str, tuple[Setting, ...]]] = {
    "environment": environment.SETTINGS,
    "artifacts": artifacts.SETTINGS,
    "throttles": throttles.SETTINGS,
    "features": features.SETTINGS,
    "network": network.SETTINGS,
    "functions": functions.SETTINGS,
    "retention": retention.SETTINGS,
    "alarms": alarms.SETTINGS,
    "tables": tables.SETTINGS,
}
SETTINGS: Final[tuple[Setting, ...]] = tuple(
    setting for settings in SUBJECTS.values() for setting in settings
)
BY_TITLE: Final[dict[str, Setting]] = {setting.title: setting for setting in SETTINGS}
