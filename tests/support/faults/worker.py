"""Runs a function's own handler in a process of its own, answers its calls, and lets one of them fail.

The handler speaks HTTP to its services as on Lambda, so whatever it calls comes by here. A worker that is killed gets
SIGKILL while it waits for an answer: between two steps, as no function does anything of note but by its calls.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from typing import Any, BinaryIO, Final, NamedTuple

import payment_webhooks
from payment_webhooks.aws.botocore_clients import s3_client, sns_client
from tests.support.faults.aws import Answer, Aws, Request, Step, error_of, step_of

KILLED_BEFORE: Final = "killed before"
KILLED_AFTER: Final = "killed after"
ANSWER_LOST: Final = "answer lost"
THROTTLED: Final = "throttled"
FAILED: Final = "answered 500"
DENIED: Final = "denied"
KINDS: Final = (KILLED_BEFORE, KILLED_AFTER, ANSWER_LOST, THROTTLED, FAILED, DENIED)
AT_ONCE: Final = (KILLED_BEFORE, KILLED_AFTER, ANSWER_LOST, DENIED)  # the others are repeated, after pauses
# From the call on until the invocation ends, so that the client's own attempts do not mend it.
_ERRORS: Final = {
    THROTTLED: (400, "ThrottlingException"),
    FAILED: (500, "InternalServerError"),
    DENIED: (403, "AccessDeniedException"),
}
FUNCTIONS: Final = (
    "webhook_receiver",
    "payment_processor",
    "inbox_sweeper",
    "notification_handler",
    "audit_logger",
    "audit_digest",
    "analytics_processor",
    "transaction_archiver",
    "transaction_api",
    "reconciler",
)
INVOCATION_MILLISECONDS: Final = 60_000


class Fault(NamedTuple):
    """`call`: the number of the call in the invocation, from 0."""

    kind: str
    call: int


class Outcome(NamedTuple):
    """`value`: the handler's answer; `error`: the name and text of what it raised. Neither, when it was killed."""

    value: Any
    error: tuple[str, str] | None
    steps: tuple[Step, ...]

    @property
    def killed(self) -> bool:
        return self.value is None and self.error is None


class Invocation:
    """Lambda's context."""

    aws_request_id = "request"

    def get_remaining_time_in_millis(self) -> int:
        return INVOCATION_MILLISECONDS


class Workers:
    """`environment`: of all functions together. The clients of botocore are made before, as it takes longest."""

    def __init__(self, environment: Callable[[int], Mapping[str, str]]) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        os.environ.update(environment(self.port))
        s3_client(), sns_client()
        for function in FUNCTIONS:
            handler_of(function)
        for module in walk_packages(payment_webhooks.__path__, "payment_webhooks."):
            import_module(module.name)
        gc.collect()
        gc.freeze()  # a collection would copy what forks share

    def call(self, function: str, event: Any, aws: Aws, fault: Fault | None = None) -> Outcome:
        """One invocation in a new container."""
        reading, writing = os.pipe()
        process_id = os.fork()
        if process_id == 0:
            os.close(reading)
            _work(function, event, writing)
        os.close(writing)
        served = _Served(self._listener, process_id, aws, fault)
        with os.fdopen(reading, "rb") as pipe:
            served.until_end(pipe)
            text = pipe.read()
        os.waitpid(process_id, 0)
        if not text or served.was_killed:
            return Outcome(None, None, tuple(served.steps))
        value, error = json.loads(text)
        return Outcome(
            {"answer": value} if error is None else None, error and tuple(error), tuple(served.steps)
        )


@cache
def handler_of(function: str) -> Callable[[Any, Any], Any]:
    handler: Callable[[Any, Any], Any] = import_module(f"functions.{function}.handler").handler
    return handler


def _work(function: str, event: Any, pipe: int) -> None:
    """In the worker: never returns."""
    code = 1
    try:
        if "FAULTS_SHOW_LOGS" not in os.environ:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        try:
            result = [handler_of(function)(event, Invocation()), None]
        except Exception as error:
            result = [None, (type(error).__name__, str(error))]
        with os.fdopen(pipe, "wb") as writing:
            writing.write(json.dumps(result).encode())
        code = 0
    finally:
        os._exit(code)


class _Served:
    """The calls of one worker."""

    def __init__(self, listener: socket.socket, process_id: int, aws: Aws, fault: Fault | None) -> None:
        self._listener = listener
        self._process_id = process_id
        self._aws = aws
        self._fault = fault
        self._broken: Step | None = None
        self._connections: dict[socket.socket, BinaryIO] = {}
        self.steps: list[Step] = []
        self.was_killed = False

    def until_end(self, pipe: BinaryIO) -> None:
        """Until the worker has written its result, or is no more."""
        while not self.was_killed:
            waited: list[Any] = [pipe, self._listener, *self._connections]
            ready, _, _ = select.select(waited, (), (), 60)
            assert ready, "the worker neither calls nor ends"
            for each in ready:
                if each is self._listener:
                    connection, _ = self._listener.accept()
                    self._connections[connection] = connection.makefile("rb")
                elif each in self._connections and not self.was_killed:
                    self._serve(each)
            if pipe in ready:
                break
        for connection in [*self._connections]:
            self._close(connection)

    def _serve(self, connection: socket.socket) -> None:
        request = _read(connection, self._connections[connection])
        if request is None:
            self._close(connection)
            return
        answer = self._answer(request)
        if answer is None:
            self._close(connection)
            return
        given = {"Content-Length": str(len(answer.body)), **answer.headers}
        head = "\r\n".join(
            [f"HTTP/1.1 {answer.status} X", *(f"{name}: {text}" for name, text in given.items())]
        )
        connection.sendall(head.encode() + b"\r\n\r\n" + answer.body)

    def _answer(self, request: Request) -> Answer | None:
        """None where the caller never gets one."""
        step, number = step_of(request), len(self.steps)
        self.steps.append(step)
        fault = self._fault
        if fault is None or (number != fault.call and self._broken != step):
            return self._aws.answer(request)
        if fault.kind in _ERRORS:
            self._broken = step
            return error_of(step, *_ERRORS[fault.kind])
        if fault.kind != KILLED_BEFORE:
            self._aws.answer(request)
        if fault.kind != ANSWER_LOST:
            os.kill(self._process_id, signal.SIGKILL)
            self.was_killed = True
        return None

    def _close(self, connection: socket.socket) -> None:
        self._connections.pop(connection).close()
        connection.close()


def _read(connection: socket.socket, stream: BinaryIO) -> Request | None:
    """The next request; None when there is none, as the caller has closed the connection."""
    first = stream.readline()
    if not first:
        return None
    method, path, _ = first.decode().split(" ")
    headers = {}
    while line := stream.readline().strip():
        name, _, text = line.decode("latin-1").partition(":")
        headers[name.lower()] = text.strip()
    if headers.get("expect") == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    return Request(method, path, headers, stream.read(int(headers.get("content-length", "0"))))
