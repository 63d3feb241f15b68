"""Secrets Manager, DynamoDB and S3 as far as one accepted webhook needs them, in a process of their own.

What is measured is then the caller's own CPU: the answering process does not count.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import Final

from quiet_stub import QuietStub

PUT_SECONDS: Final = 0.02  # what a small object takes in S3, about


class StubService(QuietStub):
    disable_nagle_algorithm = True  # or the answer's second packet waits 40 ms
    secrets: dict[str, str]

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        name = request.get("SecretId")
        self.answer(json.dumps({"SecretString": self.secrets[name]} if name else {}).encode())

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        time.sleep(PUT_SECONDS)
        self.answer(b"")


@contextmanager
def stub_services(secrets: dict[str, str]) -> Iterator[str]:
    """Runs the stub; gives its URL. `secrets` by name, as text."""
    with subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(secrets) + "\n")
        process.stdin.flush()
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def main() -> None:
    StubService.secrets = json.loads(sys.stdin.readline())
    with ThreadingHTTPServer(("127.0.0.1", 0), StubService) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
