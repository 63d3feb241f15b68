"""Every parameter that a deployment may set: one table, by subject. docs/parameters.md is made from it.

To add a parameter: define it in the file of its subject, read it in a template with `SETTING.ref(template)`, and run
`python build_template.py`.
"""

from collections.abc import Iterator
from types import ModuleType
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


def _defined_in(subject: ModuleType) -> Iterator[Setting]:
    """The settings that a file defines, one by one or as a dictionary, in its order."""
    for value in vars(subject).values():
        values = value.values() if isinstance(value, dict) else [value]
        yield from (setting for setting in values if isinstance(setting, Setting))


# By the name of the file that defines them.
SUBJECTS: Final[dict[str, tuple[Setting, ...]]] = {
    subject.__name__.rpartition(".")[2]: tuple(_defined_in(subject))
    for subject in (
        environment,
        artifacts,
        throttles,
        features,
        network,
        functions,
        retention,
        alarms,
        tables,
    )
}
SETTINGS: Final = tuple(setting for settings in SUBJECTS.values() for setting in settings)
BY_TITLE: Final = {setting.title: setting for setting in SETTINGS}
