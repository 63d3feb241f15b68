"""Service times of functions and pipes: given on the command line, measured (from a file), else measured on the local
engine (service_times.json, which benchmarks/service_times.py writes), else assumed.

A file of measured times is JSON; these values are made up:

    {"measured_at": "EXAMPLE", "machine": "EXAMPLE",
     "service_times": {"payment_processor": {"call_milliseconds": 5, "item_milliseconds": 30}}}

A call of n items takes call_milliseconds + n * item_milliseconds; a request is a call of one item. On AWS the
billed durations of the functions' REPORT lines are the measure; the local engine's services answer otherwise.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from scripts.command_line.errors import UsageError
from stacks.evaluation.resolved_stack import Resource

Origin = Literal["assumed", "given", "measured", "measured locally"]
_ENGINE_FILE: Final = Path(__file__).with_name("service_times.json")


@dataclass(frozen=True)
class ServiceTime:
    """In seconds. `origin` says how far to trust it."""

    call_seconds: float
    item_seconds: float
    origin: Origin

    def seconds(self, items: float) -> float:
        return self.call_seconds + items * self.item_seconds

    @property
    def milliseconds(self) -> str:
        """Such as "5 + 30 each ms"."""
        item = f" + {self.item_seconds * 1000:g} each" if self.item_seconds else ""
        return f"{self.call_seconds * 1000:g}{item} ms"

    def __str__(self) -> str:
        return f"{self.milliseconds}, {self.origin}"


# Milliseconds of a call, and of each item in it, that nobody has measured yet: the AWS calls that it makes in turn.
_ASSUMED_MILLISECONDS: Final[dict[str, tuple[float, float]]] = {
    "processing_pipe": (20, 0),  # one SendMessageBatch
    "workflow_pipe": (20, 0),  # one StartExecution
    "health": (3, 0),
    "canary": (3000, 0),  # it waits until its webhook is judged
}
_ASSUMED_OF_OTHERS: Final = (10.0, 20.0)
_FORM: Final = re.compile(r"([a-z0-9_]+)=(\d+(?:\.\d+)?)(?:\+(\d+(?:\.\d+)?))?")


def snake_case_name(resource: Resource) -> str:
    """`webhook_receiver` for the resource `WebhookReceiver`: the name of a function's folder."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", resource.logical_id).lower()


@dataclass(frozen=True)
class ServiceTimes:
    """Service times by function folder: those that are known, those of the local engine; `of` assumes one for every
    other function.
    """

    known: Mapping[str, ServiceTime]
    on_engine: Mapping[str, ServiceTime] = field(default_factory=dict)

    def of(self, resource: Resource) -> ServiceTime:
        key = snake_case_name(resource)
        call, item = _ASSUMED_MILLISECONDS.get(key, _ASSUMED_OF_OTHERS)
        assumed = ServiceTime(call / 1000, item / 1000, "assumed")
        return self.known.get(key, self.on_engine.get(key, assumed))

    def check(self, names: Iterable[str]) -> None:
        """Raises UsageError for a service time of none of `names`."""
        for name in sorted(self.known.keys() - set(names)):
            raise UsageError(
                f"there is nothing named {name!r} to take a time",
                f"there are: {', '.join(sorted(set(names)))}",
            )


def read_service_times(file: Path | None, flags: Sequence[str]) -> ServiceTimes:
    """Flags of the form NAME=CALL or NAME=CALL+ITEM, in milliseconds, go before the file. Raises UsageError."""
    measured = _read_file(file, "measured") if file else {}
    on_engine = _read_file(_ENGINE_FILE, "measured locally")
    return ServiceTimes({**measured, **dict(map(_read_flag, flags))}, on_engine)


def _read_flag(text: str) -> tuple[str, ServiceTime]:
    match = _FORM.fullmatch(text)
    if match is None:
        raise UsageError(
            f"--service-time {text!r} is not of the form NAME=CALL or NAME=CALL+ITEM",
            "in milliseconds, such as webhook_receiver=12 or payment_processor=5+30",
        )
    name, call, item = match.groups()
    return name, _service_time(name, float(call), float(item or 0), "given")


def _read_file(file: Path, origin: Origin) -> dict[str, ServiceTime]:
    try:
        entries: Any = json.loads(file.read_text(encoding="utf-8"))["service_times"]
        return {
            name: _service_time(
                name, float(entry["call_milliseconds"]), float(entry.get("item_milliseconds", 0)), origin
            )
            for name, entry in entries.items()
        }
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error}") from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{file} holds no service times: {error!r}", "docs/capacity.md shows its form"
        ) from error


def _service_time(name: str, call: float, item: float, origin: Origin) -> ServiceTime:
    if not 0 < call + item < float("inf"):
        raise UsageError(f"the service time of {name} is not a number of milliseconds above 0")
    return ServiceTime(call / 1000, item / 1000, origin)
