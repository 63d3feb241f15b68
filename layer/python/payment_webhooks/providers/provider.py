"""The record of a provider: everything that the system knows of one sender of webhooks.

Each provider's record is PROVIDER in `provider.py` of its own folder; registry.py has the list of them. What its
functions need is imported when they are called (`lazy`): the receiver starts without the readers of events, and without
what other providers' signatures need. docs/adding-a-provider.md is the recipe.
"""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from payment_webhooks.endpoints.secret_document import ApiCredentials, EndpointSecret, Mode
from payment_webhooks.headers import Headers
from payment_webhooks.providers.envelope import Envelope, parse_object

if TYPE_CHECKING:  # of events, which the receiver does not read
    from payment_webhooks.domain.events import EventFacts, NormalisedEvent
    from payment_webhooks.providers.balance_list import BalanceList
    from payment_webhooks.providers.confirmation import ProviderApi
    from payment_webhooks.providers.event_list import EventList, ListAccess

# Gives the PEM text at a URL that the provider's own code has allowed; raises InvalidSignature or Unavailable.
FetchCertificate = Callable[[str], bytes]
# Headers, body, secret, Unix time, FetchCertificate -> the id of the key that signed. See Provider.verify.
Verify = Callable[[Headers, bytes, EndpointSecret, float, FetchCertificate], str]
# The answer 200 that a provider demands: its content type and its body.
Acknowledgement = tuple[str, str]


def lazy(module: str, function: str, *first: object) -> Callable[..., Any]:
    """A function of a module below `providers`, imported when it is first called; `first` are its first arguments."""
    path = f"payment_webhooks.providers.{module}"

    def call(*arguments: object) -> Any:
        __import__(path)  # the package importlib would take longer to load than what it loads
        return getattr(sys.modules[path], function)(*first, *arguments)

    return call


def _any_key(value: str) -> None:
    """Accepts every key."""


class Provider(NamedTuple):
    """One provider.

    name: in keys, ledger rows, metrics and the transaction API; letters and digits in lower case.
    signature_headers: request headers, in lower case, whose values the web ACL's log must not show.
    signs_whole_body: whether the signature proves every byte of the body. False: it covers some fields, or no more
        than a checksum, so whoever has seen a delivery can sign another body. Such an event counts as confirmed only
        once the provider itself has told the same, by `connect`.
    verify: the id of the key that signed. The headers' names are in lower case, the body is the bytes as they came.
        Raises MalformedRequest (a signature header that is missing, repeated or not of its form), InvalidSignature
        (not signed by a live key, or too old), Unavailable (no live key, or no certificate to check with), and
        nothing else, whatever was sent.
    envelope: what identifies the event, from the parsed body. Raises UnreadableEvent.
    read: what the event says of a payment; EventFacts() for a type that says nothing. Raises UnreadableEvent.
    is_personal: whether a field tells of a person, by the name of the object or list in which it stands ("" for the
        body itself) and its own: what is erased of a body. Never one that `envelope` or `read` reads.
    event_types: every type of which `read` says something; people are told of them in docs/providers.md.
    volatile_fields: top-level fields that may differ between two deliveries of one event.
    transmission_id_header: the header with the signed id of one delivery, for a provider whose signature can be put
        over another body: the inbox takes one body for each id.
    connect: access to the provider's own API, by which events are confirmed.
    list_events: the events that the provider itself knows of, so that those that never came are found.
    list_balance: the money that the provider itself has on its books, to compare the ledger with.
    listed_days: how many days back the list of events goes.
    lists_by_account: whether its lists are of an account, which the endpoint's secret then has to name.
    acknowledgement: None for our own answer.
    check_key: raises ValueError, whose text holds no key, for a text that can't be a key of this provider's.
    check_api_secret: raises ValueError, whose text holds no secret, for an API credential that may do too much.
    key_prefix: the first characters of its keys; a key without them is taken, and told.
    api_key_prefixes: the first characters of its API credentials, which sign no webhook, whatever the endpoint.
    publishes_addresses: whether the web ACL can exempt its addresses from the limit of one address; if not, it sends
        from few, and has the higher limit PayPalIpRateLimit on its path.
    signs_url: whether the signature covers the URL as it is registered, which the secret then has to say.
    """

    name: str
    signature_headers: tuple[str, ...]
    signs_whole_body: bool
    verify: Verify
    envelope: Callable[[dict[str, Any]], Envelope]
    read: "Callable[[Envelope], EventFacts]"
    event_types: Callable[[], tuple[str, ...]]
    is_personal: Callable[[str, str], bool]
    volatile_fields: frozenset[str] = frozenset()
    transmission_id_header: str | None = None
    connect: "Callable[[ApiCredentials, Mode], ProviderApi] | None" = None
    list_events: "Callable[[ListAccess], EventList] | None" = None
    list_balance: "Callable[[ListAccess], BalanceList] | None" = None
    listed_days: int = 0
    lists_by_account: bool = False
    acknowledgement: Acknowledgement | None = None
    check_key: Callable[[str], None] = _any_key
    check_api_secret: Callable[[str], None] = _any_key
    key_prefix: str = ""
    api_key_prefixes: tuple[str, ...] = ()
    publishes_addresses: bool = True
    signs_url: bool = False


def read_envelope(provider: Provider, body: bytes) -> Envelope:
    """What identifies the event in `body`.

    Raises UnreadableEvent: `body_not_json`, `body_not_object`, `duplicate_key`, `nesting_too_deep`, and
    missing_ or invalid_ `event_id`, `event_type`, `timestamp`, `livemode`, `account`.
    """
    return provider.envelope(parse_object(body))


def normalise(provider: Provider, body: bytes) -> "NormalisedEvent":
    """The event in `body`; a type that says nothing of a payment has status "ignored" and kind "other".

    Raises UnreadableEvent, and nothing else, whatever the body is.
    """
    from payment_webhooks.domain.events import NormalisedEvent
    from payment_webhooks.masking.numbers_in_ids import holds_card_number

    envelope = read_envelope(provider, body)
    facts = provider.read(envelope)
    return NormalisedEvent(
        provider=provider.name,
        event_id=envelope.event_id,
        event_type=envelope.event_type,
        created=envelope.created,
        occurred_at=facts.occurred_at or envelope.created,
        transaction_id=facts.transaction_id,
        object_kind=facts.object_kind,
        object_id=facts.object_id,
        status=facts.status,
        amount_minor=facts.money.amount_minor if facts.money else None,
        amount_meaning=facts.amount_meaning,
        currency=facts.money.currency if facts.money else None,
        amount_provider_raw=facts.amount_provider_raw,
        captured_minor=facts.captured_minor,
        refunded_total_minor=facts.refunded_total_minor,
        customer_id=facts.customer_id,
        livemode=envelope.livemode,
        account=facts.account or envelope.account,
        object_created_at=facts.object_created_at,
        authorized_minor=facts.authorized_minor,
        released_minor=facts.released_minor,
        withdrawn_minor=facts.withdrawn_minor,
        fee_minor=facts.fee_minor,
        provider_status=facts.provider_status,
        occasion=facts.occasion,
        outside_provider=facts.outside_provider,
        arrival_date=facts.arrival_date,
        invoice_id=None if holds_card_number(facts.invoice_id or "") else facts.invoice_id,
        subscription_id=facts.subscription_id,
        order_id=facts.order_id,
        shares=facts.shares,
        payment_ids=facts.payment_ids or (() if facts.transaction_id is None else (facts.transaction_id,)),
        ignored_for=facts.ignored_for,
    )
