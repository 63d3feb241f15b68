"""What a search for card data may do: how much work, and whether numbers that stand for ids are spared.

Work is counted, not timed: the same body is always masked in the same way, on any machine. A unit is about ten
nanoseconds on the machine of docs/performance.md, or less; `benchmarks/masking.py` holds it against the clock.
"""

from typing import Final

from payment_webhooks.masking.field_names import Meaning, meaning_of

UNITS_A_CHARACTER: Final = 14
# A smaller body may take what one of this size may: that is less than a tenth of a second.
SMALLEST_BODY: Final = 400_000


class TooMuchWork(Exception):
    """The body can't be masked finely with the work that it may take."""


class Search:
    """One search through a body of so many characters."""

    __slots__ = ("left", "spare_ids")

    def __init__(self, characters: int, *, spare_ids: bool = True) -> None:
        self.left = UNITS_A_CHARACTER * max(characters, SMALLEST_BODY)
        self.spare_ids = spare_ids

    def spend(self, units: int) -> None:
        """Raises TooMuchWork. Called before the work is done, so that what is refused takes nothing."""
        self.left -= units
        if self.left < 0:
            raise TooMuchWork

    def meaning_of(self, name: str, parent: str = "") -> Meaning:
        """As `field_names.meaning_of`, but that ids say nothing where they are not spared."""
        meaning = meaning_of(name, parent)
        return self.of_id if meaning is Meaning.IDENTIFIER else meaning

    @property
    def of_id(self) -> Meaning:
        """What a number in the place of an id is."""
        return Meaning.IDENTIFIER if self.spare_ids else Meaning.UNKNOWN
