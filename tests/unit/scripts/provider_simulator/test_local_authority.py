"""The local stand-in for PayPal's authority: kept while it lasts, private, verified as production verifies."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.x509 import load_pem_x509_certificate
from cryptography.x509.verification import Store

from payment_webhooks.endpoints.secret_document import (
    EndpointSecret,
    Mode,
    SecretKey,
    pin_certificates,
)
from payment_webhooks.errors import InvalidSignature
from payment_webhooks.providers.paypal.certificate_chain import trusted_signer
from payment_webhooks.providers.paypal.signature import CERTIFICATE_NAMES
from scripts.provider_simulator.local_authority import (
    CHAIN_FILE,
    SIGNER_KEY_FILE,
    VALIDITY,
    AuthorityUnusable,
    LocalAuthority,
    ensure_authority,
    load_authority,
    make_authority,
    pinned_authority,
)
from scripts.provider_simulator.simulator import sign
from tests.support.library.providers import verify

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
BODY = b'{"id": "WH-1"}'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("authority")


@pytest.fixture(scope="module")
def authority(folder: Path) -> LocalAuthority:
    return ensure_authority(folder, "test", NOW)


def pinned(authority: LocalAuthority, mode: Mode = "test") -> EndpointSecret:
    secret = EndpointSecret(mode=mode, keys=(SecretKey("key-1", "WEBHOOK-1"),))
    return pin_certificates(secret, authority.certificates, authority.trust_anchors)


def verified(authority: LocalAuthority, secret: EndpointSecret, now: datetime = NOW) -> str:
    def no_fetch(url: str) -> bytes:
        raise AssertionError(f"{url} was fetched though it is pinned")

    sent = sign("paypal", BODY, secret, now.timestamp(), authority)
    headers = tuple((name.lower(), value) for name, value in sent)
    return verify("paypal", headers, BODY, secret, now.timestamp(), no_fetch)


def test_what_it_signs_verifies_offline(authority: LocalAuthority) -> None:
    assert verified(authority, pinned(authority)) == "key-1"


def test_a_pinned_chain_is_still_checked(authority: LocalAuthority) -> None:
    """Pinning is no way round the check: without its authority among the trust anchors the chain is refused."""
    untrusted = pin_certificates(pinned(authority), authority.certificates, ())
    with pytest.raises(InvalidSignature, match="certificate_untrusted"):
        verified(authority, untrusted)


def test_trust_in_it_takes_nothing_from_the_public_authorities() -> None:
    """Or a test authority that was forgotten in a live secret would refuse all that PayPal sends."""
    public, own = make_authority("live", NOW), make_authority("live", NOW)
    store = Store([load_pem_x509_certificate(public.authority_pem.encode())])
    names = CERTIFICATE_NAMES["live"]
    at = NOW.timestamp()
    for anchors in (own.trust_anchors, ("not a certificate",)):
        signer = trusted_signer(public.chain_pem.encode(), names, anchors, at, store)
        assert signer == public.signer_key.public_key()
    trusted_signer(own.chain_pem.encode(), names, own.trust_anchors, at, store)
    with pytest.raises(InvalidSignature, match="certificate_untrusted"):
        trusted_signer(own.chain_pem.encode(), names, (), at, store)


def test_it_does_not_last(authority: LocalAuthority) -> None:
    with pytest.raises(InvalidSignature, match="certificate_expired"):
        verified(authority, pinned(authority), NOW + VALIDITY + timedelta(days=1))


def test_its_url_is_not_allowed_where_another_environment_is_expected(authority: LocalAuthority) -> None:
    with pytest.raises(InvalidSignature, match="certificate_url_not_allowed"):
        verified(authority, pinned(authority, "live"))


def test_it_is_kept_while_it_lasts_and_made_anew_after(folder: Path, authority: LocalAuthority) -> None:
    assert ensure_authority(folder, "test", NOW).certificate_url == authority.certificate_url
    later = ensure_authority(folder / "later", "test", NOW)
    renewed = ensure_authority(folder / "later", "test", NOW + VALIDITY)
    assert renewed.certificate_url != later.certificate_url


def test_its_key_is_for_its_owner_only(folder: Path, authority: LocalAuthority) -> None:
    mode = stat.S_IMODE((folder / "test" / SIGNER_KEY_FILE).stat().st_mode)
    assert mode == 0o600
    assert "RSAPrivateKey" not in repr(authority)


@pytest.mark.parametrize("file", [SIGNER_KEY_FILE, CHAIN_FILE])
def test_a_damaged_one_is_not_used(tmp_path: Path, file: str) -> None:
    ensure_authority(tmp_path, "live", NOW)
    (tmp_path / "live" / file).write_text("damaged")
    with pytest.raises(AuthorityUnusable):
        load_authority(tmp_path, "live", NOW)


def test_it_is_used_only_where_the_secret_pins_it(folder: Path, authority: LocalAuthority) -> None:
    assert pinned_authority(folder, pinned(authority), NOW).certificate_url == authority.certificate_url
    with pytest.raises(AuthorityUnusable, match="does not pin"):
        pinned_authority(folder, EndpointSecret(), NOW)
    with pytest.raises(AuthorityUnusable, match="there is no local authority"):
        pinned_authority(folder, pinned(authority, "live"), NOW)
    with pytest.raises(AuthorityUnusable, match="has ended"):
        pinned_authority(folder, pinned(authority), NOW + VALIDITY)
