"""What people are told of a provider's webhooks: which types to subscribe to and why, where URL and key go.

The words are stacks/documents/subscriptions/{provider}.toml, outside the layer: no function loads them. Reading one
checks it against the types that the provider's reader knows.
"""

import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final, NamedTuple

from payment_webhooks.providers.provider import Provider

FOLDER: Final = Path(__file__).resolve().parent / "subscriptions"
# What events of a type may say of money: nothing, or that it is held, came, went back, or is in dispute.
MONEY: Final = ("no", "held", "in", "back", "disputed")


class EventType(NamedTuple):
    """`money`: one or more of MONEY, with commas between them."""

    name: str
    money: str
    tells: str


class TypeSet(NamedTuple):
    """Types that belong together. `needed`: without them the ledger is wrong for whoever the title speaks of."""

    title: str
    needed: bool
    why: str
    types: tuple[EventType, ...]


class ProviderManual(NamedTuple):
    """`ignored`: by a pattern of types that are not read, what is not known for that."""

    name: str
    url_goes: str
    key_is: str
    roll: str
    careful: str
    notes: tuple[str, ...]
    sources: tuple[str, ...]
    sets: tuple[TypeSet, ...]
    ignored: dict[str, str]


def read_manual(provider: Provider) -> ProviderManual:
    """Raises FileNotFoundError for a provider without one, ValueError where it does not fit the reader's types."""
    text = (FOLDER / f"{provider.name}.toml").read_text(encoding="utf-8")
    return checked_manual(tomllib.loads(text), provider)


def checked_manual(document: dict[str, Any], provider: Provider) -> ProviderManual:
    """Raises ValueError for a type that is read and not described, and the reverse, and for an unknown word."""
    sets = tuple(
        TypeSet(
            each["title"],
            each["needed"],
            each["why"],
            tuple(EventType(name, **words) for name, words in each["types"].items()),
        )
        for each in document["sets"]
    )
    texts = {name: document[name] for name in ("name", "url_goes", "key_is", "roll", "careful", "ignored")}
    manual = ProviderManual(
        **texts, notes=tuple(document["notes"]), sources=tuple(document["sources"]), sets=sets
    )
    wrong = list(_faults(manual, set(provider.event_types())))
    if wrong:
        raise ValueError(f"{provider.name}.toml: " + "; ".join(wrong))
    return manual


def _faults(manual: ProviderManual, read: set[str]) -> list[str]:
    types = [each for group in manual.sets for each in group.types]
    names = [each.name for each in types]
    return [
        *(f"{name} is read and not described" for name in sorted(read - set(names))),
        *(f"{name} is described and not read" for name in sorted(set(names) - read)),
        *(f"{name} is described twice" for name in sorted({name for name in names if names.count(name) > 1})),
        *(
            f"{each.name}: {word} is none of {', '.join(MONEY)}"
            for each in types
            for word in each.money.split(", ")
            if word not in MONEY
        ),
        *(
            f"{pattern} is said to be ignored, and {name} is read"
            for pattern in manual.ignored
            for name in sorted(read)
            if fnmatchcase(name, pattern)
        ),
    ]
