"""Where in text a card number is one: what may touch it, how it is grouped, and what the words before it say."""

import pytest

from payment_webhooks.masking.mask import mask

VISA = "4242424242424242"
MASKED = "424242******4242"
NO_ISSUERS = "7123456789012342"  # a right check digit behind a beginning that no issuer has


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # groups of a longer list, and two numbers beside each other
        ("12 4242 4242 4242 4242 99", "12 4242 42** **** 4242 99"),
        (f"{VISA} {VISA}", f"{MASKED} {MASKED}"),
        (f"{VISA}-{VISA}", None),
        ("1-4242-4242-4242-4242", None),
        ("4242 4242 4242 4242-1", None),
        ("99 3782 8224 6310 005 99", "99 3782 82** ***0 005 99"),
        ("4222 2222 2222 2 and 4242 4242 4242 4242", "4222 22** *222 2 and 4242 42** **** 4242"),
        # a whole number of few digits, and one of nineteen
        ("x 4222222222222", "x 422222***2222"),
        ("x 422222222222", None),
        ("x 6304000000000000000", "x 630400*********0000"),
        # cents are no part of it
        (f"x {VISA}.00", f"x {MASKED}.00"),
        (f"x {VISA}.0", f"x {MASKED}.0"),
        (f"x {VISA}.000", None),
        (f"x {VISA}1228", f"x {MASKED}1228"),
        # four groups with the same odd thing between them, and no fifth
        ("4242/4242/4242/4242", "4242/42**/****/4242"),
        ("3782/822463/10005", "3782/82****/*0005"),
        ("4242/4242/4242/4242/1", None),
        ("1/4242/4242/4242/4242", None),
        ("4242/4242/4242/4242/x", "4242/42**/****/4242/x"),
        ("x/4242/4242/4242/4242", "x/4242/42**/****/4242"),
        ("x4242/4242/4242/4242", None),
        ("7123/4567/8901/2342", None),
        ("4242/4242/4242/4242/1x", None),
        (" 1/4242/4242/4242/4242", None),
        ("x4242/4242/4242/4242 \uff11", None),
        ("424242~4242424242", None),
        # telephone numbers have fifteen digits at most
        ("+378282246310005", None),
        (f"+{VISA}", f"+{MASKED}"),
        (f"x+{'378282246310005'}", "x+378282*****0005"),
        # what the words before it say
        (f"card {NO_ISSUERS}", "card 712345******2342"),
        ("card 7123 4567 8901 2342", "card 7123 45** **** 2342"),
        (f"x {NO_ISSUERS}", None),
        (f"amex{VISA} card{VISA} visa{VISA}", f"amex{MASKED} card{MASKED} visa{MASKED}"),
        (f"order no. {VISA}", None),
        (f"order number: {VISA}", None),
        (f"card no. {NO_ISSUERS}", "card no. 712345******2342"),
        (f"no. {VISA}", f"no. {MASKED}"),
        (f"thing no. {VISA}", f"thing no. {MASKED}"),
        (f"order is {VISA}", None),
        (f"captures/{VISA}", None),
        (f"INV-{VISA}", None),
        (f"INV.{VISA}", None),
        (f"INV={VISA}", f"INV={MASKED}"),
        # the words before it: seventy-two characters
        (f"id{' ' * 70}{VISA}", None),
        (f"id{' ' * 71}{VISA}", f"id{' ' * 71}{MASKED}"),
        ("DE12 4242424242424242", None),
        (f"GB29 NWBK {VISA}", None),
        (f"xDE12 {VISA}", f"xDE12 {MASKED}"),
        # behind the name of an id only groups that no id has
        ("id 4242 4242 4242 4242", "id 4242 42** **** 4242"),
        ("id 3782 822463 10005", "id 3782 82**** *0005"),
        ("id 6304 0000 0000 0000 000", "id 6304 00** **** ***0 000"),
        ("id 4242 42424242 4242", None),
        (f"id {VISA}1228", None),
        ("id 424242 4242424242", None),
        ("id 3056 930902 5904", "id 3056 93**** 5904"),
        # tracks before and behind each other
        (f"x {VISA}=25121010000 {VISA} {VISA}=25121010000", f"x {'*' * 28} {MASKED} {'*' * 28}"),
        (f"{VISA}=25121010000 %B{VISA}^DOE/JOHN^2512101?", f"{'*' * 28} {'*' * 36}"),
    ],
)
def test_a_number_in_text(text: str, expected: str | None) -> None:
    assert mask(text.encode()).body.decode() == (expected or text)


def test_the_number_in_a_track_counts_as_a_part_of_it() -> None:
    assert mask(f"{VISA}=25121010000 %B{VISA}^DOE/JOHN^2512101?".encode()).counts == {"track_data": 2}
