"""What befell the peers befalls no provider: each class of forged request that was once taken elsewhere is refused.

docs/threats.md names for each class where it was seen. Every provider of the registry is tried, and the example of a
new one: none can be added that takes one of these.
"""

import ast
import base64
import json
import re
import unicodedata
from collections.abc import Iterator

import pytest

from payment_webhooks.endpoints.secret_document import SecretKey
from payment_webhooks.errors import Unavailable, UnreadableEvent
from payment_webhooks.providers.provider import read_envelope
from payment_webhooks.providers.registry import PROVIDERS
from scripts.command_line.project_paths import ROOT
from scripts.provider_simulator.local_authority import make_authority
from tests.support.example_provider import provider as example
from tests.support.library.forged_requests import NAMES, RECEIVING, RECEIVING_TIME, Sender, changed, without
from tests.support.library.receiving import NOW, Receiving

EVERY = pytest.mark.parametrize("name", NAMES)
LONG_SECONDS = 30 * 24 * 3600.0


@EVERY
def test_genuine(name: str) -> None:
    """Else the tests below would prove nothing."""
    sender = Sender(name)
    assert sender.takes(sender.headers())
    assert set(sender.record.signature_headers) <= set(sender.signed_names())


@EVERY
def test_source_check_that_is_always_true(name: str) -> None:
    sender = Sender(name)
    assert not sender.takes(())
    made_up = tuple((header, "0") for header in sender.signed_names())
    assert not sender.takes(made_up)


@EVERY
def test_missing_signature_skips_the_check(name: str) -> None:
    sender = Sender(name)
    headers = sender.headers()
    for header in sender.record.signature_headers:
        assert not sender.takes(without(headers, header))
        for nothing in ("", " ", "null", "undefined"):
            assert not sender.takes(changed(headers, header, nothing))


@EVERY
def test_signature_that_is_computed_and_not_compared(name: str) -> None:
    """Well-formed, fresh, by another key; and the genuine one with one character changed, wherever it stands."""
    sender = Sender(name)
    if not sender.simulator.signs_with_certificate:
        assert not sender.takes(sender.headers(key="ab" * 16))
    headers = sender.headers()
    for header in sender.record.signature_headers:
        value = dict(headers)[header]
        for position, character in enumerate(value):
            other = "1" if character != "1" else "2"
            forged = value[:position] + other + value[position + 1 :]
            if not is_same_base64(value, forged):
                assert not sender.takes(changed(headers, header, forged)), position


def is_same_base64(one: str, other: str) -> bool:
    """Whether they differ in bits that base64 has to spare before its padding: then they are one signature."""
    try:
        return one.endswith("=") and base64.b64decode(one, validate=True) == base64.b64decode(
            other, validate=True
        )
    except ValueError:
        return False


