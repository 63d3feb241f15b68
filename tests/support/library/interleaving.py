"""Several writers at once over one table in memory."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from payment_webhooks.aws.service_errors import TRANSACTION_CANCELED, ServiceError
from tests.support.library.fake_dynamodb import FakeDynamoDB


class Interleaved:
    """A table for several threads, each call one step; nobody writes before all have read what they write from."""

    def __init__(self, dynamodb: FakeDynamoDB, threads: int) -> None:
        self._dynamodb = dynamodb
        self._all_have_read = threading.Barrier(threads)
        self._step = threading.Lock()
        self._thread = threading.local()
        self.cancelled = 0

    def __call__(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "TransactWriteItems" and not getattr(self._thread, "has_read", False):
            self._thread.has_read = True
            self._all_have_read.wait(timeout=60)
        try:
            with self._step:
                return self._dynamodb(operation, parameters)
        except ServiceError as error:
            self.cancelled += error.code == TRANSACTION_CANCELED
            raise


def run_at_once(tasks: Sequence[Callable[[], object]]) -> None:
    """Each in a thread of its own; asserts that none raises."""
    raised: list[BaseException] = []

    def run(task: Callable[[], object]) -> None:
        try:
            task()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=[task]) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert raised == []
