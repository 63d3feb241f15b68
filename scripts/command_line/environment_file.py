"""The values of a deployment: environment files, --parameter flags, the templates' defaults; checked before.

Files and flags are the whole truth: a parameter that neither names gets its default, also on an update, so
that what runs never depends on what somebody once typed.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from scripts.command_line.errors import UsageError
from scripts.command_line.project_paths import ENVIRONMENTS
from stacks.names import SUFFIX_LENGTH_MAXIMUM, valid_suffix


@dataclass(frozen=True)
class Protection:
    """What an environment file asks for under `[protection]`.

    `termination`: the stack refuses deletion. `stack_policy`: no update replaces or deletes what holds data.
    `tables`: tables refuse deletion, from the second update on.
    """

    termination: bool = False
    stack_policy: bool = False
    tables: bool = False

    def __or__(self, other: "Protection") -> "Protection":
        """What either asks for."""
        return Protection(
            self.termination or other.termination,
            self.stack_policy or other.stack_policy,
            self.tables or other.tables,
        )

    def with_tables(self, given: Mapping[str, str]) -> dict[str, str]:
        """The parameters `given`, with the tables' deletion protection on where it is asked for and not said no to."""
        from stacks.parameters.tables import DELETION_PROTECTION

        return {DELETION_PROTECTION.title: "true", **given} if self.tables else dict(given)


NO_PROTECTION: Final = Protection()
NONE: Final = "none"  # in the place of a file: none, also where the last deploy had one
_KEYS: Final = frozenset({"suffix", "region", "parameters", "protection", "compliance"})
_PROTECTIONS: Final = frozenset(field.name for field in fields(Protection))
_COMPLIANCES: Final = frozenset({"pci"})


@dataclass(frozen=True)
class EnvironmentFile:
    """What an environment file holds; `parameters` as CloudFormation takes them, as text.

    is_pci: under `[compliance]`, `pci`: whether preflight refuses what PCI DSS does not allow.
    suffix: the one environment that it is for; None: any.
    """

    region: str | None
    parameters: dict[str, str]
    protection: Protection = NO_PROTECTION
    path: Path | None = None
    is_pci: bool = False
    suffix: str | None = None


NO_FILE: Final = EnvironmentFile(None, {})


def check_suffix(suffix: str) -> str:
    """`suffix` itself. Raises UsageError when it cannot name an environment."""
    if not valid_suffix(suffix):
        raise UsageError(
            f"{suffix!r} is no environment suffix",
            f"use 1 to {SUFFIX_LENGTH_MAXIMUM} of a-z, 0-9 and inner hyphens, such as dev or black-friday",
        )
    return suffix


def read_environment(path: Path) -> EnvironmentFile:
    """Read a TOML file: optional `region`, `suffix`; tables `[parameters]`, `[protection]`, `[compliance]`.

    Raises UsageError.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        there = ", ".join(sorted(str(file) for file in ENVIRONMENTS.glob("*.toml"))) or "none yet"
        raise UsageError(f"there is no environment file {path}", f"there are: {there}") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"{path} cannot be read: {error}", "it is TOML: Name = value under [parameters]"
        ) from error
    for key in document.keys() - _KEYS:
        raise UsageError(
            f"{path}: unknown key {key!r}{_guess(key, _KEYS)}", "parameters stand under [parameters]"
        )
    region, suffix, parameters = (document.get(name) for name in ("region", "suffix", "parameters"))
    parameters = {} if parameters is None else parameters
    if not (
        isinstance(parameters, dict) and isinstance(region, str | None) and isinstance(suffix, str | None)
    ):
        raise UsageError(f"{path}: region and suffix are strings and [parameters] a table")
    texts = {name: _text(path, name, value) for name, value in parameters.items()}
    protection = Protection(**_switches(path, document, "protection", _PROTECTIONS))
    is_pci = _switches(path, document, "compliance", _COMPLIANCES).get("pci", False)
    return EnvironmentFile(region, texts, protection, path, is_pci, suffix)


def check_binding(file: EnvironmentFile, suffix: str) -> None:
    """Raises UsageError where the file is for another environment."""
    if file.suffix not in (None, suffix):
        raise UsageError(
            f"{file.path} is for --suffix {file.suffix}, not for {suffix}",
            f"give --suffix {file.suffix}, or another file",
        )


def _switches(path: Path, document: Mapping[str, Any], name: str, known: Iterable[str]) -> dict[str, bool]:
    table = document.get(name, {})
    if not isinstance(table, dict) or not all(isinstance(value, bool) for value in table.values()):
        raise UsageError(f"{path}: [{name}] is a table of true and false")
    for key in table.keys() - set(known):
        raise UsageError(
            f"{path}: unknown {name} {key!r}{_guess(key, known)}", f"there are: {', '.join(sorted(known))}"
        )
    return table


def read_assignment(text: str) -> tuple[str, str]:
    """`("Name", "value")` of `Name=value`. Raises UsageError."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise UsageError(f"--parameter {text!r} is not of the form Name=value")
    return name, value


