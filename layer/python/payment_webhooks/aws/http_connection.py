"""HTTP connections that do what our calls need: a request in one piece, and of an answer's headers only what says where
its body ends. The standard library checks each header by itself, and makes an e-mail message of an answer's.
"""

import http.client
from typing import Any, Final

# As in http.client: what is longer, or more, is no answer of a service.
LONGEST_LINE: Final = 65_536
MOST_HEADERS: Final = 100
_FIRST_LETTERS: Final = b"CcTt"  # Connection, Content-Length, Transfer-Encoding
_WITHOUT_BODY: Final = (http.client.NO_CONTENT, http.client.NOT_MODIFIED)


class LeanResponse(http.client.HTTPResponse):
    def begin(self) -> None:
        """Raises http.client.HTTPException for what is no response."""
        if getattr(self, "headers", None) is not None:
            return
        of_http: Any = self
        version, status, self.reason = of_http._read_status()
        self.code = self.status = status
        self.version = 10 if version in ("HTTP/1.0", "HTTP/0.9") else 11
        headers = self._headers()
        of_http.headers = of_http.msg = headers
        self.chunked = headers.get("transfer-encoding", "").lower() == "chunked"
        self.chunk_left = None
        length = headers.get("content-length", "")
        self.length = int(length) if length.isdecimal() and not self.chunked else None
        if status in _WITHOUT_BODY or status < http.client.OK:
            self.length = 0
        stays = headers.get("connection", "").lower() != "close" and self.version == 11
        self.will_close = not stays or (self.length is None and not self.chunked)

    def _headers(self) -> dict[str, str]:
        """By their names in lower case, of several of one name the last; those that `begin` asks for are among them."""
        found: dict[str, str] = {}
        for _ in range(MOST_HEADERS + 1):
            line = self.fp.readline(LONGEST_LINE + 1)
            if len(line) > LONGEST_LINE:
                raise http.client.LineTooLong("header line")
            if line in (b"\r\n", b"\n", b""):
                return found
            if line[:1] in _FIRST_LETTERS:
                name, _, value = line.decode("iso-8859-1").partition(":")
                found[name.strip().lower()] = value.strip()
        raise http.client.HTTPException("too many headers")


class LeanConnection(http.client.HTTPConnection):
    """For one request after the other, each with a body and all headers but its length, and the answer read whole."""

    def request(
        self, method: str, url: str, body: Any = None, headers: Any = None, *, encode_chunked: bool = False
    ) -> None:
        """`body`: bytes. Raises ValueError for a header of several lines."""
        lines = [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([f"{method} {url} HTTP/1.1", f"Content-Length: {len(body)}", *lines, "", ""])
        if head.count("\n") != len(lines) + 3 or head.count("\r") != len(lines) + 3:
            raise ValueError("a header has several lines")
        self.sock.sendall(head.encode("iso-8859-1") + body)

    def getresponse(self) -> LeanResponse:
        response = LeanResponse(self.sock, method="POST")
        response.begin()
        return response


class LeanTlsConnection(LeanConnection, http.client.HTTPSConnection):
    """Over TLS."""
