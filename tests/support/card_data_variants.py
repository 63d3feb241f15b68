"""Ways in which card data is written where it must not be: those that masking finds, and those that it does not."""

from typing import Final

VISA: Final = "4242424242424242"
_CODE_NAMES: Final = (
    *("cvc", "cvv", "cvv2", "csc", "card_code", "user_cvv", "billing_cvv", "new_cvv", "cvv_confirm", "ccv"),
    *(
        "paymentCardCvv",
        "cv2",
        "cvx2",
        "cvc3",
        "dcvv",
        "card_validation_code",
        "securityCode",
        "pr\u00fcfziffer",
    ),
    *("codigo_de_seguridad", "cardVerificationValue"),
)
_GAPS: Final = (
    *(
        " ",
        "-",
        ".",
        "\u00a0",
        "\u2011",
        "/",
        "_",
        ",",
        ":",
        ";",
        "|",
        "\n",
        "\r\n",
        "    ",
        "\u00b7",
        "\u200e",
    ),
    *("\u200f", "\u2066", "\ufe0f", "\uff0d", ", ", " / ", " - ", "\t", "\u3000", "~", "+", "=", "\\\\"),
)
_CODES_IN_TEXT: Final = (
    *(
        "cvv 123",
        "CVV: 123",
        "cvv=123",
        "cvv - 123",
        "CVV\uff1a123",
        "cvv no. 123",
        "cvv -> 123",
        "cvc is 123",
    ),
    *(
        "3 digit code 123",
        "security code 1234",
        "Pr\u00fcfziffer 123",
        "Sicherheitscode: 123",
        "Pr\u00fcfnummer 123",
    ),
    *("c\u00f3digo de seguridad: 123", "codice di sicurezza 123", "code de s\u00e9curit\u00e9 : 123"),
    *("cryptogramme visuel 123", "beveiligingscode 123", "c\u00f3digo de seguran\u00e7a 123"),
    *(
        "\u5b89\u5168\u7801123",
        "\u5b89\u5168\u7801\uff1a123",
        "\u30bb\u30ad\u30e5\u30ea\u30c6\u30a3\u30b3\u30fc\u30c9 123",
    ),
    *(
        "\u043a\u043e\u0434 \u0431\u0435\u0437\u043e\u043f\u0430\u0441\u043d\u043e\u0441\u0442\u0438 123",
        "pin 1234",
        "PIN: 1234",
    ),
)

_BEFORE: Final = (
    *(
        "\u30ab\u30fc\u30c9",
        "\u53f7\u7801",
        "\u043a\u0430\u0440\u0442\u0430",
        "\u00e9",
        "Visa",
        "Card No.",
        "card no. ",
    ),
    *("No. ", "card: ", "amex ", "(", "#"),
)
_BEHIND: Final = ("\u3067\u3059", "\u5186", "\u00e9", ".00", ".", ",", ")", "!", ":1228:", "|12|28|")

NUMBERS_FOUND: Final = (
    *(f"{before}{VISA}" for before in _BEFORE),
    *(f"{VISA}{behind}" for behind in _BEHIND),
    *(f"4242{gap}4242{gap}4242{gap}4242" for gap in _GAPS),
    *("3782 822463 10005", "3782/822463/10005", "424242 4242424242", "424242 424242 4242", "42424242 42424242"),
    *(f"{VISA}1228", f"{VISA}2812", f"5A08{VISA}", f"9F02065A08{VISA}5F24", f"5713{VISA}D25122010000012345F"),
    *(f"{VISA}D25121010000000000000", f"{VISA}d25121010000000000000", f";{VISA}=25121010000000000000?"),
    *(f"%B{VISA}^DOE/JOHN^2512101000000?", "%B4242 4242 4242 4242^DOE/JOHN^2512101?", f"xB{VISA}^DOE/JOHN^2512101?"),
    *(f'{{"number": {VISA}}}', f'{{"n": -{VISA}}}', f'{{"{VISA}": 1}}', '{"\\u0034242424242424242": 1}'),
    *(f'{{"{name}": "{VISA}"}}' for name in ("pan", "card_id", "card_token", "panToken", "cc_reference", "x", "note")),
    *("".join(f"%3{digit}" for digit in VISA), "".join(f"\\u003{digit}" for digit in VISA)),
    *(f'{{"a": "{{\\"b\\": \\"{VISA}\\"}}"}}', f"card%5Bnumber%5D={VISA}"),
)  # fmt: skip
CODES_FOUND: Final = (
    *_CODES_IN_TEXT,
    *(f'{{"{name}": "123"}}' for name in _CODE_NAMES),
    *('{"cvv": 123}', '{"cvv": 123.0}', '{"cvv": ["1", "2", "3"]}', '{"cvv": {"value": "123"}}', '{"cvv": "1 2 3"}'),
    *('{"c\\u0076v": "123"}', '{"new_pin": "1234"}', '{"user_pin": 1234}', '{"pin2": "1234"}', '{"pin": "12 34"}'),
    *('{"pin_block": "0412AC89ABCDEF67"}', '{"encrypted_pin_block": "AbCdEfGhIjKlMnOpQrStUv=="}'),
    *(f"{VISA} 12/28 123", f"{VISA}:1228:123", f"{VISA},12,28,123", f"{VISA}|12|2028|123", f"{VISA} exp 12/28 cvv 123"),
)  # fmt: skip
# docs/masking.md names them: ids, amounts and telephone numbers look the same, or the form is another encoding.
NOT_FOUND: Final = (
    *(
        f"{before}{VISA}"
        for before in ("my id is ", "order ", "ref ", "tel ", "reference: ", "INV-", "evt_", "x")
    ),
    *(f'{{"{name}": "{VISA}"}}' for name in ("reference", "order_id", "token", "invoice", "transaction")),
    *("424 242 424 242 424 2", "4242424242424242x", "4242 / 4242, 4242 4242", "NDI0MjQyNDI0MjQyNDI0Mg=="),
    *('["4242", "4242", "4242", "4242"]', '{"a": "42424242", "b": "42424242"}', "&#52;" * 16, "34323432" * 4),
    *(f'{{"{name}": "{"4b4b5b6c" * 4}"}}' for name in ("track", "emv", "icc", "tlv", "card_data", "msr")),
    *('{"cryptogram": "123"}', "CID 1234", "cvv/123", "my code is 123", '{"code": "123"}'),
)
