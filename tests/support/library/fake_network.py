"""A network for the AWS client: connections that answer in turn, and one clock for all."""

import json
from dataclasses import dataclass, field
from typing import Any

from payment_webhooks.aws.json_client import DYNAMODB, CallLimits, JsonApi, default_endpoint_url
from payment_webhooks.aws.signature_v4 import Credentials
from payment_webhooks.deadline import Deadline

Answer = tuple[int, bytes] | Exception
OK = (200, b'{"ok":true}')


def refusal(code: str, status: int = 400, **details: Any) -> Answer:
    return status, json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", **details}).encode()


@dataclass
class Network:
    """Connections that answer in turn. `now` is every clock; what takes time moves it."""

    answers: list[Answer]
    now: float = 1_760_000_000.0
    sent: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)
    opened: list[float] = field(default_factory=list)
    read_timeouts: list[float] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    closed: int = 0
    connect_error: Exception | None = None
    close_after_answer: bool = False

    def connect(self, scheme: str, host: str, timeout_seconds: float) -> Any:
        assert (scheme, host) == ("https", "dynamodb.eu-west-1.amazonaws.com")
        self.opened.append(timeout_seconds)
        if self.connect_error is not None:
            raise self.connect_error
        return Connection(self)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Connection:
    def __init__(self, network: Network) -> None:
        self._network = network
        self.sock = self
        self.will_close = network.close_after_answer
        self.status = 0
        self._answer: Answer = OK

    def settimeout(self, seconds: float) -> None:
        self._network.read_timeouts.append(seconds)

    def request(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
        assert (method, path) == ("POST", "/")
        self._network.sent.append((headers["x-amz-target"], body, headers))

    def getresponse(self) -> "Connection":
        answer = self._network.answers.pop(0)
        if isinstance(answer, Exception):
            if isinstance(answer, TimeoutError):
                self._network.now += self._network.read_timeouts[-1]
            raise answer
        self.status, self._content = answer
        return self

    def read(self) -> bytes:
        return self._content

    def close(self) -> None:
        self._network.closed += 1


def api(network: Network, attempts: int = 3, deadline_seconds: float = 60.0) -> JsonApi:
    deadline = Deadline(lambda: network.now)
    deadline.start(deadline_seconds)
    return JsonApi(
        DYNAMODB,
        "eu-west-1",
        default_endpoint_url("dynamodb", "eu-west-1", "amazonaws.com"),
        lambda: Credentials("AKID", "SECRET", "TOKEN"),
        deadline,
        lambda: CallLimits(attempts),
        connect=network.connect,
        clock=lambda: network.now,
        sleep=network.sleep,
    )
