"""Compares events that a provider lists with the inbox, and feeds what never came on the way that deliveries take.

not in the inbox                         missed: fed, with `source: reconciled`
there, and both tell the same of money   nothing is done
there, and it tells otherwise            conflict: stored beside it, for a person to decide
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import Item, plain
from payment_webhooks.endpoints.secret_document import EndpointSecret
from payment_webhooks.inbox.fetched import FetchedEvents
from payment_webhooks.inbox.items import Delivery, InboxKeys, Webhook, build_item
from payment_webhooks.inbox.payloads import PayloadMissing, PayloadStore, place
from payment_webhooks.masking.mask import MaskedBody, mask
from payment_webhooks.providers.provider import Provider
from payment_webhooks.providers.told_money import money_in, tell_the_same
from payment_webhooks.receiving.card_data import set_aside
from payment_webhooks.receiving.receiver import Examined, examine, outcome_of
from payment_webhooks.timestamps import utc_timestamp

VERIFIED_BY: Final = "provider_api"  # in the place of a key's id
UNREADABLE: Final = "unreadable"  # in the place of a type
# Of these the body is what the provider once sent, and counts, or will.
_COUNTING: Final = (contract.STATUS_RECEIVED, contract.STATUS_PROCESSED, contract.STATUS_FAILED)


class Compared(NamedTuple):
    """`listed`: events that the system reads. `missed`: webhook ids of those that had never come. `outcomes`: of what
    was stored, how many by outcome; empty after a dry run. `types`: of the missed ones, how many by type of event.
    """

    listed: int = 0
    missed: tuple[str, ...] = ()
    outcomes: Mapping[str, int] = {}
    types: Mapping[str, int] = {}

    def plus(self, other: "Compared") -> "Compared":
        outcomes, types = Counter(self.outcomes), Counter(self.types)
        outcomes.update(other.outcomes)
        types.update(other.types)
        missed = self.missed + other.missed
        return Compared(self.listed + other.listed, missed, dict(outcomes), dict(types))

    @property
    def fed(self) -> int:
        return sum(self.outcomes.values()) - self.outcomes.get(contract.STATUS_CONFLICT, 0)


class _Fetched(NamedTuple):
    """An event as it would be stored; `body` as it was fetched."""

    webhook: Webhook
    masked: MaskedBody
    body: bytes


class Comparison:
    """Compares what a provider lists with what one endpoint got. `others` are the provider's other ones: what came
    there is not missed. `clock` gives Unix seconds.
    """

    def __init__(
        self,
        endpoint: str,
        others: Sequence[str],
        provider: Provider,
        secret: EndpointSecret,
        fingerprint_key: bytes,
        inbox: FetchedEvents,
        payloads: PayloadStore,
        clock: Callable[[], float],
        trace_id: str | None,
    ) -> None:
        self._endpoint = endpoint
        self._others = others
        self._provider = provider
        self._secret = secret
        self._fingerprint_key = fingerprint_key
        self._inbox = inbox
        self._payloads = payloads
        self._clock = clock
        self._trace_id = trace_id
        self._types = frozenset(provider.event_types())

    def compare(self, bodies: Sequence[bytes], *, dry_run: bool = False) -> Compared:
        """One page of the provider's list. Feeds nothing in a dry run. Raises Unavailable: it may be repeated."""
        listed = {
            examined.webhook.webhook_id: (examined, body)
            for examined, body in ((self._examine(body), body) for body in bodies)
            if self._is_of_use(examined.webhook)
        }
        known = self._inbox.known([_keys(examined.webhook) for examined, _ in listed.values()])
        missing = [
            self._fetched(examined, body) for name, (examined, body) in listed.items() if name not in known
        ]
        # Of one that is set aside, the id is another one.
        again = self._inbox.known(
            [_keys(each.webhook) for each in missing if each.webhook.webhook_id not in listed]
        )
        missing = [each for each in missing if each.webhook.webhook_id not in again]
        elsewhere = self._inbox.known([keys for each in missing for keys in self._elsewhere(each.webhook)])
        taken = {name for name, item in elsewhere.items() if _counts(item)}
        missing = [
            each
            for each in missing
            if taken.isdisjoint(keys.webhook_id for keys in self._elsewhere(each.webhook))
        ]
        found = Compared(len(listed))
        if dry_run:
            for each in missing:
                found = found.plus(_missed(each.webhook))
            return found
        for name, (examined, body) in listed.items():
            if name in known and self._contradicts(known[name], body):
                found = found.plus(self._conflict(self._fetched(examined, body)))
        for each in missing:
            found = found.plus(self._feed(each))
        return found

    def _examine(self, body: bytes) -> Examined:
        return examine(self._endpoint, self._provider, body, self._secret, self._fingerprint_key)

    def _is_of_use(self, webhook: Webhook) -> bool:
        """Not of a type that nobody subscribes to for this system, nor what the endpoint's settings ignore."""
        is_read = webhook.event_type is None or webhook.event_type in self._types
        return is_read and webhook.status != contract.STATUS_IGNORED

    def _elsewhere(self, webhook: Webhook) -> list[InboxKeys]:
        """Where it is, if it came to another endpoint: an account's list has the events of all its endpoints."""
        return [_keys(webhook._replace(endpoint=each)) for each in self._others]

    def _fetched(self, examined: Examined, body: bytes) -> _Fetched:
        webhook, masked = examined.webhook, mask(body)
        if masked.is_suspect:
            webhook, masked = set_aside(webhook, self._provider, examined.envelope, body, masked)
        return _Fetched(webhook, masked, body)

    def _feed(self, fetched: _Fetched) -> Compared:
        item = self._item(fetched)
        in_the_way = self._inbox.add(item, claims_event=self._provider.transmission_id_header is not None)
        if in_the_way is None:
            return _missed(fetched.webhook, outcome_of("new", fetched.webhook))
        # It came while it was fetched.
        return self._conflict(fetched) if self._contradicts(in_the_way, fetched.body) else Compared()

    def _conflict(self, fetched: _Fetched) -> Compared:
        is_new = self._inbox.add_conflict(self._item(fetched))
        return Compared(0, (), {contract.STATUS_CONFLICT: 1} if is_new else {})

    def _item(self, fetched: _Fetched) -> Item:
        masked = fetched.masked.body
        stored = place(masked, self._endpoint, fetched.webhook.fingerprint, self._payloads)
        delivery = Delivery(
            verified_by=VERIFIED_BY,
            source_ip="",
            trace_id=self._trace_id or "",
            received_at=utc_timestamp(self._clock()),
            size_bytes=len(fetched.body),
            money=money_in(self._provider, masked),
        )
        return build_item(fetched.webhook, delivery, stored)

    def _contradicts(self, other: Item, body: bytes) -> bool:
        """Whether a stored webhook tells otherwise of money than the event does, as far as its body is to be had."""
        stored = plain(other)
        if stored[contract.STATUS] not in _COUNTING:
            return False
        delivered = self._body(stored)
        if delivered is None:
            return False
        return not tell_the_same(money_in(self._provider, body), money_in(self._provider, delivered))

    def _body(self, stored: Mapping[str, str | bytes]) -> bytes | None:
        payload = stored.get("payload")
        if payload is not None:
            return payload.encode() if isinstance(payload, str) else payload
        try:
            return self._payloads.get(str(stored["payload_key"]))
        except PayloadMissing:
            return None


def _missed(webhook: Webhook, *outcomes: str) -> Compared:
    types = {webhook.event_type or UNREADABLE: 1}
    return Compared(0, (webhook.webhook_id,), dict.fromkeys(outcomes, 1), types)


def _counts(item: Item) -> bool:
    """Not where an endpoint's settings ignored it, as another account's."""
    return str(item[contract.STATUS]["S"]) != contract.STATUS_IGNORED


def _keys(webhook: Webhook) -> InboxKeys:
    return InboxKeys(webhook.webhook_id, webhook.timestamp)
