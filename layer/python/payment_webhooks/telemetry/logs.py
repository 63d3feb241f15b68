"""Structured logs: one line of JSON for each outcome, on standard output, where Lambda picks it up.

A line holds identifiers, codes, counts and durations. It never holds a payload, a header or the message of an
exception that we did not raise ourselves: such a message may quote what was being read.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final

from payment_webhooks.errors import WebhookError

INFO: Final = "INFO"
WARNING: Final = "WARNING"
ERROR: Final = "ERROR"

# The last: what makes a metric of a line (metrics.py).
LogField = str | int | float | bool | None | dict[str, Any]
Logger = Callable[..., None]


def log(level: str, message: str, **fields: LogField) -> None:
    """Write one line. Fields that are None are left out."""
    line = {"level": level, "message": message, **fields}
    text = json.dumps(
        {name: value for name, value in line.items() if value is not None}, separators=(",", ":")
    )
    # one write: Lambda makes one log event of it
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def describe(error: BaseException) -> dict[str, LogField]:
    """Fields of an error that are safe to log: its type, our own reason code, where it was raised, and the same of its
    cause.
    """
    described: dict[str, LogField] = {
        "error_type": type(error).__name__,
        "error_location": _location(error.__traceback__),
    }
    if isinstance(error, WebhookError):
        described["reason"] = error.reason
    cause = error.__cause__
    if cause is not None:
        described["cause_type"] = type(cause).__name__
        described["cause_location"] = _location(cause.__traceback__)
    return described


def milliseconds_since(started: float, monotonic: Callable[[], float] = time.monotonic) -> float:
    return round((monotonic() - started) * 1000, 1)


def trace_id(environment: Mapping[str, str] = os.environ) -> str | None:
    """The X-Ray trace of this invocation, which Lambda puts into the environment of each."""
    return environment.get("_X_AMZN_TRACE_ID") or None


def request_id(context: Any) -> str | None:
    """The id of this invocation, by which Lambda's own log lines name it."""
    found: str | None = getattr(context, "aws_request_id", None)
    return found


def invocation_fields(context: Any, started: float) -> dict[str, Any]:
    """What the last line of an invocation says of it; `started` is of `time.monotonic`."""
    return {
        "request_id": request_id(context),
        "trace_id": trace_id(),
        "duration_ms": milliseconds_since(started),
    }


def _location(trace: TracebackType | None) -> str | None:
    """File, line and function of the innermost frame; never a value."""
    if trace is None:
        return None
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    return f"{os.path.basename(code.co_filename)}:{trace.tb_lineno} {code.co_name}"
