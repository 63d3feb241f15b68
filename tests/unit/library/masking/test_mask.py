import base64
import json
from pathlib import Path
from typing import Any

import pytest

from payment_webhooks.masking.card_numbers import is_card_number, is_issued_card_number
from payment_webhooks.masking.findings import Edit
from payment_webhooks.masking.mask import _apply as apply_edits
from payment_webhooks.masking.mask import mask

TESTS = Path(__file__).parents[3]
VISA = "4242424242424242"
MASKED = "424242******4242"
# The card networks' published test numbers.
ISSUED = (
    *(VISA, "4222222222222", "5555555555554444", "2223003122003222", "378282246310005", "30569309025904"),
    *("6011111111111117", "3566002020360505", "6200000000000005", "6759649826438453", "4000056655665556"),
)
# Of national and smaller networks, with a right check digit: JCB of 15 digits, UATP, GPN, UzCard, Humo, NAPAS, Belkart.
SMALLER = (
    *("180012345678905", "213112345678904", "122012345678906", "1946123456789010", "8600123456789012"),
    *("5614123456789012", "9860123456789015", "9704123456789015", "9704123456789012345", "9112123456789011"),
)
ONE_CARD = {"card_number": 1}
ONE_CODE = {"security_code": 1}


def _real_bodies() -> list[Any]:
    events = [
        pytest.param(path.read_bytes(), id=f"{path.parent.name}/{path.name}")
        for path in sorted(TESTS.glob("events/*/*.json"))
    ]
    vectors = [
        pytest.param(base64.b64decode(vector["body_base64"]), id=f"{path.stem}:{vector['name']}")
        for path in sorted(TESTS.glob("vectors/*.json"))
        for vector in json.loads(path.read_text())
    ]
    return [*events, *vectors]


@pytest.mark.parametrize("body", _real_bodies())
def test_nothing_in_the_providers_events_is_touched(body: bytes) -> None:
    masked = mask(body)
    assert masked.body == body
    assert masked.counts == {}


def test_the_corpus_is_there() -> None:
    assert len(_real_bodies()) > 100


@pytest.mark.parametrize("number", ISSUED + SMALLER)
@pytest.mark.parametrize(
    "template",
    [
        '{"card": {"number": "%s"}}',
        '{"payment": {"cardNumber":"%s"}}',
        '{"pan" : "%s", "amount": 5}',
        '{"account_number": "%s"}',
        '{"description": "please charge %s, thanks"}',
        '{"metadata": {"note": ["a", "%s"]}}',
        '{"metadata": {"%s": "as a key"}}',
        "card[number]=%s&amount=500",
        "<Card><CardNumber>%s</CardNumber></Card>",
        "not json at all: %s",
        '{"number": "%s", "cut off',
    ],
)
def test_published_test_numbers_are_masked_wherever_they_stand(number: str, template: str) -> None:
    masked = mask((template % number).encode())
    assert masked.body.decode() == template % (number[:6] + "*" * (len(number) - 10) + number[-4:])
    assert masked.counts == ONE_CARD


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # the separators stay
        ("4242 4242 4242 4242", "4242 42** **** 4242"),
        ("4242-4242-4242-4242.", "4242-42**-****-4242."),
        ("3782 822463 10005", "3782 82**** *0005"),
        ("1220 12345 678906", "1220 12*** **8906"),
        # behind the label of an identifier, in groups that no identifier has
        ("ref: 3056 930902 5904", "ref: 3056 93**** 5904"),
        ("id=3782-8224-6310-005", "id=3782-82**-***0-005"),
        ("order 2131 1234 5678 904", "order 2131 12** ***8 904"),
        ("4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2", "4 2 4 2 4 2 * * * * * * 4 2 4 2"),
        (r"4242\u00a04242\u00a04242\u00a04242", r"4242\u00a042**\u00a0****\u00a04242"),
        ("4242\u20114242\u20114242\u20114242", "4242\u201142**\u2011****\u20114242"),
        ("order 12 4242 4242 4242 4242 of 5", "order 12 4242 42** **** 4242 of 5"),
        # digits in other clothes
        (r"\u0034242424242424242", r"\u003424242******4242"),
        ("４２４２４２４２４２４２４２４２", "４２４２４２******４２４２"),
        (r"\n4242424242424242", r"\n424242******4242"),
        ("n=4242%204242%204242%204242", "n=4242%2042**%20****%204242"),
        ("https://a.example/?card=4242424242424242&x=1", "https://a.example/?card=424242******4242&x=1"),
        (rf"{{\"number\":{VISA}}}", rf"{{\"number\":\"{MASKED}\"}}"),
    ],
)
def test_card_numbers_in_text_are_masked_in_place(value: str, expected: str) -> None:
    masked = mask(f'{{"note":"{value}","next": [1.50,  true]}}'.encode())
    assert masked.body.decode() == f'{{"note":"{expected}","next": [1.50,  true]}}'
    assert masked.counts == ONE_CARD


