"""The answer of a Lambda proxy integration (REST API and function URL alike)."""

import json
from collections.abc import Mapping
from typing import Any

Answer = dict[str, Any]


def proxy_answer(
    status_code: int, document: Mapping[str, Any] | None, headers: Mapping[str, str] | None = None
) -> Answer:
    """`document`: the JSON body, None for an empty one. `headers`: those beside the content type and "no-store"."""
    return {
        "statusCode": status_code,
        "headers": {"Content-Type": "application/json", "Cache-Control": "no-store", **(headers or {})},
        "body": "" if document is None else json.dumps(document, separators=(",", ":")),
        "isBase64Encoded": False,
    }
