"""Bugs in the engine itself: the order of the walks, and what is added up.

Each is one change in the source of one function. Most are looked for in random programs too, of
which the smallest that fails is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd as ag
from autograd.ops.network import standardize

from . import ways
from .mutant import Mutant
from .plant import Plant, edit, op_named
from .table import M, V, W

__all__ = ["ENGINE"]

FEW = [op_named(name) for name in ("add", "multiply", "tanh", "sum", "matmul")]
VALUES = {"ops": FEW, "faces": ("value",), "max_ops": 4}
TENSORS = {"ops": FEW, "faces": ("tensor",), "max_ops": 4}


def engine(
    name: str,
    plant: Plant,
    program: Callable[..., Any],
    *inputs: Any,
    way: Any = ways.gradients,
    blamed: str = "engine",
    draw: dict[str, Any] | None = TENSORS,
) -> Mutant:
    return Mutant(name, "engine", blamed, plant, program, inputs, way, draw)


def shared(x: Any) -> Any:
    """An addition, which hands one array to both its operands, before their other use."""
    y = x * 2.0
    z = x * 3.0
    return (y * z + (y + z)).sum()


def thrice(x: Any) -> Any:
    """Three uses of one node."""
    y = x * 2.0
    return (y * np.sin(y) + np.tanh(y)).sum()


def diamond(x: Any) -> Any:
    """An input met before what is computed from it has sent its share."""
    y = x * 2.0
    return (y * x + y).sum()


def uneven(x: Any) -> Any:
    """Ways of different lengths from one node to another."""
    a = x * 2.0
    b = np.tanh(a * a)
    return ((x + b + a) * x).sum()


def on_numbers(x: Any) -> Any:
    a = x * 2.0
    b = ag.tanh(a * a)
    return (x + b + a) * x


def at_last(x: Any) -> Any:
    """A node met again, and walked, before its other uses are."""
    a = ag.tanh(x)
    return a * a + a


def two_outputs(x: Any) -> Any:
    y = np.tanh(x)
    return y * x, y


def standardized(x: Any) -> Any:
    y, mean, var = standardize(x, axis=(-1,), eps=0.1)
    return (y * W).sum() + np.tanh(mean).sum() + (var * mean).sum()


PULL = "graph:pull"

WALK = [
    engine(
        "= for +=",
        edit(
            PULL,
            "held + ct\n                owned.add(parent)",
            "ct\n                owned.add(parent)",
            "ct += held  # nobody",
            "pass  # nobody",
        ),
        diamond,
        M,
    ),
    engine(
        "breadth-first order",
        edit(
            "graph:topological",
            "node = ready.pop()",
            "node = ready.pop(0)",
            "if not left:",
            "if parent not in order and parent not in ready:",
        ),
        uneven,
        M,
    ),
    engine(
        "depth-first order, a node at its first use",
        edit(
            "graph:topological",
            "if not left:",
            "if parent not in order and parent not in ready:",
        ),
        uneven,
        M,
    ),
    engine(
        "a shared buffer added to in place",
        edit(
            PULL,
            "if parent.op is None and ct is not g and ct is not last and _fresh(ct):",
            "if True:",
        ),
        shared,
        M,
    ),
    engine(
        "the last of three uses dropped",
        edit(
            PULL,
            "elif parent in owned:\n                held += ct",
            "elif parent in owned:\n                pass",
        ),
        thrice,
        M,
    ),
    engine(
        "a cotangent freed while a view of it is in use",
        edit(
            PULL,
            "            node.release()\n    #",
            "            node.release()\n"
            "        if type(g) is not float and g.flags.writeable:\n"
            "            g *= 0.0\n"
            "    #",
        ),
        diamond,
        M,
    ),
    engine(
        "what an inner node gets is kept from its operands",
        edit(
            "graph:reaching",
            "if p in reach:\n                inside = True",
            "if p in reach:\n                inside = p.op is None",
        ),
        lambda x: np.tanh(np.tanh(x)).sum(),
        M,
    ),
    engine(
        "an output that is used besides starts at once",
        edit(
            "graph:topological",
            "if pending[root] == 0",
            "if True",
            "if not left:",
            "if not left and parent not in first:",
        ),
        two_outputs,
        M,
        draw=None,
    ),
    engine(
        "of two outputs that are one node the last counts",
        edit("transforms:_Trace.pull", "seeds[node] + c if node in seeds else c", "c"),
        lambda x: ((y := np.tanh(x)), y),
        M,
        draw=None,
    ),
    engine(
        "an op's output met twice: the last counts",
        edit("graph:Parts.__iadd__", "self[k] + g if k in self else g", "g"),
        lambda x: standardize(x, axis=(-1,), eps=0.1)[0] ** 3,
        M,
        way=ways.second_order,
        draw=None,
    ),
    engine(
        "of an op's outputs the first counts",
        edit("graph:Parts.__add__", "total += other", "pass"),
        standardized,
        M,
        draw={**TENSORS, "ops": [*FEW, standardize]},
    ),
    engine(
        "a lifted sum keeps the last term",
        edit(
            PULL,
            "elif lift:\n                cotangents[parent] = held + ct",
            "elif lift:\n                cotangents[parent] = ct",
        ),
        lambda x: np.tanh(x) * x,
        M,
        way=ways.second_order,
        draw=None,
    ),
    engine(
        "forward mode takes the first operand alone",
        edit(
            "graph:push",
            "None if p is None else known.get(p) for p in node.parents",
            "None if p is None or k else known.get(p) for k, p in enumerate(node.parents)",
        ),
        lambda x, y: np.tanh(x * y).sum(),
        M,
        V,
        way=ways.forward,
    ),
    engine(
        "forward mode stops at constants",
        edit(
            "graph:push",
            "if any(t is not None for t in incoming):",
            "if all(t is not None for t in incoming):",
        ),
        lambda x: np.tanh(x * 2.0).sum(),
        M,
        way=ways.forward,
    ),
    engine(
        "derivatives of derivatives are constants",
        edit(
            "transforms:_Trace.__init__",
            "self.nested = outer and (nested or any(n in self.within for n in self.opened))",
            "self.nested = False",
        ),
        lambda x: np.tanh(x) * x,
        M,
        way=ways.second_order,
        draw=None,
        blamed="cut",
    ),
]

_UP_SECOND = """\
                a = node.b
                if g:
                    a.grad += d * g
                if a._by is not None:
                    n = a.n
                    if """
_DOWN_FIRST = """\
                a = node.a
                if a._by is not None:
                    n = a.n
                    if n == 0:
                        append(a)
                        if a.grad:
                            earlier.append((a, a.grad))
                            a.grad = 0.0
