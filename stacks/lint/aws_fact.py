"""One fact of AWS that no schema tells, in the words of cfn-lint's rules. docs/aws-facts.md lists them all."""

from typing import NamedTuple

__all__ = ["TO_CHECK", "AwsFact"]

TO_CHECK = "to-check"  # tag of a fact that public reports suggest and one try on AWS decides


class AwsFact(NamedTuple):
    """What AWS does. It stands beside the check that holds us to it, written with literals and by position, as the page
    is made without importing the checks (stacks.documents.aws_facts_page).

    id: E9001… a rule of cfn-lint over one template (stacks/lint/rules), S9001… over the assembled system, P9001… of
    preflight, R9001… of the review, A9001… shown by the acceptance run on AWS alone. source_url: a page that says so.
    tags: as cfn-lint's rules have them.
    """

    id: str
    short_description: str
    description: str
    source_url: str
    tags: tuple[str, ...]
