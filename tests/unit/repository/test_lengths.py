"""A file has at most 400 lines and a function 60, tests and benchmarks included."""

import ast

from scripts.command_line.project_paths import ROOT

FOLDERS = ("stacks", "functions", "layer/python", "scripts", "tests", "benchmarks")
FILES = [*ROOT.glob("*.py"), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))]


def longer_functions(text: str, most: int) -> list[str]:
    """With its decorators a function may be longer: they are a table of options."""
    return [
        node.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= most
    ]


def test_no_file_and_no_function_is_too_long() -> None:
    assert len(FILES) > 800
    found = []
    for path in FILES:
        text = path.read_text("utf-8")
        lines = text.count("\n")
        names = longer_functions(text, 60) if lines > 60 else []
        found += [f"{path.relative_to(ROOT)}: {name or lines}" for name in [*names, *([""] * (lines > 400))]]
    assert found == []


def test_a_function_of_61_lines_is_found() -> None:
    text = "def f():\n" + "    pass\n" * 59 + "async def g():\n" + "    pass\n" * 60
    assert longer_functions(text, 60) == ["g"]
