"""What holds of masking for any body, shown on bodies made of the pieces that card data is made of."""

import json
from datetime import datetime
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from payment_webhooks.masking.card_numbers import passes_luhn
from payment_webhooks.masking.coarse_text import mask_coarsely
from payment_webhooks.masking.json_bodies import find_in_body
from payment_webhooks.masking.mask import mask
from payment_webhooks.masking.quick_look import may_hold_card_data
from payment_webhooks.masking.search import Search

VISA = "4242424242424242"


def _with_check_digit(digits: str) -> str:
    return next(f"{digits}{digit}" for digit in range(10) if passes_luhn(f"{digits}{digit}"))


def _masked(number: str) -> str:
    return number[:6] + "*" * (len(number) - 10) + number[-4:]


digits_of_a_number = st.text("0123456789", min_size=12, max_size=18).filter(
    lambda digits: digits.strip("0") != ""
)
luhn_numbers = digits_of_a_number.map(_with_check_digit)
visa_numbers = st.text("0123456789", min_size=14, max_size=14).map(
    lambda digits: _with_check_digit("4" + digits)
)


@given(luhn_numbers, st.sampled_from(["number", "card_number", "pan", "accountNumber", "credit-card-number"]))
def test_any_luhn_number_under_a_card_name_is_masked(number: str, name: str) -> None:
    as_text = json.dumps({"a": [{name: number}]}).encode()
    assert json.loads(mask(as_text).body) == {"a": [{name: _masked(number)}]}
    if not number.startswith("0"):
        as_number = json.dumps({name: int(number)}).encode()
        assert json.loads(mask(as_number).body) == {name: _masked(number)}


@given(luhn_numbers, st.sampled_from(["id", "payment_id", "created", "amount", "eventReference", "mobile"]))
def test_no_luhn_number_under_the_name_of_an_id_is_touched(number: str, name: str) -> None:
    body = json.dumps({name: number, "list": {name: [int(number)]}}).encode()
    assert mask(body).body == body


@given(visa_numbers, st.integers(0, 4))
def test_however_often_it_is_packed(number: str, depth: int) -> None:
    text = f"my card {number} please"
    for _ in range(depth):
        text = json.dumps({"inner": text})
    masked = mask(text.encode()).body.decode()
    for _ in range(depth):
        masked = json.loads(masked)["inner"]
    assert masked == f"my card {_masked(number)} please"


def _of(alphabet: str, size: int) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=size, max_size=size)


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ALNUM = "0123456789" * 4 + LETTERS + LETTERS.lower()  # more digits than the providers' own have
moments = st.datetimes(datetime(2015, 1, 1), datetime(2031, 1, 1))
values_that_are_no_cards = st.one_of(
    st.builds("{}_{}".format, st.sampled_from(["evt", "pi", "ch", "cus", "re", "du"]), _of(ALNUM, 24)),
    _of("0123456789" + LETTERS, 16).map("{}X".format),  # PayPal's 17, with one letter at least
    st.builds("WH-{}-{}".format, *[_of("0123456789" + LETTERS, 16).map("{}X".format)] * 2),
    st.builds("{}Z{}".format, _of(ALNUM, 10), _of(ALNUM, 17)),  # Square
    st.uuids(version=4).map(str),
    moments.map(lambda moment: moment.isoformat() + "Z"),
    st.builds(
        lambda moment, size: str(int(moment.timestamp() * 10**9))[:size],
        moments,
        st.sampled_from([10, 13, 16, 19]),
    ),
    moments.map(lambda moment: f"{moment:%Y%m%d%H%M%S}"),
    moments.map(lambda moment: f"{moment:%Y%m%d%H%M%S%f}"[:17]),
    st.decimals(0, 10**13, places=2).map(lambda amount: f"{amount:,}"),
    st.decimals(0, 10**13, places=2).map(lambda amount: f"{amount:,}".replace(",", " ")),
    st.integers(0, 10**12).map(str),
)


@settings(max_examples=10 * settings().max_examples)
@given(
    values_that_are_no_cards,
    st.sampled_from(['{"note": "paid %s, thanks"}', '{"custom": "%s"}', "<a>%s</a>", "a=1&b=%s", "at %s"]),
)
def test_ids_times_and_amounts_of_providers_stay_wherever_they_stand(value: str, template: str) -> None:
    body = (template % value).encode()
    assert mask(body).body == body


pieces = st.sampled_from(
    [
        *'{}[]",:=&% \\-+./;^?*\n\x000123456789',
        *(VISA, "4242", "42", " 4242", "-4242", "%20", "\\u0034", "\\", "４２", "\ud835\udfd2"),
        *('"number":', '"cvv":', "cvc 123", "pin: 1234", '"pin":', "12/28 123", "id ", '"id":', ";", "%B"),
        *("=2512101000", "café", "INV", "DE12 ", "+", '{"a":', '"}', "\\u00a0", "\\n", "%3", "é"),
    ]
)
texts = st.lists(pieces, max_size=40).map("".join)
json_values = st.recursive(
    st.one_of(st.none(), st.integers(), st.floats(), texts, luhn_numbers, luhn_numbers.map(int)),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(texts, inner)),
    max_leaves=8,
)
bodies = st.one_of(
    st.binary(max_size=400),
    texts.map(lambda text: text.encode("utf-8", "surrogatepass")),
    texts.map(lambda text: json.dumps({"number": text, "note": [text, {"id": text}]}).encode()),
    texts.map(lambda text: quote(text.encode("utf-8", "surrogatepass")).encode()),
    json_values.map(lambda value: json.dumps(value).encode()),
)


@given(bodies)
def test_never_raises_and_masking_twice_changes_nothing(body: bytes) -> None:
    once = mask(body)
    twice = mask(once.body)
    assert twice.body == once.body
    assert twice.counts == {}
    assert (once.counts == {}) == (once.body is body)


@given(bodies)
def test_json_stays_json(body: bytes) -> None:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return
    json.loads(mask(body).body)


@given(bodies)
def test_the_quick_look_never_says_no_in_vain(body: bytes) -> None:
    text = body.decode("utf-8", "surrogateescape")
    assert may_hold_card_data(text) or not [
        finding for finding in find_in_body(text, Search(len(text))) if finding.edits
    ]


@settings(max_examples=5 * settings().max_examples)
@given(texts)
def test_coarse_masking_leaves_nothing_that_fine_masking_finds(text: str) -> None:
    coarse, _ = mask_coarsely(text)
    assert mask(coarse.encode("utf-8", "surrogatepass")).counts == {}


@given(texts)
def test_only_digits_of_text_change(text: str) -> None:
    before = json.dumps({"note": text})
    after = mask(before.encode()).body.decode()
    if "=" not in text and "%B" not in text and '"' not in text:  # track data and packed JSON numbers
        old, new = json.loads(before)["note"], json.loads(after)["note"]
        if "%" not in text and "\\" not in text:  # a packed digit is longer than its mask
            assert len(old) == len(new)
            changed = [pair for pair in zip(old, new, strict=True) if pair[0] != pair[1]]
            assert all(one.isdecimal() and other == "*" for one, other in changed)
