"""What a search may do, and what each thing that it meets takes of that: so a body is masked coarsely or not."""

import pytest

from payment_webhooks.masking.field_names import Meaning
from payment_webhooks.masking.json_bodies import find_in_body
from payment_webhooks.masking.search import Search, TooMuchWork

VISA = "4242424242424242"


@pytest.mark.parametrize(
    ("characters", "units"), [(0, 5_600_000), (400_000, 5_600_000), (400_001, 5_600_014)]
)
def test_work_is_counted_by_characters(characters: int, units: int) -> None:
    search = Search(characters)
    search.spend(units)
    with pytest.raises(TooMuchWork):
        search.spend(1)


def test_ids_say_what_a_number_is_while_they_are_spared() -> None:
    spares, looks = Search(0), Search(0, spare_ids=False)
    assert [search.meaning_of("order_id") for search in (spares, looks)] == [
        Meaning.IDENTIFIER,
        Meaning.UNKNOWN,
    ]
    assert [search.of_id for search in (spares, looks)] == [Meaning.IDENTIFIER, Meaning.UNKNOWN]
    assert looks.meaning_of("number", "card") == Meaning.CARD


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("", 300),
        ("x" * 100, 900),
        ('[1,"a",{"b":2}]', 2_140),
        ('{"a":1,"a":2,"b":3}', 3_648),  # a name that was met before takes less
        (f"[{VISA}]", 821),
        (f'["{VISA}"]', 3_671),
        (f'{{"{VISA}":1}}', 5_070),
        ('["123 456"]', 899),
        ('["12345","abcdefgh"]', 470),
        ('{"1234567890":1}', 1_962),
        (r'["\u0031 no card 123 456"]', 1_011),
        (rf'["\u0020{VISA}"]', 3_771),
        (r"\u0020\q 4242", 2_107),
        ("\\n\n 4242", 698),
        (f"my card {VISA} 12/28 123", 3_309),
        (f"{VISA} {VISA}", 4_329),
        ("4242 4242 4242 4242 4242 4242 4242 4242", 5_447),
        ("4242 4242 4242 4242 4242 4242 4242", 4_372),
        ("99 4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2", 3_592),
        ("4242/4242/4242/4242", 1_102),
        (f"%B{VISA}^DOE/JOHN^2512101?", 3_861),
        ("pin 1234 cvv 123", 1_060),
        ("cid: 123", 664),
        (f"a=%3{VISA}+b%20", 6_356),
    ],
)
def test_what_is_met_takes_its_units(text: str, units: int) -> None:
    search = Search(0)
    for _ in find_in_body(text, search):
        pass
    assert 5_600_000 - search.left == units


def test_what_ids_hold_takes_its_units() -> None:
    search = Search(0, spare_ids=False)
    for _ in find_in_body(f"id_{VISA}-1", search):
        pass
    assert 5_600_000 - search.left == 4_952
