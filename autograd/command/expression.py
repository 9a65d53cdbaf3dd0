"""Formulas typed by a user: read by a whitelist of syntax and computed on values."""

from __future__ import annotations

import ast
import math
import operator
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from ..op import Elementwise
from ..value import Value
from .failure import ExpressionError

__all__ = ["Expression", "ExpressionError", "functions"]

LONGEST = 20_000
"""Characters in a formula."""

CONSTANTS = {"pi": math.pi, "e": math.e}
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
# What beginners of the language write for something else, and what is meant.
_MEANT: dict[type, str] = {
    ast.BitXor: "a power is written **",
    ast.MatMult: "all are numbers here: write *",
    ast.FloorDiv: "write floor(a / b)",
    ast.Mod: "write mod(a, b)",
    ast.Compare: "no comparisons: maximum(a, b) and relu(x) choose",
    ast.Attribute: "a name has no dots",
    ast.IfExp: "no conditions: maximum(a, b) and relu(x) choose",
}


@cache
def functions() -> dict[str, Elementwise]:
    """The functions of numbers that a formula may call: the engine's elementwise ops, by name."""
    import autograd

    found = {name: getattr(autograd, name, None) for name in autograd.__all__}
    return {n: f for n, f in sorted(found.items()) if isinstance(f, Elementwise) and f.arity}


