"""Decides whether a reviewed change may be executed, must be asked for, or is refused. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from scripts.command_line.errors import UsageError

# What --allow can name. `destroy`: data goes; `replace`: a resource goes or is made anew; `stop`: something is switched
# off, throttled or no longer seen; `iam`: somebody may do more; `public`: the internet reaches more.
DANGERS: Final = ("destroy", "replace", "stop", "iam", "public")


@dataclass(frozen=True)
class Consent:
    """Consent given on the command line. `is_somebody_there`: a person can be asked."""

    yes: bool
    allowed: frozenset[str]
    is_somebody_there: bool


class Verdict(Enum):
    GO_ON = "go on without asking"
    ASK = "ask yes or no"
    ASK_FOR_DANGERS = "ask for the names of the dangers"
    ASK_FOR_NAME = "ask for the stack's name"
    WARN = "say that it will fail, and ask for the stack's name"
    REFUSE = "refuse"
    REFUSE_FAILING = "refuse, as it will fail whatever is allowed"


def decide(
    needs: Iterable[str], consent: Consent, *, will_fail: bool = False
) -> tuple[Verdict, tuple[str, ...]]:
    """Decide about a change that `needs` some of DANGERS; returns the verdict, and those needs that were not allowed.

    --yes answers for harmless changes only (a first creation is one: it takes nothing from anybody); what is dangerous
    must be named with --allow, or a person must be there who types the same words, or the stack's name where data go.
    Without --yes, a person is asked in any case.
    `will_fail`: no flag answers for that, only a person who types the name, as AWS would refuse it half way.
    """
    missing = tuple(name for name in DANGERS if name in set(needs) - consent.allowed)
    if will_fail:
        asks = consent.is_somebody_there and not consent.yes
        return (Verdict.WARN if asks else Verdict.REFUSE_FAILING), missing
    if consent.yes:
        return (Verdict.REFUSE if missing else Verdict.GO_ON), missing
    if not consent.is_somebody_there:
        return Verdict.REFUSE, missing
    if "destroy" in missing:
        return Verdict.ASK_FOR_NAME, missing
    return (Verdict.ASK_FOR_DANGERS if missing else Verdict.ASK), missing


def read_allowed(texts: Iterable[str]) -> frozenset[str]:
    """`["replace,iam", "destroy"]` as a set. Raises UsageError for a word that is not in DANGERS."""
    allowed = {part.strip() for text in texts for part in text.split(",") if part.strip()}
    for name in sorted(allowed - set(DANGERS)):
        raise UsageError(f"--allow {name}: not one of {', '.join(DANGERS)}")
    return frozenset(allowed)
