"""Which bodies are looked at closely: those that may hold card data, and few others."""

import pytest

from payment_webhooks.masking.quick_look import may_hold_card_data, packed


@pytest.mark.parametrize(
    "text",
    [
        *('{"cvc_check":"pass","cvv_result":"M"}', '{"security":"ok","verification":{"n":1}}', "pin of x"),
        *(
            '{"id":"evt_1NG8Du2eZvKYlo2CUI79vXWy","at":1760000000}',
            '{"note":"caf\u00e9 \u2013 5 \u20ac"}',
            "12 34",
        ),
        *(
            r'{"note":"caf\u00e9 at 5\u20ac"}',
            "a=1&b=%20&c=%e9",
            '{"u":"4242d242-4242-4a42-8242-42424242b242"}',
        ),
        *(
            '{"track":"https://ups.example.com/1Z999"}',
            '{"amount":"1234567890.12"}',
            '{"n":"123 456 789 012"}',
        ),
    ],
)
def test_an_ordinary_body_is_not_looked_at_closely(text: str) -> None:
    assert not may_hold_card_data(text)


@pytest.mark.parametrize(
    ("text", "is_suspect"),
    [
        # digits of another script, as they are and in escapes: beyond the first plane those are pairs
        *(
            ("\uff11", True),
            (r"\uff11", True),
            (r"\ud800", True),
            (r"\udbff", True),
            (r"\udc00", False),
            ("\u00e9", False),
        ),
        # what hides a name or another escape
        *(
            (r"\u0063", True),
            (r"\u005a", True),
            (r"\u005c", True),
            (r"\u0025", True),
            ("%5c", True),
            ("%25", True),
        ),
        *(
            (r"\u00e9", False),
            (r"\u0020", False),
            (r"\u003a", False),
            ("%20", False),
            ("%3a", False),
            ("%e9", False),
        ),
        *(
            (r"\u0034", True),
            ("%34", True),
            ("u0034", False),
            ("34%", False),
            ("%EF%BC%91", True),
            ("%EF%BC%A1", False),
        ),
        # thirteen digits, and little between them
        *(
            ("4222222222222", True),
            ("422222222222", False),
            ("x4222222222222", True),
            ("x422222222222", False),
        ),
        *(
            ("4222    222222222", True),
            ("4222     222222222", False),
            ('4222"222222222', False),
            ("visa4222222222222", True),
        ),
        *(
            ("4222\u00a0222222222", True),
            ("4222a222222222", False),
            ("1x4222-2222-22222", True),
            ("x42-22-2222-2222-2", False),
        ),
        *(
            ("a%e94222 2222 2222 2", True),
            ("4222\u00a0\u00a0\u00a0\u00a0222222222", True),
            (r"\u007e", False),
        ),
        # names whose values have no digits
        *(
            ("encrypted_pin", True),
            ("magneticStripe", True),
            ("magstripe", True),
            ("swipe_data", True),
            *(
                (name, True)
                for name in ("msrData", "emv_data", "EMV-TLV", "emvTags", "icc data", "tlv_data", "chipData")
            ),
            *((name, False) for name in ("emv", "msr", "contact_emv", "microchip", "piccadilly", "emv_auth")),
            ("swipes", False),
        ),
        # track 1 in a word, with its number in groups
        *(("xb4242 4242 4242 4242^", True), ("xb42424242^", False)),
    ],
)
def test_what_could_be_card_data_is_looked_at(text: str, is_suspect: bool) -> None:
    assert may_hold_card_data(f'"{text}"') == is_suspect


def test_a_word_is_packed_in_escapes_and_in_percent_encoding() -> None:
    assert packed("\u041e\u7801") == (r"\u041e\u7801", "%d0%9e%e7%a0%81")
