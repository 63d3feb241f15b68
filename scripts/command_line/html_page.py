"""A self-contained HTML page: offline, light and dark, printable, nothing of its data can become code.

A content security policy runs only the page's own style and script, named by their hashes.
"""

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Final

from scripts.command_line.plain_text import visible

_STYLE: Final = Path(__file__).parent / "page.css"


def page(title: str, body: Iterable[str], style: str = "", script: str = "") -> str:
    """The page as text. `body`: lines of HTML, whose texts are `safe`. style, script: its own, beside those of all."""
    styled = _STYLE.read_text("utf-8").strip() + "\n" + style
    scripted = f"; script-src '{_hash(script)}'" if script else ""
    policy = f"default-src 'none'; style-src '{_hash(styled)}'{scripted}; base-uri 'none'"
    lines = (
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{safe(policy)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{safe(title)}</title>",
        f"<style>{styled}</style>",
        "</head>",
        "<body>",
        *body,
        *([f"<script>{script}</script>"] if script else []),
        "</body>",
        "</html>",
    )
    return "\n".join(lines) + "\n"


def safe(text: str) -> str:
    """Escapes markup, and makes control characters visible."""
    return escape(visible(text))


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
