"""The zip files that Lambda runs: what is in them, and that they are the same bytes each time."""

import gzip
import json
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from scripts.artifacts import bytecode
from scripts.artifacts.deterministic_zip import unzipped_size, write_zip
from scripts.artifacts.wheels import CLIENT_SERVICES, ENDPOINTS_FILE, shipped_content, ships
from scripts.command_line.errors import RolledBack


def kept(*names: str) -> list[str]:
    paths = frozenset(PurePosixPath(name) for name in names)
    return [name for name in names if ships(PurePosixPath(name), paths)]


def test_only_the_newest_model_of_a_used_service_ships() -> None:
    assert kept(
        "botocore/data/dynamodb/2011-12-05/service-2.json.gz",
        "botocore/data/dynamodb/2012-08-10/service-2.json.gz",
        "botocore/data/dynamodb/2012-08-10/endpoint-rule-set-1.json.gz",
        "botocore/data/dynamodb/2012-08-10/examples-1.json",
        "botocore/data/ec2/2016-11-15/service-2.json.gz",
        "botocore/data/partitions.json",
        "boto3/data/dynamodb/2012-08-10/resources-1.json",
        "boto3/data/ec2/2016-11-15/resources-1.json",
    ) == [
        "botocore/data/dynamodb/2012-08-10/service-2.json.gz",
        "botocore/data/dynamodb/2012-08-10/endpoint-rule-set-1.json.gz",
        "botocore/data/partitions.json",
        "boto3/data/dynamodb/2012-08-10/resources-1.json",
    ]


def test_licences_ship_and_leftovers_of_the_installer_do_not() -> None:
    assert kept(
        "cryptography-50.0.2.dist-info/licenses/LICENSE.APACHE",
        "cryptography-50.0.2.dist-info/METADATA",
        "cryptography-50.0.2.dist-info/RECORD",
        "bin/normalizer",
        ".lock",
        "six.py",
        "cryptography/hazmat/bindings/_rust.abi3.so",
        "_cffi_backend.cpython-311-x86_64-linux-gnu.so",
        "cffi/api.py",
        "dateutil/tz/__pycache__/tz.cpython-311.pyc",
    ) == [
        "cryptography-50.0.2.dist-info/licenses/LICENSE.APACHE",
        "cryptography-50.0.2.dist-info/METADATA",
        "six.py",
        "cryptography/hazmat/bindings/_rust.abi3.so",
        "_cffi_backend.cpython-311-x86_64-linux-gnu.so",
    ]


def test_endpoints_keep_their_regions_and_lose_unused_services() -> None:
    partition = {
        "partition": "aws",
        "regions": {"us-east-1": {}},
        "services": {"ec2": {"endpoints": {}}, "s3": {"endpoints": {"us-east-1": {}}}},
    }
    document = json.dumps({"version": 3, "partitions": [partition]}).encode()
    assert json.loads(shipped_content(ENDPOINTS_FILE, document)) == {
        "version": 3,
        "partitions": [{**partition, "services": {"s3": {"endpoints": {"us-east-1": {}}}}}],
    }
    assert shipped_content(PurePosixPath("botocore/data/partitions.json"), b"{ }") == b"{ }"


def test_a_model_loses_its_manual_and_keeps_a_member_of_that_name() -> None:
    members = {"documentation": {"shape": "Text", "documentation": "<p>What it is for.</p>"}}
    model = {"documentation": "<p>A service.</p>", "shapes": {"Request": {"members": members}}}
    path = PurePosixPath("botocore/data/sqs/2012-11-05/service-2.json.gz")
    shipped = shipped_content(path, gzip.compress(json.dumps(model).encode()))
    assert json.loads(gzip.decompress(shipped)) == {
        "documentation": "",
        "shapes": {"Request": {"members": {"documentation": {"shape": "Text", "documentation": ""}}}},
    }
    assert shipped == shipped_content(path, gzip.compress(json.dumps(model).encode(), mtime=1))


def test_every_used_service_is_one_that_botocore_has() -> None:
    import boto3

    assert set(CLIENT_SERVICES) <= set(boto3.Session().get_available_services())


def test_a_zip_does_not_depend_on_order_or_time_and_any_user_may_read_it(tmp_path: Path) -> None:
    files = {PurePosixPath("b/c.py"): b"x = 1\n", PurePosixPath("a.py"): b"y = 2\n"}
    write_zip(tmp_path / "one.zip", files)
    write_zip(tmp_path / "two.zip", dict(reversed(files.items())))
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.namelist() == ["a.py", "b/c.py"]
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_zip_grows_from_its_base_and_never_hides_an_entry(tmp_path: Path) -> None:
    write_zip(tmp_path / "base.zip", {PurePosixPath("a.py"): b"1"})
    write_zip(tmp_path / "whole.zip", {PurePosixPath("b.py"): b"22"}, tmp_path / "base.zip")
    with zipfile.ZipFile(tmp_path / "whole.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {"a.py": b"1", "b.py": b"22"}
    assert unzipped_size(tmp_path / "whole.zip") == 3
    with pytest.raises(ValueError, match="in the base archive"):
        write_zip(tmp_path / "clash.zip", {PurePosixPath("a.py"): b"2"}, tmp_path / "base.zip")


def test_bytecode_is_unchecked_and_the_same_in_any_folder(tmp_path: Path) -> None:
    compiled = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "module.py").write_text(
            "NAMES = {'a', 'b', 'c'}\ndef f(x: str) -> bool:\n    return x in NAMES\n"
        )
        interpreter = bytecode.find_interpreter(bytecode.running_runtime())
        assert interpreter is not None
        bytecode.compile_tree(folder, interpreter, "/opt/python")
        (file,) = folder.rglob("*.pyc")
        compiled.append(file.read_bytes())
    assert compiled[0] == compiled[1]
    assert compiled[0][4:8] == b"\x01\x00\x00\x00"  # PEP 552: hash-based, not checked against the source
    assert b"/opt/python/module.py" in compiled[0]


def test_a_source_that_does_not_compile_stops_the_build(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def f(:\n")
    interpreter = bytecode.find_interpreter(bytecode.running_runtime())
    assert interpreter is not None
    with pytest.raises(RolledBack, match=r"(?s)does not compile.*broken\.py"):
        bytecode.compile_tree(tmp_path, interpreter, "/opt/python")


def test_no_interpreter_of_a_version_that_does_not_exist() -> None:
    assert bytecode.find_interpreter("python3.2") is None
