"""What is erased of a body, and that nothing is told otherwise by what is left."""

import ast
import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.providers.erased_body import erased
from payment_webhooks.providers.registry import PROVIDERS
from scripts.command_line.project_paths import ROOT
from tests.support.library.events import INDEX, event_body
from tests.support.library.providers import normalise
from tests.support.library.receiving import event
from tests.support.library.vectors import vectors

SIGNED: Final = ("stripe", "paypal", "square")
BODIES: Final = [
    *((case["expected"]["provider"], event_body(case["file"].removesuffix(".json"))) for case in INDEX),
    *((name, each.body) for name in SIGNED for each in vectors(name)),
    ("internal", event("internal", object_id="r-1", livemode=True)),
]
# In each provider's own words, as its documents have them.
PERSONS: Final[dict[str, dict[str, Any]]] = {
    "stripe": {
        "billing_details": {
            "address": {"city": "Ada", "line1": "Ada 1", "postal_code": "Ada"},
            "email": "Ada",
            "name": "Ada",
        },
        "receipt_email": "Ada",
        "shipping": {"name": "Ada", "phone": "Ada", "address": {"line1": "Ada"}},
        "description": "for Ada",
        "metadata": {"k": "Ada"},
        "dob": {"day": 10121815, "month": 10121815, "year": 10121815},
        "customer_details": {"email": "Ada", "tax_ids": [{"type": "eu_vat", "value": "Ada"}]},
        "statement_descriptor": "Ada",
        "ip_address": "Ada",
    },
    "paypal": {
        "payer": {
            "name": {"given_name": "Ada", "surname": "Ada"},
            "email_address": "Ada",
            "birth_date": "Ada",
            "phone": {"phone_number": {"national_number": "Ada"}},
            "tax_info": {"tax_id": "Ada", "tax_id_type": "Ada"},
            "address": {"address_line_1": "Ada"},
        },
        "shipping": {"name": {"full_name": "Ada"}, "address": {"postal_code": "Ada"}},
        "soft_descriptor": "Ada",
        "custom_id": "Ada",
        "note_to_payer": "Ada",
        "messages": [{"posted_by": "BUYER", "content": "Ada"}],
    },
    "square": {
        "buyer_email_address": "Ada",
        "billing_address": {"first_name": "Ada", "address_line_1": "Ada"},
        "shipping_address": {"last_name": "Ada", "address_line_1": "Ada"},
        "card_details": {"card": {"cardholder_name": "Ada", "exp_month": 10121815}},
        "refund": {"reason": "Ada wants it back"},
        "note": "Ada",
        "phone_number": "Ada",
        "birthday": "Ada",
    },
    "internal": {"name": "Ada", "buyer": {"id": "Ada", "born": [10121815, 1.0121815e7]}},
}


def told(provider: str, body: bytes) -> object:
    """All that the ledger is folded from, or why the body can't be read."""
    try:
        return normalise(provider, body)
    except UnreadableEvent as error:
        return error.reason


def of(provider: str, body: bytes) -> bytes:
    return erased(PROVIDERS.get(provider), body)


def test_what_is_left_is_never_longer_whatever_was_sent() -> None:
    body = b'{"id":"1","name":[%s],"phone":7,"city":"a"}' % b",".join([b"1"] * 60_000)
    assert of("internal", body) == b'{"id":"1","name":[],"phone":0,"city":""}'


@pytest.mark.parametrize("provider", PROVIDERS.names)
def test_nothing_is_told_otherwise_by_what_is_left(provider: str) -> None:
    bodies = [body for name, body in BODIES if name == provider]
    readable = [body for body in bodies if not isinstance(told(provider, body), str)]
    assert len(readable) >= (1 if provider == "internal" else 14)
    for body in readable:
        assert told(provider, of(provider, body)) == told(provider, body)
    for body in bodies:
        assert of(provider, of(provider, body)) == of(provider, body)


@pytest.mark.parametrize("provider", PROVIDERS.names)
def test_a_persons_data_goes_and_the_form_stays(provider: str) -> None:
    body = json.dumps({"id": "1", "amount": 1.50, "object": {"money": 3, **PERSONS[provider]}}).encode()
    left = of(provider, body)
    assert b"Ada" not in left
    assert b"0121815" not in left
    assert json.loads(left)["id"] == "1"
    if provider != "internal":
        assert b'"amount": 1.5, "object": {"money": 3, ' in left


