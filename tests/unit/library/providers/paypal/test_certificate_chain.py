"""A chain of certificates counts while all of it is valid, also one that was validated before, and up to a length."""

import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import botocore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import Store

from payment_webhooks.errors import InvalidSignature
from payment_webhooks.providers.paypal import certificate_chain
from payment_webhooks.providers.paypal.certificate_chain import trusted_signer
from scripts.provider_simulator.local_authority import make_authority

NOW = 1_760_000_000.0
MONTH_SECONDS = 30 * 24 * 3600
NAMES = ("messageverificationcerts.sandbox.paypal.com",)
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(number: int, issuer: int, names: tuple[str, ...] = ()) -> x509.Certificate:
    """One of a chain in which all have the same key; with `names` it is the signer's."""
    start = datetime.fromtimestamp(NOW, UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name.from_rfc4514_string(f"CN=TEST {number}"))
        .issuer_name(x509.Name.from_rfc4514_string(f"CN=TEST {issuer}"))
        .public_key(KEY.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - timedelta(minutes=5))
        .not_valid_after(start + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=not names, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(KEY.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(KEY.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(bool(names), False, False, False, False, not names, not names, False, False),
            critical=True,
        )
    )
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False
        ).add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return builder.sign(KEY, hashes.SHA256())


def pem(*certificates: x509.Certificate) -> str:
    return "".join(each.public_bytes(Encoding.PEM).decode() for each in certificates)


def test_a_chain_that_was_validated_before_is_refused_before_it_begins_and_after_its_end() -> None:
    authority = make_authority("test", datetime.fromtimestamp(NOW, UTC))
    chain = authority.chain_pem.encode()
    for seconds in (NOW, NOW - 300, NOW + MONTH_SECONDS, NOW):
        assert trusted_signer(chain, NAMES, authority.trust_anchors, seconds)
    for seconds in (NOW - 301, NOW + MONTH_SECONDS + 1):
        with pytest.raises(InvalidSignature, match="certificate_expired"):
            trusted_signer(chain, NAMES, authority.trust_anchors, seconds)


@pytest.mark.parametrize("between", [0, 1, 4, 5])
def test_four_certificates_may_stand_between_the_signer_and_the_authority(between: int) -> None:
    chain = [certificate(1, 2, NAMES), *(certificate(number, number + 1) for number in range(2, between + 2))]
    anchors = (pem(certificate(between + 2, between + 2)),)
    if between <= 4:
        assert trusted_signer(pem(*chain).encode(), NAMES, anchors, NOW)
        return
    with pytest.raises(InvalidSignature, match="certificate_untrusted"):
        trusted_signer(pem(*chain).encode(), NAMES, anchors, NOW)


def test_no_more_than_32_chains_are_remembered() -> None:
    """Or a sender who may name many certificates fills the memory."""
    anchor = pem(certificate(2, 2))
    chain = pem(certificate(1, 2, NAMES)).encode()
    for number in range(34):
        assert trusted_signer(chain, (*NAMES, f"host-{number}.example"), (anchor,), NOW)
    assert len(certificate_chain._signers) == 32


def test_what_the_provider_signed_is_taken_whatever_else_is_trusted() -> None:
    chain = pem(certificate(1, 2, NAMES)).encode()
    other = make_authority("test", datetime.fromtimestamp(NOW, UTC)).trust_anchors
    assert trusted_signer(chain, NAMES, other, NOW, Store([certificate(2, 2)]))
    for trusted in ((), other):
        with pytest.raises(InvalidSignature, match="certificate_untrusted"):
            trusted_signer(chain, NAMES, trusted, NOW)


def test_one_of_the_names_is_enough() -> None:
    chain = pem(certificate(1, 2, NAMES)).encode()
    assert trusted_signer(chain, ("other.example", *NAMES), (pem(certificate(2, 2)),), NOW)


@pytest.mark.parametrize("seconds", [NOW - 300, NOW + 24 * 3600])
def test_a_certificate_has_not_expired_in_its_first_and_last_second(seconds: float) -> None:
    with pytest.raises(InvalidSignature, match="certificate_untrusted"):
        trusted_signer(pem(certificate(1, 2, NAMES)).encode(), NAMES, (), seconds)


def test_all_public_authorities_are_trusted_but_those_that_are_no_valid_certificates() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shipped = x509.load_pem_x509_certificates(
            (Path(botocore.__file__).parent / "cacert.pem").read_bytes()
        )
        valid = [each for each in shipped if each.serial_number > 0]
        assert certificate_chain._public_authorities() == valid
    assert 100 < len(valid) < len(shipped)
