"""Writes docs/pci-dss.md: the control matrix with its resources, proofs, needed settings and the account's duties."""

from collections.abc import Iterator, Sequence
from typing import Final

from stacks.controls.assessment import MET, WAIVED, Assessed, assess
from stacks.controls.matrix_texts import ACCOUNT_DUTIES, OTHER_NAMES, REQUIREMENTS, SHOWN_BY_TESTS
from stacks.controls.settings import NEEDS
from stacks.controls.template_resources import Templates
from stacks.documents.markdown_pages import table
from stacks.lint.waivers import read_waivers

_PAGE: Final = """\
# PCI DSS v4.0.1: control matrix

Made from `stacks/controls/` by `python build_template.py`. What resources do not meet is excused, with its reason, in
`stacks/lint/waivers.toml`; the reasons stand below the table. `payment-webhooks evidence` applies all of it to the
templates and to what is deployed, and writes what it found into a folder to keep ([deploying](deploying.md#evidence)).
Names of controls: `SH` is AWS Security Hub, `CKV` checkov, `guard` CloudFormation Guard, `W` and `F` cfn_nag, the
others cdk-nag.

## Resources

Proven by `tests/templates/test_pci_controls.py` for each resource of the type; each row's check is also shown to fail.
"""
_COUNTS: Final = """
{met} of {rows} controls are met by each of their resources, {partly} by some while others are waived, and {waived} are
waived as a whole; {shown} more rows are shown by tests, and {duties} are the account's own.
"""
_SETTINGS: Final = """
## Settings

Without these values a row above, or a requirement, does not hold. `[compliance] pci = true` in an environment file, as
in `environments/prod.toml`, makes preflight refuse others. TLS 1.2, the keys and their rotation, the shape of logs and
the rights of roles are no settings: they are the same in every environment.
"""
_TESTS: Final = """
## Behaviour

What no property shows; the tests named are the proof, and `payment-webhooks evidence` runs them.
"""
_DUTIES: Final = """
## The account's own duties

These belong to an account, not to an environment: the templates do not set them. `payment-webhooks
evidence` reads those that it can.
"""
_REQUIREMENTS: Final = """
## What the requirements ask

In a few words of ours; the [standard](https://www.pcisecuritystandards.org/document_library/) has its own. Each number
was looked up (`stacks/controls/matrix_texts.toml` says where).
"""


def pci_dss_page(templates: Templates) -> str:
    """docs/pci-dss.md as Markdown text."""
    assessed = assess(templates, read_waivers().controls)
    page = (
        _PAGE
        + _counts(assessed)
        + table(("requirement", "control", "what", "property", "resources", "state"), map(_row, assessed))
    )
    page += "\n### Waivers\n\n" + "".join(
        f"- {each.control.id}, {_short(excused)}: {reason}\n"
        for each in assessed
        for reason, excused in each.reasons.items()
    )
    needs = ((each.requirements, f"`{each.parameter}`", each.wanted, each.why) for each in NEEDS)
    page += _SETTINGS + table(("requirement", "parameter", "set", "so that"), needs)
    shown = (
        (each.requirements, each.what, each.where, "<br>".join(f"`{test}`" for test in each.tests))
        for each in SHOWN_BY_TESTS
    )
    page += _TESTS + table(("requirement", "what", "where", "proof"), shown)
    duties = ((each.requirements, _names(each.id), each.what, f"`{each.command}`") for each in ACCOUNT_DUTIES)
    page += _DUTIES + table(("requirement", "duty", "what", "shown by"), duties)
    return page + _REQUIREMENTS + table(("requirement", "asks"), REQUIREMENTS.items())


def _counts(assessed: Sequence[Assessed]) -> str:
    met = sum(each.state == MET for each in assessed)
    partly = sum(each.state == MET and bool(each.waived) for each in assessed)
    return _COUNTS.format(
        met=met - partly,
        rows=len(assessed),
        partly=partly,
        waived=sum(each.state == WAIVED for each in assessed),
        shown=len(SHOWN_BY_TESTS),
        duties=len(ACCOUNT_DUTIES),
    )


def _row(each: Assessed) -> tuple[str, ...]:
    control = each.control
    state = each.state
    if each.waived and state != WAIVED:
        state += f", {len(each.waived)} waived"
    where = f"`{control.type.removeprefix('AWS::')}` {control.property}"
    requirements = control.requirements or "beyond"
    return requirements, _names(control.id), control.what, where, _short((*each.met, *each.waived)), state


def _names(name: str) -> str:
    others = OTHER_NAMES.get(name)
    return f"{name} ({others})" if others else name


def _short(resources: tuple[str, ...]) -> str:
    """`data`: A, B; `api`: C"""
    return "; ".join(f"`{stack}`: {titles}" for stack, titles in _by_stack(resources))


def _by_stack(resources: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for stack in dict.fromkeys(each.split("/")[0] for each in resources):
        titles = [each.split("/")[1] for each in resources if each.startswith(f"{stack}/")]
        yield stack, ", ".join(titles) if len(titles) <= _MOST else f"all {len(titles)}"


_MOST: Final = 20  # of a stack's resources, which a cell names one by one