@pytest.mark.parametrize(
    ("body", "expected", "counts"),
    [
        # JSON numbers become strings, so that the document stays JSON
        (f'{{"number": {VISA}}}', f'{{"number": "{MASKED}"}}', ONE_CARD),
        ('{"pan":4.242424242424242e15}', f'{{"pan":"{MASKED}"}}', ONE_CARD),
        (f'{{"pan":{VISA}.0}}', f'{{"pan":"{MASKED}"}}', ONE_CARD),
        (f'[{{"number":[{VISA},{VISA}]}}]', f'[{{"number":["{MASKED}","{MASKED}"]}}]', {"card_number": 2}),
        # forms
        ("n=%34242424242424242", "n=%3424242******4242", ONE_CARD),
        ("card%5Bnumber%5D=4242+4242+4242+4242", "card%5Bnumber%5D=4242+42**+****+4242", ONE_CARD),
        ("card%5Bcvc%5D=123&a=b", "card%5Bcvc%5D=***&a=b", ONE_CODE),
        ("%7B%22pan%22%3A4242424242424242%7D", "%7B%22pan%22%3A%22424242******4242%22%7D", ONE_CARD),
        # security codes
        ('{"cvc":"123","cvv2":1234,"cid":"1234"}', '{"cvc":"***","cvv2":"***","cid":"****"}', {"security_code": 3}),
        ('{"security_code":" 123 ", "csc":7}', '{"security_code":" *** ", "csc":"***"}', {"security_code": 2}),
        ('{"cardVerificationValue":"123"}', '{"cardVerificationValue":"***"}', ONE_CODE),
        ('{"note":"CVV: 123!"}', '{"note":"CVV: ***!"}', ONE_CODE),
        ('{"note":"the security code is 1234"}', '{"note":"the security code is ****"}', ONE_CODE),
        ("<cvv2>123</cvv2>", "<cvv2>***</cvv2>", ONE_CODE),
        (f"{VISA} 12/28 123", f"{MASKED} 12/28 ***", ONE_CARD | ONE_CODE),
        # PINs
        ('{"pin":"1234","pin_block":"0412AC89ABCDEF67"}', f'{{"pin":"****","pin_block":"{"*" * 16}"}}', {"pin": 2}),
        ('{"pin":1234}', '{"pin":"****"}', {"pin": 1}),
        # track data
        (f'{{"x":";{VISA}=25121010000000000000?"}}', f'{{"x":"{"*" * 39}"}}', {"track_data": 1}),
        (f'{{"x":"%B{VISA}^DOE/JOHN^2512101000000?"}}', f'{{"x":"{"*" * 42}"}}', {"track_data": 1}),
        ('{"track_2_data":"AbCdEfGhIjKlMnOp=="}', f'{{"track_2_data":"{"*" * 18}"}}', {"track_data": 1}),
        *(
            (f'{{"{name}":"4b4b5b6c4b4b5b6c"}}', f'{{"{name}":"{"*" * 16}"}}', {"track_data": 1})
            for name in ("msr_data", "emvData", "emv_tlv", "emv_tags", "icc_data", "tlvData", "chip_data")
        ),
    ],
)  # fmt: skip
def test_masks_in_place(body: str, expected: str, counts: dict[str, int]) -> None:
    masked = mask(body.encode())
    assert masked.body.decode() == expected
    assert masked.counts == counts


