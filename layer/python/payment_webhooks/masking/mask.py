"""Masks card data in what is stored of a webhook (PCI DSS 4.0.1, 3.3 and 3.5): nothing else changes.

Card numbers keep their first six and last four digits; security codes, PINs and track data keep nothing.
Providers do not send such data; merchants and buyers type it into free text, and in-house senders make
mistakes. docs/masking.md says what is found and what is not.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from payment_webhooks.masking.quick_look import may_hold_card_data

if TYPE_CHECKING:
    from payment_webhooks.masking.findings import Edit
    from payment_webhooks.masking.search import Search


_BY_MARK: Final = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
# Of the first four bytes; the last one: none is zero.
_BY_FIRST_ZERO: Final = ("utf-16-be", "utf-16-le", "utf-16-be", "utf-16-le", "utf-8")


class MaskedBody(NamedTuple):
    """What may be stored: the body, and how many card numbers, codes, PINs and tracks were masked in it.

    is_suspect: a quick look could not rule out card data.
    is_coarse: it would have taken too long to look closely, so more went than card data; it can't be applied.
    """

    body: bytes
    counts: Mapping[str, int]
    is_suspect: bool = False
    is_coarse: bool = False


def mask(body: bytes, *, spare_ids: bool = True) -> MaskedBody:
    """`body` with its card data masked; the same object when it has none. Never raises.

    A number that stands where an id, a time, an amount or a telephone number belongs is one, unless `spare_ids` is
    False: then it is a card number if it has the form of one, as a part of an id, too.

    A masked JSON document stays valid JSON (a number becomes a string), unless it is coarse. Counts are by kind:
    `card_number`, `security_code`, `pin`, `track_data`. Masking a masked body changes nothing.
    """
    encoding = _encoding_of(body)
    text = body.decode(encoding, "surrogateescape")
    if not may_hold_card_data(text):
        return MaskedBody(body, {})
    # Only the rare body that needs them pays for the imports.
    from payment_webhooks.masking.search import Search, TooMuchWork

    try:
        (text, counts), is_coarse = _finely(text, Search(len(text), spare_ids=spare_ids)), False
    except TooMuchWork:
        from payment_webhooks.masking.coarse_text import mask_coarsely

        (text, counts), is_coarse = mask_coarsely(text), True
    return MaskedBody(text.encode(encoding, "surrogateescape") if counts else body, counts, True, is_coarse)


def _encoding_of(body: bytes) -> str:
    """UTF-16 when the body is exactly that (every second byte of its digits is zero), else UTF-8.

    UTF-8 with surrogateescape takes any bytes and gives back the same bytes.
    """
    encoding = _BY_MARK.get(body[:2]) or _BY_FIRST_ZERO[body[:4].find(b"\x00")]
    if encoding != "utf-8":
        try:
            if body.decode(encoding).encode(encoding) == body:
                return encoding
        except UnicodeError:
            pass
    return "utf-8"


def _finely(text: str, search: "Search") -> tuple[str, dict[str, int]]:
    """Raises TooMuchWork."""
    from payment_webhooks.masking.json_bodies import find_in_body

    counts: dict[str, int] = {}
    # What is masked may uncover another reading of what stands around it: repeated until nothing is found.
    # Each round takes digits away, so it ends.
    while may_hold_card_data(text):
        found = {finding.edits: finding.kind for finding in find_in_body(text, search) if finding.edits}
        if not found:
            break
        for kind in found.values():
            counts[kind] = counts.get(kind, 0) + 1
        text = _apply(text, [edit for edits in found for edit in edits])
    return text, counts


def _apply(text: str, edits: "list[Edit]") -> str:
    pieces: list[str] = []
    at = 0
    for start, end, masked in sorted(edits, key=lambda edit: (edit.start, -edit.end)):
        if start >= at:  # a whole number token wins over what was found inside of it
            pieces += (text[at:start], masked)
            at = end
        elif end > at:  # two readings of one place: what only the second saw goes, too
            pieces.append("*" * (end - at))
            at = end
    pieces.append(text[at:])
    return "".join(pieces)
