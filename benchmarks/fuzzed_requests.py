"""Requests that nobody foresaw, at the whole receiver: how many of each kind, how they were answered, is any lost?

    python benchmarks/fuzzed_requests.py [--requests 40000] [--seed 1]

Everything around the receiver is in memory, its signatures are checked as ever. In turn, for each provider: a published
event in which one to three values are removed or replaced by something of any type, signed; random bytes, signed; an
event whose headers are damaged; a request of the gateway in which one field is of any type. Exit code 1 when an answer
is 5xx, an authentic request was refused, or what was answered 200 is not in the inbox. A PayPal request that names a
certificate which PayPal does not give is answered 503 on purpose, and counted apart (docs/faults.md).
"""

import argparse
import base64
import copy
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any, Final

import project_imports  # noqa: F401

from payment_webhooks import contract
from payment_webhooks.aws.proxy_answer import Answer
from payment_webhooks.errors import Unavailable
from payment_webhooks.receiving.answer import NO_CERTIFICATE, handle
from tests.support.library.events import INDEX, event_document
from tests.support.library.fake_dynamodb import FakeDynamoDB
from tests.support.library.receiving import TABLES, Receiving, event

WORDS: Final = (
    "",
    "x y",
    "\ud800",
    "9" * 400,
    "4242424242424242",
    "USD",
    "1e9",
    "-1.00",
    "refunded",
    "\u0000",
)
NUMBERS: Final = (0, -1, 1.5, 2**53, 2**60, -(2**63), 10**30, 1e308)
OTHERS: Final[tuple[Any, ...]] = (None, True, [], [[]], {}, {"id": []}, {"a": {"b": [None]}})
VALUES: Final = (*WORDS, *NUMBERS, *OTHERS)
LONGEST_BYTES: Final = 300
AUTHENTIC: Final = ("signed event", "signed bytes")

Request = dict[str, Any]


class Fuzzer:
    """`random` decides all. Every maker gives a request of the gateway, for an endpoint."""

    def __init__(self, receiving: Receiving, random: Random) -> None:
        self._receiving = receiving
        self._random = random
        self._documents: dict[str, list[Any]] = {"internal": [json.loads(event("internal"))]}
        for case in INDEX:
            found = event_document(case["file"].removesuffix(".json"))
            self._documents.setdefault(case["expected"]["provider"], []).append(found)

    @property
    def makers(self) -> dict[str, Callable[[str], Request]]:
        return {
            "signed event": lambda endpoint: self._request(endpoint, self._body(endpoint)),
            "signed bytes": lambda endpoint: self._request(
                endpoint, self._random.randbytes(self._random.randrange(LONGEST_BYTES))
            ),
            "damaged headers": self._damaged,
            "any field": self._any_field,
        }

    def _body(self, endpoint: str) -> bytes:
        document = copy.deepcopy(self._random.choice(self._documents[endpoint]))
        for _ in range(self._random.randint(1, 3)):
            parent, key = self._random.choice([*_places(document)] or [(document, "id")])
            if isinstance(parent, dict) and self._random.random() < 0.3:
                del parent[key]
            else:
                parent[key] = copy.deepcopy(self._random.choice(VALUES))
        return json.dumps(document).encode()

    def _request(self, endpoint: str, body: bytes) -> Request:
        self._receiving.now += 1
        headers: dict[str, list[str]] = {}
        for name, value in self._receiving.headers(endpoint, body):
            headers.setdefault(name, []).append(value)
        return {
            "httpMethod": "POST",
            "resource": "/webhook/{endpoint}",
            "pathParameters": {"endpoint": endpoint},
            "multiValueHeaders": headers,
            "body": base64.b64encode(body).decode(),
            "isBase64Encoded": True,
            "requestContext": {"requestId": "r", "identity": {"sourceIp": "192.0.2.7"}},
        }

    def _damaged(self, endpoint: str) -> Request:
        """One header of the signature is away, is there twice, or has other characters."""
        request = self._request(endpoint, self._body(endpoint))
        headers = request["multiValueHeaders"]
        name = self._random.choice([*headers])
        value = headers[name][0]
        at = self._random.randrange(len(value))
        other = chr(self._random.choice((0, 44, 61, 233, 0x1F4A9, 0xD800)))
        headers[name] = self._random.choice(
            (
                [],
                [value, value + "x"],
                [value[:at]],
                [f"{value[:at]}{other}{value[at + 1 :]}"],
                [other * 9_000],
            )
        )
        return request

    def _any_field(self, endpoint: str) -> Request:
        request = self._request(endpoint, self._body(endpoint))
        return {**request, self._random.choice([*request]): self._random.choice(VALUES)}


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each container and key in the document."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in pairs:
        yield value, key
        yield from _places(child)


def fuzz(requests: int, seed: int) -> dict[str, Any]:
    random = Random(seed)  # noqa: S311 - a seed repeats a run
    receiving = Receiving(
        dynamodb=FakeDynamoDB(TABLES, compared=False), certificate_error=Unavailable(NO_CERTIFICATE)
    )
    makers = Fuzzer(receiving, random).makers
    endpoints = [*receiving.secrets]
    answers: dict[str, Counter[int]] = {kind: Counter() for kind in makers}
    stored: Counter[str] = Counter()
    taken: set[str] = set()
    without_certificate = 0
    for number in range(requests):
        kind = [*makers][number % len(makers)]
        endpoint = endpoints[number // len(makers) % len(endpoints)]
        answer, reason = _answer(receiving, makers[kind](endpoint))
        if reason == NO_CERTIFICATE:
            without_certificate += 1
            continue
        answers[kind][answer["statusCode"]] += 1
        if answer["statusCode"] == 200:
            document = json.loads(answer["body"])
            taken.add(document["webhook_id"])
            stored[document["status"]] += 1
    kept = {item[contract.WEBHOOK_ID]["S"] for item in receiving.inbox()}
    return {
        "requests": requests,
        "answers": {kind: dict(sorted(found.items())) for kind, found in answers.items()},
        "outcomes": dict(stored),
        "answered_5xx": sum(n for found in answers.values() for code, n in found.items() if code >= 500),
        "without_certificate": without_certificate,
        "authentic_refused": sum(answers[kind].total() - answers[kind][200] for kind in AUTHENTIC),
        "webhooks": len(taken),
        "lost": len(taken - kept),
    }


def _answer(receiving: Receiving, request: Request) -> tuple[Answer, str]:
    """And the reason that the log has, as the sender is told none."""
    logged: list[str] = []
    answer = handle(
        request, receiving.receiver.receive, lambda *_, **fields: logged.append(str(fields.get("reason")))
    )
    return answer, logged[0]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=40_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    begun = time.monotonic()
    found = fuzz(options.requests, options.seed)
    print(json.dumps({**found, "seconds": round(time.monotonic() - begun)}, indent=2))
    return 1 if found["answered_5xx"] or found["authentic_refused"] or found["lost"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
