"""Applies the control matrix to templates: which resources meet each control, and which are waived."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from stacks.controls.control import Control
from stacks.controls.table import CONTROLS
from stacks.controls.template_resources import Templates, resources_in
from stacks.lint.waivers import ControlWaiver

MET: Final = "met"
WAIVED: Final = "waived"
OPEN: Final = "open"


class Assessed(NamedTuple):
    """A control with its resources, `{stack}/{logical id}`, by how they stand to it.

    reasons: those of the waivers in use, each with the resources that it excuses.
    """

    control: Control
    met: tuple[str, ...]
    waived: tuple[str, ...]
    open: tuple[str, ...]
    reasons: Mapping[str, tuple[str, ...]]

    @property
    def state(self) -> str:
        """Open also where no resource is left that the control is about."""
        if self.open or not (self.met or self.waived):
            return OPEN
        return MET if self.met else WAIVED


def assess(templates: Templates, waivers: Sequence[ControlWaiver]) -> tuple[Assessed, ...]:
    """Every control over the resources of its type."""
    return tuple(_assess(control, templates, waivers) for control in CONTROLS)


def _assess(control: Control, templates: Templates, waivers: Sequence[ControlWaiver]) -> Assessed:
    found: dict[str, list[str]] = {MET: [], WAIVED: [], OPEN: []}
    reasons: dict[str, tuple[str, ...]] = {}
    for each in resources_in(templates, control.type):
        covering = [
            waiver
            for waiver in waivers
            if waiver.control == control.id and waiver.covers(each.type, each.title)
        ]
        if control.is_met_by(each):
            found[MET].append(str(each))
        else:
            found[WAIVED if covering else OPEN].append(str(each))
            for waiver in covering:
                reasons[waiver.reason] = (*reasons.get(waiver.reason, ()), str(each))
    return Assessed(control, tuple(found[MET]), tuple(found[WAIVED]), tuple(found[OPEN]), reasons)
