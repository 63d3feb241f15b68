"""Unpacks JSON's escapes and percent-encoding, and knows where each character stood in the packed text.

The places are worked out only when something was found: most packed texts hold nothing.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import quote

from payment_webhooks.masking.findings import Edit, Finding
from payment_webhooks.masking.search import Search

_UNITS_AN_ESCAPE: Final = 60

_JSON_ESCAPE: Final = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\[\"\\/bfnrt]"
)
_SHORT_ESCAPES: Final = dict(zip('"\\/bfnrt', '"\\/\b\f\n\r\t', strict=True))
_PERCENT_ESCAPE: Final = re.compile(r"(?:%[0-9a-fA-F]{2})+|\+")
_LOOKS_LIKE_FORM: Final = re.compile(r"[^\s=&]+=[^\s]*\Z")

_DECODER: Final = json.JSONDecoder(strict=False)

# The characters of one escape, each with the number of packed characters that it took.
Resolve = Callable[[str], list[tuple[str, int]]]


class PackedText:
    """`text` as it is unpacked from `packed`."""

    __slots__ = ("_pack", "_packed", "_pattern", "_places", "_resolve", "text")

    def __init__(
        self,
        packed: str,
        text: str,
        pattern: re.Pattern[str],
        resolve: Resolve,
        pack: Callable[[str], str],
    ) -> None:
        self.text = text
        self._packed = packed
        self._pattern = pattern
        self._resolve = resolve
        self._pack = pack
        self._places: tuple[list[int], list[int]] | None = None

    def in_packed(self, findings: Iterator[Finding], search: Search) -> Iterator[Finding]:
        """The findings in `text`, as findings in what it was unpacked from."""
        for kind, edits in findings:
            if self._places is None:
                self._places = self._all_places(search)
            yield Finding(
                kind,
                tuple(Edit(self._place(e.start), self._place(e.end), self._pack(e.text)) for e in edits),
            )

    def _place(self, at: int) -> int:
        assert self._places is not None
        in_text, in_packed = self._places
        index = bisect_right(in_text, at) - 1
        return in_packed[index] + at - in_text[index]

    def _all_places(self, search: Search) -> tuple[list[int], list[int]]:
        """Where text and packed text run on side by side again: after each character of an escape."""
        in_text, in_packed = [0], [0]
        at = end = 0
        for match in self._pattern.finditer(self._packed):
            search.spend(_UNITS_AN_ESCAPE)
            at += match.start() - end
            end = match.start()
            for _, length in self._resolve(match[0]):
                at += 1
                end += length
                in_text.append(at)
                in_packed.append(end)
        return in_text, in_packed


def unescape_json(packed: str, search: Search) -> PackedText | None:
    """`packed` with its JSON escapes resolved; None when it has none."""
    if "\\" not in packed:
        return None
    search.spend(len(packed))
    try:
        text = str(_DECODER.decode(f'"{packed}"'))
    except ValueError:  # not as JSON would have it: an escape that there is not, or a quotation mark
        search.spend(packed.count("\\") * _UNITS_AN_ESCAPE)
        text = _JSON_ESCAPE.sub(_of_escape, packed)
    return PackedText(packed, text, _JSON_ESCAPE, _unescaped, _as_json)


def _of_escape(match: re.Match[str]) -> str:
    ((character, _),) = _unescaped(match[0])
    return character


def _unescaped(escape: str) -> list[tuple[str, int]]:
    character = str(json.loads(f'"{escape}"')) if escape[1] == "u" else _SHORT_ESCAPES[escape[1]]
    return [(character, len(escape))]


def _as_json(replacement: str) -> str:
    return json.dumps(replacement)[1:-1]


def unescape_percent(packed: str, search: Search) -> PackedText | None:
    """`packed` without percent-encoding, `+` as a blank in what looks like a form; None when it has neither."""
    if "%" not in packed and "+" not in packed:
        return None
    form = bool(_LOOKS_LIKE_FORM.match(packed))
    if "%" not in packed and not form:
        return None
    escapes = packed.count("%") + (packed.count("+") if form else 0)
    search.spend(len(packed) + escapes * 2 * _UNITS_AN_ESCAPE)

    def resolve(escape: str) -> list[tuple[str, int]]:
        return _unquoted(escape, form)

    text = _PERCENT_ESCAPE.sub(lambda match: "".join(one for one, _ in resolve(match[0])), packed)
    return PackedText(
        packed, text, _PERCENT_ESCAPE, resolve, lambda replacement: quote(replacement, safe="*")
    )


def _unquoted(escape: str, form: bool) -> list[tuple[str, int]]:
    """The characters of one run of percent escapes, with the number of packed characters that each took."""
    if escape == "+":
        return [(" " if form else "+", 1)]
    characters = bytes.fromhex(escape.replace("%", "")).decode(errors="surrogateescape")
    return [(one, 3 * len(one.encode(errors="surrogateescape"))) for one in characters]
