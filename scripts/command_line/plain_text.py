"""Texts of others, such as a template's or AWS's, that must not move the cursor or turn the order of what is read."""

import unicodedata
from typing import Final

# Control, format (with them what turns the direction of writing), line and paragraph separators, half of a surrogate.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs"})
NEW_LINE: Final = "\n"  # stays in messages of our own, which may have more than one line


def visible(text: str, keep: str = "") -> str:
    """`text` with what cannot be seen written as an escape, so that it is shown and does nothing: \\x1b, \\n, \\u202e.

    keep: characters that stay as they are.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        repr(one)[1:-1] if unicodedata.category(one) in _UNSEEN and one not in keep else one for one in text
    )
