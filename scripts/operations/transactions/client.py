"""Calls of the transaction API, signed as it demands: AWS Signature Version 4, service `execute-api`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from scripts.cloudformation.live_stack import read_stack
from scripts.command_line.aws_target import Target
from scripts.command_line.errors import UsageError
from stacks.names import Names

SERVICE: Final = "execute-api"
# The web ACL refuses a request that names none.
USER_AGENT: Final = "payment-webhooks-scripts"
TIMEOUT_SECONDS: Final = 35.0  # the gateway gives up after 29


@dataclass(frozen=True)
class ApiAnswer:
    """`document` is what the body holds as JSON; the text itself when it is none."""

    status: int
    headers: Mapping[str, str]
    document: Any


class TransactionClient:
    """Calls as whoever the target's credentials are. `base_url` as `transactions_url` gives it."""

    def __init__(self, target: Target, base_url: str) -> None:
        self._target = target
        self._base_url = base_url
        self._http = urllib3.PoolManager(retries=False)

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> ApiAnswer:
        return self.call("GET", path, query)

    def call(
        self, method: str, path: str, query: Mapping[str, Any] | None = None, body: bytes = b""
    ) -> ApiAnswer:
        """`path` begins with a slash, its parts percent-encoded (`key_in_path`)."""
        url = self.url(path) + (f"?{urlencode(query, quote_via=quote)}" if query else "")
        headers = {"User-Agent": USER_AGENT}
        if body:
            headers["Content-Type"] = "application/json"
        signed = {**headers, **self.signature(method, url, headers, body)}
        answer = self._http.request(method, url, body=body or None, headers=signed, timeout=TIMEOUT_SECONDS)
        text = answer.data.decode(errors="replace")
        try:
            document = json.loads(text)
        except ValueError:
            document = text
        return ApiAnswer(answer.status, dict(answer.headers), document)

    def url(self, path: str) -> str:
        return f"{self._base_url}{path}"

    def signature(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | str | None
    ) -> dict[str, str]:
        """The headers that sign this request, to be sent beside `headers`."""
        request = AWSRequest(method=method, url=url, data=body, headers=dict(headers))
        credentials = self._target.session.get_credentials()
        if credentials is None:  # the target's account was asked for with them
            raise UsageError(
                "there are no credentials to sign with", "give --profile NAME, or set AWS_PROFILE"
            )
        SigV4Auth(credentials, SERVICE, self._target.region).add_auth(request)
        return {name: value for name, value in request.headers.items() if name not in headers}


def key_in_path(transaction_id: str) -> str:
    return quote(transaction_id, safe="")


def transactions_url(target: Target, names: Names) -> str:
    """Base URL of the transaction API. Raises UsageError when it is not deployed under the suffix."""
    outputs = read_stack(target.client("cloudformation"), names.stack).outputs
    try:
        return outputs["TransactionsApiEndpoint"].rstrip("/")
    except KeyError as error:
        raise UsageError(
            f"{names.stack} has no transaction API there", "check --suffix, --region and --local"
        ) from error
