"""Recognises resources that only get another logical id or nested stack: CloudFormation makes them anew (R9014)."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from scripts.command_line.counted import counted
from scripts.review.model import Rename
from scripts.review.replacement import REFERENCE
from scripts.review.values import canonical
from stacks.evaluation.resolved_stack import NESTED_STACK, Resource, Resources

# Those of ours.
REFUSED_TYPES: Final = frozenset(
    {"AWS::ApiGateway::BasePathMapping", "AWS::ApiGateway::Method", "AWS::EC2::EIP", "AWS::WAFv2::IPSet"}
    | {"AWS::Lambda::EventInvokeConfig", "AWS::WAFv2::WebACL"}
)


def renames_in(old: Resources, new: Resources) -> Iterator[Rename]:
    """The renames among resources with written properties: same type, same properties but for what they refer to.

    One with the same logical id in another nested stack comes first; of several alike none is guessed.
    """
    added: dict[str, list[Resource]] = defaultdict(list)
    removed: dict[str, list[Resource]] = defaultdict(list)
    for side, other, found in ((new, old, added), (old, new, removed)):
        for key in sorted(side.keys() - other.keys()):
            if side[key].type != NESTED_STACK:
                found[_likeness(side[key])].append(side[key])
    for likeness, gone in removed.items():
        come = added.get(likeness, [])
        for resource in gone:
            same_name = [each for each in come if each.logical_id == resource.logical_id]
            chosen = same_name or (come if len(come) == len(gone) == 1 else [])
            if len(chosen) == 1:
                yield Rename(resource.type, _shown(resource), _shown(chosen[0]))


def _likeness(resource: Resource) -> str:
    return resource.type + REFERENCE.sub(r"${}\2", canonical(resource.properties))


def _shown(resource: Resource) -> str:
    return "/".join((*resource.path, resource.logical_id))


def rename_notes(renames: Sequence[Rename]) -> Iterator[str]:
    """Sentences on what is only renamed or moved, and by what way it stays."""
    if not renames:
        return
    whole: Counter[tuple[str, str]] = Counter()
    for rename in renames:
        stack, _, name = rename.before.rpartition("/")
        other, _, new_name = rename.after.rpartition("/")
        whole[(stack or "root", other or "root") if name == new_name else (rename.before, rename.after)] += 1
    for (before, after), count in whole.items():
        what = (
            f"{counted(count, 'resource')} move, otherwise the same"
            if count > 1
            else "renamed, otherwise the same"
        )
        yield f"{before} → {after}: {what}"
    refused = sorted({rename.resource_type for rename in renames} & REFUSED_TYPES)
    limits = ["before any other change", "with the stack policies off", "at most five stacks at once"]
    limits += [f"not for {', '.join(kind.removeprefix('AWS::') for kind in refused)}"] if refused else []
    kept = "it and its data" if len(renames) == 1 else "them and their data"
    way = "aws cloudformation create-stack-refactor (docs/deploying.md#renames)"
    yield f"a stack refactoring keeps {kept}, {', '.join(limits)}: {way}"
