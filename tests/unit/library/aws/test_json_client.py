"""The client for AWS's JSON services: what it sends, what it tries again, and when it gives up."""

import http.client
import json
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from payment_webhooks.aws.json_client import (
    SECRETS_MANAGER,
    CallLimits,
    JsonApi,
    default_endpoint_url,
    open_connection,
)
from payment_webhooks.aws.service_errors import ServiceError
from payment_webhooks.aws.signature_v4 import Credentials
from payment_webhooks.deadline import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS, Deadline
from tests.support.library.fake_network import OK, Network, api, refusal


def test_a_call_is_one_signed_post() -> None:
    network = Network([OK])
    assert api(network)("PutItem", {"Item": {"payload": {"B": b"\xff"}}}) == {"ok": True}
    ((target, body, headers),) = network.sent
    assert target == "DynamoDB_20120810.PutItem"
    assert json.loads(body) == {"Item": {"payload": {"B": "/w=="}}}
    assert headers["content-type"] == "application/x-amz-json-1.0"
    assert headers["host"] == "dynamodb.eu-west-1.amazonaws.com"
    assert headers["x-amz-security-token"] == "TOKEN"
    assert "Credential=AKID/20251009/eu-west-1/dynamodb/aws4_request" in headers["authorization"]
    assert network.opened == [CONNECT_TIMEOUT_SECONDS]
    assert network.read_timeouts == [READ_TIMEOUT_SECONDS]


def test_the_connection_is_kept_for_the_next_call_but_not_for_long() -> None:
    network = Network([OK, OK, OK])
    call = api(network)
    call("GetItem", {})
    network.now += 20
    call("GetItem", {})
    assert len(network.opened) == 1
    network.now += 21
    call("GetItem", {})
    assert (len(network.opened), network.closed) == (2, 1)


def test_a_service_that_closes_is_not_used_again() -> None:
    network = Network([OK, OK], close_after_answer=True)
    call = api(network)
    call("GetItem", {})
    call("GetItem", {})
    assert (len(network.opened), network.closed) == (2, 2)


@pytest.mark.parametrize(
    "error", [http.client.RemoteDisconnected(""), ConnectionResetError(), BrokenPipeError()]
)
def test_a_kept_connection_that_was_dropped_costs_no_attempt(error: Exception) -> None:
    network = Network([OK, error, OK])
    call = api(network, attempts=1)
    call("GetItem", {})
    assert call("GetItem", {}) == {"ok": True}
    assert network.slept == []
    assert (len(network.opened), network.closed) == (2, 1)


def test_a_refusal_carries_its_code_and_what_was_in_the_way() -> None:
    item = {"webhookId": {"S": "stripe:evt_1"}}
    network = Network([refusal("ConditionalCheckFailedException", Item=item)])
    with pytest.raises(ServiceError) as caught:
        api(network)("PutItem", {})
    assert caught.value.code == "ConditionalCheckFailedException"
    assert caught.value.reason == "dynamodb_ConditionalCheckFailedException"
    assert caught.value.details["Item"] == item
    assert "evt_1" not in str(caught.value)


def test_a_code_without_namespace_and_an_answer_without_code() -> None:
    for content, code in ((b'{"__type":"QueueDoesNotExist"}', "QueueDoesNotExist"), (b"{}", "Http400")):
        with pytest.raises(ServiceError) as caught:
            api(Network([(400, content)]))("SendMessage", {})
        assert caught.value.code == code


@pytest.mark.parametrize("url", ["", "dynamodb", "ftp://host", "https://", "https://host/path"])
def test_an_endpoint_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="endpoint"):
        JsonApi(
            SECRETS_MANAGER,
            "eu-west-1",
            url,
            lambda: Credentials("a", "b"),
            Deadline(),
            lambda: CallLimits(1),
        )


def test_the_endpoint_of_a_partition_of_its_own() -> None:
    url = default_endpoint_url("sqs", "eusc-de-east-1", "amazonaws.eu")
    assert url == "https://sqs.eusc-de-east-1.amazonaws.eu"


def test_a_value_that_json_does_not_know_is_a_fault_of_ours() -> None:
    call: Callable[..., Any] = api(Network([OK]))
    with pytest.raises(TypeError):
        call("PutItem", {"Item": object()})


class _Echo(BaseHTTPRequestHandler):
    """Answers with what it was asked; keeps its connections."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        answer = json.dumps({"target": self.headers["x-amz-target"], "asked": json.loads(body)}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_over_a_real_socket() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        call = JsonApi(
            SECRETS_MANAGER,
            "eu-west-1",
            f"http://127.0.0.1:{server.server_port}",
            lambda: Credentials("AKID", "SECRET"),
            Deadline(),
            lambda: CallLimits(1),
        )
        try:
            for number in (1, 2):
                answer = call("GetSecretValue", {"number": number})
                assert answer == {"target": "secretsmanager.GetSecretValue", "asked": {"number": number}}
        finally:
            call.close()
            server.shutdown()
            thread.join()


def test_a_service_of_aws_is_spoken_to_by_tls_only() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        host = f"127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(TimeoutError):
            open_connection("https", host, 0.2)
        accepted, _ = server.accept()
        with accepted:
            hello = accepted.recv(3)
    assert hello[0] == 0x16  # a TLS handshake record, and nothing before it
