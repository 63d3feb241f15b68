"""Times as people tell them: `3 min ago`."""

from datetime import datetime, timedelta
from typing import Final

_UNITS: Final = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))


def ago(then: datetime, now: datetime) -> str:
    """The time between in its largest whole unit: `40 s ago`, `3 h ago`; `now` for one that is to come."""
    passed = now - then
    return "now" if passed < timedelta(seconds=1) else f"{duration(passed)} ago"


def duration(time: timedelta) -> str:
    """In the largest whole unit: `90 s` is `1 min`. Less than a second is `0 s`."""
    seconds = int(time.total_seconds())
    unit, length = next((each for each in _UNITS if seconds >= each[1]), _UNITS[-1])
    return f"{seconds // length} {unit}"