@EVERY
def test_part_of_a_signature(name: str) -> None:
    """Comparing as far as the shorter one goes takes an empty or cut signature, or one with more behind it."""
    sender = Sender(name)
    headers = sender.headers()
    for header in sender.record.signature_headers:
        value = dict(headers)[header]
        for forged in (value[:-1], value[: len(value) // 2], value + "0", value + value, value[::-1]):
            assert not sender.takes(changed(headers, header, forged))


@EVERY
@pytest.mark.parametrize("blank", ["", " ", "\t", "\u00a0", "\u2003"])
def test_empty_secret(name: str, blank: str) -> None:
    """Anyone can sign with the empty key; and with no key at all nothing is to be computed."""
    sender = Sender(name)
    try:
        signed = sender.headers(key=blank)
    except ValueError:  # its keys are hexadecimal: nobody signs with such a one
        signed = sender.headers()
    assert not sender.takes(signed, secret=sender.secret._replace(keys=(SecretKey("blank", blank),)))
    assert not sender.takes(signed, secret=sender.secret._replace(keys=()))


@EVERY
def test_body_that_is_written_anew(name: str) -> None:
    """The bytes that came are signed, not what a parser made of them."""
    sender = Sender(name)
    if not sender.record.signs_whole_body and sender.record.name == example.PROVIDER.name:
        return  # it signs fields: the next test is about these
    headers = sender.headers()
    document = json.loads(sender.body)
    for body in (
        json.dumps(document, indent=1).encode(),
        json.dumps(dict(reversed(document.items()))).encode(),
        sender.body + b" ",
        b"\xef\xbb\xbf" + sender.body,
        sender.body.replace(b'"', b"\\u0022", 1),
    ):
        assert body != sender.body
        assert not sender.takes(headers, body)


@EVERY
def test_money_that_is_changed_under_a_signature(name: str) -> None:
    """A provider that does not sign every byte is asked itself before its money counts; the signed fields hold."""
    sender = Sender(name)
    document = json.loads(sender.body)
    document.update({"amount": 1, "extra": {"status": "succeeded"}})
    forged = json.dumps(document).encode()
    if sender.record.signs_whole_body:
        assert not sender.takes(sender.headers(), forged)
    else:
        assert sender.record.connect is not None
        assert sender.record.transmission_id_header in sender.signed_names()


@EVERY
def test_duplicate_headers(name: str) -> None:
    """Of two signatures nobody can say which was checked by whom: as two lines, and as a proxy joins them."""
    sender = Sender(name)
    headers = sender.headers()
    other = dict(sender.headers(body=sender.body + b" " if sender.record.signs_whole_body else None))
    for header in sender.signed_names():
        value = dict(headers)[header]
        for second in (value, other[header], ""):
            assert not sender.takes((*headers, (header, second)))
            assert not sender.takes(((header, second), *headers))
            for joined in (f"{value}, {second}", f"{second}, {value}", f"{value},\t{second}"):
                assert not sender.takes(changed(headers, header, joined)), joined


@EVERY
def test_unicode_look_alikes(name: str) -> None:
    """Digits and letters of another script, of full width, and characters that are not seen."""
    sender = Sender(name)
    headers = sender.headers()

    def wide(text: str) -> str:
        return "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text)

    for header in sender.signed_names():
        value = dict(headers)[header]
        assert unicodedata.normalize("NFKC", wide(value)) == value
        arabic = re.sub("[0-9]", lambda digit: chr(0x660 + int(digit[0])), value)
        for forged in (wide(value), arabic, "\u200b" + value, value + "\u00ad", "\ufeff" + value):
            if forged != value:
                assert not sender.takes(changed(headers, header, forged)), header


@EVERY
def test_replay(name: str) -> None:
    """A delivery is good for a while; where the signature has no time, the inbox takes its event once."""
    sender = Sender(name)
    headers = sender.headers()
    if sender.takes(headers, now=NOW + LONG_SECONDS):
        receiving = Receiving()
        if name not in PROVIDERS.names:
            return  # its receiver is in test_new_provider.py
        sent = receiving.headers(name, sender.body)
        assert receiving.post(name, sender.body, sent).outcome == "accepted"
        assert receiving.post(name, sender.body, sent, seconds_later=LONG_SECONDS).outcome == "duplicate"
    assert not sender.takes(headers, now=NOW - LONG_SECONDS) or sender.takes(headers, now=NOW + LONG_SECONDS)


@EVERY
def test_algorithm_of_the_senders_choice(name: str) -> None:
    """A header may name the algorithm, never choose it: weaker ones, none, and other spellings are refused."""
    sender = Sender(name)
    headers = sender.headers()
    words = ("none", "NONE", "SHA1withRSA", "sha1", "MD5", "HS256", "plain", "")
    for header, value in headers:
        if re.fullmatch("(?i)(hmac)?[-_]?sha-?[0-9]+(with[a-z]+)?", value):
            for forged in (*words, value.lower(), value.upper()):
                if forged != value:
                    assert not sender.takes(changed(headers, header, forged))
    for header in sender.record.signature_headers:
        value = dict(headers)[header]
        for scheme in ("v0", "v2", "V1", "sha1", "none"):
            if "v1=" in value:
                assert not sender.takes(changed(headers, header, value.replace("v1", scheme)))
            assert not sender.takes(changed(headers, header, f"{scheme}={value}"))


@EVERY
def test_key_that_the_sender_names(name: str) -> None:
    """A certificate at a URL of the request is fetched from the provider's hosts alone, and must be the provider's."""
    sender = Sender(name)
    sender.secret = sender.secret._replace(certificates={})
    headers = sender.headers()
    urls = [header for header, value in headers if value.startswith("https://")]
    for header in urls:
        url = dict(headers)[header]
        host, path = re.fullmatch(r"https://([^/]+)(/.*)", url).groups()  # type: ignore[union-attr]
        for forged in (
            f"http://{host}{path}",
            f"https://{host}.attacker.example{path}",
            f"https://attacker.example/{host}{path}",
            f"https://{host}@attacker.example{path}",
            f"https://attacker.example#{host}{path}",
            f"https://{host}:8443{path}",
            f"https://{host}/redirect?to=https://attacker.example",
            f"https://{host}{path}/../../../attacker",
            f"https://169.254.169.254{path}",
            f"https://s3.amazonaws.com/bucket{path}",
            f"file://{path}",
        ):
            sender.fetched.clear()
            assert not sender.takes(changed(headers, header, forged)), forged
            assert sender.fetched == [], forged
    if sender.simulator.signs_with_certificate:
        stranger = make_authority(RECEIVING.mode, RECEIVING_TIME)
        sent = sender.simulator.sign(sender.body, sender.secret, NOW, stranger)
        pinned = sender.secret._replace(certificates=stranger.certificates)
        assert urls
        assert not sender.takes(tuple((each.lower(), value) for each, value in sent), secret=pinned)


@EVERY
def test_signature_of_another_endpoint_or_provider(name: str) -> None:
    """A genuine request of one endpoint is nothing to another one, whoever sends there."""
    sender = Sender(name)
    elsewhere = sender.secret._replace(keys=(SecretKey("elsewhere", "cd" * 16),))
    assert not sender.takes(sender.headers(), secret=elsewhere)
    for other in NAMES:
        if other != name:
            assert not sender.takes(Sender(other).headers(), Sender(other).body)


@EVERY
def test_keys_twice_in_the_body(name: str) -> None:
    """Which of two values counts differs by parser: such an event is kept for a person, and moves nothing."""
    sender = Sender(name)
    first, rest = sender.body[:1], sender.body[1:]
    key = next(iter(json.loads(sender.body)))
    for written in (f'"{key}": null, ', f'"\\u{ord(key[0]):04x}{key[1:]}": null, '):
        with pytest.raises(UnreadableEvent, match="duplicate_key"):
            read_envelope(sender.record, first + written.encode() + rest)
    for nan in (b"NaN", b"Infinity", b"-Infinity"):
        with pytest.raises(UnreadableEvent, match="body_not_json"):
            read_envelope(sender.record, first + b'"more": ' + nan + b", " + rest)


@EVERY
def test_nothing_is_read_of_a_body_before_it_is_authentic(name: str) -> None:
    """A body that no parser takes is refused for its signature alone, and not looked at where every byte is signed."""
    sender = Sender(name)
    for body in (b"", b"\xff\xfe", b"{" * 100_000, b"[" * 2_000 + b"]" * 2_000, b"null", b"1e999"):
        headers = sender.headers()
        assert not sender.takes(headers, body)
        if sender.record.signs_whole_body:
            assert sender.takes(sender.headers(body), body)


@EVERY
def test_check_that_fails_open(name: str) -> None:
    """What can't be checked now is an outage, never authentic: the sender comes again."""
    sender = Sender(name)

    def down(_url: str) -> bytes:
        raise Unavailable("certificate_unavailable")

    secret = sender.secret._replace(certificates={})
    if sender.simulator.signs_with_certificate:
        with pytest.raises(Unavailable, match="certificate_unavailable"):
            sender.record.verify(sender.headers(), sender.body, secret, NOW, down)
    with pytest.raises(Unavailable, match="endpoint_not_configured"):
        sender.record.verify(sender.headers(), sender.body, secret._replace(keys=()), NOW, down)


def signature_modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module that verifies: by its path in the library."""
    folder = ROOT / "layer/python/payment_webhooks/providers"
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text("utf-8")
        if re.search(r"^def verify\(", text, re.MULTILINE):
            yield str(path.relative_to(folder)), ast.parse(text)


def test_comparison_that_takes_time() -> None:
    """What is computed with a key is compared by `compare_digest` alone, which takes as long for each answer."""
    modules = dict(signature_modules())
    assert {"timestamped_hmac.py", "square/signature.py", "paypal/signature.py"} <= modules.keys()
    for path, tree in modules.items():
        called = {
            node.func.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        if "digest" in called:
            assert "compare_digest" in called, path
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
                names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
                assert not names & {"expected", "signature", "digest", "b64encode"}, f"{path}:{node.lineno}"


def test_base64_has_one_spelling() -> None:
    """Where a signature is text, another text of the same bytes is another signature."""
    sender = Sender("square")
    headers = sender.headers()
    (header,) = sender.record.signature_headers
    value = dict(headers)[header]
    raw = base64.b64decode(value)
    spellings = {base64.urlsafe_b64encode(raw).decode(), value.rstrip("="), value + "=", raw.hex()} - {value}
    for forged in spellings:
        assert not sender.takes(changed(headers, header, forged))


def test_the_document_names_a_test_for_each_class() -> None:
    """docs/threats.md and this file list the same classes."""
    here = set(re.findall(r"^def (test_\w+)\(", (ROOT / __file__).read_text("utf-8"), re.MULTILINE))
    page = (ROOT / "docs/threats.md").read_text("utf-8")
    assert set(re.findall(r"`test_forgeries\.py::(test_\w+)`", page)) == here - {
        "test_genuine",
        "test_the_document_names_a_test_for_each_class",
    }
