"""Bugs in what the engine offers besides: writes in place, hooks, checkpoints, modes, transforms.

Where a feature is meant to change the derivative (``detach``, ``no_grad``), or to give that of
another program (``vectorize``), it is checked against the function that has it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd as ag

from . import ways
from .engine import FEW
from .mutant import Mutant
from .plant import Plant, both, edit
from .table import SQUARE, M, V, W

__all__ = ["FEATURES"]

WRITES = {"ops": FEW, "faces": ("tensor",), "max_ops": 4}
BORDER = {"ops": FEW, "faces": ("tensor", "value"), "max_ops": 4}


def feature(
    name: str,
    blamed: str,
    plant: Plant,
    program: Callable[..., Any],
    *inputs: Any,
    way: Any = ways.gradients,
    draw: dict[str, Any] | None = None,
) -> Mutant:
    return Mutant(name, "feature", blamed, plant, program, inputs, way, draw)


# Writes in place, and what is saved ------------------------------------------------------------


def written_after_use(x: Any) -> Any:
    """A rule needs the number that is overwritten."""
    y = np.exp(x)
    y += x
    return y


def written_through_data(x: Any) -> Any:
    y = np.exp(x)
    z = y.sum()
    y.data[...] = 0.0
    return z


def constant_changed(x: Any) -> Any:
    c = np.ones(3)
    y = x * c
    c[...] = 5.0
    return y


def index_changed(x: Any) -> Any:
    at = np.array([0, 1])
    y = x[at]
    at[...] = 0
    return y


def base_written(x: Any) -> Any:
    """A view made before its base is written to."""
    y = x * 1.0
    row = y[0]
    y *= 2.0
    return row


def view_written(x: Any) -> Any:
    y = x * 1.0
    row = y[0]
    row *= x[1]
    return y


WRITING = [
    feature(
        "what a rule saved is overwritten",
        "engine",
        edit(
            "inplace:_move",
            "root._data = replaced[root]._data",
            "root._data[...] = replaced[root]._data",
        ),
        written_after_use,
        M,
    ),
    feature(
        "a write leaves its tensor where it was in the graph",
        "engine",
        edit("inplace:_move", "handle._node = replaced[handle]._node", "pass"),
        written_after_use,
        M,
        draw=WRITES,
    ),
    feature(
        "what somebody outside can write to is saved as it is",
        "engine",
        edit("tensor:_settle", 'raw[i] = array.copy("K")', "pass"),
        constant_changed,
        M,
    ),
    feature(
        "a pinned array is shared with the graph",
        "engine",
        edit("inplace:pin", '_hold(root, np.array(root._data, order="K"))', "pass"),
        written_through_data,
        M,
    ),
    feature(
        "an index is kept as the caller's own",
        "engine",
        edit("ops.index:_plain_item", "array = i.copy()", "array = i"),
        index_changed,
        M,
    ),
    feature(
        "a view does not see the write to its base",
        "engine",
        edit("inplace:_derive", "view._node = TensorNode(op", "TensorNode(op"),
        base_written,
        M,
    ),
    feature(
        "a write through a view does not reach the base",
        "engine",
        edit(
            "inplace:_move",
            "for handle in (root, *lineage):",
            "for handle in lineage or (root,):",
        ),
        view_written,
        M,
    ),
]

# Hooks ----------------------------------------------------------------------------------------


def hooked(x: Any) -> Any:
    """Hooks that undo one another, in their order alone."""
    y = np.tanh(x)
    if isinstance(y, ag.Tensor) and y.requires_grad:
        y.register_hook(lambda g: 2.0 * g)
        y.register_hook(lambda g: g + 1.0)
        y.register_hook(lambda g: (g - 1.0) / 2.0)
    return y


def doubled(x: Any) -> Any:
    """A hook that doubles the gradient."""
    y = np.tanh(x)
    y.register_hook(lambda g: 2.0 * g)
    return y


HOOKS = [
    feature(
        "hooks run last to first",
        "engine",
        edit(
            "tensor:TensorNode.received",
            "tuple(self.hooks.values())",
            "tuple(self.hooks.values())[::-1]",
        ),
        hooked,
        M,
    ),
    feature(
        "what a hook returns is ignored",
        "register_hook()",
        edit("tensor:TensorNode.received", "if replaced is not None:", "if False:"),
        doubled,
        M,
        way=ways.against("register_hook()", lambda x: 2.0 * np.tanh(x)),
    ),
    feature(
        "a hook's gradient goes to the leaf and no further",
        "register_hook()",
        edit(
            "graph:pull",
            "            if seen is not g:\n                g, ours = seen, False\n"
            "        if deposit and (not free",
            "            if seen is not g:\n                ours = False\n"
            "        if deposit and (not free",
        ),
        doubled,
        M,
        way=ways.against("register_hook()", lambda x: 2.0 * np.tanh(x)),
    ),
]

# Checkpoints ----------------------------------------------------------------------------------


def dropped_out(x: Any) -> Any:
    rng = np.random.default_rng(0)
    return ag.checkpoint(lambda x: ag.dropout(x, 0.5, rng) * x)(x)


def closed_over(x: Any, w: Any) -> Any:
    return ag.checkpoint(lambda x: np.tanh(x * w))(x)


def repeated_output(x: Any) -> Any:
    def f(x: Any) -> Any:
        y = np.tanh(x)
        return y, y

    return ag.checkpoint(f)(x)


CHECKPOINTS = [
    feature(
        "checkpoint runs again with another random state",
        "checkpoint",
        both(
            edit(
                "checkpoint:_rewound",
                "        g.bit_generator.state = state\n    try",
                "        pass\n    try",
            ),
            edit("checkpoint:CheckpointNode._again", "if not _equal(_plain(x), y):", "if False:"),
        ),
        dropped_out,
        SQUARE,
    ),
    feature(
        "checkpoint forgets what it closes over",
        "checkpoint",
        edit(
            "checkpoint:CheckpointNode.pull",
            "[found.get(t) for t in targets]",
            "[found.get(t) if k < len(self.entries) else None for k, t in enumerate(targets)]",
        ),
        closed_over,
        M,
        V,
    ),
    feature(
        "checkpoint's output met twice: the last counts",
        "checkpoint",
        edit("checkpoint:CheckpointNode.pull", "seeds[node] + ct if node in seeds else ct", "ct"),
        repeated_output,
        M,
    ),
    feature(
        "checkpoint's forward mode gives the first output to all",
        "checkpoint",
        edit(
            "checkpoint:CheckpointNode.push", "found.get(_node(x))", "found.get(_node(outputs[0]))"
        ),
        ag.checkpoint(lambda x: (np.tanh(x), x * x)),
        M,
        way=ways.forward,
    ),
]

# Recording or not -----------------------------------------------------------------------------


def without_recording(x: Any) -> Any:
    """The block is over before anything that counts."""
    with ag.no_grad():
        size = x.shape[0] * 1.0
    return x * size


def constant_inside(x: Any) -> Any:
    with ag.no_grad():
        c = np.tanh(x)
    return c * x


def detached(x: Any) -> Any:
    return np.tanh(x).detach() * x


MODES = [
    feature(
        "no_grad leaks out of its block",
        "cut",
        edit(
            "modes:_Mode.__exit__",
            "state.pop(name, None)",
            "pass",
            "state[name] = value",
            "state[name] = value and len(self._settings) > 1",
        ),
        without_recording,
        M,
    ),
    feature(
        "no_grad records",
        "no_grad()",
        edit("modes:no_grad.__init__", "recording=False", "recording=True"),
        constant_inside,
        M,
        way=ways.against("no_grad()", lambda x: np.tanh(M) * x),
    ),
    feature(
        "detach keeps the graph",
        "detach()",
        edit(
            "tensor:Tensor.detach",
            'return _handle(data.copy("K") if self._pinned else data, None)',
            "return _handle(data, self._node)",
        ),
        detached,
        M,
        way=ways.against("detach()", lambda x: np.tanh(M) * x),
    ),
]

# Between values and tensors -------------------------------------------------------------------


def spread(x: Any) -> Any:
    return x.to_values() if isinstance(x, ag.Tensor) else x.tolist()


def across(x: Any) -> Any:
    """Through values and back."""
    a, b, c = spread(x)
    return np.tanh(ag.stack([a * b, b * c, c]) * W).sum()


def chosen(x: Any) -> Any:
    """A constant stands first in the op."""
    return ag.where(False, 1.0, x * 2.0) * x


BETWEEN = [
    feature(
        "a tensor's elements get their neighbours' gradients",
        "spread",
        edit("border:SpreadNode.pull", "flat[k] = part", "flat[k - 1] = part"),
        across,
        V,
        draw=BORDER,
    ),
    feature(
        "values in a tensor get the first one's gradient",
        "collect",
        edit("border:_Collect.vjp", "flat[k]", "flat[0 * k]"),
        across,
        V,
        draw=BORDER,
    ),
    feature(
        "values in a tensor: tangents in the wrong places",
        "collect",
        edit("border:_Collect.jvp", "flat[k] = t", "flat[k - 1] = t"),
        across,
        V,
        way=ways.forward,
        draw=BORDER,
    ),
    feature(
        "a tensor's element pushes its neighbour's tangent",
        "spread",
        edit("border:Item.push", "tangents[0][self.k]", "tangents[0][self.k - 1]"),
        across,
        V,
        way=ways.forward,
        draw=BORDER,
    ),
    feature(
        "a value's op with a constant first takes the other's slope",
        "where",
        edit("value:Bound.local", "self.where[i]", "self.where[i] - 1"),
        chosen,
        0.75,
    ),
]

# Transforms -----------------------------------------------------------------------------------


def rows(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function for each example, one after another."""
    return lambda x: np.stack([f(x[k]) for k in range(len(x))])


