"""The part that stubs of AWS's services share: they answer 200 with some bytes and log nothing."""

from http.server import BaseHTTPRequestHandler
from typing import Any


class QuietStub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""
