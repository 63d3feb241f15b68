"""A server on this machine that stands in for providers' APIs: it counts, throttles and fails as a test wants it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]


class Asked(NamedTuple):
    """One call. `query` has the last value of each name; `body` is what a JSON body holds, else {}."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Json


# Status and document of the answer to a call.
Route = Callable[[Asked], tuple[int, Json]]


@dataclass
class ApiServer:
    """`routes` by method and path. `next_answers`: statuses that calls get before the routes are asked again; a 429 or
    503 has `retry_after_seconds` in its header.
    """

    routes: dict[tuple[str, str], Route]
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    next_answers: list[int] = field(default_factory=list)
    retry_after_seconds: int = 1
    connections: int = 0

    def answer(self, asked: Asked) -> tuple[int, Json]:
        self.asked.append(asked)
        if self.next_answers:
            return self.next_answers.pop(0), {}
        route = self.routes.get((asked.method, asked.path))
        return route(asked) if route else (404, {})


@contextmanager
def serving(routes: dict[tuple[str, str], Route]) -> Iterator[ApiServer]:
    """The server while it listens on a free port."""
    api = ApiServer(routes)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # connections stay
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            api.connections += 1

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            text = self.rfile.read(length)
            is_json = self.headers.get("Content-Type") == "application/json"
            query = {name: values[-1] for name, values in parse_qs(url.query).items()}
            body = json.loads(text) if is_json and text else {}
            self._send(*api.answer(Asked(self.command, url.path, query, dict(self.headers), body)))

        do_POST = do_GET

        def _send(self, status: int, document: Json) -> None:
            content = json.dumps(document).encode()
            self.send_response(status)
            if status in (429, 503):
                self.send_header("Retry-After", str(api.retry_after_seconds))
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
