"""What a receiver is given that a benchmark measures: its settings, its secrets, and a signed webhook of Stripe's."""

import base64
import time
from typing import Any, Final

import project_imports

from payment_webhooks import contract
from payment_webhooks.endpoints.secret_document import EndpointSecret, SecretKey, dump_endpoint_secret
from scripts.provider_simulator.simulator import sign

EVENT: Final = project_imports.ROOT / "tests" / "events" / "stripe" / "pi_succeeded.json"
SECRET: Final = EndpointSecret(mode="live", keys=(SecretKey("key-1", "whsec_benchmark"),))
SECRETS: Final = {"secret-endpoint-stripe": dump_endpoint_secret(SECRET), "secret-fingerprint": "f" * 64}


def environment(url: str) -> dict[str, str]:
    """`url`: where AWS's services are."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "ASIABENCHMARK",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        contract.ENV_ENDPOINTS: '{"stripe": {"provider": "stripe", "secret": "secret-endpoint-stripe"}}',
        contract.ENV_FINGERPRINT_SECRET: "secret-fingerprint",
        contract.ENV_INBOX_TABLE: "table-payment-webhooks",
        contract.ENV_PAYLOAD_BUCKET: "payloads",
        contract.ENV_SUFFIX: "benchmark",
    }


def gateway_event(body: bytes) -> dict[str, Any]:
    """The request of that body as API Gateway hands it on, signed now."""
    headers = sign("stripe", body, SECRET, time.time())
    return {
        "pathParameters": {"endpoint": "stripe"},
        "multiValueHeaders": {name: [value] for name, value in headers},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
        "requestContext": {"requestId": "benchmark", "identity": {"sourceIp": "192.0.2.1"}},
    }
