"""Programs: computations written down as instructions, that run and print as Python code.

A program is what it prints: it runs by compiling its text, so the code that a failure shows is the
code that failed, and an error names its lines.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import linecache
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..op import Op
from .code import import_of
from .code import literal as _plain_literal

__all__ = ["Instruction", "Program", "call", "literal"]

_numbers = itertools.count()

HEAD = """\
import numpy as np

import autograd as ag
"""

SPREAD = """\
def spread(x):
    return x.to_values() if isinstance(x, ag.Tensor) else x.tolist()
"""


@dataclass(frozen=True)
class Instruction:
    """One step: a few lines that make new names from known ones."""

    op: str
    lines: tuple[str, ...]
    uses: tuple[str, ...]
    makes: tuple[str, ...]
    ops: tuple[Op, ...] = field(default=(), repr=False)
    """The ops that the lines refer to by name."""


class Program:
    """A function made of instructions, with the inputs to try it at.

    Made by :func:`autograd.testing.strategies.programs`. It is called like any function, on arrays,
    on ``Value`` and ``Tensor`` and inside transforms; its ``repr`` is Python code.

    Parameters
    ----------
    inputs : mapping of str to float or ndarray
        The names of the inputs, and where to try the function.
    instructions : sequence of Instruction
        In order.

    Attributes
    ----------
    inputs : tuple of float and ndarray
        Where to try it: ``gradcheck(program, *program.inputs)``.
    ops : tuple of str
        The names of the ops, in order.
    instructions : tuple of Instruction
        The steps.
    outputs : tuple of str
        The names that no instruction uses: all of them are returned.

    Examples
    --------
    >>> product = Instruction("multiply", ("v0 = x0 * x1",), ("x0", "x1"), ("v0",))
    >>> program = Program({"x0": 0.5, "x1": 3.0}, [product])
    >>> program(*program.inputs)
    1.5
    >>> print(program.body())
    def f(x0, x1):
        v0 = x0 * x1
        return v0
    """

    def __init__(self, inputs: Mapping[str, Any], instructions: Sequence[Instruction]) -> None:
        self.names = tuple(inputs)
        self.inputs = tuple(inputs.values())
        self.instructions = tuple(instructions)
        self.ops = tuple(i.op for i in instructions)
        used = {name for i in instructions for name in i.uses}
        made = [name for i in instructions for name in i.makes]
        self.outputs = tuple(name for name in made if name not in used)
        self.__name__ = self.__qualname__ = "program"
        self.__signature__ = inspect.Signature(
            [inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in self.names]
        )
        self._function: Callable[..., Any] | None = None

    def __call__(self, *inputs: Any) -> Any:
        if self._function is None:
            self._function = self._compiled()
        return self._function(*inputs)

    def __reduce__(self) -> Any:
        return Program, (dict(zip(self.names, self.inputs)), self.instructions)

    def __repr__(self) -> str:
        return self.code()

    def body(self) -> str:
        """The function's text."""
        lines = [line for i in self.instructions for line in i.lines]
        lines.append(f"return {', '.join(self.outputs)}")
        return "\n".join([f"def f({', '.join(self.names)}):", *(f"    {line}" for line in lines)])

    def code(self) -> str:
        """Python code that repeats the check when pasted.

        Ops that no module holds by name are named in a comment: define them before.
        """
        body = self.body()
        ops = dict.fromkeys(op for i in self.instructions for op in i.ops)
        imports = dict.fromkeys(import_of(op)[0] for op in ops)
        head = [*sorted(line for line in imports if line.startswith("from "))]
        head.append("from autograd.testing import gradcheck")
        head += [line for line in imports if line.startswith("#")]
        helper = f"\n\n{SPREAD}" if "spread(" in body else ""
        return (
            HEAD
            + "\n".join(head)
            + f"\n{helper}\n\n{body}\n\n\ninputs = {literal(self.inputs)}\ngradcheck(f, *inputs)\n"
        )

    def _compiled(self) -> Callable[..., Any]:
        text = f"{HEAD}\n\n{SPREAD}\n\n{self.body()}\n"
        path = f"<program {next(_numbers)}>"
        # By its name the module is the user's, not one of this package.
        scope: dict[str, Any] = {"__name__": "program"}
        for instruction in self.instructions:
            scope.update({_name_of(op): op for op in instruction.ops})
        exec(compile(text, path, "exec"), scope)
        # Tracebacks and reports show the lines, for as long as the program lives.
        linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
        weakref.finalize(self, linecache.cache.pop, path, None).atexit = False
        return scope["f"]


# Text -----------------------------------------------------------------------------------------


@functools.cache
def _expression(op: Op) -> str:
    return import_of(op)[1]


def _name_of(op: Op) -> str:
    return _expression(op).removeprefix("ag.")


def literal(x: Any, ops: list[Op] | None = None) -> str:
    """A number, an array, an index or a parameter as an expression.

    Examples
    --------
    >>> literal((slice(None, None, -1), 2, ...))
    '(slice(None, None, -1), 2, ...)'
    """
    if isinstance(x, Op):
        if ops is not None:
            ops.append(x)
        return _expression(x)
    if isinstance(x, dict):
        return "{" + ", ".join(f"{k!r}: {literal(v, ops)}" for k, v in x.items()) + "}"
    if isinstance(x, tuple):
        inner = ", ".join(literal(y, ops) for y in x)
        return f"({inner},)" if len(x) == 1 else f"({inner})"
    if isinstance(x, list):
        return f"[{', '.join(literal(y, ops) for y in x)}]"
    if x is Ellipsis:
        return "..."
    return _plain_literal(x)


def call(op: Op, args: Iterable[str], params: Mapping[str, Any], ops: list[Op]) -> str:
    """A call of an op as text; the ops that it refers to are added to ``ops``."""
    expression = literal(op, ops)
    given = [
        f"{name}={literal(x, ops)}"
        for name, x in params.items()
        if name not in op.defaults or not _same(x, op.defaults[name])
    ]
    return f"{expression}({', '.join([*args, *given])})"


def _same(x: Any, y: Any) -> bool:
    return x is y or (type(x) is type(y) and not isinstance(x, np.ndarray) and repr(x) == repr(y))
