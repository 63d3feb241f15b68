"""What the name in front of a value says about the value: a card number, a code, an id, or nothing.

Names are JSON keys, form fields, XML elements and the last word of a sentence before a number. Providers and
merchants write them in every style (`card_number`, `cardNumber`, `card[number]`): a name is split into words.
"""

import re
from enum import Enum
from functools import lru_cache
from typing import Final


class Meaning(Enum):
    CARD = "card"  # what has 13 to 19 digits and a right check digit is a card number
    SECURITY_CODE = "security_code"
    CUSTOMER_ID_OR_CODE = (
        "cid"  # American Express's CID, and everybody's customer id: three or four digits only
    )
    PIN = "pin"
    PIN_BLOCK = "pin_block"
    TRACK = "track"
    IDENTIFIER = "identifier"  # ids, times, amounts, telephone numbers: long digits are not cards
    UNKNOWN = "unknown"  # a card number needs a known issuer too


_WORD: Final = re.compile(r"[A-Z]+(?![a-z\u00df-\u00ff])|[A-Z]?[a-z\u00df-\u00ff]+|[0-9]+")
_LONGEST_NAME: Final = 64

# Whatever is in front of it: `user_cvv`, `billingCvc`, `paymentCardCvv2`.
_SECURITY_CODE: Final = re.compile(
    r"(?:.*(?:cvv[23]?|cvc[23]?|ccv2?|cv2|cvx2|cav2)|(?:card|cc|creditcard|payment|new|user|billing)*(?:cvn2?|cvd2?|csc)"
    r"|.*(?:securitycode|validationcode|verificationvalue|cardverification(?:code|number|value)?|cardcode"
    r"|pr\u00fcfziffer|pruefziffer|pr\u00fcfnummer|pruefnummer|sicherheitscode|deseguridad|disicurezza|des[e\u00e9]curit[e\u00e9]"
    r"|beveiligingscode|cryptogramme(?:visuel)?))"
    r"(?:code|number|no|num|value|confirm(?:ation)?)?"
)
_PIN: Final = frozenset({"pinnumber", "pinno", "pincode", "personalidentificationnumber"})
_PIN_BLOCK: Final = re.compile(r"(?:encrypted)?(?:pinblock|pindata)|encryptedpin")
_TRACK: Final = re.compile(
    r"(?:encrypted|raw|card)?(?:track[123]?data|track[123](?:equivalentdata)?|mag(?:netic)?stripe(?:data)?|swipedata|(?:msr|emv|icc|tlv|chip)data|emv(?:tlv|tags))"
)
_CARD_NUMBER: Final = re.compile(
    r"(?:credit|debit)?(?:card|cc|acc(?:oun)?t|primaryaccount)(?:number|num|no|nr)|(?:credit|debit)card"
)
_CARD_WORDS: Final = frozenset(
    {"card", "cc", "credit", "debit", "account", "acct", "instrument", "pan", "dpan", "fpan", "mpan"}
    | {"visa", "mastercard", "amex", "maestro", "discover", "jcb", "diners", "unionpay"}
)
NUMBER_WORDS: Final = frozenset({"number", "num", "no", "nr"})
_ADDRESS_WORDS: Final = frozenset({"address", "shipping", "postal", "city", "location"})
_IDENTITY_WORDS: Final = frozenset(
    {"id", "ids", "uuid", "guid", "ref", "refs", "reference", "references", "key", "token", "tokens", "nonce"}
    | {
        "hash",
        "fingerprint",
        "signature",
        "checksum",
        "etag",
        "version",
        "sequence",
        "seq",
        "serial",
        "batch",
    }
    | {
        "sku",
        "ean",
        "upc",
        "gtin",
        "isbn",
        "imei",
        "barcode",
        "arn",
        "rrn",
        "stan",
        "trace",
        "mandate",
        "iban",
    }
    | {
        "bic",
        "routing",
        "href",
        "url",
        "urls",
        "uri",
        "link",
        "links",
        "tracking",
        "order",
        "invoice",
        "receipt",
    }
    | {"ticket", "transaction", "shipment", "parcel"}
)
_TIME_WORDS: Final = frozenset(
    {
        "time",
        "timestamp",
        "date",
        "at",
        "created",
        "updated",
        "expires",
        "until",
        "epoch",
        "ts",
        "ms",
        "ns",
        "us",
    }
    | {"nanos", "micros", "millis", "nanoseconds"}
)
_AMOUNT_WORDS: Final = frozenset(
    {
        "amount",
        "amounts",
        "total",
        "subtotal",
        "fee",
        "fees",
        "price",
        "balance",
        "cents",
        "minor",
        "tax",
        "money",
    }
    | {"gross", "net", "discount", "quantity"}
)
_PHONE_WORDS: Final = frozenset({"phone", "telephone", "tel", "mobile", "fax", "msisdn", "national"})
_IDENTIFIER_WORDS: Final = _IDENTITY_WORDS | _TIME_WORDS | _AMOUNT_WORDS | _PHONE_WORDS


