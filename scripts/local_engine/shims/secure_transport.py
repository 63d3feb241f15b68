"""Requests count as sent over TLS.

The engine speaks plain HTTP on loopback, so a policy that denies requests without TLS
(`aws:SecureTransport`), as all our buckets, queues and topics have, denies everything. Threads of the engine
itself (pollers) have no request: for them the default counts.
"""

import contextvars

from scripts.local_engine.shims.engine_modules import module


def apply() -> None:
    app = module("app")
    iam_evaluator = module("core.iam_evaluator")

    pin_request_origin = app.pin_request_origin

    def pin_as_secure(source_ip: str, _secure_transport: bool) -> None:
        pin_request_origin(source_ip, True)

    app.pin_request_origin = pin_as_secure
    iam_evaluator._request_origin = contextvars.ContextVar("request_origin", default=("127.0.0.1", True))
