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


_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LONGEST_NAME: Final = 64

_SECURITY_CODE: Final = re.compile(
    r"(?:card|cc|creditcard|payment)?"
    r"(?:cvv2?|cvc2?|cvn2?|cvd2?|cav2|csc|securitycode|cardsecuritycode|cardverification|verificationvalue"
    r"|cardverification(?:code|number|value)|cardcode)(?:code|number|no|num|value)?"
)
_PIN: Final = frozenset({"pin", "cardpin", "pinnumber", "pinno", "pincode", "personalidentificationnumber"})
_PIN_BLOCK: Final = frozenset({"pinblock", "encryptedpinblock", "pindata", "encryptedpin"})
_TRACK: Final = re.compile(
    r"(?:encrypted|raw)?(?:track[123]?data|track[123](?:equivalentdata)?|mag(?:netic)?stripe(?:data)?|swipedata)"
)
_CARD: Final = frozenset(
    {"number", "card", "cc", "creditcard", "debitcard", "cardnumber", "ccnumber", "ccno"}
)
_CARD_NUMBER: Final = re.compile(
    r"(?:credit|debit)?(?:card|cc|acc(?:oun)?t|primaryaccount)(?:number|num|no|nr)"
)
_CARD_WORDS: Final = frozenset(
    {"card", "cc", "credit", "debit", "account", "acct", "instrument", "pan", "dpan", "fpan"}
    | {"visa", "mastercard", "amex", "maestro", "discover", "jcb", "diners", "unionpay"}
)
_PAN: Final = frozenset({"pan", "dpan", "fpan", "mpan"})
_NUMBER_WORDS: Final = frozenset({"number", "num", "no", "nr"})
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


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name, lower case: `cardNumber`, `card_number`, `card[number]` -> ("card", "number")."""
    return tuple(word.lower() for word in _WORD.findall(name[:_LONGEST_NAME]))


@lru_cache(maxsize=512)
def meaning_of(name: str, parent: str = "") -> Meaning:
    """What a value under `name` is, in an object that itself is under `parent` (empty: not known)."""
    words = words_of(name)
    if not words:
        return Meaning.UNKNOWN
    joined = "".join(words)
    return _meaning_of_code(joined, parent) or _meaning_of_number(words, joined, parent)


def _meaning_of_code(joined: str, parent: str) -> Meaning | None:
    if _SECURITY_CODE.fullmatch(joined):
        return Meaning.SECURITY_CODE
    if joined in ("cid", "cardcid"):
        return Meaning.CUSTOMER_ID_OR_CODE
    if joined in _PIN:  # in India a PIN is also a postal code
        return Meaning.UNKNOWN if _ADDRESS_WORDS.intersection(words_of(parent)) else Meaning.PIN
    if joined in _PIN_BLOCK:
        return Meaning.PIN_BLOCK
    return Meaning.TRACK if _TRACK.fullmatch(joined) else None


def _meaning_of_number(words: tuple[str, ...], joined: str, parent: str) -> Meaning:
    last = words[-1]
    if joined in ("number", "value"):
        if _IDENTIFIER_WORDS.intersection(words_of(parent)):
            return Meaning.IDENTIFIER
        return Meaning.CARD if joined == "number" else Meaning.UNKNOWN
    if joined in _CARD or last in _PAN or _CARD_NUMBER.fullmatch(joined):
        return Meaning.CARD
    if last in _NUMBER_WORDS and _CARD_WORDS.intersection(words[:-1]):
        return Meaning.CARD
    if last in _IDENTIFIER_WORDS or (last in _NUMBER_WORDS and _IDENTIFIER_WORDS.intersection(words[:-1])):
        return Meaning.IDENTIFIER
    return Meaning.CARD if last in _CARD_WORDS - {"account", "acct", "credit", "debit"} else Meaning.UNKNOWN
