"""Python text for ops and numbers: what a reader can paste."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from ..op import Op

__all__ = ["import_of", "literal"]


def literal(x: Any) -> str:
    """A number, an array or a container as an expression.

    Examples
    --------
    >>> import numpy as np
    >>> literal(np.array([0.5, -1.0]))
    'np.array([0.5, -1.0])'
    >>> literal(np.zeros((0, 3), np.float32))
    'np.zeros((0, 3), np.float32)'
    """
    if isinstance(x, (list, tuple)):
        inner = ", ".join(literal(y) for y in x)
        if isinstance(x, list):
            return f"[{inner}]"
        return f"({inner},)" if len(x) == 1 else f"({inner})"
    if isinstance(x, slice):
        return f"slice({x.start!r}, {x.stop!r}, {x.step!r})"
    if isinstance(x, np.dtype):
        return f"np.{x.name}"
    if isinstance(x, type) and issubclass(x, np.generic):
        return f"np.{x.__name__}"
    if isinstance(x, np.generic):
        return _special(repr(x.item()))
    if not isinstance(x, np.ndarray):
        return _special(repr(x)) if isinstance(x, float) else repr(x)
    usual = x.dtype in (np.dtype(float), np.dtype(np.int64), np.dtype(bool))
    kind = "" if usual else f", np.{x.dtype.name}"
    if x.size == 0:
        return f"np.zeros({x.shape}, np.{x.dtype.name})" if kind else f"np.zeros({x.shape})"
    return f"np.array({_special(repr(x.tolist()))}{kind})"


def _special(text: str) -> str:
    return text.replace("nan", "np.nan").replace("inf", "np.inf")


def import_of(op: Op) -> tuple[str, str]:
    """The line that imports an op, and the expression that is the op afterwards.

    Where no module holds it by name, the line is a comment.
    """
    # The front door is above this floor, and loaded, since this package is.
    if getattr(sys.modules["autograd"], op.name, None) is op:
        return "import autograd as ag", f"ag.{op.name}"
    module = sys.modules.get(op.__module__)
    for name, x in vars(module).items() if module is not None else ():
        if x is op and name.isidentifier():
            if op.__module__ == "__main__":
                return f"# {name}: as declared in the script", name
            return f"from {op.__module__} import {name}", name
    return f"# {op.name}: as declared in {op.__module__}", op.name