def test_names_are_known_in_each_spelling_and_values_at_each_place() -> None:
    body = rb'{"e\u006dail" : "a\"da\n", "name":["Ada",{"x":-1.5e3,"y":null}, true],"id":"Ada","after":2}'
    assert of("stripe", body) == rb'{"e\u006dail" : "erased", "name":[],"id":"Ada","after":2}'


def test_names_of_fields_go_that_anybody_chooses_and_each_kind_of_value() -> None:
    body = b'{"metadata":{"ada@example.com":1,"a":{}},"name":[["Ada"]],"ip":"::1","dob":true,"phone":49,"city":null}'
    assert of("stripe", body) == b'{"metadata":{},"name":[],"ip":"","dob":0,"phone":0,"city":null}'
    body = b'{"breakdown":{"custom":{"label":"Ada","amount":{"value":"1.00"}}},"resource":{"custom":"Ada Lovelace"}}'
    assert of("paypal", body) == (
        b'{"breakdown":{"custom":{"label":"","amount":{"value":"1.00"}}},"resource":{"custom":"erased"}}'
    )
    body = b'{"id":{"ada":"Ada"},"":"Ada Lovelace","status":["Ada",true,[{"a":1}]],"currency":"EUR"}'
    assert of("internal", body) == b'{"id":{"ada":""},"":"erased","status":["",0,[]],"currency":"EUR"}'


@pytest.mark.parametrize("body", [b"Ada: 1", b'{"id": "Ada"', b"\xff\xfe", b'{"id": 1, "id": 2}', b"[1]"])
def test_a_body_that_nobody_can_read_goes_whole(body: bytes) -> None:
    assert of("stripe", body) == b"erased"


def test_a_body_without_personal_data_stays_byte_for_byte() -> None:
    body = b'{ "id":"evt_1",\n"amount": 10.990, "links":[{"href":"https://api.paypal.com/v1"}] }'
    assert of("paypal", body) == body


def documents(values: st.SearchStrategy[Any], names: list[str]) -> st.SearchStrategy[Any]:
    keys = st.sampled_from(names) | st.text(max_size=3)
    return st.recursive(
        values, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4)
    )


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_the_body_its_money_stays(data: st.DataObject) -> None:
    """Anything under any name at any place of an event."""
    provider, body = data.draw(st.sampled_from([each for each in BODIES if is_object(each[1])]))
    document = json.loads(body)
    names = sorted(set(names_in(document)) | set(names_in(PERSONS[provider])))
    values = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
    place = data.draw(st.sampled_from([*objects_in(document)]))
    place[data.draw(st.sampled_from(names))] = data.draw(documents(values, names))
    text = json.dumps(
        document, ensure_ascii=data.draw(st.booleans()), indent=data.draw(st.sampled_from([None, 1]))
    )
    body = text.encode("utf-8", "surrogatepass")
    left = of(provider, body)
    if not isinstance(told(provider, body), str):
        assert told(provider, left) == told(provider, body)
        assert len(left) <= len(body)
    assert of(provider, left) == left


def is_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except ValueError:
        return False


def objects_in(document: Any) -> Iterator[dict[str, Any]]:
    if isinstance(document, dict):
        yield document
    if isinstance(document, dict | list):
        for each in document.values() if isinstance(document, dict) else document:
            yield from objects_in(each)


def names_in(document: Any) -> Iterator[str]:
    for each in objects_in(document):
        yield from each


@pytest.mark.parametrize("provider", PROVIDERS.names)
def test_no_name_that_its_reader_knows_is_personal(provider: str) -> None:
    folder = ROOT / "layer/python/payment_webhooks/providers" / provider
    texts = {
        node.value
        for path in folder.glob("*.py")
        if path.name != "personal_fields.py" and not path.name.endswith("_list.py")  # no webhook's body
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier()
    }
    is_personal = PROVIDERS.get(provider).is_personal
    known = json.loads(event(provider, object_id="r-1", livemode=True)) if provider == "internal" else texts
    assert len(known) > 5
    places = ("",) if provider == "internal" else ("", *known)
    assert [(place, name) for name in sorted(known) for place in places if is_personal(place, name)] == []