# `card_id`, `pan_token`, `cc_reference`: a token of a vault, where the careless put the number itself.
_CARD_ITSELF: Final = {("card",), ("pan",), ("cc",), ("dpan",), ("fpan",)}
_POINTING_WORDS: Final = frozenset({"id", "token", "ref", "reference"})
# `"cvv": {"value": "123"}`
_WRAPPERS: Final = {("value",), ("code",), ("number",), ("text",), ("content",), ("data",)}


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name, lower case: `cardNumber`, `card_number`, `card[number]` -> ("card", "number")."""
    return tuple(word.lower() for word in _WORD.findall(name[:_LONGEST_NAME]))


@lru_cache(maxsize=512)
def meaning_of(name: str, parent: str = "") -> Meaning:
    """What a value under `name` is, in an object that itself is under `parent` (empty: not known)."""
    words = words_of(name)
    if not words:
        return Meaning.UNKNOWN
    of_code = _meaning_of_code(words, parent)
    if of_code is None and words in _WRAPPERS:
        of_code = _meaning_of_code(words_of(parent), "")
    return of_code or _meaning_of_number(words, parent)


def _meaning_of_code(words: tuple[str, ...], parent: str) -> Meaning | None:
    joined = "".join(words)
    if _SECURITY_CODE.fullmatch(joined):
        return Meaning.SECURITY_CODE
    if joined in ("cid", "cardcid"):
        return Meaning.CUSTOMER_ID_OR_CODE
    if _PIN_BLOCK.fullmatch(joined):
        return Meaning.PIN_BLOCK
    if joined in _PIN or words[-1:] == ("pin",) or words[-2:] == ("pin", "2"):
        # in India a PIN is also a postal code
        is_place = _ADDRESS_WORDS.intersection(words_of(parent) + words)
        return Meaning.UNKNOWN if is_place else Meaning.PIN
    return Meaning.TRACK if _TRACK.fullmatch(joined) else None


def _meaning_of_number(words: tuple[str, ...], parent: str) -> Meaning:
    joined, last = "".join(words), words[-1]
    if joined in ("number", "value"):
        if _IDENTIFIER_WORDS.intersection(words_of(parent)):
            return Meaning.IDENTIFIER
        return Meaning.CARD if joined == "number" else Meaning.UNKNOWN
    if _CARD_NUMBER.fullmatch(joined):
        return Meaning.CARD
    if last in NUMBER_WORDS and _CARD_WORDS.intersection(words[:-1]):
        return Meaning.CARD
    if last in _IDENTIFIER_WORDS or (last in NUMBER_WORDS and _IDENTIFIER_WORDS.intersection(words[:-1])):
        return (
            Meaning.CARD if last in _POINTING_WORDS and words[-2:-1] in _CARD_ITSELF else Meaning.IDENTIFIER
        )
    return Meaning.CARD if last in _CARD_WORDS - {"account", "acct", "credit", "debit"} else Meaning.UNKNOWN
