"""`payment-webhooks permissions`: ready documents on standard output, or as files."""

import json
from pathlib import Path

import pytest

from scripts.command_line.main import main

ARGUMENTS = ["--suffix", "prod", "--account", "111111111111", "--region", "cn-north-1"]


def test_the_documents_are_json_for_the_environment(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("permissions", [*ARGUMENTS, "--json"]) == 0
    documents = json.loads(capsys.readouterr().out)
    assert {name.split("-")[1] for name in documents} == {"plan", "apply", "destroy", "account"}
    text = json.dumps(documents)
    assert "arn:aws-cn:dynamodb:cn-north-1:111111111111:table/table-*-prod" in text
    assert "${" not in text


def test_the_documents_are_files_with_the_trust_of_githubs_roles(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "policies"
    assert main("permissions", [*ARGUMENTS, "--folder", str(folder), "--repository", "me/payments"]) == 0
    assert "deployer-apply-1.policy.json" in capsys.readouterr().out
    trust = json.loads((folder / "deployer-apply.trust.json").read_text("utf-8"))
    assert "repo:me/payments:environment:production" in json.dumps(trust)
    for path in folder.glob("*.policy.json"):
        assert json.loads(path.read_text("utf-8"))["Version"] == "2012-10-17"
    names = {path.name.split(".")[1] for path in folder.iterdir()}
    assert names == {"policy", "trust"}


@pytest.mark.parametrize("account", ["12", "1111111111111", "11111111111x", ""])
def test_an_account_has_twelve_digits(account: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main("permissions", ["--suffix", "prod", "--account", account]) == 2
    assert "twelve digits" in capsys.readouterr().err


def test_without_an_account_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("permissions", ["--suffix", "prod"]) == 2
    assert "--account" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--repository", "OWNER"], "'OWNER': a repository is OWNER/NAME"),
        (["--region", "eu-west-9"], "there is no region eu-west-9"),
    ],
)
def test_what_can_be_no_repository_or_region_is_refused(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main("permissions", [*ARGUMENTS, *arguments]) == 2
    assert told in capsys.readouterr().err
