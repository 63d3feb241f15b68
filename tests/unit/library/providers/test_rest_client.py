"""Calls of a provider's API: each is bounded in time, whatever the other side does."""

from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from payment_webhooks.errors import Unavailable
from payment_webhooks.providers.rest_client import Answer, RestClient


class Dripping:
    """A pool whose one answer comes `part` by part, as often as it is read."""

    def __init__(self, *parts: bytes, then: bytes) -> None:
        self.parts = [*parts]
        self._then = then
        self.reads = 0

    def request(self, *_: str, **__: Any) -> Any:
        nothing = {"close": lambda: None, "release_conn": lambda: None}
        return SimpleNamespace(status=200, headers={}, read1=self.read1, **nothing)

    def read1(self, _amount: int) -> bytes:
        self.reads += 1
        return self.parts.pop(0) if self.parts else self._then


def exchange(pool: Any) -> Answer:
    """With a clock on which each look takes a second."""
    client = RestClient("stripe", "https://api", 20.0, 1000, pool=pool, monotonic=count().__next__)
    return client.exchange("GET", "/v1/events", {})


def test_an_answer_that_drips_is_no_answer() -> None:
    pool = Dripping(then=b" ")
    with pytest.raises(Unavailable, match="stripe_unreachable"):
        exchange(pool)
    assert pool.reads == 20


def test_an_answer_in_parts_is_whole() -> None:
    assert exchange(Dripping(b'{"id"', b": 1}", then=b"")).document == {"id": 1}
