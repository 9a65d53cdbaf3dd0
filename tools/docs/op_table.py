"""The table of all ops, from their declarations."""

from __future__ import annotations

import ast
import functools
import inspect
from types import FunctionType
from typing import Any

import autograd
from autograd.op import NUMPY
from autograd.ops.registry import all_composites, all_ops

__all__ = ["derivative", "table"]

INTRODUCTION = """# All ops

Every primitive is declared once, and this page is made from the declarations. An *elementwise* op
says its local derivative for each input; a *linear* op its transpose; a *bilinear* op one
transpose for each of its two inputs; another *primitive* has a rule of its own for the reverse or
the forward mode, from which the other follows. [How it works](how-it-works.md) says what each
means. All have derivatives of any order, in both modes.

- **NumPy**: the functions that record when they are given a node.
- **Local derivative**: as it stands in the source, where it is one expression. `out` is the op's
  result. A function's name stands for a rule of several lines.
- **Sampled on**: the interval that property tests draw its inputs from. `(a, b) or (c, d)` is a
  union. Ops that need more, such as matrices that have an inverse, make their own samples.
- **`Value`**: whether it runs on Python floats, without an array.
"""

COMPOSITES = """
## Composites

Plain Python over the ops above: their derivatives are those of what they call.

| name | NumPy | what it is |
|---|---|---|
"""


@functools.cache
def _lambdas(path: str) -> dict[int, list[ast.Lambda]]:
    found: dict[int, list[ast.Lambda]] = {}
    with open(path, encoding="utf-8") as file:
        for node in ast.walk(ast.parse(file.read())):
            if isinstance(node, ast.Lambda):
                found.setdefault(node.lineno, []).append(node)
    return found


def _covers(node: ast.Lambda, function: FunctionType) -> bool:
    """Whether all the instructions of a function lie in this lambda's body."""
    body = node.body
    places = [p for p in function.__code__.co_positions() if p[2] is not None and p[3]]
    begin, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
    return all(
        begin <= (line, column) and (last, stop) <= end
        for line, last, column, stop in places
        if line is not None and last is not None and (line, column) != (node.lineno, 0)
    )


def derivative(rule: Any) -> str:
    """A rule's source: its expression, or the name of its function."""
    if rule is None:
        return "none"
    if isinstance(rule, (int, float)):
        return f"`{rule:g}`"
    if not isinstance(rule, FunctionType):
        return f"`{getattr(rule, '__name__', 'rule')}`"
    if rule.__name__ != "<lambda>":
        return f"*{rule.__name__.strip('_')}*".replace("_", r"\_")
    path = inspect.getsourcefile(rule)
    nodes = _lambdas(path or "").get(rule.__code__.co_firstlineno, [])
    if len(nodes) > 1:
        nodes = [node for node in nodes if _covers(node, rule)]
    if len(nodes) != 1:
        return "a rule"
    text = ast.unparse(nodes[0].body)
    return f"`{text}`" if len(text) <= 90 else "a longer rule"


def _numpy_names() -> dict[int, list[str]]:
    names: dict[int, list[str]] = {}
    for theirs, ours in NUMPY.items():
        module = getattr(theirs, "__module__", None) or "numpy"
        short = "np." + theirs.__name__
        if "linalg" in module:
            short = "np.linalg." + theirs.__name__
        elif module.startswith("numpy.lib.stride"):
            short = "sliding_window_view"
        names.setdefault(id(ours), []).append(short)
    return names


def _interval(domain: Any) -> str:
    if isinstance(domain, str):
        return domain
    low, high = domain
    if isinstance(low, tuple):
        return f"{_interval(low)} or {_interval(high)}"
    return f"({low:g}, {high:g})"


def _domain(op: Any) -> str:
    if op.samples is not None or op.domain is None:
        return "own samples" if op.samples is not None else ""
    intervals = [_interval(d) for d in op.domain]
    if len(set(intervals)) == 1:
        return intervals[0]
    return "; ".join(intervals)


def _rules(op: Any) -> str:
    if op.kind == "elementwise":
        partials = op.partials if isinstance(op.partials, tuple) else (op.partials,)
        return "; ".join(derivative(rule) for rule in partials)
    if op.kind == "linear":
        return "itself"
    if op.kind == "bilinear":
        return "itself, in each input"
    return ""


def _first(x: Any) -> str:
    doc = inspect.getdoc(x) or ""
    return " ".join(doc.partition("\n\n")[0].split()).replace("|", r"\|")


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def _link(name: str, x: Any) -> str:
    return f"{{py:func}}`~autograd.{name}`" if getattr(autograd, name, None) is x else f"`{name}`"


def table() -> str:
    """The page as Markdown."""
    numpy = _numpy_names()
    groups: dict[str, list[str]] = {}
    for name, op in all_ops().items():
        if name.startswith("_"):
            continue
        shown = ", ".join(f"`{n}`" for n in sorted(set(numpy.get(id(op), ()))))
        cells = [_link(name, op), shown, _rules(op), _domain(op)]
        cells.append("yes" if op.scalar is not None else "")
        if op.kind != "elementwise":
            cells = [cells[0], shown, _first(op), cells[3]]
        groups.setdefault(op.kind, []).append("| " + " | ".join(map(_cell, cells)) + " |")
    parts = [INTRODUCTION]
    for kind in ["elementwise", "linear", "bilinear", *sorted(groups)]:
        if kind not in groups:
            continue
        rows = groups.pop(kind)
        plural = {"elementwise": "Elementwise ops", "linear": "Linear ops",
                  "bilinear": "Bilinear ops", "primitive": "Other primitives"}  # fmt: skip
        parts.append(f"\n## {plural.get(kind, kind.capitalize())}\n")
        if kind == "elementwise":
            parts.append("| name | NumPy | local derivative | sampled on | `Value` |")
            parts.append("|---|---|---|---|---|")
        else:
            parts.append("| name | NumPy | what it is | sampled on |")
            parts.append("|---|---|---|---|")
        parts += rows
    parts.append(COMPOSITES.rstrip("\n"))
    for name, x in all_composites().items():
        shown = ", ".join(f"`{n}`" for n in sorted(set(numpy.get(id(x), ()))))
        parts.append(f"| {_link(name, x)} | {shown} | {_cell(_first(x))} |")
    return "\n".join(parts) + "\n"
