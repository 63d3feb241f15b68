"""Amounts as whole minor units of ISO 4217, never floats, and the providers' own units turned into them."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from payment_webhooks.errors import UnreadableEvent

# ISO 4217 list one as SIX published it on 2026-01-01 (as in the PyPI package iso4217 1.16.20260101): every
# active code that has a minor unit. Gold, test codes and the like have none and are not money here.
_TWO_DECIMALS: Final = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF
CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL
HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU
MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR
SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED
VES WST XAD XCD XCG YER ZAR ZMW ZWG
"""
# Withdrawn since 2021, but refunds and disputes come months later and old payments are replayed.
_TWO_DECIMALS_WITHDRAWN: Final = "ANG BGN CUC HRK SLL ZWL"
_THREE_DECIMALS: Final = "BHD IQD JOD KWD LYD OMR TND"
_NO_DECIMALS: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_FOUR_DECIMALS: Final = "CLF UYW"

EXPONENTS: Final[dict[str, int]] = (
    dict.fromkeys((_TWO_DECIMALS + _TWO_DECIMALS_WITHDRAWN).split(), 2)
    | dict.fromkeys(_THREE_DECIMALS.split(), 3)
    | dict.fromkeys(_NO_DECIMALS.split(), 0)
    | dict.fromkeys(_FOUR_DECIMALS.split(), 4)
)

# The largest integer that every JSON reader keeps exactly (RFC 8259, section 6).
MAX_AMOUNT_MINOR: Final = 2**53 - 1

_CURRENCY = re.compile(r"[A-Za-z]{3}")
_DECIMAL = re.compile(r"([0-9]{1,16})(?:\.([0-9]{1,9}))?")


class Money(NamedTuple):
    """`amount_minor`: whole minor units by the currency's ISO 4217 exponent. `currency`: upper-case code."""

    amount_minor: int
    currency: str


def currency_code(currency: object) -> str:
    """The upper-case code. Raises UnreadableEvent: `missing_currency`, `unknown_currency`."""
    if currency is None:
        raise UnreadableEvent("missing_currency")
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        raise UnreadableEvent("unknown_currency")
    code = currency.upper()
    if code not in EXPONENTS:
        raise UnreadableEvent("unknown_currency")
    return code


def from_minor_units(
    amount: object, currency: object, exponents: Mapping[str, int] = MappingProxyType({})
) -> Money:
    """Money from a whole number of the currency's smallest unit.

    `exponents`: the decimals of that unit, by currency code, where a provider's are not those of ISO 4217; if they are
    more, half a unit rounds up.
    Raises UnreadableEvent: `missing_amount`, `invalid_amount` (not an integer), `negative_amount`,
    `amount_too_large`, and what `currency_code` raises.
    """
    whole, code = _integer(amount), currency_code(currency)
    shift = EXPONENTS[code] - exponents.get(code, EXPONENTS[code])
    if shift >= 0:
        return _bounded(whole * 10**shift, code)
    divisor = 10**-shift
    return _bounded((whole + divisor // 2) // divisor, code)


def signed_from(read: Callable[[object, object], Money], amount: object, currency: object) -> Money:
    """Money that may be less than 0, by `read`, which reads what is not."""
    if type(amount) is not int or amount >= 0:
        return read(amount, currency)
    money = read(-amount, currency)
    return money._replace(amount_minor=-money.amount_minor)


def from_decimal_string(amount: object, currency: object) -> Money:
    """Money from major units in a text such as `"822.0160"`, as PayPal writes them; half a unit rounds up.

    PayPal's own HUF and TWD have no decimals, ISO's have two: the text says major units, so both are right.
    Raises what `from_minor_units` raises; a sign, an exponent or blanks are `invalid_amount`, a minus is
    `negative_amount`.
    """
    code = currency_code(currency)
    if amount is None:
        raise UnreadableEvent("missing_amount")
    # type(), not isinstance: a JSON number with decimals arrives as a subclass of str (providers.envelope).
    match = _DECIMAL.fullmatch(amount) if type(amount) is str else None
    if match is None:
        minus = type(amount) is str and amount[:1] == "-" and _DECIMAL.fullmatch(amount[1:])
        raise UnreadableEvent("negative_amount" if minus else "invalid_amount")
    whole, fraction = match[1], match[2] or ""
    exponent = EXPONENTS[code]
    kept, rest = fraction[:exponent].ljust(exponent, "0"), fraction[exponent:]
    return _bounded(int(whole + kept) + (1 if rest[:1] >= "5" else 0), code)


def decimal_string(amount_minor: int, currency: str) -> str:
    """Major units as text with all decimals of the currency: (512, "KWD") is "0.512", (-5, "JPY") is "-5"."""
    exponent = EXPONENTS[currency_code(currency)]
    sign, digits = "-" if amount_minor < 0 else "", str(abs(amount_minor)).rjust(exponent + 1, "0")
    return sign + (f"{digits[:-exponent]}.{digits[-exponent:]}" if exponent else digits)


def optional_decimal_string(amount_minor: int | None, currency: str | None) -> str | None:
    """`decimal_string` of an amount that may not be known, or has no currency."""
    return None if amount_minor is None or currency is None else decimal_string(amount_minor, currency)


def amount_text(amount_minor: int | None, currency: str | None) -> str:
    """An amount for people: `1,099.00 USD`, `500 JPY`, `-1.099 KWD`; `-` for one that is not known."""
    if amount_minor is None or currency is None:
        return "-"
    whole, point, decimals = decimal_string(abs(amount_minor), currency).partition(".")
    return f"{'-' if amount_minor < 0 else ''}{int(whole):,}{point}{decimals} {currency}"


def _integer(amount: object) -> int:
    if amount is None:
        raise UnreadableEvent("missing_amount")
    if not isinstance(amount, int) or isinstance(amount, bool):
        raise UnreadableEvent("invalid_amount")
    return amount


def _bounded(amount_minor: int, currency: str) -> Money:
    if amount_minor < 0:
        raise UnreadableEvent("negative_amount")
    if amount_minor > MAX_AMOUNT_MINOR:
        raise UnreadableEvent("amount_too_large")
    return Money(amount_minor, currency)
