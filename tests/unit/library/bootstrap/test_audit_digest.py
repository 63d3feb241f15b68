"""Signatures of KMS, as the audit digest asks for them."""

import base64
from collections.abc import Mapping
from typing import Any

import pytest

from payment_webhooks.aws.service_errors import ServiceError
from payment_webhooks.bootstrap.audit_digest import is_signed


class Kms:
    def __init__(self, refusal: str = "") -> None:
        self.refusal = refusal
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append((operation, dict(parameters)))
        if self.refusal:
            raise ServiceError("kms", self.refusal, 400, {})
        return {"SignatureValid": True, "Signature": base64.b64encode(b"signature").decode()}


def test_kms_says_whether_a_signature_is_the_keys() -> None:
    kms = Kms()
    assert is_signed(kms, "key", b"hash", b"signature")
    expected = {
        "KeyId": "key",
        "Message": b"hash",
        "MessageType": "DIGEST",
        "SigningAlgorithm": "ECDSA_SHA_256",
        "Signature": b"signature",
    }
    assert kms.asked == [("Verify", expected)]
    assert not is_signed(Kms("KMSInvalidSignatureException"), "key", b"hash", b"signature")


def test_another_refusal_is_no_answer() -> None:
    with pytest.raises(ServiceError, match="AccessDeniedException"):
        is_signed(Kms("AccessDeniedException"), "key", b"hash", b"signature")


@pytest.mark.parametrize("signature", [b"", b"x" * 73])
def test_what_can_be_no_signature_is_not_asked_for_as_kms_would_refuse_it(signature: bytes) -> None:
    kms = Kms("ValidationException")
    assert not is_signed(kms, "key", b"hash", signature)
    assert kms.asked == []
