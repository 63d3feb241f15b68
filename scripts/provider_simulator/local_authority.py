"""A certificate authority of one's own, in a folder, that stands in for PayPal's.

PayPal signs with a certificate that it publishes at a URL. Here the same is made locally: an authority, and a
signer's certificate with the name that the verifier demands. The endpoint's secret then pins the chain by its
URL and trusts the authority; the verification itself is the one that production does. Nobody else trusts this
authority, its own key is thrown away once the certificate is signed, and both end after a month.
"""

import hashlib
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from payment_webhooks.endpoints.secret_document import EndpointSecret, Mode
from payment_webhooks.providers.paypal.signature import CERTIFICATE_NAMES

ORGANISATION: Final = "TEST (not PayPal)"
VALIDITY: Final = timedelta(days=30)
RENEWAL: Final = timedelta(days=1)  # a certificate that ends sooner is made anew
CLOCK_SKEW: Final = timedelta(minutes=5)
KEY_BITS: Final = 2048  # as PayPal's
CERTIFICATE_HOSTS: Final[dict[Mode, str]] = {
    "live": "api.paypal.com",
    "test": "api.sandbox.paypal.com",
}

AUTHORITY_FOLDER: Final = "paypal-authority"  # in the local engine's folder, which git ignores
CHAIN_FILE: Final = "chain.pem"
AUTHORITY_FILE: Final = "authority.pem"
SIGNER_KEY_FILE: Final = "signer-key.pem"


class AuthorityUnusable(Exception):
    """There is no local authority in this folder, or it has ended."""


@dataclass(frozen=True)
class LocalAuthority:
    """What signs, and what the endpoint's secret needs to verify it, as PEM text (the chain: leaf first)."""

    certificate_url: str
    chain_pem: str
    authority_pem: str
    signer_key: rsa.RSAPrivateKey = field(repr=False)

    @property
    def certificates(self) -> dict[str, str]:
        """For the secret's `certificates`."""
        return {self.certificate_url: self.chain_pem}

    @property
    def trust_anchors(self) -> tuple[str, ...]:
        """For the secret's `trust_anchors`."""
        return (self.authority_pem,)


def ensure_authority(folder: Path, mode: Mode = "test", now: datetime | None = None) -> LocalAuthority:
    """The authority in `folder` for endpoints that expect `mode`; made when there is none that still lasts.

    A new one has another URL, which the endpoint's secret must pin before it verifies anything.
    """
    now = now or datetime.now(UTC)
    try:
        return load_authority(folder, mode, now + RENEWAL)
    except AuthorityUnusable:
        authority = make_authority(mode, now)
    place = folder / mode
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write_private(place / SIGNER_KEY_FILE, _key_pem(authority.signer_key))
    (place / AUTHORITY_FILE).write_text(authority.authority_pem, encoding="ascii")
    (place / CHAIN_FILE).write_text(authority.chain_pem, encoding="ascii")
    return authority


def load_authority(folder: Path, mode: Mode, now: datetime) -> LocalAuthority:
    """The authority in `folder`, as it is. Raises AuthorityUnusable when there is none that is valid at `now`."""
    place = folder / mode
    try:
        key = load_pem_private_key((place / SIGNER_KEY_FILE).read_bytes(), password=None)
        authority_pem = (place / AUTHORITY_FILE).read_text(encoding="ascii")
        chain_pem = (place / CHAIN_FILE).read_text(encoding="ascii")
        leaf = x509.load_pem_x509_certificate(chain_pem.encode())
    except (OSError, ValueError) as error:
        raise AuthorityUnusable(f"there is no local authority in {place}") from error
    if not isinstance(key, rsa.RSAPrivateKey) or key.public_key() != leaf.public_key():
        raise AuthorityUnusable(f"the local authority in {place} is incomplete")
    if now >= leaf.not_valid_after_utc:
        raise AuthorityUnusable(f"the local authority in {place} has ended")
    return LocalAuthority(_certificate_url(leaf, mode), chain_pem, authority_pem, key)


def pinned_authority(folder: Path, secret: EndpointSecret, now: datetime) -> LocalAuthority:
    """The authority in `folder` that the endpoint's secret pins: what it signs can be verified.

    Raises AuthorityUnusable, also for one that the secret does not pin: the endpoint would then ask PayPal for it.
    """
    authority = load_authority(folder, secret.mode, now)
    if authority.certificate_url not in secret.certificates:
        raise AuthorityUnusable("the endpoint's secret does not pin the certificate of the local authority")
    return authority


def make_authority(mode: Mode, now: datetime) -> LocalAuthority:
    """A new authority and signer, in memory only."""
    authority_key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    authority = _authority_certificate(authority_key, now)
    signer_key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    leaf = _leaf_certificate(signer_key, authority_key, authority, CERTIFICATE_NAMES[mode][0], now)
    authority_pem = authority.public_bytes(Encoding.PEM).decode("ascii")
    leaf_pem = leaf.public_bytes(Encoding.PEM).decode("ascii")
    return LocalAuthority(_certificate_url(leaf, mode), leaf_pem + authority_pem, authority_pem, signer_key)


def _certificate_url(leaf: x509.Certificate, mode: Mode) -> str:
    """As at PayPal, another certificate has another URL."""
    fingerprint = hashlib.sha256(leaf.public_bytes(Encoding.DER)).hexdigest()[:16]
    return f"https://{CERTIFICATE_HOSTS[mode]}/v1/notifications/certs/CERT-TEST-{fingerprint}"


def _authority_certificate(key: rsa.RSAPrivateKey, now: datetime) -> x509.Certificate:
    name = _name("TEST local authority")
    return (
        _builder(name, name, key, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )


def _leaf_certificate(
    key: rsa.RSAPrivateKey,
    authority_key: rsa.RSAPrivateKey,
    authority: x509.Certificate,
    dns_name: str,
    now: datetime,
) -> x509.Certificate:
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return (
        _builder(_name(dns_name), authority.subject, key, now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(dns_name)]), critical=False)
        .add_extension(issuer, critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + VALIDITY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name.from_rfc4514_string(f"CN={common_name},O={ORGANISATION}")


def _key_usage(signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _key_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write_private(path: Path, content: bytes) -> None:
    """Readable by the owner only, from the first byte on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