class Expression:
    """A formula such as ``tanh(x*w + b)``, or several with names: ``h = tanh(x*w); (h - y)**2``.

    Numbers, names, ``+ - * / **``, parentheses, and the engine's functions of numbers; ``pi`` and
    ``e`` unless the formula gives them a value. Nothing else of Python is taken, and nothing is
    evaluated as Python.

    Parameters
    ----------
    text : str
        The formula.

    Attributes
    ----------
    names : list of str
        The names it needs numbers for, in order of appearance.

    Raises
    ------
    ExpressionError
        If it is anything but a formula; the message points at the column.

    Examples
    --------
    >>> from autograd.command.expression import Expression
    >>> formula = Expression("h = x * w; tanh(h + b)")
    >>> formula.names
    ['x', 'w', 'b']
    >>> out, leaves = formula.evaluate({"x": 1.0, "w": 2.0, "b": -1.0})
    >>> out.backward()
    >>> round(leaves["w"].grad, 3)
    0.42
    """

    def __init__(self, text: str) -> None:
        self.text = text
        if len(text) > LONGEST:
            raise ExpressionError(
                f"the formula has {len(text):,} characters, and at most {LONGEST:,} are read",
                text[:100],
            )
        self._lines = _line_starts(text)
        self._parts = self._parse()
        self.names: list[str] = []
        made: set[str] = set()
        for target, body in self._parts:
            for node in _in_order(body):
                if isinstance(node, ast.Name) and node.id not in made | {*self.names}:
                    self.names.append(node.id)
            if target is not None:
                if target.id in self.names:
                    raise self._error(
                        f"{target.id} is used before this gives it a value: take another name",
                        target,
                    )
                made.add(target.id)
        self._free = [n for n in self.names if n not in CONSTANTS]

    # Reading -------------------------------------------------------------------------------------

    def _parse(self) -> list[tuple[ast.Name | None, ast.expr]]:
        try:
            body = ast.parse(self.text.strip()).body if self.text.strip() else []
        except SyntaxError as error:
            column = self._column(error.lineno or 1, error.offset or 1, characters=True)
            raise ExpressionError(
                f"this is no formula: {_plainly(error)}", self.text, column
            ) from None
        except (RecursionError, MemoryError):
            raise ExpressionError(
                "the formula is nested too deeply: name its parts, as in a = ...; b = ...",
                self.text,
            ) from None
        except ValueError as error:  # such as a null character
            raise ExpressionError(f"this is no formula: {error}", self.text) from None
        if not body:
            raise ExpressionError("the formula is empty: write one, such as 'x*w + b'", self.text)
        parts: list[tuple[ast.Name | None, ast.expr]] = []
        for k, statement in enumerate(body):
            last = k == len(body) - 1
            if isinstance(statement, ast.Expr) and last:
                parts.append((None, statement.value))
            elif (
                isinstance(statement, ast.Assign)
                and len(statement.targets) == 1
                and isinstance(statement.targets[0], ast.Name)
            ):
                parts.append((statement.targets[0], statement.value))
            elif isinstance(statement, ast.Expr):
                raise self._error(
                    "only the last part may be without a name: write name = before this",
                    statement,
                )
            else:
                raise self._error("this is no formula, but a statement of Python's", statement)
        for _, part in parts:
            self._check(part)
        return parts

    def _check(self, part: ast.expr) -> None:
        known = functions()
        for node in _in_order(part):
            if isinstance(node, ast.Constant):
                if not isinstance(node.value, (int, float)) or isinstance(node.value, bool):
                    raise self._error("a formula has numbers only", node)
                if not abs(node.value) <= sys.float_info.max:
                    raise self._error("the number is too large for a float", node)
            elif isinstance(node, ast.Call):
                self._check_call(node, known)
            elif isinstance(node, ast.BinOp):
                if type(node.op) not in _BINARY:
                    raise self._error(_no(node.op), node)
            elif isinstance(node, ast.UnaryOp):
                if type(node.op) not in _UNARY:
                    raise self._error(_no(node.op), node)
            elif not isinstance(node, ast.Name):
                raise self._error(_no(node), node)

    def _check_call(self, node: ast.Call, known: Mapping[str, Elementwise]) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name is None:
            raise self._error("only functions with a plain name can be called", node.func)
        if name not in known:
            raise self._error(f"there is no function {name}{_nearest(name, known)}", node.func)
        if node.keywords:
            raise self._error(
                "functions take numbers by place, not by name", node.keywords[0].value
            )
        least = known[name].arity or 1
        if len(node.args) != least:
            raise self._error(
                f"{name} takes {least} number{'s' * (least > 1)}, got {len(node.args)}", node
            )

    def _column(self, line: int, offset: int, characters: bool = False) -> int:
        """Where in the formula: the syntax tree counts bytes from 0, errors characters from 1."""
        start = len(self.text) - len(self.text.lstrip())
        text = self.text.strip()
        begin = _line_starts(text)[min(line, len(_line_starts(text))) - 1]
        if characters:
            return start + begin + offset - 1
        row = text[begin:].encode()
        return start + begin + len(row[:offset].decode(errors="ignore"))

    def _error(self, message: str, node: Any) -> ExpressionError:
        start = self._column(node.lineno, node.col_offset)
        stop = self._column(node.end_lineno, node.end_col_offset)
        return ExpressionError(message, self.text, start, stop)

    # Computing -----------------------------------------------------------------------------------

    def evaluate(self, given: Mapping[str, float]) -> tuple[Value, dict[str, Value]]:
        """Compute the formula.

        Parameters
        ----------
        given : mapping of str to float
            A number for each name.

        Returns
        -------
        Value
            The result, with its graph.
        dict of str to Value
            The leaves, by name.

        Raises
        ------
        ExpressionError
            If a name has no number, a number has no name, or the result has no finite value.
        """
        for name in self._free:
            if name not in given:
                missing = [n for n in self._free if n not in given]
                raise ExpressionError(
                    f"{', '.join(missing)} ha{'s' if len(missing) == 1 else 've'} no value: add "
                    f"{' '.join(f'{n}=1' for n in missing)}",
                    self.text,
                    *self._first(name),
                )
        for name in given:
            if name not in self.names:
                there = ", ".join(self.names) or "no names"
                raise ExpressionError(
                    f"{name} is not in the formula, which has {there}", self.text, 0
                )
        known: dict[str, Any] = {
            n: Value(given[n], label=n) if n in given else CONSTANTS[n] for n in self.names
        }
        leaves = {n: x for n, x in known.items() if isinstance(x, Value)}
        out: Any = None
        for target, body in self._parts:
            out = self._compute(body, known)
            if target is not None:
                if not isinstance(out, Value):
                    out = Value(out)
                if not out.label:
                    out.label = target.id
                known[target.id] = out
        if not isinstance(out, Value):
            out = Value(out, label="out")
        elif not out.label:
            out.label = "out"
        return out, leaves

    def _first(self, name: str) -> tuple[int, int]:
        node = next(
            n
            for _, part in self._parts
            for n in _in_order(part)
            if isinstance(n, ast.Name) and n.id == name
        )
        error = self._error("", node)
        return error.start, error.stop

    def _compute(self, body: ast.expr, known: Mapping[str, Any]) -> Any:
        done: list[Any] = []
        calls = functions()
        for node in _in_order(body):
            if isinstance(node, ast.Constant):
                done.append(float(node.value))  # type: ignore[arg-type]
            elif isinstance(node, ast.Name):
                done.append(known[node.id])
            else:
                n = _operands(node)
                operands = done[len(done) - n :]
                del done[len(done) - n :]
                try:
                    if isinstance(node, ast.BinOp):
                        result = _BINARY[type(node.op)](*operands)
                    elif isinstance(node, ast.UnaryOp):
                        result = _UNARY[type(node.op)](*operands)
                    else:
                        result = calls[node.func.id](*operands)  # type: ignore[attr-defined]
                except (ArithmeticError, ValueError, TypeError) as error:
                    raise self._error(f"this cannot be computed: {error}", node) from None
                if type(result) is complex:
                    raise self._error("this is no real number", node)
                done.append(result if isinstance(result, Value) else float(result))
        return done.pop()


def _in_order(part: ast.expr) -> Iterator[ast.expr]:
    """The parts of a formula, operands before what is made of them; names of functions left out."""
    stack: list[tuple[Any, bool]] = [(part, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            yield node
            continue
        stack.append((node, True))
        if isinstance(node, ast.BinOp):
            stack += [(node.right, False), (node.left, False)]
        elif isinstance(node, ast.UnaryOp):
            stack.append((node.operand, False))
        elif isinstance(node, ast.Call):
            stack += [(x, False) for x in reversed(node.args)]


def _operands(node: Any) -> int:
    if isinstance(node, ast.Call):
        return len(node.args)
    return 2 if isinstance(node, ast.BinOp) else 1


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def _no(node: Any) -> str:
    meant = _MEANT.get(
        type(node), "write numbers, names, + - * / **, and functions such as tanh(x)"
    )
    return f"this is not part of formulas: {meant}"


def _nearest(name: str, known: Mapping[str, Any]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(near)}?" if near else ": `functions` lists those there are"


def _plainly(error: SyntaxError) -> str:
    """Python's words for what is wrong, without its advice on Python."""
    message = (error.msg or "invalid syntax").split(". ")[0].split(" (<")[0]
    return {"invalid syntax": "something is missing or too much here"}.get(message, message)
