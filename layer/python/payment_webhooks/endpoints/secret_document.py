"""The document that an endpoint's secret holds: what the endpoint expects, and the keys that may sign for it.

    {"mode": "live" | "test",                  which money the endpoint expects; other money waits for a person
     "ignores_test_events": true | false,      at a live endpoint test money is ignored, and waits for nobody
     "account": "acct_..." | null,             the provider's account that events must belong to; null: any
     "keys": [{"id", "value", "added_at"}],    newest first; several are live, so that a key can be rolled
     "notification_url": "https://..." | null, Square signs the URL as it is registered, byte for byte
     "certificates": {url: pem},               PayPal: certificate chains, pinned by the URL that it names
     "trust_anchors": [pem],                   PayPal: authorities to trust besides the public ones
     "generated_key": "...",                   the canary's, whose secret CloudFormation fills: a key like the others
     "api": {"client_id", "client_secret", "base_url"} | null}   to list the provider's
                                               events, and at PayPal to confirm them; Stripe's and Square's key is the
                                               client_secret, under any client_id

A Connect endpoint of Stripe's in live mode gets the test events of its accounts, too
(https://docs.stripe.com/connect/webhooks): that is what `ignores_test_events` is for.

For PayPal a key's value is the webhook's id. A secret that was just made has no keys: it verifies nothing.
Fields that this version does not know are left alone when reading; `mode` was once called `environment`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, cast

from payment_webhooks.errors import Unavailable

Mode = Literal["live", "test"]
LIVE: Final = "live"
MODES: Final[tuple[Mode, ...]] = (LIVE, "test")

SECONDS_A_DAY: Final = 86_400
MAX_DOCUMENT_CHARACTERS: Final = 65_536  # Secrets Manager holds no more in one secret
MAX_LIVE_KEYS: Final = 4  # a roll needs two; every further one makes a guess cheaper and a check slower
MAX_KEY_CHARACTERS: Final = 512
MAX_KEY_ID_CHARACTERS: Final = 64
MAX_URL_CHARACTERS: Final = 2048
MAX_CERTIFICATES: Final = 8
GENERATED_KEY: Final = "generated_key"
_API_URL_STARTS: Final = ("https://", "http://127.0.0.1:")
_KEY_ID_PUNCTUATION: Final = "._-"


class SecretKey(NamedTuple):
    """One live key. `id` is not secret: it is stored with each webhook that the key verified."""

    id: str
    value: str
    added_at: str = ""

    def __repr__(self) -> str:
        """Without the value: a secret must not get into a message."""
        return f"SecretKey(id={self.id!r}, added_at={self.added_at!r})"


class ApiCredentials(NamedTuple):
    """With these a provider's events are listed, and at PayPal read again before they count. `base_url` stands in for
    PayPal's own address: HTTPS, or plain HTTP to this machine for a stand-in of a test.
    """

    client_id: str
    client_secret: str
    base_url: str | None = None

    def __repr__(self) -> str:
        return f"ApiCredentials(client_id={self.client_id!r}, base_url={self.base_url!r})"


class EndpointSecret(NamedTuple):
    mode: Mode = "test"
    account: str | None = None
    keys: tuple[SecretKey, ...] = ()
    notification_url: str | None = None
    certificates: Mapping[str, str] = MappingProxyType({})
    trust_anchors: tuple[str, ...] = ()
    api: ApiCredentials | None = None
    ignores_test_events: bool = False

    def __repr__(self) -> str:
        return f"EndpointSecret(mode={self.mode!r}, account={self.account!r}, keys={self.keys!r})"


def live_keys(secret: EndpointSecret) -> Sequence[SecretKey]:
    """The keys with a value. An empty one never verifies: anyone can sign with the empty key.

    Raises Unavailable("endpoint_not_configured") when none is left.
    """
    keys = [key for key in secret.keys if key.value.strip()]
    if not keys:
        raise Unavailable("endpoint_not_configured")
    return keys


def trusted_besides_provider(secret: EndpointSecret) -> tuple[str, ...]:
    """Authorities and API that vouch for events though they are not the provider's: tests need them."""
    url = secret.api.base_url if secret.api is not None else None
    return (*secret.trust_anchors, url) if url else secret.trust_anchors


