"""The providers' published addresses: what is taken, what is refused, and what the command writes."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from scripts.command_line.main import main
from scripts.operations.provider_addresses import command, lists
from scripts.operations.provider_addresses.lists import BadList, Published
from stacks.parameters.throttles import PROVIDER_ADDRESSES

TODAY = datetime.now(UTC).date()  # of the commands, which read the clock
STRIPE = Published("https://stripe.example/ips.json", None, ())
SQUARE = Published(
    "https://square.example/ips", TODAY - timedelta(days=20), ("34.202.99.168/32", "54.245.1.154/32")
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "providers.toml"
    path.write_text(lists.render({"stripe": STRIPE, "square": SQUARE}), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [
        '{"WEBHOOKS": ["54.245.1.154", "3.18.12.63"], "updated": "2026-01-01"}',
        '["3.18.12.63/32", "54.245.1.154/32", "3.18.12.63"]',
        "54.245.1.154\n\n3.18.12.63  # Ohio\n",
    ],
)
def test_published_lists_are_read_in_their_forms(text: str) -> None:
    assert lists.read_published(text) == ("3.18.12.63/32", "54.245.1.154/32")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<html>", "no address"),
        ('["3.18.12.63/31"]', "host bits"),
        ('["2600:1f00::/32"]', "IPv4 only"),
        ('["10.0.0.1"]', "public internet"),
        ('["127.0.0.1"]', "public internet"),
        ('["0.0.0.0/0"]', "larger than a /16"),
        ('["3.0.0.0/8"]', "larger than a /16"),
        ("[]", "empty"),
        ("", "empty"),
    ],
)
def test_what_cannot_be_exempted_is_refused(text: str, words: str) -> None:
    with pytest.raises(BadList, match=words):
        lists.read_published(text)


def test_the_file_is_written_as_it_is_read() -> None:
    known = {"stripe": STRIPE, "square": SQUARE}
    assert lists.read_file(lists.render(known)) == known
    assert lists.render(lists.read_file(lists.render(known))) == lists.render(known)


@pytest.mark.parametrize(
    "text", ["[stripe", '[stripe]\nsource = "a"\n', "stripe = 3", '[a]\nrefreshed = "x"']
)
def test_a_file_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(BadList, match="not of its form"):
        lists.read_file(text)


def test_differences_say_what_comes_and_what_goes() -> None:
    assert lists.differences(["1.1.1.1/32", "2.2.2.2/32"], ["2.2.2.2/32", "3.3.3.3/32"]) == [
        "- 1.1.1.1/32",
        "+ 3.3.3.3/32",
    ]


def test_the_value_is_one_that_the_template_takes() -> None:
    value = lists.parameter_value({"square": SQUARE, "again": SQUARE})
    assert value == "34.202.99.168/32,54.245.1.154/32"
    for each in value.split(","):
        assert PROVIDER_ADDRESSES.pattern is not None
        assert re.fullmatch(PROVIDER_ADDRESSES.pattern, each)


@pytest.mark.parametrize(("days", "count"), [(90, 0), (91, 1)])
def test_an_old_list_is_a_problem(days: int, count: int) -> None:
    day = date.fromordinal(TODAY.toordinal() - days)
    assert len(list(lists.problems({"a": Published("s", day, ())}, TODAY))) == count


def test_a_list_that_was_never_read_and_one_that_is_too_long_are_problems() -> None:
    many = tuple(f"3.18.{number // 256}.{number % 256}/32" for number in range(400))
    found = list(lists.problems({"stripe": STRIPE, "many": Published("s", TODAY, many)}, TODAY))
    assert ["never read" in found[0], "4096 bytes" in found[1]] == [True, True]


def test_refresh_shows_and_writes(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    published = tmp_path / "ips.json"
    published.write_text('{"WEBHOOKS": ["3.18.12.63"]}', encoding="utf-8")
    refresh = ["--file", str(file), "refresh", "stripe", "--from", str(published)]
    before = file.read_text(encoding="utf-8")
    assert main("provider-addresses", [*refresh, "--dry-run"]) == 0
    assert file.read_text(encoding="utf-8") == before
    assert main("provider-addresses", refresh) == 0
    assert capsys.readouterr().out.splitlines() == ["+ 3.18.12.63/32"] * 2
    known = lists.read_file(file.read_text(encoding="utf-8"))
    assert known["stripe"] == Published(STRIPE.source, TODAY, ("3.18.12.63/32",))
    assert known["square"] == SQUARE
    assert main("provider-addresses", ["--file", str(file), "value"]) == 0
    assert capsys.readouterr().out == "3.18.12.63/32,34.202.99.168/32,54.245.1.154/32\n"
    assert main("provider-addresses", ["--file", str(file), "check"]) == 0


def test_a_bad_list_writes_nothing(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    published = tmp_path / "ips.json"
    published.write_text('["0.0.0.0/0"]', encoding="utf-8")
    before = file.read_text(encoding="utf-8")
    assert (
        main("provider-addresses", ["--file", str(file), "refresh", "stripe", "--from", str(published)]) == 2
    )
    assert file.read_text(encoding="utf-8") == before
    assert "nothing was written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code"), [(("check",), 1), (("refresh", "paypal"), 2), (("refresh", "plain"), 2)]
)
def test_what_is_wrong_has_its_exit_code(file: Path, arguments: tuple[str, ...], code: int) -> None:
    text = file.read_text(encoding="utf-8")
    text += '\n[plain]\nsource = "http://plain.example"\nrefreshed = ""\naddresses = []\n'
    file.write_text(text, encoding="utf-8")
    assert main("provider-addresses", ["--file", str(file), *arguments]) == code


def test_the_projects_own_file_is_in_its_form() -> None:
    text = command.FILE.read_text(encoding="utf-8")
    known = lists.read_file(text)
    assert lists.render(known) == text
    assert known.keys() == {"square", "stripe"}
    assert all(each.source.startswith("https://") for each in known.values())
