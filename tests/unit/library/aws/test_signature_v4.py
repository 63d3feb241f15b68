"""Our signature is the one that botocore makes."""

from datetime import UTC, datetime

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.aws.signature_v4 import Credentials, sign_post

visible = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=40)


@given(
    body=st.binary(max_size=200),
    target=visible,
    host=st.sampled_from(["dynamodb.us-east-1.amazonaws.com", "127.0.0.1:4566"]),
    service=st.sampled_from(["dynamodb", "secretsmanager", "sqs"]),
    region=st.sampled_from(["us-east-1", "eu-central-1"]),
    token=st.none() | visible,
)
def test_it_is_what_botocore_signs(
    body: bytes, target: str, host: str, service: str, region: str, token: str | None
) -> None:
    headers = {"content-type": "application/x-amz-json-1.0", "host": host, "x-amz-target": target}
    request = AWSRequest("POST", f"https://{host}/", headers=headers, data=body)
    SigV4Auth(BotocoreCredentials("AKID", "SECRET", token), service, region).add_auth(request)
    signed_at = datetime.strptime(request.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    now = signed_at.timestamp()
    ours = sign_post(headers, body, service, region, Credentials("AKID", "SECRET", token), now)
    theirs = {name.lower(): value for name, value in request.headers.items()}
    assert ours == theirs
