"""What a provider tells of the events that it made: page by page, each as the body of a delivery would be."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from payment_webhooks.deadline import Deadline
from payment_webhooks.endpoints.secret_document import ApiCredentials, EndpointSecret, Mode
from payment_webhooks.errors import Unavailable

if TYPE_CHECKING:
    from payment_webhooks.providers.provider import Provider

PAGE_SIZE: Final = 100  # the most that Stripe and Square give; PayPal documents no most
TIMEOUT_SECONDS: Final = 20.0
MOST_BYTES: Final = 16 * 1024 * 1024  # a hundred events; the function has 512 MB

ACCOUNT_NOT_NAMED: Final = "account_not_named"

NO_END: Final = Deadline()  # never started


class Throttled(Unavailable):
    """The provider has had too many calls, or is out for a time that it knows. `retry_after_seconds`: what its header
    says; None where it says nothing.
    """

    def __init__(self, reason: str, retry_after_seconds: float | None) -> None:
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds


class Refused(Unavailable):
    """The provider takes no such call, from nobody or not from us: the same would be refused again. `document`: its own
    words, for a program alone.
    """

    def __init__(self, reason: str, document: Mapping[str, Any] = MappingProxyType({})) -> None:
        super().__init__(reason)
        self.document = document


class AccountNotNamed(Refused):
    """Nothing ties what the credentials list to the endpoint, so another account's events would be fed."""

    def __init__(self) -> None:
        super().__init__(ACCOUNT_NOT_NAMED)


class Window(NamedTuple):
    """Whole Unix seconds, both included."""

    since: int
    until: int

    @property
    def end(self) -> float:
        """The last microsecond of the last second: providers' times are finer than a second."""
        return self.until + 1 - 1e-6


class EventPage(NamedTuple):
    """`cursor`: where the next page begins; None when there is no other."""

    bodies: tuple[bytes, ...]
    cursor: str | None


class EventList(Protocol):
    """A provider's own list of events, with one application's credentials."""

    def page(self, window: Window, cursor: str | None) -> EventPage:
        """The page of the window's events that begins at `cursor`; None: the first. Within one window each event that
        existed before its first page was read is on a page, perhaps twice.

        Raises Throttled, and Unavailable when there is no answer that makes sense.
        """


class ListAccess(NamedTuple):
    """Whose events, and by which right. `account`: that of the endpoint's secret, where it names one; `key_values`: its
    keys, which at PayPal are the ids of webhooks; `deadline`: calls are cut off there.
    """

    credentials: ApiCredentials
    mode: Mode
    account: str | None
    key_values: tuple[str, ...] = ()
    deadline: Deadline = NO_END


def access_of(provider: "Provider", secret: EndpointSecret, deadline: Deadline = NO_END) -> ListAccess | None:
    """What the endpoint's secret gives; None without credentials. Raises AccountNotNamed, but for a stand-in of a test,
    which lists what that makes.
    """
    if secret.api is None:
        return None
    if provider.lists_by_account and not (secret.account or secret.api.base_url):
        raise AccountNotNamed
    key_values = tuple(key.value for key in secret.keys)
    return ListAccess(secret.api, secret.mode, secret.account, key_values, deadline)


def bodies_of(events: Sequence[dict[str, Any]]) -> tuple[bytes, ...]:
    """In ASCII: JSON may escape half a surrogate pair (RFC 8259, section 8.2), which UTF-8 does not have."""
    return tuple(json.dumps(event, separators=(",", ":")).encode() for event in events)


def objects_in(document: dict[str, Any], name: str, source: str) -> list[dict[str, Any]]:
    """The list of objects under `name`; none where there is no such field. Raises Unavailable for anything else."""
    found = document.get(name)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Unavailable(f"{source}_answer_malformed")
    return found
