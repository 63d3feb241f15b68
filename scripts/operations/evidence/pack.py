"""The pack of evidence: a page, the same as JSON, the templates, and the SHA-256 of each file."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from scripts.artifacts.sbom import FILE_NAME, sbom_text
from scripts.operations.evidence.findings import Finding
from stacks.lint.waivers import WAIVERS

SUMS: Final = "SHA256SUMS"
_STYLE: Final = (
    "body{font:14px sans-serif;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.3em;"
    "text-align:left;vertical-align:top}.open{background:#f9c9c4}.met{background:#dff3df}.waived{background:#fdf1c7}"
)
_KINDS: Final = {
    "resources": "Resources of the templates",
    "settings": "Settings",
    "drift": "What is there, against its templates",
    "tests": "Behaviour, by tests that were run now",
    "account": "The account's own duties",
}


def page(document: Mapping[str, Any]) -> str:
    """The evidence as one HTML page that loads nothing."""
    about = "".join(
        f"<tr><th>{escape(name)}<td>{escape(str(value))}"
        for name, value in document.items()
        if name not in ("findings", "verdict")
    )
    parts = [
        f"<h1>PCI DSS v4.0.1: evidence</h1><p><b>{escape(document['verdict'])}</b><table>{about}</table>"
    ]
    for kind, heading in _KINDS.items():
        rows = [row for row in document["findings"] if row["kind"] == kind]
        if rows:
            heads = "<tr><th>requirement<th>control<th>what<th>state<th>found"
            parts.append(f"<h2>{heading}</h2><table>{heads}{''.join(map(_row, rows))}</table>")
    head = f"<!doctype html><meta charset=utf-8><title>PCI DSS evidence</title><style>{_STYLE}</style>"
    return f"{head}{''.join(parts)}\n"


def _row(row: Mapping[str, Any]) -> str:
    cells = (row["requirements"] or "beyond", row["id"], row["what"], row["state"])
    found = "<br>".join(map(escape, row["found"]))
    return (
        f'<tr class="{escape(row["state"])}">'
        + "".join(f"<td>{escape(cell)}" for cell in cells)
        + f"<td>{found}"
    )


def document_of(about: Mapping[str, Any], verdict: str, findings: Sequence[Finding]) -> dict[str, Any]:
    return {
        "version": 1,
        "verdict": verdict,
        **about,
        "findings": [finding._asdict() for finding in findings],
    }


def write_pack(folder: Path, document: Mapping[str, Any], templates: Mapping[str, Mapping[str, Any]]) -> Path:
    """Write all files into the empty folder; `sha256sum --check SHA256SUMS` there proves them. Returns the file of the
    sums.

    Who can change the folder can change the sums, too: their own digest is to be kept elsewhere.
    """
    texts = {
        "evidence.json": _json(document),
        "evidence.html": page(document),
        "waivers.toml": WAIVERS.read_text(encoding="utf-8"),
        FILE_NAME: sbom_text(),
        **{f"{name}.template.json": _json(template) for name, template in templates.items()},
    }
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())
    sums = "".join(f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in texts.items())
    (folder / SUMS).write_text(sums, encoding="utf-8")
    return folder / SUMS


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, default=str) + "\n"
