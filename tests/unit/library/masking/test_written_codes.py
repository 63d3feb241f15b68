"""Which words name a security code or a PIN, and how much of what is behind them goes."""

import json
from urllib.parse import quote, quote_plus

import pytest

from payment_webhooks.masking.coarse_text import mask_coarsely
from payment_webhooks.masking.mask import mask

VISA = "4242424242424242"
MASKED = "424242******4242"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "cvv",
            "cvv2",
            "cvc",
            "cvc3",
            "cvn2",
            "cvd",
            "cv2",
            "cvx2",
            "dcvv",
            "icvv",
            "card_cvv",
            "cardcvv",
            "ccv",
        ),
        *(
            "ccv2",
            "cav2",
            "csc",
            "security code",
            "validation_code",
            "card verification",
            "card-verification value",
        ),
        *(
            "3 digit code",
            "3 digit security code",
            "pr\u00fcfziffer",
            "pr\u00fcfnummer",
            "pruefziffer",
            "pruefnummer",
        ),
        *("kartenpr\u00fcfziffer", "kartenpruefnummer", "sicherheitscode", "beveiligingscode", "seguridad"),
        *(
            "seguran\u00e7a",
            "sicurezza",
            "securite",
            "s\u00e9curit\u00e9",
            "cryptogramme",
            "cryptogramme visuel",
        ),
        *("bezpiecze\u0144stwa", "\u0431\u0435\u0437\u043e\u043f\u0430\u0441\u043d\u043e\u0441\u0442\u0438"),
        *(
            "\u5b89\u5168\u7801",
            "\u5b89\u5168\u78bc",
            "\u30ad\u30e5\u30ea\u30c6\u30a3\u30b3\u30fc\u30c9",
            "cid",
        ),
    ],
)
def test_a_code_behind_its_name_goes(name: str) -> None:
    for text in (f"x {name}: 123 y", f"{name.capitalize()}:1234", f"x {name.upper()}:1234"):
        masked = mask(text.encode())
        assert masked.body.decode() == text.replace("1234", "****").replace("123", "***")
        assert masked.counts == {"security_code": 1}
        for packed in (json.dumps({"n": text}), quote(text), f"n={quote_plus(text)}"):
            assert mask(packed.encode()).counts == {"security_code": 1}
            assert "123" not in mask_coarsely(packed)[0]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "cvv: 12",
            "cvv: 12345",
            "cvv: 123x",
            "cvv: 123-4",
            "cvv 123.5",
            "acvv: 123",
            "security: 123",
            "xcid: 123",
        ),
        *(
            "verification: 123",
            "cid 123",
            "customer_id=1 cid: 12",
            "pin: 123",
            "pin: 123456",
            "xpin: 1234",
            "curite: 123",
        ),
        *("pin1234", "digit: 123", "my cvv is old, call 123"),
    ],
)
def test_what_only_looks_like_one_stays(text: str) -> None:
    assert mask(text.encode()).body.decode() == text


def test_a_customers_id_is_none_where_an_id_belongs() -> None:
    assert mask(b'{"id":"cid: 123"}').counts == {}
    assert mask(b'{"note":"cid: 123"}').counts == {"security_code": 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pin: 1234", "pin: ****"),
        ("my pin code is 12345!", "my pin code is *****!"),
        ("card pin no = 1234", "card pin no = ****"),
        (f"{VISA} 12/28 123", f"{MASKED} 12/28 ***"),
        (f"{VISA}|12|2028|cvv 1234", f"{MASKED}|12|2028|cvv ****"),
        (f"{VISA} EXP. 12/28, 123", f"{MASKED} EXP. 12/28, ***"),
        (f"{VISA} 12/28 12", f"{MASKED} 12/28 12"),
        (f"{VISA} 12/28 123/4", f"{MASKED} 12/28 123/4"),
        (f"a {VISA} of 12/28 123", f"a {MASKED} of 12/28 123"),
    ],
)
def test_a_pin_goes_and_so_does_the_code_behind_number_and_expiry(text: str, expected: str) -> None:
    assert mask(text.encode()).body.decode() == expected