def key_age_days(secret: EndpointSecret, key_id: str, now: float) -> int | None:
    """Whole days since the key was added, at the Unix time `now`; None where the secret does not say."""
    added_at = next((key.added_at for key in secret.keys if key.id == key_id), "")
    try:
        added = datetime.fromisoformat(added_at)
    except ValueError:
        return None
    return int((now - added.timestamp()) // SECONDS_A_DAY)


def text_bytes(text: str) -> bytes:
    """UTF-8, and no error for a lone surrogate: such a key or URL then simply verifies nothing."""
    return text.encode("utf-8", "surrogatepass")


def parse_endpoint_secret(text: str) -> EndpointSecret:
    """Read the secret's text. Raises Unavailable("secret_malformed"): the sender tries again, nothing is lost.

    The error names no part of the text.
    """
    try:
        if len(text) > MAX_DOCUMENT_CHARACTERS:
            raise ValueError("too long")
        return _endpoint_secret(json.loads(text))
    except (ValueError, RecursionError):
        raise Unavailable("secret_malformed") from None


def dump_endpoint_secret(secret: EndpointSecret) -> str:
    """The text that `parse_endpoint_secret` reads back as the same secret. Raises ValueError for one it refuses."""
    text = json.dumps(
        {
            "mode": secret.mode,
            "ignores_test_events": secret.ignores_test_events,
            "account": secret.account,
            "keys": [{"id": key.id, "value": key.value, "added_at": key.added_at} for key in secret.keys],
            "notification_url": secret.notification_url,
            "certificates": dict(secret.certificates),
            "trust_anchors": list(secret.trust_anchors),
            "api": None if secret.api is None else secret.api._asdict(),
        }
    )
    if len(text) > MAX_DOCUMENT_CHARACTERS:
        raise ValueError("the secret is too long")
    _endpoint_secret(json.loads(text))
    return text


def set_keys(secret: EndpointSecret, values: tuple[str, ...], now: datetime) -> EndpointSecret:
    """The same secret with these keys only, newest first. Raises ValueError as `add_key` does."""
    result = secret._replace(keys=())
    for value in reversed(values):
        result = add_key(result, value, now)
    return result


def add_key(secret: EndpointSecret, value: str, now: datetime) -> EndpointSecret:
    """The same secret with one more live key, as the newest.

    Raises ValueError (whose text holds no key) when the key is empty, not plain text, already there, or one too many.
    """
    _check_key_value(value)
    if any(key.value == value for key in secret.keys):
        raise ValueError("this key is live already")
    if len(secret.keys) >= MAX_LIVE_KEYS:
        raise ValueError(f"{MAX_LIVE_KEYS} keys are live already; retire one first")
    added_at = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    key = SecretKey(_new_key_id(secret, added_at), value, added_at)
    return secret._replace(keys=(key, *secret.keys))


def retire_key(secret: EndpointSecret, key_id: str, *, even_last: bool = False) -> EndpointSecret:
    """The same secret without that key. Raises ValueError when there is no such key, or when it is the last one."""
    kept = tuple(key for key in secret.keys if key.id != key_id)
    if len(kept) == len(secret.keys):
        raise ValueError("there is no live key with this id")
    if not kept and not even_last:
        raise ValueError("this is the last live key; add its successor first")
    return secret._replace(keys=kept)


def pin_certificates(
    secret: EndpointSecret, certificates: Mapping[str, str], trust_anchors: tuple[str, ...]
) -> EndpointSecret:
    """The same secret with these certificate chains pinned by URL and these authorities trusted, in place of others."""
    return secret._replace(certificates=MappingProxyType(dict(certificates)), trust_anchors=trust_anchors)


def without_pins(secret: EndpointSecret) -> EndpointSecret:
    """The same secret without what tests pin: certificates, authorities, and the URL of an API."""
    api = None if secret.api is None else secret.api._replace(base_url=None)
    return pin_certificates(secret, {}, ())._replace(api=api)


def _new_key_id(secret: EndpointSecret, added_at: str) -> str:
    """Named after the time it was added: never used again for another key, as a running number would be."""
    stem = "key-" + "".join(character for character in added_at if character.isalnum())
    taken = {key.id for key in secret.keys}
    candidates = (stem, *(f"{stem}-{number}" for number in range(2, MAX_LIVE_KEYS + 1)))
    return next(candidate for candidate in candidates if candidate not in taken)


def _endpoint_secret(document: Any) -> EndpointSecret:
    if not isinstance(document, dict):
        raise ValueError("not an object")
    mode = document.get("mode", document.get("environment"))
    if mode not in MODES:
        raise ValueError("mode")
    ignores_test_events = document.get("ignores_test_events", False)
    if not isinstance(ignores_test_events, bool):
        raise ValueError("ignores_test_events")
    keys = tuple(_secret_key(item) for item in _list(document.get("keys"), MAX_LIVE_KEYS))
    if GENERATED_KEY in document:
        keys = (*keys, SecretKey("generated", _check_key_value(document[GENERATED_KEY])))
    if len({key.id for key in keys}) != len(keys):
        raise ValueError("two keys with one id")
    return EndpointSecret(
        mode=cast(Mode, mode),
        account=_optional(document.get("account"), _plain_text),
        keys=keys,
        notification_url=_optional(document.get("notification_url"), _plain_text),
        certificates=MappingProxyType(_certificates(document.get("certificates"))),
        trust_anchors=tuple(_pem(item) for item in _list(document.get("trust_anchors"), MAX_CERTIFICATES)),
        api=_api_credentials(document.get("api")),
        ignores_test_events=ignores_test_events,
    )


def _secret_key(item: Any) -> SecretKey:
    if not isinstance(item, dict):
        raise ValueError("a key is not an object")
    key_id, value, added_at = item.get("id"), item.get("value"), item.get("added_at", "")
    if not isinstance(key_id, str) or not 0 < len(key_id) <= MAX_KEY_ID_CHARACTERS or not key_id.isascii():
        raise ValueError("a key's id")
    if not all(character.isalnum() or character in _KEY_ID_PUNCTUATION for character in key_id):
        raise ValueError("a key's id")
    if not isinstance(added_at, str):
        raise ValueError("a key's time")
    return SecretKey(key_id, _check_key_value(value), added_at)


def _api_credentials(value: Any) -> ApiCredentials | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise ValueError("API credentials are not an object")
    base_url = _optional(value.get("base_url"), _plain_text)
    if base_url is not None and not base_url.startswith(_API_URL_STARTS):
        raise ValueError("an API's URL is HTTPS, or HTTP to this machine")
    client_id = _plain_text(value.get("client_id"))
    return ApiCredentials(client_id, _check_key_value(value.get("client_secret")), base_url)


def _check_key_value(value: Any) -> str:
    """Blanks at the ends come from copying, never from a provider; an empty key would let anyone sign."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_KEY_CHARACTERS:
        raise ValueError(f"a key has 1 to {MAX_KEY_CHARACTERS} characters")
    if not value.isascii() or not value.isprintable() or value != value.strip():
        raise ValueError("a key is plain ASCII text with no blanks around it")
    return value


def _certificates(value: Any) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict) or len(value) > MAX_CERTIFICATES:
        raise ValueError("certificates")
    return {_plain_text(url): _pem(pem) for url, pem in value.items()}


def _pem(value: Any) -> str:
    if not isinstance(value, str) or not value.isascii():
        raise ValueError("not PEM")
    return value


def _plain_text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_URL_CHARACTERS:
        raise ValueError("not a short text")
    if not value.isascii() or not value.isprintable():
        raise ValueError("not plain text")
    return value


def _optional(value: Any, check: Callable[[Any], str]) -> str | None:
    return None if value is None else check(value)


def _list(value: Any, longest: int) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > longest:
        raise ValueError("not a list, or too long")
    return value
