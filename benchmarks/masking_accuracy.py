"""What masking finds of card data written in many ways, and how much it touches of what is none.

    python benchmarks/masking_accuracy.py [--values 20000] [--seed 1]

Variants: those of tests/support/card_data_variants.py. Values: made by each form in which Stripe, PayPal and Square
publish their ids, and times, amounts, telephone numbers, UUIDs and hashes; each in a field with a name that says
nothing, in a sentence, and in an attribute; of the ids among them, how many would be set aside as card numbers. Exits 1
if a value is touched, an id is set aside, or a variant that should be found is not.
"""

import argparse
import random
import string
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import project_imports  # noqa: F401

from payment_webhooks.masking.mask import mask
from payment_webhooks.masking.numbers_in_ids import holds_card_number
from tests.support.card_data_variants import CODES_FOUND, NOT_FOUND, NUMBERS_FOUND

BASE62: Final = string.ascii_letters + string.digits
BASE36: Final = string.ascii_uppercase + string.digits
STRIPE: Final = (
    *(
        "evt",
        "pi",
        "ch",
        "py",
        "cus",
        "re",
        "pyr",
        "du",
        "dp",
        "txn",
        "po",
        "tr",
        "seti",
        "pm",
        "card",
        "src",
    ),
    *("in", "ii", "sub", "si", "cs_live", "acct", "req", "prod", "price", "tok", "whsec", "ba", "cn", "il"),
)
PLACES: Final = ('{"custom": "%s"}', '{"note": "paid %s, thanks"}', "<a>%s</a>")

Maker = Callable[[random.Random], str]


def of(alphabet: str, *lengths: int) -> Maker:
    return lambda chance: "".join(chance.choices(alphabet, k=chance.choice(lengths)))


def moment(chance: random.Random) -> datetime:
    return datetime.fromtimestamp(chance.uniform(1.4e9, 1.95e9), UTC)


def amount(chance: random.Random) -> str:
    return f"{chance.randrange(10 ** chance.randrange(1, 12))}.{chance.randrange(100):02}"


FORMS: Final[dict[str, Maker]] = {
    "Stripe's ids": lambda chance: f"{chance.choice(STRIPE)}_{of(BASE62, 14, 24, 28)(chance)}",
    "Stripe's older ids": lambda chance: f"{chance.choice(STRIPE)}_1{of(BASE62, 23)(chance)}",
    "PayPal's ids of 17": lambda chance: of(BASE36, 16)(chance) + chance.choice(string.ascii_uppercase),
    "PayPal's events": lambda chance: f"WH-{of(BASE36, 17)(chance)}-{of(BASE36, 17)(chance)}",
    "PayPal's disputes": lambda chance: f"PP-R-{of(string.ascii_uppercase, 3)(chance)}-{of('0123456789', 8)(chance)}",
    "PayPal's subscriptions": lambda chance: f"I-{of(BASE36, 12)(chance)}",
    "Square's ids": lambda chance: of(BASE62, 22, 24, 27)(chance) + chance.choice(string.ascii_letters),
    "Square's refunds": lambda chance: f"{of(BASE62, 27)(chance)}_{of(BASE62, 43)(chance)}",
    "UUIDs": lambda chance: str(uuid.UUID(int=chance.getrandbits(128), version=4)),
    "hashes": lambda chance: f"{chance.getrandbits(256):064x}",
    "ISO times": lambda chance: moment(chance).isoformat().replace("+00:00", "Z"),
    "written times": lambda chance: f"{moment(chance):%Y-%m-%d %H:%M:%S.%f}",
    "epochs": lambda chance: str(int(chance.uniform(1.4e9, 1.95e9) * 10 ** chance.choice((0, 3, 6, 9)))),
    "amounts": amount,
    "grouped amounts": lambda chance: f"{chance.randrange(10**13) / 100:{chance.choice(',_')}.2f}".replace("_", " "),
    "telephone numbers": lambda chance: f"+{chance.randrange(1, 999)}{of('0123456789', 8, 9, 10)(chance)}",
    "addresses": lambda chance: ".".join(str(chance.randrange(256)) for _ in range(4)),
}  # fmt: skip
IDS: Final = tuple(form for form in FORMS if form.startswith(("Stripe", "PayPal", "Square", "UUID", "hash")))


def touched(values: int, seed: int) -> dict[str, int]:
    """How many values of each form were changed, in any place."""
    chance = random.Random(seed)  # noqa: S311
    counts = dict.fromkeys(FORMS, 0)
    for form, make in FORMS.items():
        for number in range(values):
            body = (PLACES[number % len(PLACES)] % make(chance)).encode()
            counts[form] += mask(body).body != body
    return counts


def set_aside(values: int, seed: int) -> dict[str, int]:
    """How many ids of each form have the form of a card number somewhere in them."""
    chance = random.Random(seed)  # noqa: S311
    return {form: sum(holds_card_number(FORMS[form](chance)) for _ in range(values)) for form in IDS}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--values", type=int, default=20_000, help="of each form")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    should = NUMBERS_FOUND + CODES_FOUND
    missed = [text for text in should if not mask(text.encode()).counts]
    print(
        f"variants found    {len(should) - len(missed):7} of {len(should)}; beside them {len(NOT_FOUND)} named limits"
    )
    counts = touched(arguments.values, arguments.seed)
    print(f"values touched    {sum(counts.values()):7} of {arguments.values * len(FORMS)}")
    ids = set_aside(arguments.values, arguments.seed)
    print(f"ids set aside     {sum(ids.values()):7} of {arguments.values * len(IDS)}")
    for form, count in counts.items():
        print(f"  {form:24} {count}" + (f", set aside {ids[form]}" if form in ids else ""))
    return 1 if missed or sum(counts.values()) or sum(ids.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
