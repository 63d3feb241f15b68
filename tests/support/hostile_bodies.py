"""The bodies of tests/hostile_bodies.json: made to be slow to mask, at any size, and honest ones that could be."""

import json
from pathlib import Path
from typing import NamedTuple

_FILE = Path(__file__).parents[1] / "hostile_bodies.json"


class HostileBody(NamedTuple):
    """`repeated` between `prefix` and `suffix`; `packed`: how often the whole is a JSON string in a JSON document.

    fine: a body as honest senders make them, which has to be masked without loss.
    """

    name: str
    prefix: str
    repeated: str
    times: int
    suffix: str
    packed: int = 0
    fine: bool = False

    def of_times(self, times: int) -> bytes:
        text = self.prefix + self.repeated * times + self.suffix
        for _ in range(self.packed):
            text = json.dumps({"data": text})
        return text.encode()

    def of_size(self, size_bytes: int) -> bytes:
        """About so many bytes; as it is where nothing is repeated."""
        sample = len(self.of_times(100)) - len(self.of_times(0))
        return self.of_times(size_bytes * 100 // sample if sample else self.times)


HOSTILE_BODIES = tuple(HostileBody(**row) for row in json.loads(_FILE.read_text(encoding="utf-8")))
