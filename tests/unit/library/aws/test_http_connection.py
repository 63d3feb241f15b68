"""What is sent; where a response ends, and whether its connection may be used again: as the standard library says."""

import http.client
import io
from typing import Any

import pytest

from payment_webhooks.aws.http_connection import LONGEST_LINE, MOST_HEADERS, LeanConnection, LeanResponse


class Socket:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._content)


def read(kind: type[http.client.HTTPResponse], head: str, body: bytes) -> tuple[int, bytes, bool]:
    """Status, body, and whether the connection ends, of bytes that go on after the response."""
    content: Any = Socket(head.replace("\n", "\r\n").encode() + b"\r\n" + body)
    response = kind(content, method="POST")
    response.begin()
    return response.status, response.read(), response.will_close


CHUNKED = b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "body", "read_as"),
    [
        ("HTTP/1.1 200 OK\nContent-Length: 5\n", b"helloHTTP/1.1", (200, b"hello", False)),
        ("HTTP/1.1 200 OK\ncontent-length:5\nServer: x\n", b"hello..", (200, b"hello", False)),
        ("HTTP/1.1 400 Bad Request\nContent-Length: 2\nConnection: close\n", b"{}", (400, b"{}", True)),
        ("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n", CHUNKED, (200, b"hello world", False)),
        ("HTTP/1.1 200 OK\nServer: x\n", b"until it ends", (200, b"until it ends", True)),
        ("HTTP/1.1 200 OK\nContent-Length: many\n", b"until it ends", (200, b"until it ends", True)),
        ("HTTP/1.0 200 OK\nContent-Length: 2\n", b"{}", (200, b"{}", True)),
        ("HTTP/1.1 204 No Content\n", b"", (204, b"", False)),
        ("HTTP/1.1 200 OK\nContent-Length: 0\n", b"HTTP/1.1", (200, b"", False)),
    ],
)
def test_a_response_ends_where_the_standard_library_says(
    head: str, body: bytes, read_as: tuple[int, bytes, bool]
) -> None:
    assert read(LeanResponse, head, body) == read(http.client.HTTPResponse, head, body) == read_as


@pytest.mark.parametrize(
    ("head", "error"),
    [
        ("no response at all\n", http.client.BadStatusLine),
        ("", http.client.RemoteDisconnected),
        (f"HTTP/1.1 200 OK\nContent-Length: {'1' * LONGEST_LINE}\n", http.client.LineTooLong),
        ("HTTP/1.1 200 OK\n" + "Server: x\n" * (MOST_HEADERS + 1), http.client.HTTPException),
    ],
)
def test_what_is_no_response_is_refused(head: str, error: type[Exception]) -> None:
    content: Any = Socket(head.replace("\n", "\r\n").encode())
    with pytest.raises(error):
        LeanResponse(content, method="POST").begin()


class Sent:
    def __init__(self) -> None:
        self.content = b""

    def sendall(self, content: bytes) -> None:
        self.content += content


def test_a_request_is_one_piece() -> None:
    connection: Any = LeanConnection("example.com")
    connection.sock = Sent()
    connection.request("POST", "/", b"{}", {"host": "example.com", "x-amz-target": "T.Query"})
    assert connection.sock.content == (
        b"POST / HTTP/1.1\r\nContent-Length: 2\r\nhost: example.com\r\nx-amz-target: T.Query\r\n\r\n{}"
    )


@pytest.mark.parametrize("value", ["a\nb", "a\r\nx: y", "a\r"])
def test_a_header_of_several_lines_is_not_sent(value: str) -> None:
    connection: Any = LeanConnection("example.com")
    connection.sock = Sent()
    with pytest.raises(ValueError, match="several lines"):
        connection.request("POST", "/", b"{}", {"host": value})
    assert connection.sock.content == b""
