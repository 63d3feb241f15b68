"""Each text in a provider's published schemas goes with a person, or has its reason to stay (tests/free_text)."""

import json
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from payment_webhooks.providers.erased_body import erased
from payment_webhooks.providers.registry import PROVIDERS
from scripts.command_line.project_paths import ROOT
from tests.support.free_text_names import document, of_schemas, of_types

FOLDER: Final = ROOT / "tests/free_text"
NAMES: Final[Mapping[str, str]] = tomllib.loads((FOLDER / "names.toml").read_text("utf-8"))
STAYS: Final[Mapping[str, Mapping[str, str]]] = tomllib.loads((FOLDER / "stays.toml").read_text("utf-8"))


def wrongly_decided(provider: str, names: list[str]) -> list[str]:
    """Those that neither go nor stay, or both."""
    stays = Counter(name for group in STAYS[provider].values() for name in group.split())
    is_personal = PROVIDERS.get(provider).is_personal
    return [name for name in names if stays[name] + is_personal("", name) != 1]


@pytest.mark.parametrize("provider", ["stripe", "paypal", "square"])
def test_each_text_that_a_webhook_may_have_goes_or_stays_for_a_reason(provider: str) -> None:
    names = NAMES[provider].split()
    assert len(names) > 200
    assert wrongly_decided(provider, names) == []
    stays = {name for group in STAYS[provider].values() for name in group.split()}
    assert stays - set(names) == set()  # what the provider has no more
    assert wrongly_decided(provider, ["nickname_of_the_buyer"]) == ["nickname_of_the_buyer"]


# What goes at some places only, or is of a list and tells of a person all the same: not what the names above hold.
PLACED: Final[Mapping[str, Any]] = {
    "stripe": [
        {"data": {"object": {"object": "tax_id", "value": "Ada"}, "previous_attributes": {"value": "Ada"}}},
        {"verified_outputs": {"sex": "Ada"}, "document": {"number": "Ada"}, "political_exposure": "Ada"},
        {
            "inputs": [
                {"text": {"value": "Ada"}},
                {"numeric": {"value": "Ada"}},
                {"selection": {"value": "Ada"}},
            ]
        },
        {"bank_transfer": {"reference": "Ada", "eu_bank_transfer": {"sender_name": "Ada"}}},
        {"links": {"data": [{"url": "Ada"}]}, "metadata": {"Ada": True}},
    ],
    "paypal": [
        {"additional_recipients": ["Ada"], "attachments": [{"id": "Ada", "reference_url": "Ada"}]},
        {"credit_card": {"number": "Ada"}, "items": [{"url": "Ada", "sku": "Ada"}]},
        {"purchase_units": [{"reference_id": "Ada"}], "options": [{"label": "Ada"}]},
    ],
    "square": [
        {"signature_options": {"signature": [{"data": "Ada"}]}, "collected_data": {"input_text": "Ada"}},
        {"custom_attribute": {"key": "k", "value": "Ada"}, "adjust_points": {"reason": "Ada"}},
        {"external_details": {"source": "Ada", "source_id": "Ada"}, "refund": {"reason": "Ada"}},
        {"data": {"id": "1", "object": {"evidence": {"evidence_text": "Ada"}}}},
    ],
}


@pytest.mark.parametrize("provider", PLACED)
def test_what_tells_of_a_person_at_some_places_goes_there(provider: str) -> None:
    for body in PLACED[provider]:
        assert "Ada" in json.dumps(body)
        assert b"Ada" not in erased(PROVIDERS.get(provider), json.dumps(body).encode())


def test_names_are_of_texts_without_a_list_in_what_is_stored(tmp_path: Path) -> None:
    (tmp_path / "params").mkdir()
    (tmp_path / "params/_asked.py").write_text("class Asked:\n    object: str\n    asked: str\n")
    (tmp_path / "_charge.py").write_text(
        "class Charge:\n    class Card:\n        name: Optional[str]\n        type: Literal['a', 'b']\n"
        "    object: Literal['charge']\n    customer: ExpandableField['Customer']\n"
        "    amount: int\n    notes: List[str]\n"
        "class Helper:\n    helper: str\n"
    )
    assert of_types(tmp_path) == {"name", "notes"}
    schemas: dict[str, Any] = {
        "Event": {
            "properties": {"data": {"$ref": "#/x/Data"}, "at": {"type": "string", "format": "date-time"}}
        },
        "Data": {"allOf": [{"properties": {"names": {"type": "array", "items": {"type": "string"}}}}]},
        "Asked": {"properties": {"asked": {"type": "string"}}},
    }
    schemas["Data"]["properties"] = {
        "own": {"$ref": "#/x/Data"},
        "kind": {"type": "string", "enum": ["a"]},
        "free": {"$ref": "#/x/Text"},
        "map": {"type": "object", "additionalProperties": {"type": "string"}},
    }
    schemas["Text"] = {"type": "string"}
    assert of_schemas(schemas, ["Event"]) == {"names", "free", "map"}
    assert tomllib.loads(document({"a": {"y", "x"}})) == {"a": "x y\n"}
