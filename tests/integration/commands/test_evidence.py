"""The evidence of what is deployed, as a person gets it."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from scripts.command_line.project_paths import ENVIRONMENTS
from stacks.controls.network import NETWORK_CONTROLS
from stacks.function_catalogue import CODE_KEYS
from tests.support.system.system import System
from tests.support.templates.resources import templates


@pytest.fixture(scope="module")
def pack(system: System, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("evidence") / "pack"
    there = ("--suffix", system.suffix, "--local", "--folder", str(folder), "--json")
    done = system.run("evidence.py", *there)
    assert done.exit_code == 1, done.text
    document = json.loads(done.stdout)
    digest = hashlib.sha256((folder / "SHA256SUMS").read_bytes()).hexdigest()
    assert document.pop("sha256_of_sums") == digest  # what stands outside the folder
    assert f"SHA-256 of SHA256SUMS: {digest}" in done.stderr
    return folder, document


def test_a_deployment_with_default_settings_is_open_in_these_alone(
    pack: tuple[Path, dict[str, Any]],
) -> None:
    _, document = pack
    opened = {row["id"] for row in document["findings"] if row["state"] == "open"}
    assert {each for each in opened if " AWS::EC2::" not in each} == {
        *("LogRetentionDays", "AuditObjectLock", "DeletionProtection", "NetworkMode", "AlertEmail")
    }
    # The network is not there.
    controls = [str(control) for control in NETWORK_CONTROLS]
    assert sorted(each for each in opened if " AWS::EC2::" in each) == sorted(controls)


def test_every_resource_was_compared_and_every_named_test_run(pack: tuple[Path, dict[str, Any]]) -> None:
    _, document = pack
    drift, code = (row for row in document["findings"] if row["kind"] == "drift")
    assert (drift["state"], code["state"]) == ("met", "met")
    # Functions but the canary, which is not asked for, and their layer.
    assert len(code["found"]) == len(CODE_KEYS)
    assert {row["state"] for row in document["findings"] if row["kind"] == "tests"} == {"met"}


def test_what_the_engine_refuses_is_left_out_and_not_met(pack: tuple[Path, dict[str, Any]]) -> None:
    _, document = pack
    left_out = {row["id"] for row in document["findings"] if row["state"] == "left out"}
    assert left_out == {
        "SH APIGateway.2 AWS::ApiGateway::Stage",
        "SH APIGateway.4 AWS::ApiGateway::Stage",
        "SH WAF.11 AWS::WAFv2::WebACL",
    }


def test_the_pack_says_where_it_is_from_and_proves_its_files(pack: tuple[Path, dict[str, Any]]) -> None:
    folder, document = pack
    assert json.loads((folder / "evidence.json").read_text("utf-8")) == document
    assert document["local"] is True
    assert document["account"] == "000000000000" or len(document["account"]) == 12

    lines = (folder / "SHA256SUMS").read_text("utf-8").splitlines()
    sums = {line[66:]: line[:64] for line in lines}
    assert sums.keys() == {path.name for path in folder.iterdir()} - {"SHA256SUMS"}
    for name, digest in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_the_pack_names_the_deployed_templates_that_this_checkout_does_not_build(
    pack: tuple[Path, dict[str, Any]],
) -> None:
    """Of which commit they are nothing tells; here they are this one's, and the engine's refusals cut out of some."""
    folder, document = pack
    deployed = {
        path.name.split(".")[0]: json.loads(path.read_text("utf-8"))
        for path in folder.glob("*.template.json")
    }
    others = [name for name, template in deployed.items() if template != templates()[name]]
    assert 0 < len(others) < len(deployed)
    assert sorted(document["deployed_templates_of_another_commit"]) == sorted(others)
    about = (folder / "evidence.html").read_text("utf-8").split("<h2>")[0]
    assert [name for name in others if name not in about] == []


def test_productions_settings_are_whole_once_a_person_has_filled_them_in(
    system: System, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    of_file = ("--environment", str(ENVIRONMENTS / "prod.toml"), "--html", str(page))
    filled_in = ("--parameter", "AlertEmail=on-call@example.com", "--folder", str(tmp_path / "pack"))
    done = system.run("evidence.py", *of_file, *filled_in)
    assert done.exit_code == 0, done.text
    assert "ALL MET OR WAIVED: 0 open" in done.stderr
    assert page.read_bytes() == (tmp_path / "pack" / "evidence.html").read_bytes()
