"""What is a card number: every issuer's range to its last number, every length, every printed grouping."""

import pytest

from payment_webhooks.masking.card_numbers import (
    digits_before_expiry,
    hidden_part,
    is_card_number,
    is_issued_card_number,
    is_printed_grouping,
    passes_luhn,
)

LONG = (16, 17, 18, 19)
ISSUED = {
    (4000, 4999): (13, 16, 19),
    (5100, 5599): (16,),
    (2221, 2720): (16,),
    (3400, 3499): (15,),
    (3700, 3799): (15,),
    (3000, 3059): (14, *LONG),
    (3095, 3095): (14, *LONG),
    (3600, 3699): (14, 15, *LONG),
    (3800, 3999): (14, *LONG),
    (3528, 3589): LONG,
    (2200, 2204): LONG,
    (5000, 5099): LONG,
    (5600, 5899): LONG,
    (6000, 6999): LONG,
    (8100, 8299): LONG,
    (9792, 9792): (16,),
    (2131, 2131): (15,),
    (1001, 1999): (15,),
    (1946, 1946): (16,),
    (8600, 8600): (16,),
    (9860, 9860): (16,),
    (9704, 9704): (16, 19),
    (9112, 9112): (16,),
}
EDGES = sorted({edge + step for edges in ISSUED for edge in edges for step in (-1, 0, 1)})


def with_check_digit(beginning: str, length: int) -> str:
    digits = beginning.ljust(length - 1, "0")
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[::-2]]
    return digits + str(-(sum(doubled) + sum(map(int, digits[-2::-2]))) % 10)


@pytest.mark.parametrize("length", range(12, 21))
def test_an_issuer_has_its_range_and_its_lengths_and_no_other(length: int) -> None:
    for beginning in EDGES:
        promised = any(
            first <= beginning <= last and length in lengths for (first, last), lengths in ISSUED.items()
        )
        assert is_issued_card_number(with_check_digit(str(beginning), length)) is promised, beginning


def test_without_an_issuer_13_to_19_digits_count() -> None:
    found = [length for length in range(10, 23) if is_card_number(with_check_digit("7", length))]
    assert found == [13, 14, 15, 16, 17, 18, 19]
    assert not is_card_number("0" * 16)


def test_one_last_digit_of_ten_is_right() -> None:
    for beginning in ("411111111111111", "5454545454545", "98765432109876543"):
        right = with_check_digit(beginning, len(beginning) + 1)
        assert [digit for digit in "0123456789" if passes_luhn(beginning + digit)] == [right[-1]]


@pytest.mark.parametrize(
    "sizes",
    [
        *((16,), (4, 6, 5), (4, 5, 6), (4, 6, 4), (4, 4, 5), (6, 10), (8, 8), (4, 12), (12, 4), (4, 4, 8)),
        *((4, 8, 4), (8, 4, 4), (6, 6, 4), (4,) * 4, (4, 4, 4, 4, 3), (4, 4, 4, 1), (1,) * 16, (2,) * 8),
        *((5, 5, 5), (5, 5, 5, 4)),
    ],
)  # fmt: skip
def test_groups_as_they_are_printed_and_typed(sizes: tuple[int, ...]) -> None:
    assert is_printed_grouping(sizes)


@pytest.mark.parametrize(
    "sizes",
    [(3,) * 5, (3, 3, 3, 3, 1), (6, 6, 6), (4, 4, 4, 5), (5, 5, 6), (4, 3, 4, 4), (4, 4, 3, 4), (2, 4, 4, 4)],
)
def test_groups_of_telephone_numbers_and_amounts(sizes: tuple[int, ...]) -> None:
    assert not is_printed_grouping(sizes)


@pytest.mark.parametrize(
    ("expiry", "is_one"),
    [
        *(("0120", True), ("0949", True), ("1029", True), ("1249", True), ("2001", True), ("4912", True)),
        *(("0020", False), ("1320", False), ("0119", False), ("0150", False), ("2000", False), ("2013", False)),
        *(("1901", False), ("5001", False)),
    ],
)  # fmt: skip
def test_number_and_expiry_in_one(expiry: str, is_one: bool) -> None:
    number = "4242424242424242"
    assert digits_before_expiry(number + expiry) == (16 if is_one else 0)
    assert digits_before_expiry(number[:-1] + "1" + expiry) == 0  # not its check digit
    assert digits_before_expiry(number + expiry + "0") == 0


def test_six_digits_at_the_start_and_four_at_the_end_are_kept() -> None:
    assert hidden_part(16) == range(6, 12)
    assert hidden_part(13) == range(6, 9)
