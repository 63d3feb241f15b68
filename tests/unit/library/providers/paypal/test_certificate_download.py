"""Fetching a certificate over HTTPS, from a server of the test's own that does what real ones did."""

import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from payment_webhooks.errors import InvalidSignature, Unavailable
from payment_webhooks.providers.certificate_download import (
    CertificateFetcher,
)

PEM = b"-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"


@dataclass
class Host:
    """What the server answers next, and how often it was asked."""

    url: str = ""
    bundle: str = ""
    status: int = 200
    body: bytes = PEM
    headers: dict[str, str] = field(default_factory=dict)
    requests: int = 0
    encodings: list[str | None] = field(default_factory=list)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "host.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def host(certificate: Path) -> Iterator[Host]:
    answers = Host(bundle=str(certificate))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers.requests += 1
            answers.encodings.append(self.headers["Accept-Encoding"])
            if not answers.status:  # hangs up
                self.close_connection = True
                return
            self.send_response(answers.status)
            for name, value in answers.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answers.body)))
            self.end_headers()
            self.wfile.write(answers.body)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    answers.url = f"https://127.0.0.1:{server.server_address[1]}/v1/notifications/certs/CERT-1"
    yield answers
    server.shutdown()
    server.server_close()


def test_a_certificate_is_fetched_once_while_it_is_fresh(host: Host) -> None:
    clock = Clock()
    fetch = CertificateFetcher(host.bundle, clock)
    assert [fetch(host.url), fetch(host.url), host.requests] == [PEM, PEM, 1]
    clock.now += 6 * 3600
    assert [fetch(host.url), host.requests] == [PEM, 2]


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (500, PEM, {}),
        (429, PEM, {}),
        (409, PEM, {}),
        (411, PEM, {}),
        (0, PEM, {}),
        (200, b"<html>maintenance</html>", {}),
        (200, b"", {}),
        (200, PEM.ljust(65_537), {}),
        (302, PEM, {"Location": "https://127.0.0.1:9/elsewhere"}),
    ],
)
def test_trouble_on_the_way_is_an_outage(
    host: Host, status: int, body: bytes, headers: dict[str, str]
) -> None:
    host.status, host.body, host.headers = status, body, headers
    with pytest.raises(Unavailable, match="certificate_unavailable"):
        CertificateFetcher(host.bundle)(host.url)
    assert host.requests == 1


def test_an_answer_of_64_kib_is_read_and_asked_for_as_it_is(host: Host) -> None:
    """Packed, a small answer could fill the memory."""
    host.body = PEM.ljust(65_536)
    assert CertificateFetcher(host.bundle)(host.url) == host.body
    assert host.encodings == ["identity"]


def test_the_connection_has_three_seconds_and_trusts_the_authorities_that_botocore_ships() -> None:
    options = CertificateFetcher()._http().connection_pool_kw
    assert options["timeout"].total == 3
    assert Path(options["ca_certs"]).is_file()


class AnswerOfPool:
    status = 404
    closed = False

    def request(self, *_: object, **__: object) -> "AnswerOfPool":
        return self

    def close(self) -> None:
        self.closed = True


def test_an_answer_gives_its_connection_back_whatever_it_is() -> None:
    pool: Any = AnswerOfPool()
    with pytest.raises(InvalidSignature):
        CertificateFetcher(pool=pool)("https://127.0.0.1/v1/notifications/certs/CERT-1")
    assert pool.closed


@pytest.mark.parametrize("status", [404, 410])
def test_a_certificate_that_does_not_exist_is_a_bad_signature(host: Host, status: int) -> None:
    host.status = status
    with pytest.raises(InvalidSignature, match="certificate_not_found"):
        CertificateFetcher(host.bundle)(host.url)


def test_a_host_of_another_authority_is_not_trusted(host: Host) -> None:
    with pytest.raises(Unavailable, match="certificate_unavailable"):
        CertificateFetcher()(host.url)
    assert host.requests == 0


def test_plain_http_is_never_asked() -> None:
    with pytest.raises(InvalidSignature, match="certificate_url_not_allowed"):
        CertificateFetcher()("http://127.0.0.1:9/v1/notifications/certs/CERT-1")


def test_while_the_host_is_down_the_last_one_serves_and_few_wait_for_it(host: Host) -> None:
    clock = Clock()
    fetch = CertificateFetcher(host.bundle, clock)
    assert fetch(host.url) == PEM
    host.status = 503
    clock.now += 6 * 3600
    assert [fetch(host.url), fetch(host.url), host.requests] == [PEM, PEM, 2]
    clock.now += 9.5
    assert [fetch(host.url), host.requests] == [PEM, 2]
    clock.now += 0.5
    assert [fetch(host.url), host.requests] == [PEM, 3]


def test_urls_that_a_sender_makes_up_do_not_push_out_a_certificate(host: Host) -> None:
    clock = Clock()
    fetch = CertificateFetcher(host.bundle, clock)
    assert fetch(host.url) == PEM
    for number in range(15):
        clock.now += 10
        fetch(f"{host.url}-real-{number}")
    host.status = 403
    for number in range(32):
        clock.now += 10
        with pytest.raises(Unavailable):
            fetch(f"{host.url}-made-up-{number}")
    asked = host.requests
    kept = [f"{host.url}-real-{number}" for number in range(15)]
    assert [fetch(url) for url in kept] == [PEM] * len(kept)
    assert host.requests == asked


def test_sixteen_certificates_are_kept_and_one_that_is_fetched_anew_pushes_out_none(host: Host) -> None:
    clock = Clock()
    fetch = CertificateFetcher(host.bundle, clock)
    urls = [f"{host.url}-{number}" for number in range(17)]
    for url in urls[:16]:
        fetch(url)
        clock.now += 60
    clock.now += 6 * 3600
    for url in urls[:16]:
        host.status = 503 if url == urls[1] else 200
        fetch(url)
    assert host.requests == 32
    host.status = 200
    clock.now += 10
    assert [fetch(urls[1]), host.requests] == [PEM, 33]
    assert [fetch(urls[0]), host.requests] == [PEM, 33]
    assert [fetch(urls[16]), host.requests] == [PEM, 34]
    assert [fetch(urls[2]), host.requests] == [PEM, 34]
    assert [fetch(urls[0]), host.requests] == [PEM, 35]  # it was the one that had been fetched first


@pytest.mark.parametrize("status", [403, 404, 200])
def test_a_flood_of_made_up_urls_makes_few_calls_and_what_is_known_goes_on(host: Host, status: int) -> None:
    clock = Clock()
    fetch = CertificateFetcher(host.bundle, clock)
    assert fetch(host.url) == PEM
    host.status, host.requests = status, 0
    refused = 0
    for number in range(100):
        clock.now += 0.05
        try:
            fetch(f"{host.url}-made-up-{number}")
        except Unavailable:
            refused += 1
        except InvalidSignature:
            continue
        assert fetch(host.url) == PEM
    assert host.requests == 4  # one of five was the genuine one
    assert refused >= 95
    host.status = 200
    clock.now += 6 * 3600  # a known one is asked for again, whatever was asked before
    for number in range(5):
        fetch(f"{host.url}-new-{number}")
    assert fetch(host.url) == PEM
    for _ in range(2):
        with pytest.raises(Unavailable, match="certificate_unavailable"):
            fetch(f"{host.url}-one-more")
        clock.now += 9.5
    clock.now -= 9
    assert fetch(f"{host.url}-one-more") == PEM
