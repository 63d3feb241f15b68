"""What an item of the inbox says of its erasure: when, by whom, under which ticket, and the hash of what is left. Pure.

The audit trail keeps it for years, so it has a form: whoever may write to the inbox can keep nothing else there.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from payment_webhooks import contract

TICKET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/#-]{0,63}")
# IAM, "IAM identifiers": a user has a path of up to 512 characters and a name of 64; STS, "AssumeRole": so has a
# session, after the role's.
_CALLER: Final = (
    r"arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:(root|(user|assumed-role|federated-user)/[\w+=,.@/-]{1,577})"
)
_FORMS: Final[Mapping[str, re.Pattern[str]]] = {
    contract.ERASED_AT: re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"),
    contract.ERASED_BY: re.compile(_CALLER, re.ASCII),
    contract.ERASURE_TICKET: TICKET,
    contract.ERASED_SHA256: re.compile(r"[0-9a-f]{64}"),
}


def marks(values: Mapping[str, Any]) -> dict[str, str]:
    """Those of an item that are of their form; all four of an item that is erased."""
    said = {name: str(values[name]) for name in _FORMS if name in values}
    return {name: text for name, text in said.items() if _FORMS[name].fullmatch(text)}
