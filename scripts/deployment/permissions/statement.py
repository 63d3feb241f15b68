"""A statement of an IAM policy, and documents of them that IAM takes."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: characters of a managed policy; "IAM
# does not count white space". A role takes ten of them.
POLICY_CHARACTERS: Final = 6_144
VIA_CLOUDFORMATION: Final = {"ForAnyValue:StringEquals": {"aws:CalledVia": ["cloudformation.amazonaws.com"]}}


@dataclass(frozen=True)
class Statement:
    """What a principal may do: `actions` on `resources` (patterns of ARNs) while `condition` holds."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """As JSON."""
        condition = {"Condition": self.condition} if self.condition else {}
        return {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": sorted({*self.actions}),
            "Resource": sorted(self.resources),
            **condition,
        }


def merged(statements: Iterable[Statement]) -> list[Statement]:
    """Statements for the same resources under the same condition as one, under the first one's name."""
    found: dict[str, Statement] = {}
    for statement in statements:
        key = json.dumps([sorted(statement.resources), statement.condition], sort_keys=True)
        first = found.get(key, replace(statement, actions=()))
        found[key] = replace(first, actions=(*first.actions, *statement.actions))
    return list(found.values())


def policy_documents(statements: Iterable[Statement]) -> list[dict[str, Any]]:
    """As few policies as the order allows, each of a size that IAM takes. Raises ValueError for a longer statement."""
    documents: list[dict[str, Any]] = []
    for statement in (part for whole in statements for part in _parts(whole)):
        if documents:
            longer = {**documents[-1], "Statement": [*documents[-1]["Statement"], statement.document()]}
            if characters(longer) <= POLICY_CHARACTERS:
                documents[-1] = longer
                continue
        documents.append({"Version": "2012-10-17", "Statement": [statement.document()]})
        if characters(documents[-1]) > POLICY_CHARACTERS:
            raise ValueError(f"the statement {statement.sid} is longer than a policy may be")
    return documents


def characters(document: Mapping[str, Any]) -> int:
    """The size that IAM counts: without white space."""
    return len("".join(json.dumps(document, separators=(",", ":")).split()))


def _parts(statement: Statement, most: int = 40) -> Iterator[Statement]:
    """The statement in parts of at most `most` actions, so that policies are filled evenly."""
    actions = sorted({*statement.actions})
    for start in range(0, len(actions), most):
        number = str(start // most + 1) if len(actions) > most else ""
        yield Statement(
            statement.sid + number,
            tuple(actions[start : start + most]),
            statement.resources,
            statement.condition,
        )
