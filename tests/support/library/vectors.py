"""The providers' signature vectors (tests/vectors), as typed values."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from payment_webhooks.endpoints.secret_document import EndpointSecret, Mode, SecretKey
from payment_webhooks.headers import Headers
from payment_webhooks.receiving.request import from_api_gateway

VECTORS: Final = Path(__file__).resolve().parents[2] / "vectors"
MODES: Final[dict[str, Mode]] = {"live": "live", "sandbox": "test"}


@dataclass(frozen=True)
class Vector:
    """One case. `document` is the JSON object as it stands in the file; tests/vectors describes nothing else."""

    provider: str
    name: str
    document: Mapping[str, Any]

    @property
    def accepted(self) -> bool:
        return cast(bool, self.document["expect"] == "accept")

    @property
    def signature_valid(self) -> bool:
        return cast(bool, self.document["signature_valid"])

    @property
    def must_not_fetch(self) -> bool:
        return bool(self.document.get("must_not_fetch"))

    @property
    def now_seconds(self) -> float:
        return float(self.document["now"])

    @property
    def body(self) -> bytes:
        return base64.b64decode(self.document["body_base64"])

    @property
    def headers(self) -> Headers:
        return tuple((name.lower(), value) for name, value in self.document["headers"])

    @property
    def chain(self) -> bytes:
        """What PayPal's certificate URL answers."""
        return cast(str, self.document["cert_url_response"]["pem"]).encode()

    @property
    def secret(self) -> EndpointSecret:
        values = [self.document["webhook_id"]] if self.provider == "paypal" else self.document["secrets"]
        anchors = self.document.get("trust_anchors")
        return EndpointSecret(
            mode=MODES[self.document.get("environment", "live")],
            keys=tuple(SecretKey(f"key-{number}", value) for number, value in enumerate(values)),
            notification_url=self.document.get("notification_url"),
            trust_anchors=(anchors,) if anchors else (),
        )

    def gateway_event(self) -> dict[str, Any]:
        """The delivery as API Gateway hands it over: the vector's own, or one with a base64 body."""
        many: dict[str, list[str]] = {}
        for name, value in self.document["headers"]:
            many.setdefault(name, []).append(value)
        body = {"body": self.document["body_base64"], "isBase64Encoded": True}
        return {
            **(self.document.get("gateway_event") or body),
            "multiValueHeaders": many,
            "headers": {name: values[-1] for name, values in many.items()},
            "pathParameters": {"endpoint": self.provider},
        }

    def delivered(self) -> tuple[Headers, bytes]:
        request = from_api_gateway(self.gateway_event())
        return request.headers, request.body


def vectors(provider: str) -> list[Vector]:
    documents = json.loads((VECTORS / f"{provider}.json").read_text(encoding="utf-8"))
    return [Vector(provider, document["name"], document) for document in documents]


def vector(provider: str, name: str) -> Vector:
    return next(candidate for candidate in vectors(provider) if candidate.name == name)
