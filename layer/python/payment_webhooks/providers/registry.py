"""Every provider by its name. A new one is a folder and a line here: docs/adding-a-provider.md.

Names are known without importing anything of a provider; its record is imported when it is first asked for.
"""

import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from payment_webhooks.contract import CANARY
from payment_webhooks.errors import Unavailable

if TYPE_CHECKING:
    from payment_webhooks.providers.provider import Provider


class Providers:
    """`entries`: by name, the module that holds the record PROVIDER, or the record itself. `synthetic`: likewise, of
    those of our own that never tell of money: found by name, and in no list.
    """

    def __init__(
        self,
        entries: "Mapping[str, str | Provider]",
        synthetic: "Mapping[str, str | Provider]" = MappingProxyType({}),
    ) -> None:
        self._names = tuple(entries)
        self._entries = {**synthetic, **entries}

    @property
    def names(self) -> tuple[str, ...]:
        """Without the synthetic ones."""
        return self._names

    def get(self, name: str) -> "Provider":
        """Raises Unavailable("unknown_provider")."""
        entry = self._entries.get(name)
        if entry is None:
            raise Unavailable("unknown_provider")
        if isinstance(entry, str):
            entry = self._entries[name] = _record(entry)
        return entry

    def with_provider(self, provider: "Provider") -> "Providers":
        """These and one more, or one of them replaced."""
        synthetic = {name: entry for name, entry in self._entries.items() if name not in self._names}
        listed = {name: self._entries[name] for name in self._names}
        return Providers({**listed, provider.name: provider}, synthetic)


def _record(module: str) -> "Provider":
    __import__(module)  # the package importlib would take longer to load than a record
    record: Provider = sys.modules[module].PROVIDER
    return record


PROVIDERS: Final = Providers(
    synthetic={CANARY: "payment_webhooks.providers.canary"},
    entries={
        "stripe": "payment_webhooks.providers.stripe.provider",
        "paypal": "payment_webhooks.providers.paypal.provider",
        "square": "payment_webhooks.providers.square.provider",
        "internal": "payment_webhooks.providers.internal.provider",
    },
)
