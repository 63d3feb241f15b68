import pytest

from scripts.command_line.errors import Refused, show_error
from scripts.command_line.plain_text import visible


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("häuser → 価格", "häuser → 価格"),
        ("a\x1b[1Ab", r"a\x1b[1Ab"),
        ("a\nb\tc", r"a\nb\tc"),
        ("a\u202eb\u200bc", r"a\u202eb\u200bc"),
    ],
)
def test_what_cannot_be_seen_is_shown(text: str, expected: str) -> None:
    assert visible(text) == expected


def test_lines_of_our_own_stay() -> None:
    assert visible("a\nb\x07", "\n") == "a\nb\\x07"


def test_an_error_of_others_does_nothing_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show_error(Refused("first\nsecond \x1b[2K"))
    assert capsys.readouterr().err == "error: first\nsecond \\x1b[2K\n"
