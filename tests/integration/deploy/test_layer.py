"""The layer by itself: complete without any other package, for the right processor, small, reproducible."""

import ast
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from scripts.acceptance.project_copy import copy_project
from scripts.artifacts.bytecode import running_runtime
from scripts.artifacts.deterministic_zip import unzipped_size
from scripts.artifacts.wheels import CLIENT_SERVICES, running_architecture
from scripts.artifacts.zip_files import Artifact, build_function, build_layer
from scripts.command_line.project_paths import FUNCTIONS, LAYER, OUTPUT

# e_machine of an ELF header: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
ELF_MACHINES = {"x86_64": 62, "arm64": 183}

USE_EVERYTHING = """
import importlib, pkgutil, sys
folder, services = sys.argv[1], sys.argv[2:]
sys.path.insert(0, folder)
import boto3, botocore.session, payment_webhooks
session = botocore.session.get_session()
session.set_credentials("test", "test")
for service in services:
    session.create_client(service, region_name="eu-central-1")
own = boto3.Session("test", "test", region_name="eu-central-1")
own.client("s3").generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"})
own.resource("dynamodb").Table("t")
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
for module in pkgutil.walk_packages(payment_webhooks.__path__, "payment_webhooks."):
    importlib.import_module(module.name)
outside = {
    name: module.__file__
    for name, module in sys.modules.items()
    if name.partition(".")[0] not in sys.stdlib_module_names
    and getattr(module, "__file__", None) and not module.__file__.startswith(folder)
}
assert not outside, outside
print(len(sys.modules))
"""

BUILD_EVERYTHING = """
import json, sys
from pathlib import Path
sys.path[:0] = [".", "layer/python"]
from scripts.artifacts.zip_files import build_function, build_layer
runtime, processor, cache = sys.argv[1], sys.argv[2], Path(sys.argv[3])
names = [path.parent.name for path in Path("functions").glob("*/handler.py")]
built = {name: build_function(name, runtime, processor, cache) for name in names}
built["layer"] = build_layer(runtime, processor, cache, for_this_machine=True)
print(json.dumps({name: artifact.sha256 for name, artifact in built.items()}))
"""


@pytest.fixture(scope="module")
def layer() -> Artifact:
    return build_layer(running_runtime(), running_architecture(), for_this_machine=True)


@pytest.fixture(scope="module")
def unpacked(layer: Artifact, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("layer")
    with zipfile.ZipFile(layer.path) as archive:
        archive.extractall(folder)
    return folder


def services_in_code() -> set[str]:
    """The first argument, where it is a literal, of every call that makes a client."""
    found = set()
    for path in [*FUNCTIONS.rglob("*.py"), *(LAYER / "python").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name.lstrip("_") in ("client", "create_client", "make_client", "botocore_client"):
                    found.add(str(node.args[0].value))
    return found


def test_every_client_and_module_works_from_the_layer_alone(unpacked: Path) -> None:
    services = sorted(services_in_code() | set(CLIENT_SERVICES))
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", USE_EVERYTHING, str(unpacked / "python"), *services],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_what_functions_use_is_on_the_list() -> None:
    assert {"s3", "sns"} <= services_in_code()  # that the search finds them
    assert services_in_code() <= set(CLIENT_SERVICES)


def test_a_service_off_the_list_is_not_there(unpacked: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", USE_EVERYTHING, str(unpacked / "python"), "ec2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "UnknownServiceError" in done.stderr


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_binaries_are_for_the_processor_and_sizes_within_limits(architecture: str) -> None:
    artifact = build_layer("python3.11", architecture)
    machines = {}
    with zipfile.ZipFile(artifact.path) as archive:
        for name in archive.namelist():
            if name.endswith(".so"):
                machines[name] = int.from_bytes(archive.read(name)[18:20], "little")
    assert len(machines) == 2, machines  # cryptography's and cffi's
    assert set(machines.values()) == {ELF_MACHINES[architecture]}
    assert artifact.size_bytes <= 8.25 * 1024 * 1024
    assert unzipped_size(artifact.path) <= 24 * 1024 * 1024
    assert artifact.key == f"layers/shared/python3.11-{architecture}/{artifact.sha256}.zip"


def test_every_source_has_bytecode_of_the_runtime(layer: Artifact) -> None:
    tag = sys.implementation.cache_tag
    with zipfile.ZipFile(layer.path) as archive:
        names = set(archive.namelist())
    sources = [Path(name) for name in names if name.endswith(".py")]
    missing = [
        source
        for source in sources
        if (source.parent / "__pycache__" / f"{source.stem}.{tag}.pyc").as_posix() not in names
    ]
    assert layer.has_bytecode
    assert len(sources) > 250
    assert missing == []


def test_the_bill_of_materials_names_the_packages_that_are_in_it(layer: Artifact) -> None:
    with zipfile.ZipFile(layer.path) as archive:
        folders = {name.split("/")[1] for name in archive.namelist()}
    shipped = {name.removesuffix(".dist-info") for name in folders if name.endswith(".dist-info")}
    bill = json.loads((OUTPUT / "sbom.cdx.json").read_text("utf-8"))
    listed = {
        f"{each['name'].replace('-', '_')}-{each['version']}" for each in bill["components"] if "purl" in each
    }
    assert listed == {name for name in shipped if not name.startswith("pycparser-")}
    assert not {"pycparser", "pycparser.py"} & folders  # its notice alone ships


@pytest.fixture(scope="module")
def built_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Digests of what a copy of the project builds in a folder of its own, with nothing that was built before."""
    folder = tmp_path_factory.mktemp("elsewhere")
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            BUILD_EVERYTHING,
            running_runtime(),
            running_architecture(),
            str(folder / "cache"),
        ],
        cwd=copy_project(folder / "a" / "deeper" / "place"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_a_build_of_the_project_elsewhere_gives_the_same_layer(
    layer: Artifact, built_elsewhere: dict[str, str]
) -> None:
    assert built_elsewhere["layer"] == layer.sha256


def test_each_function_is_a_zip_with_its_handler_at_the_top_and_the_same_from_elsewhere(
    tmp_path: Path, built_elsewhere: dict[str, str]
) -> None:
    names = sorted(path.parent.name for path in FUNCTIONS.glob("*/handler.py"))
    assert names
    for name in names:
        artifact = build_function(name, running_runtime(), running_architecture(), tmp_path)
        assert artifact.sha256 == built_elsewhere[name]
        with zipfile.ZipFile(artifact.path) as archive:
            assert "handler.py" in archive.namelist()
            assert f"__pycache__/handler.{sys.implementation.cache_tag}.pyc" in archive.namelist()
