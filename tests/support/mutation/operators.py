"""The ways in which a mutant differs from the program: cosmic-ray's, and five of our own.

cosmic-ray replaces each operator by each other one; of these we take the opposite, and the limit itself of an order, as
the others are caught by the same tests. It leaves words and whole statements alone, which ours do not.
"""

import ast
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import parso
from cosmic_ray import plugins

Span = tuple[tuple[int, int], tuple[int, int]]

NAMES: Final = (
    *(f"ReplaceBinaryOperator_{name}" for name in ("Add_Sub", "Sub_Add", "Mul_FloorDiv", "Div_Mul", "FloorDiv_Mul")),
    *(f"ReplaceBinaryOperator_{name}" for name in ("Mod_Mul", "Pow_Mul", "BitOr_BitAnd", "BitAnd_BitOr")),
    *(f"ReplaceBinaryOperator_{name}" for name in ("BitXor_BitAnd", "LShift_RShift", "RShift_LShift")),
    *(f"ReplaceComparisonOperator_{name}" for name in ("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is")),
    *(f"ReplaceComparisonOperator_{name}" for name in ("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt")),
    *("ReplaceUnaryOperator_Delete_Not", "ReplaceUnaryOperator_Delete_USub"),
    *("AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd"),
    *("ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "NumberReplacer"),
    *("RemoveDecorator", "ZeroIterationForLoop"),
)  # fmt: skip


class OwnOperator(NamedTuple):
    """Nodes of these types whose text begins so become another text, but those that mean the same."""

    types: tuple[str, ...]
    beginning: str
    becomes: str
    but: tuple[str, ...] = ()

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        text = node.get_code(include_prefix=False)
        if node.type in self.types and text.startswith(self.beginning) and text not in self.but:
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        return parso.parse(node.get_first_leaf().prefix + self.becomes)


class OtherWord:
    """Words of the program with a letter more; neither its documentation nor what an error or a fact of AWS says."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        if node.type == "string" and node.parent.type != "simple_stmt" and not _is_told(node):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        value = ast.literal_eval(node.value)
        return parso.parse(f"{node.prefix}{value + (b'~' if isinstance(value, bytes) else '~')!r}")


def _is_told(node: Any) -> bool:
    if node is None or node.type == "raise_stmt":
        return node is not None
    is_fact = node.type == "atom_expr" and node.get_first_leaf().value == "AwsFact"
    return is_fact or _is_told(node.parent)


class Uncaught:
    """An error is not caught."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        if node.type == "except_clause":
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        name = "".join(child.get_code() for child in node.children[2:])
        return parso.parse(f"{node.get_first_leaf().prefix}except (){name}")


class LeftOut:
    """A statement that calls, raises or changes something is not there."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        called = node.type in {"atom_expr", "power", "raise_stmt", "await_expr"}
        changed = node.type == "expr_stmt" and node.children[0].type != "name"
        if (called or changed) and node.parent.type == "simple_stmt":
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        return parso.parse(node.get_first_leaf().prefix + "pass")


OWN: Final[tuple[Any, ...]] = (
    OwnOperator(("return_stmt",), "return ", "return None", but=("return None", "return False")),
    OwnOperator(("keyword",), "in", "not in"),
    LeftOut(),
    Uncaught(),
    OtherWord(),
)


def operators() -> tuple[Any, ...]:
    return (*(plugins.get_operator(f"core/{name}")() for name in NAMES), *OWN)
