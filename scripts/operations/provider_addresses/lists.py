"""The list of the providers' published addresses: read, checked, compared and written."""

import ipaddress
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

MAXIMUM_AGE_DAYS: Final = 90
SHORTEST_PREFIX: Final = 16  # an exemption for more than 65,536 addresses is a mistake
PARAMETER_BYTES: Final = 4096  # CloudFormation's limit of one value
HEADER: Final = """\
# Addresses that providers publish for their webhooks: neither the rate limit by address nor the reputation list counts
# them. Written by scripts/provider_addresses.py; PayPal publishes none. An empty `refreshed`: never read so far.
"""


class BadList(ValueError):
    """A published list, or our file, that holds what cannot be exempted."""


@dataclass(frozen=True)
class Published:
    """One provider's list: `addresses` are IPv4 networks in order, `refreshed` a day or None for never."""

    source: str
    refreshed: date | None
    addresses: tuple[str, ...]


def network(text: str) -> str:
    """One address or network as WAF takes it, e.g. `3.18.12.63/32`. Raises BadList."""
    try:
        found = ipaddress.ip_network(text.strip())
    except ValueError as error:
        raise BadList(f"{text!r} is no address or network: {error}") from None
    if not isinstance(found, ipaddress.IPv4Network):
        raise BadList(f"{text}: the web ACL's set holds IPv4 only")
    if not found.is_global:
        raise BadList(f"{text} is not an address of the public internet")
    if found.prefixlen < SHORTEST_PREFIX:
        raise BadList(f"{text} is larger than a /{SHORTEST_PREFIX}")
    return str(found)


def read_published(text: str) -> tuple[str, ...]:
    """The networks of a published list: JSON with lists of them anywhere, or one a line. Raises BadList."""
    try:
        items = list(_texts(json.loads(text)))
    except json.JSONDecodeError:
        items = [line.split("#")[0].strip() for line in text.splitlines()]
    found = in_order(network(item) for item in items if item)
    if not found:
        raise BadList("the list is empty; a provider that publishes nothing more is removed by hand")
    return found


def in_order(networks: Iterable[str]) -> tuple[str, ...]:
    return tuple(str(each) for each in sorted({ipaddress.IPv4Network(text) for text in networks}))


def read_file(text: str) -> dict[str, Published]:
    """Our file, by provider. Raises BadList."""
    try:
        document = tomllib.loads(text)
        return {provider: _published(table) for provider, table in document.items()}
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise BadList(f"the file is not of its form: {error}") from error


def _published(table: Mapping[str, Any]) -> Published:
    refreshed = date.fromisoformat(table["refreshed"]) if table["refreshed"] else None
    return Published(table["source"], refreshed, in_order(network(each) for each in table["addresses"]))


def render(lists: Mapping[str, Published]) -> str:
    """The file's text: the same lists give the same bytes."""
    return HEADER + "".join(f"\n{_render(provider, lists[provider])}" for provider in sorted(lists))


def _render(provider: str, published: Published) -> str:
    items = "".join(f'    "{each}",\n' for each in published.addresses)
    addresses = f"[\n{items}]" if items else "[]"
    day = published.refreshed.isoformat() if published.refreshed else ""
    return f'[{provider}]\nsource = "{published.source}"\nrefreshed = "{day}"\naddresses = {addresses}\n'


def differences(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """`+ network` for each that is new, `- network` for each that is gone, in order."""
    old, new = set(before), set(after)
    return [f"{'+' if each in new else '-'} {each}" for each in in_order(old ^ new)]


def parameter_value(lists: Mapping[str, Published]) -> str:
    """The value of the parameter ProviderAddresses."""
    return ",".join(in_order(each for published in lists.values() for each in published.addresses))


def problems(lists: Mapping[str, Published], today: date) -> Iterator[str]:
    """What a deploy should not go on with: lists that were never read or are old, and too many of them."""
    for provider, published in sorted(lists.items()):
        if published.refreshed is None:
            yield f"{provider}: never read from {published.source}"
        elif (today - published.refreshed).days > MAXIMUM_AGE_DAYS:
            yield f"{provider}: read on {published.refreshed}, more than {MAXIMUM_AGE_DAYS} days ago"
    if len(parameter_value(lists)) > PARAMETER_BYTES:
        yield f"all together are more than the {PARAMETER_BYTES} bytes that one parameter may have"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for each in value.values():
            if not isinstance(each, str):  # a list's name or date beside it
                yield from _texts(each)
