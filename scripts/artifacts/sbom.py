"""Writes the bill of materials of what runs on Lambda: the functions, the library, and the packages of the layer.

CycloneDX 1.6: https://cyclonedx.org/docs/1.6/json/. It holds no digest of our own code and no time, so that only
another set of packages or functions changes it; artifacts carry their digests in their names.
"""

import json
import tomllib
import uuid
from collections.abc import Sequence
from typing import Any, Final

from scripts.artifacts.lock_file import LockedPackage, read_lock
from scripts.command_line.project_paths import LAYER, ROOT
from stacks.function_catalogue import FUNCTIONS

FILE_NAME: Final = "sbom.cdx.json"
_LAYER: Final = "layer"
_LIBRARY: Final = "payment_webhooks"
# Of the layer's packages, what wheels.py leaves out of the zip altogether.
_NOT_SHIPPED: Final = frozenset({"pycparser"})
_SERIALS: Final = uuid.UUID("6f2d2c8e-3f0b-4b0e-9d55-6a0b8a3f5c11")


def sbom_text() -> str:
    """The document, from the lock file of the layer and the catalogue of functions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    packages = [
        package for package in read_lock(LAYER / "requirements.txt") if package.name not in _NOT_SHIPPED
    ]
    document = sbom(project["name"], project["version"], list(FUNCTIONS), packages)
    return json.dumps(document, indent=1) + "\n"


def sbom(
    name: str, version: str, functions: Sequence[str], packages: Sequence[LockedPackage]
) -> dict[str, Any]:
    """The document of a project with these functions, whose layer has these packages."""

    def own(type_: str, title: str) -> dict[str, Any]:
        return {"type": type_, "bom-ref": title, "name": title, "version": version}

    parts = [own("application", function) for function in functions]
    parts += [own("platform", _LAYER), own("library", _LIBRARY)]
    third_party = [_package(package) for package in packages]
    needs = {
        name: list(functions),
        **{function: [_LAYER] for function in functions},
        _LAYER: [_LIBRARY, *(package.purl for package in packages if not package.asked_by)],
        _LIBRARY: [],
        **{
            package.purl: [each.purl for each in packages if package.name in each.asked_by]
            for package in packages
        },
    }
    body = {
        "metadata": {
            "component": {**own("application", name), "licenses": [{"license": {"id": "Apache-2.0"}}]}
        },
        "components": [*parts, *third_party],
        "dependencies": [{"ref": ref, "dependsOn": sorted(needed)} for ref, needed in needs.items()],
    }
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_SERIALS, json.dumps(body))}",
        "version": 1,
        **body,
    }


def _package(package: LockedPackage) -> dict[str, Any]:
    hashes = [{"alg": "SHA-256", "content": digest} for digest in package.hashes]
    files = f"https://pypi.org/project/{package.name}/{package.version}/#files"
    return {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "externalReferences": [{"type": "distribution", "url": files, "hashes": hashes}],
    }
