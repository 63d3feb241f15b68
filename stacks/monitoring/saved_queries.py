"""Queries of the logs that people on call need, saved in CloudWatch for each environment: saved_queries.toml."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from stacks import function_catalogue
from stacks.names import IN_TEMPLATE


class SavedQuery(NamedTuple):
    """`name` is the end of its name in CloudWatch; `log_groups` are texts for `Sub`."""

    name: str
    log_groups: tuple[str, ...]
    query: str


def _saved_query(name: str, entry: Mapping[str, Any]) -> SavedQuery:
    if "log" in entry:
        return SavedQuery(name, (getattr(IN_TEMPLATE, entry["log"]),), entry["query"])
    # The canary need not be there, and its log with it.
    every = [folder for folder in function_catalogue.FUNCTIONS if folder != function_catalogue.CANARY.folder]
    folders = every if entry["functions"] == "all" else entry["functions"]
    return SavedQuery(name, tuple(map(IN_TEMPLATE.function_log_group, folders)), entry["query"])


_TABLE: Final = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
SAVED_QUERIES: Final = tuple(_saved_query(name, entry) for name, entry in _TABLE.items())
IGNORED: Final = next(each for each in SAVED_QUERIES if each.name == "ignored")
