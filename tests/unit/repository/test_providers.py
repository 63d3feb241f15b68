"""What is one provider's stands in its own folder: no other code names one. The recipe names files that exist."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from payment_webhooks.providers.registry import PROVIDERS
from scripts.command_line.project_paths import ROOT

LIBRARY = "layer/python/payment_webhooks"
# Where a provider may be named: its folders, the registry, and what is about one provider by its very nature.
ALLOWED = (
    *(f"{LIBRARY}/providers/{name}/" for name in PROVIDERS.names),
    f"{LIBRARY}/providers/registry.py",
    "stacks/webhook_endpoints.py",  # whose endpoint the path with an API key stands for, and
    "stacks/names.py",  # the name of that key
    "scripts/provider_simulator/",
    "scripts/acceptance/samples.py",  # a webhook of each, with the truth about it
    "scripts/planning/",  # PayPal's share of the traffic is an assumption that a person gives
    "stacks/parameters/",  # the parameter PayPalIpRateLimit, and the rule that it sets
    "stacks/security/web_acl.py",
    "stacks/monitoring/metrics.py",
)
_WORD = re.compile("|".join(name for name in PROVIDERS.names if name != "internal"), re.IGNORECASE)


def names_and_texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name of code, and every text that is exactly a provider's name: by line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in PROVIDERS.names:
            yield node.lineno, node.value
        for text in (getattr(node, field, None) for field in ("id", "attr", "name", "arg", "module")):
            if isinstance(text, str) and _WORD.search(text):
                yield getattr(node, "lineno", 0), text


def sources() -> list[Path]:
    folders = (LIBRARY, "functions", "stacks", "scripts")
    paths = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return [path for path in paths if not path.relative_to(ROOT).as_posix().startswith(ALLOWED)]


def test_no_other_code_names_a_provider() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in sources()
        for line, text in names_and_texts(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_no_provider_may_import_another() -> None:
    document = tomllib.loads((ROOT / "layer" / "importlinter.toml").read_text(encoding="utf-8"))
    (contract,) = [
        contract
        for contract in document["tool"]["importlinter"]["contracts"]
        if contract["type"] == "independence"
    ]
    assert sorted(contract["modules"]) == sorted(
        f"payment_webhooks.providers.{name}" for name in (*PROVIDERS.names, "canary")
    )


RECIPE = (ROOT / "docs" / "adding-a-provider.md").read_text(encoding="utf-8")
PATHS = sorted(set(re.findall(r"`((?:layer|stacks|scripts|environments|docs|tests)/[^`]+)`", RECIPE)))


def test_the_recipe_names_files() -> None:
    assert len([path for path in PATHS if "{name}" in path]) == 6
    assert len(PATHS) > 12


@pytest.mark.parametrize("path", PATHS)
def test_each_file_of_the_recipe_is_there_for_each_provider(path: str) -> None:
    missing = [name for name in PROVIDERS.names if not (ROOT / path.format(name=name)).exists()]
    assert missing == []


@pytest.mark.parametrize(
    "code", ['if provider == "paypal": pass', "from_stripe(1)", "import square_tools", "x.PAYPAL_PATHS"]
)
def test_such_code_would_be_found(code: str) -> None:
    assert list(names_and_texts(ast.parse(code)))
