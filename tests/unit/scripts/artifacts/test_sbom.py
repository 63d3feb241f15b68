"""Every package is locked by its hashes, and the bill of materials tells what runs on Lambda, by CycloneDX's schema."""

import json
from pathlib import Path
from typing import Any

import cyclonedx.schema
import jsonschema_rs
import pytest

from scripts.artifacts.lock_file import LockedPackage, read_lock
from scripts.artifacts.sbom import sbom, sbom_text
from scripts.command_line.project_paths import FUNCTIONS, LAYER, OUTPUT, ROOT

SCHEMAS = Path(str(cyclonedx.schema.__file__)).parent / "_res"
LOCKS = [LAYER / "requirements.txt", *sorted((ROOT / "requirements").glob("*.txt"))]
DOCUMENT: dict[str, Any] = json.loads(sbom_text())
TWO = """\
alpha==1.0 ; python_version < '4' \\
    --hash=sha256:{0} \\
    --hash=sha256:{1}
    # via
    #   -r in
    #   beta
beta-c==2.0.post1 \\
    --hash=sha256:{0}
    # via -r in
""".format("0" * 64, "1" * 64)


def test_every_wish_has_its_lock_file() -> None:
    wishes = [LAYER / "requirements.in", *(ROOT / "requirements").glob("*.in")]
    assert {path.with_suffix(".txt") for path in wishes} == set(LOCKS)


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_package_is_locked_by_its_hashes(path: Path) -> None:
    packages = read_lock(path)
    assert len(packages) > 1
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith(" ")]
    assert len(packages) == len(lines)


def test_a_lock_file_tells_versions_hashes_and_who_asks(tmp_path: Path) -> None:
    path = tmp_path / "lock.txt"
    path.write_text(TWO)
    assert read_lock(path) == [
        ("alpha", "1.0", ("0" * 64, "1" * 64), ("beta",)),
        ("beta-c", "2.0.post1", ("0" * 64,), ()),
    ]


@pytest.mark.parametrize(
    "line", ["alpha==1.0", "alpha>=1.0 \\", "git+https://example.com/alpha", "alpha==1.0 \\"]
)
def test_a_package_without_version_or_hash_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "lock.txt"
    path.write_text(f"{line}\n    # via -r in\n")
    with pytest.raises(ValueError, match="hash"):
        read_lock(path)


def test_the_bill_is_valid_cyclonedx() -> None:
    def read(uri: str) -> Any:
        return json.loads((SCHEMAS / uri.rpartition("/")[2]).read_text("utf-8"))

    schema = read("bom-1.6.SNAPSHOT.schema.json")
    validator = jsonschema_rs.validator_for(schema, retriever=read)
    assert [str(error) for error in validator.iter_errors(DOCUMENT)] == []
    assert not validator.is_valid({**DOCUMENT, "specVersion": 1.6})


def test_the_bill_names_each_function_and_each_package_that_ships() -> None:
    components = {each["bom-ref"]: each for each in DOCUMENT["components"]}
    functions = {path.parent.name for path in FUNCTIONS.glob("*/handler.py")}
    locked = {
        package.purl for package in read_lock(LAYER / "requirements.txt") if package.name != "pycparser"
    }
    assert components.keys() == functions | locked | {"layer", "payment_webhooks"}
    cryptography = next(each for each in components.values() if each["name"] == "cryptography")
    (files,) = cryptography["externalReferences"]
    assert len(files["hashes"]) > 10


def test_everything_in_the_bill_is_needed_by_the_project() -> None:
    needs = {each["ref"]: each["dependsOn"] for each in DOCUMENT["dependencies"]}
    reached, waiting = set(), ["payment-webhooks"]
    while waiting:
        ref = waiting.pop()
        if ref not in reached:
            reached.add(ref)
            waiting += needs[ref]
    assert reached == {"payment-webhooks", *(each["bom-ref"] for each in DOCUMENT["components"])}


def test_another_package_is_another_bill_and_nothing_else_is() -> None:
    one, other = LockedPackage("a", "1", ("00",), ()), LockedPackage("a", "2", ("00",), ())
    assert sbom("p", "1", ["f"], [one]) == sbom("p", "1", ["f"], [one])
    serials = {sbom("p", "1", ["f"], [each])["serialNumber"] for each in (one, other)}
    assert len(serials) == 2
    assert (OUTPUT / "sbom.cdx.json").read_text("utf-8") == sbom_text()
