"""Lists the names of the texts of no fixed list that are in each provider's published schemas.

`python -m tests.support.free_text_names FOLDER > tests/free_text/names.toml`, after an update of a schema. FOLDER has
`stripe/` of the package of that name at PyPI, and checkouts of github.com/paypal/paypal-rest-api-specifications and
github.com/square/connect-api-specification. A name that is new wants a decision: personal_fields.py of its provider, or
tests/free_text/stays.toml.
"""

import ast
import json
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

_OF_PAYPAL: Final = (
    *("billing_subscriptions_v1", "catalogs_products_v1", "checkout_orders_v2", "customer_disputes_v1"),
    *("invoicing_v2", "payments_payment_v1", "payments_payment_v2", "payments_payouts_batch_v1"),
    "vault_payment_tokens_v3",
)
_ASKED: Final = re.compile(
    "error|request|patch|^[45]", re.IGNORECASE
)  # no webhook has what is sent to PayPal
_NOT_STORED: Final = ("params", "test_helpers", "v2")


def of_types(folder: Path) -> set[str]:
    """Of Stripe's objects, by the types of its Python library. What may be another object's id is no text."""
    found: set[str] = set()
    for path in sorted(folder.rglob("_*.py")):
        if path.relative_to(folder).parts[0] in _NOT_STORED or path.stem.endswith("_service"):
            continue
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and "object" in dict(_annotated(node)):
                found |= {
                    name for each in _classes(node) for name, form in _annotated(each) if _is_text(form)
                }
    return found


def _classes(node: ast.ClassDef) -> Iterator[ast.ClassDef]:
    return (each for each in ast.walk(node) if isinstance(each, ast.ClassDef))


def _annotated(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for each in node.body:
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            yield each.target.id, ast.unparse(each.annotation)


def _is_text(form: str) -> bool:
    return (
        "Literal[" not in form and "ExpandableField" not in form and re.search(r"\bstr\b", form) is not None
    )


def of_schemas(schemas: Mapping[str, Mapping[str, Any]], roots: list[str]) -> set[str]:
    """Of what these schemas of an OpenAPI document have in them, however deep."""
    found, seen = set[str](), set[tuple[str, str]]()
    open_: list[tuple[str, Mapping[str, Any]]] = [("", schemas[root]) for root in roots]
    while open_:
        name, schema = open_.pop()
        if "$ref" in schema:
            of = schema["$ref"].rpartition("/")[2]
            if (name, of) not in seen:
                seen.add((name, of))
                open_.append((name, schemas[of]))
            continue
        is_free = not schema.get("enum") and schema.get("format") not in ("date", "date-time")
        if name and schema.get("type") == "string" and is_free:
            found.add(name)
        open_ += schema.get("properties", {}).items()
        open_ += [(name, each) for key in ("allOf", "anyOf", "oneOf") for each in schema.get(key, ())]
        inner = (schema.get(key) for key in ("items", "additionalProperties"))
        open_ += [(name, each) for each in inner if isinstance(each, dict)]
    return found


def _of_paypal(folder: Path) -> set[str]:
    documents = (_schemas(folder / "openapi" / f"{name}.json") for name in _OF_PAYPAL)
    return {
        name
        for schemas in documents
        for name in of_schemas(schemas, [root for root in schemas if not _ASKED.search(root)])
    }


def _of_square(folder: Path) -> set[str]:
    schemas = _schemas(folder / "api.json")
    return of_schemas(schemas, [root for root in schemas if root.endswith("Event")])


def _schemas(path: Path) -> Mapping[str, Mapping[str, Any]]:
    schemas: Mapping[str, Mapping[str, Any]] = json.loads(path.read_text("utf-8"))["components"]["schemas"]
    return schemas


def document(names: Mapping[str, set[str]]) -> str:
    """TOML with all names of each provider."""
    lines = ["# Made by `python -m tests.support.free_text_names`; stays.toml beside it is written by hand."]
    for provider, of_provider in names.items():
        lines += ["", f'{provider} = """', *textwrap.wrap(" ".join(sorted(of_provider)), 118), '"""']
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    root = Path(sys.argv[1])
    found = {
        "stripe": of_types(root / "stripe"),
        "paypal": _of_paypal(root / "paypal-rest-api-specifications"),
        "square": _of_square(root / "connect-api-specification"),
    }
    sys.stdout.write(document(found))
