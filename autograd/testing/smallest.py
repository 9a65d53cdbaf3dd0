"""The smallest case of a wrong rule: fewer elements, rounder numbers, as code to paste."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol, Self, TypeVar

import numpy as np

from ..errors import describe
from .code import import_of, literal
from .local import Local
from .programs import call

__all__ = ["code", "smallest"]

TRIES = 60
"""How many candidates are looked at."""

LONG = 200
"""Characters of a literal above which an input is named and described in place of written out."""


class Point(Protocol):
    """What can be made smaller: numbers, and the same thing at others."""

    @property
    def args(self) -> tuple: ...

    def moved(self, args: tuple) -> Self: ...


P = TypeVar("P", bound=Point)


def smallest(local: P, wrong: Callable[[P], bool]) -> P:
    """The smallest case found at which an op is still ``wrong``.

    Axes of equal length are shortened together, so that shapes keep fitting one another; numbers
    are rounded to halves, quarters and so on. Greedy, with at most 60 looks.
    """
    left = TRIES
    changed = True
    while changed and left > 0:
        changed = False
        for candidate in _candidates(local):
            left -= 1
            if left < 0:
                break
            try:
                with np.errstate(all="ignore"):
                    found = wrong(candidate)
            except Exception:  # it does not fit the op: no candidate
                continue
            if found:
                local, changed = candidate, True
                break
    return local


def _candidates(local: P) -> Iterator[P]:
    for args in _shorter(local.args):
        yield local.moved(args)
    for args in _rounder(local.args):
        yield local.moved(args)


def _shorter(args: tuple) -> Iterator[tuple]:
    lengths = {n for x in args for n in np.shape(x) if n > 1}
    for n in sorted(lengths, reverse=True):
        for m in dict.fromkeys((1, 2, n // 2)):
            if m < n:
                # What is wrong may be at either end.
                yield tuple(_cut(x, n, slice(0, m)) for x in args)
                yield tuple(_cut(x, n, slice(n - m, n)) for x in args)


def _cut(x: Any, n: int, part: slice) -> Any:
    if not isinstance(x, np.ndarray):
        return x
    return x[tuple(part if length == n else slice(None) for length in x.shape)].copy()


def _rounder(args: tuple) -> Iterator[tuple]:
    for step in (1.0, 0.5, 0.25, 0.125, 0.0625):
        rounded = tuple(_rounded(x, step) for x in args)
        if any(_longer(x, y) for x, y in zip(args, rounded, strict=True)):
            yield rounded


def _rounded(x: Any, step: float) -> Any:
    if isinstance(x, float):
        return round(x / step) * step
    if isinstance(x, np.ndarray) and x.dtype.kind == "f":
        return np.asarray(np.round(x / step) * step, dtype=x.dtype)
    return x


def _longer(x: Any, y: Any) -> bool:
    """Whether ``y`` has fewer digits than ``x``."""
    if not isinstance(x, (float, np.ndarray)):
        return False
    return len(repr(np.asarray(y).tolist())) < len(repr(np.asarray(x).tolist()))


def code(local: Local, mode: str) -> str:
    """Python text that checks the op at this point: one mode, or ``both`` and second order."""
    imports, expression = import_of(local.op)
    names = [local.names[i] for i in local.where]
    inputs = [local.args[i] for i in local.where]
    heads = [imports]
    if len(names) == len(local.args) and not _params(local) and local.op.arity is not None:
        function = expression
    else:
        full = list(map(literal, local.args))
        for i, name in zip(local.where, names, strict=True):
            full[i] = name
        ops: list[Any] = []
        text = call(local.op, full, local.shown, ops)
        function = f"lambda {', '.join(names)}: {text}"
        heads = list(dict.fromkeys(import_of(op)[0] for op in ops))
    shown = ["" if np.size(x) > LONG else literal(x) for x in inputs]
    brief = [0 < len(text) <= LONG for text in shown]
    args = ", ".join(
        text if short else name for text, short, name in zip(shown, brief, names, strict=True)
    )
    for short, name, x in zip(brief, names, inputs, strict=True):
        if not short:
            heads.append(f"# {name}: {describe(x)}, too long to be written out")
    check = "gradcheck" if mode == "reverse" else "check_grads"
    options = ', order=1, modes=("forward",)' if mode == "forward" else ""
    return "\n".join(
        [
            *heads,
            "import numpy as np",
            f"from autograd.testing import {check}",
            f"{check}({function}, {args}{options})",
        ]
    )


def _params(local: Local) -> bool:
    defaults = local.op.defaults
    return any(k not in defaults or repr(defaults[k]) != repr(x) for k, x in local.shown.items())
