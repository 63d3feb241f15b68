"""Money is whole minor units by ISO 4217, whatever unit the provider counts in."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.money import (
    EXPONENTS,
    amount_text,
    decimal_string,
    from_decimal_string,
    from_minor_units,
)

LARGEST = 2**53 - 1  # what every reader of JSON takes for the same number
CURRENCIES = st.sampled_from(sorted(EXPONENTS))


def test_the_table_is_the_one_of_2026() -> None:
    by_exponent = {exponent: list(EXPONENTS.values()).count(exponent) for exponent in (0, 2, 3, 4)}
    # The list of 2026-01-01 has 17, 139, 7 and 2; six withdrawn ones with two decimals are kept.
    assert by_exponent == {0: 17, 2: 139 + 6, 3: 7, 4: 2}
    assert EXPONENTS["EUR"] == EXPONENTS["BGN"] == 2
    assert not {"XAU", "XXX", "XTS", "BTC"} & EXPONENTS.keys()


@pytest.mark.parametrize(
    ("amount", "currency", "amount_minor"),
    [
        (1099, "usd", 1099),  # no exception
        (550, "isk", 6),  # more decimals than ISO's none: half a unit rounds up
        (549, "isk", 5),
        (500, "mga", 50000),  # fewer
    ],
)
def test_a_providers_own_units(amount: int, currency: str, amount_minor: int) -> None:
    assert from_minor_units(amount, currency, {"ISK": 2, "MGA": 0}) == (amount_minor, currency.upper())


@pytest.mark.parametrize(
    ("text", "currency", "amount_minor"),
    [
        ("10.99", "USD", 1099),
        ("15000", "HUF", 1500000),  # PayPal allows no decimals in HUF and TWD; ISO has two
        ("15000", "TWD", 1500000),
        ("1500", "JPY", 1500),
        ("0.512", "KWD", 512),
        ("822.0160", "CZK", 82202),  # PayPal v1 has four decimals at times
        ("1.005", "USD", 101),  # ROUND_HALF_UP; a float would give 1.00
        ("1.0049", "USD", 100),
        ("1.5", "JPY", 2),
        ("007.10", "EUR", 710),
    ],
)
def test_decimal_strings(text: str, currency: str, amount_minor: int) -> None:
    assert from_decimal_string(text, currency) == (amount_minor, currency)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "missing_amount"),
        ("", "invalid_amount"),
        ("-1.00", "negative_amount"),
        ("+1.00", "invalid_amount"),
        ("1e3", "invalid_amount"),
        ("1,000.00", "invalid_amount"),
        (" 1.00", "invalid_amount"),
        ("1.", "invalid_amount"),
        (".5", "invalid_amount"),
        ("NaN", "invalid_amount"),
        ("١.00", "invalid_amount"),
        ("1.00\n", "invalid_amount"),
        (1, "invalid_amount"),
        (1.5, "invalid_amount"),
        ("9" * 16, "amount_too_large"),
        ("9" * 5000, "invalid_amount"),
    ],
)
def test_what_is_no_decimal_string_is_unreadable(text: object, reason: str) -> None:
    with pytest.raises(UnreadableEvent) as raised:
        from_decimal_string(text, "USD")
    assert raised.value.reason == reason


@pytest.mark.parametrize(
    ("amount", "currency", "reason"),
    [
        (None, "USD", "missing_amount"),
        (10.0, "USD", "invalid_amount"),
        (True, "USD", "invalid_amount"),
        ("10", "USD", "invalid_amount"),
        (-1, "USD", "negative_amount"),
        (LARGEST + 1, "USD", "amount_too_large"),
        (10**4000, "USD", "amount_too_large"),
        (1, None, "missing_currency"),
        (1, "", "unknown_currency"),
        (1, "US", "unknown_currency"),
        (1, "XXX", "unknown_currency"),
        (1, "UNKNOWN_CURRENCY", "unknown_currency"),
        (1, "uſd", "unknown_currency"),  # upper() of a long s is S
        (1, 840, "unknown_currency"),
        (1, ["USD"], "unknown_currency"),
    ],
)
def test_what_is_no_amount_is_unreadable(amount: object, currency: object, reason: str) -> None:
    with pytest.raises(UnreadableEvent) as raised:
        from_minor_units(amount, currency)
    assert raised.value.reason == reason


@pytest.mark.parametrize(
    ("amount_minor", "currency", "text"),
    [
        (512, "KWD", "0.512"),
        (5, "USD", "0.05"),
        (-1099, "USD", "-10.99"),
        (-5, "JPY", "-5"),
        (0, "UYW", "0.0000"),
    ],
)
def test_decimal_string_has_all_decimals(amount_minor: int, currency: str, text: str) -> None:
    assert decimal_string(amount_minor, currency) == text


@pytest.mark.parametrize(
    ("amount_minor", "currency", "text"),
    [
        (109_900, "USD", "1,099.00 USD"),
        (500, "JPY", "500 JPY"),
        (1_099, "KWD", "1.099 KWD"),
        (1_234_567, "JPY", "1,234,567 JPY"),
        (-5, "USD", "-0.05 USD"),
        (-123_456_789, "USD", "-1,234,567.89 USD"),
        (0, "USD", "0.00 USD"),
        (None, "USD", "-"),
        (1, None, "-"),
    ],
)
def test_an_amount_is_written_as_people_read_it(
    amount_minor: int | None, currency: str | None, text: str
) -> None:
    assert amount_text(amount_minor, currency) == text


@given(st.integers(0, LARGEST), CURRENCIES)
def test_decimal_string_round_trips(amount_minor: int, currency: str) -> None:
    assert from_decimal_string(decimal_string(amount_minor, currency), currency) == (amount_minor, currency)


@given(st.integers(-LARGEST, LARGEST), CURRENCIES)
def test_decimal_string_is_the_exact_value(amount_minor: int, currency: str) -> None:
    assert Decimal(decimal_string(amount_minor, currency)) == Decimal(amount_minor).scaleb(
        -EXPONENTS[currency]
    )


@given(st.decimals(min_value=0, max_value=10**9, places=9, allow_nan=False), CURRENCIES)
def test_rounding_is_decimals_half_up(value: Decimal, currency: str) -> None:
    expected = value.scaleb(EXPONENTS[currency]).quantize(Decimal(1), ROUND_HALF_UP)
    assert from_decimal_string(f"{value:f}", currency).amount_minor == expected


@given(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers()), st.text()
)
def test_only_its_own_error_leaves(amount: object, currency: str) -> None:
    for read in (from_minor_units, from_decimal_string):
        for code in (currency, "USD"):
            try:
                money = read(amount, code)
            except UnreadableEvent:
                continue
            assert 0 <= money.amount_minor <= LARGEST
