"""One fact of AWS that no schema tells, in the words of cfn-lint's rules."""

from typing import NamedTuple

__all__ = ["TO_CHECK", "AwsFact"]

TO_CHECK = "to-check"  # tag of a fact that public reports suggest and one try on AWS decides


class AwsFact(NamedTuple):
    """What AWS does, and which check holds us to it. The module that checks facts lists them as `FACTS`.

    id: E9001… a rule of cfn-lint over one template (stacks/lint/rules), S9001… over the assembled system, P9001… of
    preflight, R9001… of the review. source_url: a page that says so. tags: as cfn-lint's rules have them.
    """

    id: str
    short_description: str
    description: str
    source_url: str
    tags: tuple[str, ...]
