"""Which text is a magnetic stripe's or a chip's, and how much of it goes."""

import pytest

from payment_webhooks.masking.findings import lowered
from payment_webhooks.masking.mask import mask

VISA = "4242424242424242"
NO_ISSUERS = "7123456789012342"  # a right check digit behind a beginning that no issuer has
ONE_CARD = {"card_number": 1}
ONE_TRACK = {"track_data": 1}


@pytest.mark.parametrize(
    ("text", "expected", "counts"),
    [
        (f"a;{VISA}=25121010000? b", f"a{'*' * 30} b", ONE_TRACK),
        (f"t={VISA}=25121010000", f"t={'*' * 28}", ONE_TRACK),
        (f"a {NO_ISSUERS}=25121010000 b", f"a {'*' * 28} b", ONE_TRACK),
        (f"a {NO_ISSUERS}D25121010000 b", f"a {NO_ISSUERS}D25121010000 b", {}),  # as in a hash
        (f"a {VISA}D25121010000 b", f"a {'*' * 28} b", ONE_TRACK),
        (f"5A08{VISA}", "5A08424242******4242", ONE_CARD),
        (f"5A08{NO_ISSUERS}5A08{VISA}", f"5A08{NO_ISSUERS}5A08424242******4242", ONE_CARD),
        (f"9F275713{VISA}D25122010000012345F9F", f"9F275713{'*' * 35}9F", ONE_TRACK),
    ],
)  # fmt: skip
def test_a_track_goes_as_a_whole_and_a_chips_number_keeps_its_ends(
    text: str, expected: str, counts: dict[str, int]
) -> None:
    masked = mask(text.encode())
    assert masked.body.decode() == expected
    assert masked.counts == counts


def test_lower_case_is_as_long_as_the_text() -> None:
    assert lowered("\u0130STANBUL CVV") == "istanbul cvv"
    assert mask("\u0130\u0130\u0130 CVV 123!".encode()).body.decode() == "\u0130\u0130\u0130 CVV ***!"
