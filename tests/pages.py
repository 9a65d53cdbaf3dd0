"""Pages of documentation: their blocks of code, run as a reader would."""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import io
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["blocks", "load", "printed_by", "run"]

_BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```)?", re.M | re.S)
TOOLS = Path(__file__).parent.parent / "tools"


def load(tool: str, name: str) -> ModuleType:
    """A module of a folder in tools/, which is no package, under its own name: they import so."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, TOOLS / tool / f"{name}.py")
        assert spec is not None and spec.loader is not None
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


def blocks(text: str) -> list[tuple[str, str]]:
    """Each block of code of a page, and the text it says comes out."""
    return _BLOCK.findall(text)


def comment_after(lines: list[str], n: int) -> str:
    """The comment that begins at the end of line ``n``, and goes on below it."""
    parts = [lines[n - 1].partition("#")[2]]
    for line in lines[n:]:
        if not line.lstrip().startswith("#") or not line.startswith(" "):
            break
        parts.append(line.partition("#")[2])
    return " ".join(parts).strip()


def run(code: str, names: dict[str, Any]) -> list[tuple[str, Any]]:
    """Run a block like notebook cells: each bare expression's value, with the comment after it."""
    shown = []
    lines = code.splitlines()
    for statement in ast.parse(code).body:
        if isinstance(statement, ast.Expr):
            value = eval(compile(ast.Expression(statement.value), "README.md", "eval"), names)
            shown.append((comment_after(lines, statement.end_lineno or 0), value))
        else:
            exec(compile(ast.Module([statement], []), "README.md", "exec"), names)
    return shown


def printed_by(code: str, names: dict[str, Any]) -> tuple[str, list[tuple[str, Any]]]:
    """What a block prints, and what :func:`run` gives for it."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        shown = run(code, names)
    return printed.getvalue(), shown
