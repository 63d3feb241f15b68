"""Clients of a local engine."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from scripts.local_engine.state import EngineState

# No retries: a test wants to see the first answer. The pool is for the most parallel test.
_SETTINGS = Config(retries={"total_max_attempts": 1}, max_pool_connections=64, read_timeout=60)


class Clients:
    """`clients("s3")` is a boto3 client of the engine: as its administrator, or with a user's key.

    Each is made once and all are closed together, so that no socket is left to the garbage collector.
    """

    def __init__(self, state: EngineState, key_id: str = "test", secret: str = "test") -> None:
        self.state = state
        self._session = boto3.Session(
            aws_access_key_id=key_id, aws_secret_access_key=secret, region_name=state.region
        )
        self._made: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:
        if service not in self._made:
            self._made[service] = self._session.client(
                service, endpoint_url=self.state.endpoint_url, config=_SETTINGS
            )
        return self._made[service]

    def close(self) -> None:
        for client in self._made.values():
            client.close()


def invoke(clients: Clients, function: str, event: object = None) -> Any:
    """The function's answer, decoded. Fails the test when the function raises."""
    answer = clients("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
    with answer["Payload"] as stream:
        body = json.loads(stream.read())
    assert "FunctionError" not in answer, body
    return body


def get(url: str) -> tuple[int, str]:
    """Status and text of a plain GET."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request("GET", parts.path or "/")
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()