def resolve(
    declared: Mapping[str, Mapping[str, Any]], given: Mapping[str, str], filled: Mapping[str, str]
) -> dict[str, str]:
    """A value for every parameter that the root template declares.

    `declared` is the template's Parameters section, `given` what the user says, `filled` what this tool
    itself sets (names of artifacts and the like). Raises UsageError for the first name or value that cannot
    be.
    """
    for name in given:
        if name not in declared:
            raise UsageError(
                f"there is no parameter {name!r}{_guess(name, declared)}", "docs/parameters.md has them all"
            )
        if name in filled:
            raise UsageError(f"{name} is set by this command and cannot be given")
    values = {name: _default(declaration) for name, declaration in declared.items()}
    values.update({name: value for name, value in {**given, **filled}.items() if name in declared})
    return {name: _checked(name, value, declared[name]) for name, value in values.items()}


def _default(declaration: Mapping[str, Any]) -> str | None:
    return str(declaration["Default"]) if "Default" in declaration else None


def _checked(name: str, value: str | None, declaration: Mapping[str, Any]) -> str:
    if value is None:
        raise UsageError(f"the parameter {name} has no default", f"give it: --parameter {name}=VALUE")
    for problem in _problems(value, declaration):
        raise UsageError(
            f"{name}={value}: {problem}",
            f"give another --parameter {name}=…; docs/parameters.md says of what form",
        )
    return value


def _problems(value: str, declaration: Mapping[str, Any]) -> Iterable[str]:
    if declaration["Type"] == "CommaDelimitedList":  # CloudFormation checks the items one by one
        single = {**declaration, "Type": "String"}
        yield from (problem for item in value.split(",") for problem in _problems(item, single))
        return
    allowed = [str(choice) for choice in declaration.get("AllowedValues", [])]
    if allowed and value not in allowed:
        yield f"not one of {', '.join(allowed)}"
    if "AllowedPattern" in declaration and re.fullmatch(declaration["AllowedPattern"], value) is None:
        yield f"does not match {declaration['AllowedPattern']}"
    if declaration["Type"] == "Number":
        yield from _outside(value, declaration, "Value", _number)
    elif declaration["Type"] == "String":
        yield from _outside(value, declaration, "Length", len)


def _outside(
    value: str, declaration: Mapping[str, Any], limit: str, measure: Callable[[str], float | None]
) -> Iterable[str]:
    size = measure(value)
    if size is None:
        yield "not a number"
    elif size < float(declaration.get(f"Min{limit}", "-inf")):
        yield f"less than {declaration[f'Min{limit}']}"
    elif size > float(declaration.get(f"Max{limit}", "inf")):
        yield f"more than {declaration[f'Max{limit}']}"


def _number(value: str) -> float | None:
    return float(value) if re.fullmatch(r"-?\d+(\.\d+)?", value) else None


def _text(path: Path, name: str, value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(_text(path, name, item) for item in value)
    if isinstance(value, str | int | float):
        return str(value)
    raise UsageError(
        f"{path}: {name} is a {type(value).__name__}; a string, number, true/false or list is wanted"
    )


def _guess(name: str, known: Iterable[str]) -> str:
    import difflib

    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""