"""

# Backward -------------------------------------------------------------------------------------

BACKWARD = [
    engine(
        "x * x counted twice on values",
        edit(
            "graph:pull_scalars",
            "a = node.a\n                # A zero",
            "a = node.a\n"
            "                if a is node.b:\n"
            "                    a.grad += d * g\n"
            "                # A zero",
        ),
        lambda x: x * x + x,
        0.75,
        way=ways.backward,
        blamed="backward()",
        draw=VALUES,
    ),
    engine(
        "values walked before they are complete",
        edit(
            "graph:pull_scalars",
            _UP_SECOND + "n == 1:\n                        append(a)",
            _UP_SECOND
            + "n >= 1:\n                        append(a)\n                        n = 1",
        ),
        at_last,
        0.75,
        way=ways.backward,
        blamed="backward()",
        draw=None,
    ),
    engine(
        "a second operand's share dropped on values",
        edit(
            "graph:pull_scalars",
            "a = node.b\n                if g:\n                    a.grad +=",
            "a = node.b\n                if g:\n                    a.grad =",
        ),
        on_numbers,
        0.75,
        way=ways.backward,
        blamed="backward()",
        draw=VALUES,
    ),
    engine(
        "the gradient of before is sent again on values",
        edit("graph:pull_scalars", _DOWN_FIRST, _DOWN_FIRST.replace("a.grad = 0.0", "pass")),
        lambda x: ag.tanh(x * 2.0) * x,
        0.75,
        way=ways.backward_twice,
        blamed="backward() called twice",
        draw=VALUES,
    ),
    engine(
        "a reflected operator on the wrong side",
        edit("value:Value.__rtruediv__", "q(out, other, y)", "q(out, y, other)"),
        lambda x: 2.0 / (x * 3.0),
        0.75,
        way=ways.backward,
        blamed="backward()",
        draw=None,
    ),
    engine(
        "backward() twice keeps the second",
        edit("tensor:TensorNode.deposit", "np.asarray(self.grad + g)", "np.asarray(g)"),
        diamond,
        M,
        way=ways.backward_twice,
        blamed="backward() called twice",
    ),
    engine(
        "a leaf adds into an array that another was sent",
        edit(PULL, "ct is not g and ct is not last and _fresh(ct)", "_fresh(ct)"),
        lambda x, w: (np.tanh(np.tanh(x) * w) + (x + w) * 1.5).sum(),
        M,
        V * np.ones((2, 1)),
    ),
    engine(
        "retain_graph=False forgets the leaves",
        edit(
            PULL,
            "        if deposit:\n",
            "        if deposit and not free:\n",
        ),
        diamond,
        M,
        way=ways.backward_freeing,
        blamed="backward(retain_graph=False)",
    ),
]

ENGINE = [*WALK, *BACKWARD]
