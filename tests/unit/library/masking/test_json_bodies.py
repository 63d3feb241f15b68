"""What a value is by the name it stands under, and to which depth JSON is unpacked."""

import json
from urllib.parse import quote

import pytest

from payment_webhooks.masking.mask import MaskedBody, mask

VISA = "4242424242424242"
MASKED = "424242******4242"
WIDE = "\uff14\uff12" * 8
BLOCK = "0412AC89ABCDEF67"


def test_a_body_says_whether_it_was_looked_at_and_nothing_else() -> None:
    assert mask(b"hello") == MaskedBody(b"hello", {}, is_suspect=False, is_coarse=False)
    assert mask(b'"1760000000000000"') == MaskedBody(
        b'"1760000000000000"', {}, is_suspect=True, is_coarse=False
    )
    assert mask(VISA.encode()) == MaskedBody(
        f'"{MASKED}"'.encode(), {"card_number": 1}, is_suspect=True, is_coarse=False
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        # codes: up to four digits, as text or number
        ('{"cvv":1234}', '{"cvv":"***"}'),
        ('{"cvv":12345}', None),
        ('{"cvv":"12345"}', None),
        ('{"cvv":"7","csc":"12"}', '{"cvv":"*","csc":"**"}'),
        ('{"cvv":"123.0"}', '{"cvv":"***.*"}'),
        ('{"cvv":"1234.5"}', None),
        ('{"cvv":-12}', None),
        # American Express's CID, or anybody's customer id: three or four digits
        ('{"cid":123,"a":{"cid":1234}}', '{"cid":"***","a":{"cid":"***"}}'),
        ('{"cid":12}', None),
        ('{"cid":12345}', None),
        ('{"cid":"123"}', '{"cid":"***"}'),
        ('{"cid":"12"}', None),
        ('{"cid":"12345"}', None),
        ('{"customer":{"id":"123"}}', None),
        # PINs: 4 to 12 digits
        ('{"pin":123}', None),
        ('{"pin":1234.0}', '{"pin":"****"}'),
        ('{"pin":123456789012}', '{"pin":"****"}'),
        ('{"pin":1234567890123}', None),
        ('{"pin":"123"}', None),
        ('{"pin":"123456789012"}', '{"pin":"************"}'),
        ('{"pin":"1234567890123"}', None),
        ('{"pin_block":1234}', '{"pin_block":"****"}'),
        (f'{{"pin_block":"{BLOCK[:15]}"}}', None),
        (f'{{"pin_block":"{BLOCK} {BLOCK}"}}', f'{{"pin_block":"{"*" * 33}"}}'),
        (f'{{"pin":"{BLOCK}"}}', None),
        # tracks: 13 characters or more
        ('{"track2":"AbCdEfGhIjKl"}', None),
        ('{"track2":"AbCdEfGhIjKlM"}', '{"track2":"*************"}'),
        ('{"track2":"*************"}', None),
        ('{"track2":"~~~~~~~~~~~~~"}', '{"track2":"*************"}'),
        (f'{{"track2":"{"A " * 40}"}}', f'{{"track2":"{"*" * 80}"}}'),
        # whole numbers of 13 to 19 digits, however they are written
        ('{"pan":422222222222.2e1}', '{"pan":"422222***2222"}'),
        ('{"pan":-4222222222222}', '{"pan":"422222***2222"}'),
        ('{"pan":4.2424242424242424e16,"n":4242424242424242.5}', None),
        ('{"pan":6759649826438453.00}', '{"pan":"675964******8453"}'),
        ('{"pan":4.000000000000000006e18}', '{"pan":"400000*********0006"}'),
        ('{"pan":4.0000000000000000006e19}', None),
        ('{"pan":4.2424242424242421228e19}', None),
        ('{"pan":"1760000000000000","a":1e9999999999999999999,"b":0e99999}', None),
        ('{"pan":7123456789012342}', '{"pan":"712345******2342"}'),
        ('{"n":7123456789012342}', None),
        (f'{{"n":{VISA}1228}}', f'{{"n":"{MASKED}1228"}}'),
        # a name has the meaning that the names around it give it
        ('{"phone":[{"number":4222222222222}]}', None),
        ('{"phone":{"a":[]},"number":4222222222222}', '{"phone":{"a":[]},"number":"422222***2222"}'),
        ('{"phone":{"x":{"y":1},"number":4222222222222}}', None),
        ('{"id":[4222222222222],"n":4222222222222}', '{"id":[4222222222222],"n":"422222***2222"}'),
        # six characters are the least that a code behind its name has
        ('{"n":"CVV123"}', '{"n":"CVV***"}'),
        # digits of another script, packed
        (f'{{"n":"{quote(WIDE)}"}}', f'{{"n":"{quote(WIDE[:6])}******{quote(WIDE[-4:])}"}}'),
        # in a name
        (f'{{"a {VISA}":1}}', f'{{"a {MASKED}":1}}'),
        (rf'{{"a \"{VISA}":1}}', rf'{{"a \"{MASKED}":1}}'),
    ],
)
def test_a_value_is_what_its_name_and_its_form_say(body: str, expected: str | None) -> None:
    assert mask(body.encode()).body.decode() == (expected or body)


@pytest.mark.parametrize(("packings", "is_found"), [(4, True), (5, False)])
@pytest.mark.parametrize("pack", [json.dumps, lambda text: text.replace("%", "%25").replace("4", "%34")])
def test_four_packings_are_opened_and_no_fifth(packings: int, is_found: bool, pack: object) -> None:
    assert callable(pack)
    text = f"card {VISA}"
    for _ in range(packings):
        text = pack(text)
    assert bool(mask(text.encode()).counts) == is_found
