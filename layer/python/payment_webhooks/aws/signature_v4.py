"""AWS Signature Version 4 for the one form of request that the JSON services take: a POST to "/" with a body.

Importing botocore takes longer than a whole cold start of the receiver may, so its hot path signs by itself.
A test compares this with botocore's own signer. Source of the rules: AWS, "Create a signed AWS API request".
"""

import hashlib
import hmac
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

ALGORITHM = "AWS4-HMAC-SHA256"


class Credentials(NamedTuple):
    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


def sign_post(
    headers: Mapping[str, str],
    body: bytes,
    service: str,
    region: str,
    credentials: Credentials,
    now_seconds: float,
) -> dict[str, str]:
    """`headers` (lower-case names, `host` included) plus those that authenticate the request."""
    amz_date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now_seconds))
    signed = {**headers, "x-amz-date": amz_date}
    if credentials.session_token:
        signed["x-amz-security-token"] = credentials.session_token
    names = sorted(signed)
    canonical_request = "\n".join(
        ["POST", "/", ""]
        + [f"{name}:{signed[name].strip()}" for name in names]
        + ["", ";".join(names), hashlib.sha256(body).hexdigest()]
    )
    scope = f"{amz_date[:8]}/{region}/{service}/aws4_request"
    to_sign = "\n".join([ALGORITHM, amz_date, scope, hashlib.sha256(canonical_request.encode()).hexdigest()])
    key = _signing_key(credentials.secret_access_key, amz_date[:8], region, service)
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    signed["authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key_id}/{scope}, "
        f"SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    return signed


@lru_cache(maxsize=8)
def _signing_key(secret_access_key: str, day: str, region: str, service: str) -> bytes:
    """One for a day and a service."""
    key = f"AWS4{secret_access_key}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
