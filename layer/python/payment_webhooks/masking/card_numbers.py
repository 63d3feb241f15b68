"""What makes a run of digits a card number: Luhn's check digit, issuers' ranges, the ways people group it.

Sources: ISO/IEC 7812-1 (structure, annex B: Luhn), the card networks' published ranges (national networks: as listed in
https://en.wikipedia.org/wiki/Payment_card_number), groups of nosir/cleave.js, PCI DSS 4.0.1 3.4.1 and the PCI SSC FAQ
on truncation (first six and last four at most, where a number has fewer than 16 digits).
"""

import re
from collections.abc import Sequence
from typing import Final

MINIMUM_DIGITS: Final = 13
MAXIMUM_DIGITS: Final = 19
KEPT_AT_START: Final = 6
KEPT_AT_END: Final = 4

# The doubled digit with its own digits summed, by the byte value of the digit.
_DOUBLED: Final = bytes(
    (2 * (code - 48) - (9 if code > 52 else 0)) if 48 <= code <= 57 else 0 for code in range(256)
)

# (first prefix, last prefix, lengths); prefixes of one row have the same number of digits.
_ISSUERS: Final[tuple[tuple[str, str, frozenset[int]], ...]] = (
    ("4", "4", frozenset({13, 16, 19})),  # Visa
    ("51", "55", frozenset({16})),  # Mastercard
    ("2221", "2720", frozenset({16})),  # Mastercard, second series
    ("34", "34", frozenset({15})),  # American Express
    ("37", "37", frozenset({15})),
    ("300", "305", frozenset({14, 16, 17, 18, 19})),  # Diners Club
    ("3095", "3095", frozenset({14, 16, 17, 18, 19})),
    ("36", "36", frozenset({14, 15, 16, 17, 18, 19})),
    ("38", "39", frozenset({14, 16, 17, 18, 19})),
    ("3528", "3589", frozenset({16, 17, 18, 19})),  # JCB
    ("2200", "2204", frozenset({16, 17, 18, 19})),  # Mir
    ("50", "50", frozenset({16, 17, 18, 19})),  # Maestro, Verve, Elo
    ("56", "58", frozenset({16, 17, 18, 19})),  # Maestro
    ("60", "69", frozenset({16, 17, 18, 19})),  # Discover, UnionPay, Maestro, RuPay, Elo, Hipercard
    ("81", "82", frozenset({16, 17, 18, 19})),  # UnionPay, RuPay
    ("9792", "9792", frozenset({16})),  # Troy
    ("2131", "2131", frozenset({15})),  # JCB of 15 digits; 1800 is in the next row
    ("1001", "1999", frozenset({15})),  # UATP: 1 and an airline's number, never 000
    ("1946", "1946", frozenset({16})),  # GPN
    ("8600", "8600", frozenset({16})),  # UzCard
    ("9860", "9860", frozenset({16})),  # Humo
    ("9704", "9704", frozenset({16, 19})),  # NAPAS
    ("9112", "9112", frozenset({16})),  # Belkart
)
# By the first digit, as a body that is made to be slow has a hundred thousand candidates.
_ISSUERS_BY_DIGIT: Final = {
    digit: tuple(row for row in _ISSUERS if row[0][0] == digit) for digit in "0123456789"
}

# Sizes of the groups that card numbers are printed and typed in; equal groups are decided by rule below.
_PRINTED_GROUPS: Final = frozenset(
    {
        (4, 6, 5),
        (4, 5, 6),
        (4, 6, 4),
        (4, 4, 5),
        (6, 10),
        (8, 8),
        (4, 12),
        (12, 4),
        (4, 4, 8),
        (4, 8, 4),
        (8, 4, 4),
        (6, 6, 4),
    }
)


def passes_luhn(digits: str) -> bool:
    """True when the last digit is the check digit of the others. `digits`: ASCII digits only."""
    codes = digits.encode()
    kept = codes[::-2]
    return (sum(kept) - 48 * len(kept) + sum(codes[-2::-2].translate(_DOUBLED))) % 10 == 0


def is_card_number(digits: str) -> bool:
    """True for 13 to 19 digits with a right check digit, of any issuer. `digits`: ASCII digits only."""
    return MINIMUM_DIGITS <= len(digits) <= MAXIMUM_DIGITS and digits.strip("0") != "" and passes_luhn(digits)


def is_issued_card_number(digits: str) -> bool:
    """True when, beside that, a known issuer gives out numbers with this beginning and this length."""
    length = len(digits)
    in_range = any(
        length in lengths and first <= digits[: len(first)] <= last
        for first, last, lengths in _ISSUERS_BY_DIGIT.get(digits[:1], ())
    )
    return in_range and is_card_number(digits)


def is_printed_grouping(sizes: Sequence[int]) -> bool:
    """True when groups of these sizes are how a card number is written: 4-4-4-4(-3), 4-6-5, or in one piece.

    Groups of three are left out: they are how amounts and telephone numbers are written.
    """
    if len(sizes) == 1 or tuple(sizes) in _PRINTED_GROUPS:
        return True
    first, last = sizes[0], sizes[-1]
    return first in (1, 2, 4, 5) and last <= first and all(size == first for size in sizes[:-1])


_EXPIRY: Final = re.compile(r"(?:0[1-9]|1[0-2])[2-4][0-9]|[2-4][0-9](?:0[1-9]|1[0-2])")


def digits_before_expiry(digits: str) -> int:
    """How many digits are the number, where a number of 16 digits and its expiry (MMYY, YYMM) are written as one;
    0 where they are not. Shorter numbers are left out: with an expiry they are as long as a time in nanoseconds.
    """
    is_both = len(digits) == 20 and _EXPIRY.fullmatch(digits, 16) and is_issued_card_number(digits[:16])
    return 16 if is_both else 0


def hidden_part(length: int) -> range:
    """Which of `length` digits (counted from 0) are masked: all but the first six and the last four."""
    return range(KEPT_AT_START, length - KEPT_AT_END)
