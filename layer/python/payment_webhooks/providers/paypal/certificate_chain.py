"""Whether a certificate chain leads from a name to an authority that we trust.

Path validation is cryptography's (x509.verification, the Web PKI profile): dates, names, key usage, basic constraints
and signatures of the whole chain. Imported by PayPal's signature only, and only when a request needs it.
"""

import os
import re
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import (
    Certificate,
    DNSName,
    SubjectAlternativeName,
    load_pem_x509_certificate,
    load_pem_x509_certificates,
)
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from payment_webhooks.errors import InvalidSignature, Unavailable

MAX_INTERMEDIATES: Final = 4  # between the signer and the trusted authority; public chains have one or two
MAX_CACHED_SIGNERS: Final = 32
_PEM_BLOCK: Final = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Signer:
    """A validated signer, and how long no certificate of its chain starts or ends (Unix seconds)."""

    key: RSAPublicKey
    valid_from: float
    valid_until: float


# By everything that the answer depends on but the time: another endpoint may trust other authorities.
_signers: dict[tuple[bytes, tuple[str, ...], tuple[str, ...], Store | None], _Signer] = {}


def trusted_signer(
    chain_pem: bytes,
    names: tuple[str, ...],
    trust_anchors: tuple[str, ...],
    now_seconds: float,
    public: Store | None = None,
) -> RSAPublicKey:
    """The key of the first certificate in `chain_pem`, once its chain is valid for one of `names` at `now_seconds`.

    The `public` authorities are trusted (None: those that botocore ships), and after them `trust_anchors` (PEM): what a
    test needs never refuses what the provider itself signed. A validated chain is remembered until one of its
    certificates ends.

    Raises InvalidSignature: `certificate_expired`, `certificate_wrong_name`, `certificate_untrusted`; and
    Unavailable("certificate_unavailable") when there is no certificate in what was given: PayPal once served
    something else for hours (paypal/PayPal-Python-SDK#130), and those deliveries were genuine.
    """
    identity = (chain_pem, names, trust_anchors, public)
    signer = _signers.get(identity)
    if signer is None or not signer.valid_from <= now_seconds <= signer.valid_until:
        signer = _validate(chain_pem, names, trust_anchors, now_seconds, public)
        while len(_signers) >= MAX_CACHED_SIGNERS:
            _signers.pop(next(iter(_signers)), None)
        _signers[identity] = signer
    return signer.key


def _validate(
    chain_pem: bytes,
    names: tuple[str, ...],
    trust_anchors: tuple[str, ...],
    now_seconds: float,
    public: Store | None,
) -> _Signer:
    try:
        leaf, *intermediates = load_pem_x509_certificates(chain_pem)
        chain = _chain(leaf, intermediates, names, public or _public_store(), now_seconds)
        if chain is None and trust_anchors:
            chain = _chain(leaf, intermediates, names, _store(trust_anchors), now_seconds)
    except ValueError:
        raise Unavailable("certificate_unavailable") from None
    key = leaf.public_key()
    if chain is None or not isinstance(key, RSAPublicKey):
        raise InvalidSignature(_refusal(leaf, names, now_seconds))
    return _Signer(
        key,
        max(certificate.not_valid_before_utc.timestamp() for certificate in chain),
        min(certificate.not_valid_after_utc.timestamp() for certificate in chain),
    )


def _chain(
    leaf: Certificate,
    intermediates: list[Certificate],
    names: tuple[str, ...],
    store: Store,
    now_seconds: float,
) -> list[Certificate] | None:
    """From the leaf to an authority of the store, for the first of `names` that it is valid for; None without one."""
    builder = PolicyBuilder().store(store).max_chain_depth(MAX_INTERMEDIATES)
    builder = builder.time(datetime.fromtimestamp(now_seconds, UTC))
    for name in names:
        try:
            return builder.build_server_verifier(DNSName(name)).verify(leaf, intermediates)
        except VerificationError:
            continue
    return None


def _refusal(leaf: Certificate, names: tuple[str, ...], now_seconds: float) -> str:
    """Why, for the person who reads the log; the verifier's own text is not stable enough to be compared."""
    if not leaf.not_valid_before_utc.timestamp() <= now_seconds <= leaf.not_valid_after_utc.timestamp():
        return "certificate_expired"
    try:
        alternatives = leaf.extensions.get_extension_for_class(SubjectAlternativeName).value
        certified = alternatives.get_values_for_type(DNSName)
    except Exception:  # no such extension, or one that can't be read: cryptography has many errors for that
        certified = []
    return "certificate_untrusted" if set(certified) & set(names) else "certificate_wrong_name"


@lru_cache(maxsize=8)
def _store(trust_anchors: tuple[str, ...]) -> Store:
    """Raises ValueError when an authority that the secret holds can't be read."""
    return Store([load_pem_x509_certificate(pem.encode()) for pem in trust_anchors])


@lru_cache(maxsize=1)
def _public_store() -> Store:
    return Store(_public_authorities())


def _public_authorities() -> list[Certificate]:
    """What botocore ships (Mozilla's list), less what RFC 5280 calls no valid certificate (serial number 0)."""
    import botocore

    with open(os.path.join(os.path.dirname(botocore.__file__), "cacert.pem"), "rb") as bundle:
        blocks = _PEM_BLOCK.findall(bundle.read())
    authorities = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # cryptography only warns of them, and will refuse them one day
        for block in blocks:
            try:
                authorities.append(load_pem_x509_certificate(block))
            except (ValueError, Warning):
                continue
    return authorities
