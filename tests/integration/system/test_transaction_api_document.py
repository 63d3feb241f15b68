"""The OpenAPI document against the deployed API: generated requests, good and bad ones, signed; every answer has a
status and a form that the document names, good ones are accepted and bad ones refused.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import requests
import schemathesis
from schemathesis.checks import CHECKS
from schemathesis.generation.case import Case

from scripts.operations.transactions.client import TransactionClient
from tests.support.library.transactions import client_of, paid
from tests.support.system.system import System

DOCUMENT = Path(__file__).parents[3] / "output" / "transactions.openapi.json"
EXAMPLES = 12  # of each operation and phase
FILTERS = ("customer_id", "provider", "status")
# What no schema of single parameters can say: the days of a range hang together, and a cursor comes from a page.
DEPENDENT = ("from", "to", "cursor")
NOT_OURS = (
    "unsupported_method",
    "ignored_auth",
)  # the gateway answers these, as the engine's gateway can't show

described = schemathesis.openapi.from_dict(
    json.loads(DOCUMENT.read_bytes()),
    config=schemathesis.Config.from_dict(
        {
            "seed": 20261121,
            "generation": {
                "max-examples": EXAMPLES,
                "deterministic": True,
                "with-security-parameters": False,
            },
        }
    ),
)


class Signer(requests.auth.AuthBase):
    def __init__(self, client: TransactionClient) -> None:
        self._client = client

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        assert request.method is not None
        assert request.url is not None
        assert request.body is None or isinstance(request.body, bytes | str)
        request.headers.update(self._client.signature(request.method, request.url, {}, request.body))
        return request


@pytest.fixture(scope="module")
def known(system: System) -> str:
    return paid(system)


@pytest.fixture(scope="module")
def session(system: System) -> Iterator[requests.Session]:
    with requests.Session() as opened:
        opened.auth = Signer(client_of(system))
        yield opened


@described.parametrize()
def test_answers_are_what_the_document_says(
    case: Case[Any], system: System, session: requests.Session, known: str
) -> None:
    if case.meta is not None and case.meta.generation.mode.is_positive:
        make_consistent(case, known)
    excluded: list[Any] = [check for check in CHECKS.get_all() if check.__name__ in NOT_OURS]
    case.call_and_validate(client_of(system).url(""), session, excluded_checks=excluded)


def make_consistent(case: Case[Any], known: str) -> None:
    """Turns values that are good each into a request that is good as a whole, of a payment that is there or not."""
    identity: Any = case.path_parameters.get("id", "")
    if len(identity) % 2:
        case.path_parameters["id"] = known
    for name in DEPENDENT:
        case.query.pop(name, None)
    if case.path == "/transactions":
        given = [name for name in FILTERS if name in case.query]
        for name in given[1:]:
            del case.query[name]
        if not given:
            case.query["provider"] = "internal"


def test_the_documents_schemas_are_json_schemas() -> None:
    schemas = json.loads(DOCUMENT.read_bytes())["components"]["schemas"]
    assert schemas
    for schema in schemas.values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
