"""Turns a loaded module into its mutant, where its functions' code and plain constants make the difference.

So the project need not be loaded again for most mutants.
"""

import gc
import re
import sys
from collections.abc import Callable, Iterator
from inspect import CO_NEWLOCALS
from pathlib import Path
from types import CodeType, FunctionType
from typing import Final, NamedTuple

_PLAIN: Final = (str, bytes, int, float, bool, re.Pattern, type(None))


class _Part(NamedTuple):
    """A code object of a module, and the outermost function that it belongs to; None: the module or a class."""

    code: CodeType
    function: CodeType | None


def swap(name: str, path: Path, original: str, mutated: str) -> Callable[[], None] | None:
    """What turns the loaded module into its mutant; None: more of it would differ than code and constants."""
    before = list(_parts(compile(original, path, "exec"), None))
    after = list(_parts(compile(mutated, path, "exec"), None))
    if len(before) != len(after):
        return None
    if _own(before[0].code) != _own(after[0].code):
        return _new_constants(name, before[0].code, after[0].code)
    functions = _functions(path)
    found: list[tuple[FunctionType, CodeType]] = []
    for old, new in zip(before, after, strict=True):
        if _own(old.code) == _own(new.code):
            continue
        live = functions.get(_name(old.function)) if old.function else None
        if (
            not live
            or new.function is None
            or len(new.function.co_freevars) != len(live[0].__code__.co_freevars)
        ):
            return None
        found += [(function, new.function) for function in live]
    return lambda: _give(found)


def _new_constants(name: str, old: CodeType, new: CodeType) -> Callable[[], None] | None:
    before: dict[str, object] = {"__name__": name}
    after: dict[str, object] = {"__name__": name}
    exec(old, before)  # noqa: S102
    try:
        exec(new, after)  # noqa: S102
    except Exception:
        return None
    changed = {
        key: value
        for key, value in after.items()
        if _is_plain(value) and _is_plain(before.get(key)) and value != before.get(key)
    }
    return (lambda: _set(name, changed)) if changed else None


def _is_plain(value: object) -> bool:
    if type(value) in {tuple, list, set, frozenset}:
        return all(map(_is_plain, value))  # type: ignore[call-overload]
    if isinstance(value, dict):
        return _is_plain([*value, *value.values()])
    return type(value) in _PLAIN


def _set(name: str, changed: dict[str, object]) -> None:
    """Also where another module has imported the constant."""
    for key, value in changed.items():
        former = vars(sys.modules[name])[key]
        for module in list(sys.modules.values()):
            if vars(module).get(key) is former:
                setattr(module, key, value)


def _give(found: list[tuple[FunctionType, CodeType]]) -> None:
    for function, code in found:
        function.__code__ = code


def _parts(code: CodeType, function: CodeType | None) -> Iterator[_Part]:
    function = function or (code if code.co_flags & CO_NEWLOCALS else None)
    yield _Part(code, function)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _parts(constant, function)


def _own(code: CodeType) -> tuple[object, ...]:
    """What the code does by itself, without its lines' numbers and without the functions in it."""
    constants = [None if isinstance(constant, CodeType) else repr(constant) for constant in code.co_consts]
    return code.co_code, constants, code.co_names, code.co_varnames, code.co_freevars, code.co_exceptiontable


def _name(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def _functions(path: Path) -> dict[tuple[str, int], list[FunctionType]]:
    found: dict[tuple[str, int], list[FunctionType]] = {}
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename == str(path):
            found.setdefault(_name(thing.__code__), []).append(thing)
    return found