@pytest.mark.parametrize(
    "body",
    [
        f'{{"id": "{VISA}", "order_id": {VISA}, "transactionId": "{VISA}"}}',
        f'{{"idempotency_key": "{VISA}", "reference": "{VISA}", "token": "{VISA}"}}',
        f'{{"id": "card_{VISA}", "charge": "ch_{VISA}", "x": "A{VISA}", "y": "{VISA}B"}}',
        f'{{"href": "https://api.example.com/v2/captures/{VISA}/refund"}}',
        f'{{"note": "see https://api.example.com/v2/captures/{VISA}"}}',
        f'{{"note": "invoice INV-{VISA}", "id": {VISA}}}',
        '{"u": "42424242-4242-4242-8242-424242424242", "v": "42424242-4242-4242-8242-424242424242"}',
        '{"phone": "+4242424242424", "phone_number": {"national_number": "4222222222222"}}',
        '{"phone": {"number": "4222222222222"}, "note": "call +4222222222222"}',
        '{"created": 4222222222222, "updated_at": "4222222222222", "timestamp_ns": 1759990000000000008}',
        '{"amount": 4222222222222, "total_amount": "4222222222222", "fee": {"value": "4222222222222"}}',
        '{"note": "4.222.222.222.222,00 and 4,222,222,222,222"}',
        '{"iban": "DE12500105175407324931", "note": "GB29 NWBK 6016 1331 9268 19"}',
        '{"receipt_number": "4222222222222", "tracking_number": "4222222222222"}',
        '{"invoice": {"number": "4222222222222"}}',
        '{"note": "4242424242424241", "card_number": "4242424242424241", "pan": 4242424242424241}',
        f'{{"long": "{VISA}{VISA}", "longer": {VISA}{VISA}}}',
        '{"cvc_check": "pass", "cvv_status": "CVV_ACCEPTED", "cvv_code": "M", "cid": "customer-1"}',
        '{"shipping": {"pin": "560001"}, "topping": 1234, "incident": 123, "decid": "123"}',
        '{"number": 0, "pan": "0000000000000000", "card_number": null, "number2": "0000000000000000"}',
        '{"track": "https://ups.example.com/1Z999", "exp_month": 12, "last4": "4242", "bin": "424242"}',
    ],
)
def test_ids_times_amounts_and_telephones_stay(body: str) -> None:
    masked = mask(body.encode())
    assert masked.body.decode() == body
    assert masked.counts == {}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_bytes_that_are_no_utf_8_json_are_read_as_text(encoding: str) -> None:
    masked = mask(f'{{"number":"{VISA}"}} caf\u00e9'.encode(encoding))
    assert masked.body == f'{{"number":"{MASKED}"}} caf\u00e9'.encode(encoding)
    assert masked.counts == ONE_CARD


@pytest.mark.parametrize("number", ISSUED)
def test_known_numbers_are_known(number: str) -> None:
    assert is_issued_card_number(number)
    assert not is_card_number(number[:-1] + str((int(number[-1]) + 1) % 10))


def test_times_are_no_issued_numbers() -> None:
    """Milli-, micro- and nanoseconds since 1970, from 2020 to 2030, begin with 1."""
    for digits in (13, 16, 19):
        for step in range(200):
            time = str((1_577_836_800 + step * 1_577_847) * 10 ** (digits - 10))[:-1]
            assert not any(is_issued_card_number(f"{time}{digit}") for digit in range(10))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", ["", "\ufeff", "\ufeff€€"])
@pytest.mark.parametrize("name", ["cvv", "€cvv", "€, cvv"])
def test_a_code_in_utf_16_is_masked_with_and_without_a_mark(encoding: str, mark: str, name: str) -> None:
    masked = mask(f'{mark}{{"{name}":"123"}}'.encode(encoding))
    assert masked.body == f'{mark}{{"{name}":"***"}}'.encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_zero_among_the_first_four_bytes_says_that_it_is_utf_16(encoding: str) -> None:
    assert mask("€cvv 123".encode(encoding)).body == "€cvv ***".encode(encoding)
    assert mask(f"card\x00 {VISA}".encode()).body == f"card\x00 {MASKED}".encode()


@pytest.mark.parametrize(
    "body", [b"\xff\xfe4242424242424242\x00", b"\x004242424242424242", b"\xfe\xff\xd8\x00 4242424242424242"]
)
def test_what_is_utf_16_in_part_alone_is_masked_byte_for_byte(body: bytes) -> None:
    assert mask(body).body == body.replace(b"4242424242424242", b"424242******4242")


def test_a_number_beyond_what_decimals_take_is_none() -> None:
    body = b'{"looked at for": "1760000000000000", "a": 12345678e99999999, "b": 1e-99999999999}'
    assert mask(body).body == body


def test_of_two_readings_of_one_place_neither_is_shown() -> None:
    text = "abcdefghij"
    assert apply_edits(text, [Edit(4, 8, "YYYY"), Edit(2, 5, "XXX")]) == "abXXX***ij"
    assert apply_edits(text, [Edit(2, 4, "in"), Edit(2, 8, "whole")]) == "abwholeij"
    assert apply_edits(text, [Edit(2, 5, "XXX"), Edit(5, 7, "YY")]) == "abXXXYYhij"
