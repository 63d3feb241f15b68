"""Advisories about locked packages are told, or waived; where nobody can be asked, that is told."""

import json
from typing import Any

import pytest

from scripts.artifacts.lock_file import LockedPackage
from scripts.command_line.errors import RolledBack
from scripts.scanners import advisories
from stacks.lint.finding import Finding

PACKAGES = [LockedPackage(name, "1.0", ("00",), ()) for name in ("first", "second")]


def answering(*answers: dict[str, Any]) -> advisories.Post:
    return lambda _address, _body: json.dumps({"results": answers}).encode()


def unreachable(_address: str, _body: bytes) -> bytes:
    raise OSError("no route to host")


def test_each_advisory_is_told_with_its_package() -> None:
    asked = []

    def post(address: str, body: bytes) -> bytes:
        asked.append((address, json.loads(body)["queries"]))
        return answering({}, {"vulns": [{"id": "GHSA-1"}, {"id": "PYSEC-2"}]})(address, body)

    assert advisories.advisories(PACKAGES, post) == [
        Finding("GHSA-1", "second==1.0", "https://osv.dev/vulnerability/GHSA-1"),
        Finding("PYSEC-2", "second==1.0", "https://osv.dev/vulnerability/PYSEC-2"),
    ]
    purls = [{"package": {"purl": f"pkg:pypi/{name}@1.0"}} for name in ("first", "second")]
    assert asked == [("https://api.osv.dev/v1/querybatch", purls)]


@pytest.mark.parametrize(
    "post",
    [
        unreachable,
        lambda _address, _body: b"<html>a proxy's page</html>",
        answering({}),  # one answer to two questions
        answering({}, {"next_page_token": "more"}),
    ],
)
def test_where_nobody_answers_nothing_is_said_to_be_well(post: advisories.Post) -> None:
    with pytest.raises(RolledBack, match="nothing is known about advisories"):
        advisories.advisories(PACKAGES, post)


def test_the_exit_code_tells_found_from_not_known_and_from_none(capsys: pytest.CaptureFixture[str]) -> None:
    def each(answer: dict[str, Any]) -> advisories.Post:
        return lambda _address, body: json.dumps(
            {"results": [answer] * len(json.loads(body)["queries"])}
        ).encode()

    assert advisories.main(each({})) == 0
    assert advisories.main(each({"vulns": [{"id": "GHSA-1"}]})) == 1
    told = capsys.readouterr().err
    assert "GHSA-1 boto3==" in told  # of the layer
    assert "GHSA-1 checkov==" in told  # of the scanners
    assert advisories.main(unreachable) == 4
    assert "no route to host" in capsys.readouterr().err