def averaged(x: Any) -> Any:
    return np.tanh(x.sum(axis=0)) * W[:2]


def turned(x: Any) -> Any:
    return np.tanh(np.transpose(x, (1, 0)) * np.arange(6.0).reshape(2, 3) / 4).sum(axis=1)


BATCH = np.arange(1.0, 13.0).reshape(2, 3, 2) / 8

TRANSFORMS = [
    feature(
        "jacobian's rows last to first",
        "jacobian()",
        edit("transforms:_by_rows", "[p[i] for p in pulled]", "[p[i] for p in pulled[::-1]]"),
        lambda x: np.tanh(x * W),
        V,
        way=ways.jacobians,
    ),
    feature(
        "grad gives its arguments' gradients in reverse",
        "grad(argnums=...)",
        edit("transforms:_Trace.split", "return arguments", "return arguments[::-1]"),
        lambda x, y: x * y * y,
        0.5,
        -1.25,
        way=ways.gradients_of_all,
    ),
    feature(
        "hvp gives the gradient",
        "hvp()",
        edit("transforms:hvp", "(v,))[1]", "(v,))[0]"),
        lambda x: np.tanh(x * x).sum(),
        V,
        way=ways.curvature,
    ),
    feature(
        "vectorize counts axes from the front",
        "vectorize()",
        edit(
            "vectorize:_from_end",
            "axis - ndim if axis >= 0 else axis",
            "axis - ndim + 1 if axis == 0 else axis",
        ),
        ag.vectorize(lambda x: np.tanh(x.sum(axis=0)).sum()),
        BATCH,
        way=ways.against("vectorize()", rows(lambda x: np.tanh(x.sum(axis=0)).sum())),
    ),
    feature(
        "vectorize transposes the examples' axes back to front",
        "vectorize()",
        edit(
            "vectorize:_transpose",
            "(a % x.ndim + 1 for a in axes)",
            "(x.ndim - a % x.ndim for a in axes)",
        ),
        ag.vectorize(lambda x: (np.transpose(x, (1, 0)) * SQUARE[:2, :2]).sum()),
        BATCH[:, :2],
        way=ways.against("vectorize()", rows(lambda x: (x.T * SQUARE[:2, :2]).sum())),
    ),
]

FEATURES = [
    *WRITING,
    *HOOKS,
    *CHECKPOINTS,
    *MODES,
    *BETWEEN,
    *TRANSFORMS,
]
