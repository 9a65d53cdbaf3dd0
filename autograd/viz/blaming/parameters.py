"""``blame``: which parameters, and which layers, a change of the loss comes from.

To first order a change d of the parameters changes the loss by <g, d>, the sum over parameters of
<g_p, d_p> (Taylor). So <g_p, d_p> / <g, d> is the part of p, and the parts add up to 1. For a step
of gradient descent, d = -lr g, it is |g_p|^2 / |g|^2.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import describe
from ...tensor import Tensor, plain_array
from ...value import Value
from ..figures import number
from ..titles import node_of
from .check import Check, check
from .names import is_model, named, named_leaves, prefix
from .picture import draw_shares
from .table import bar, by_size, html_table, percent, shape_text, text_table
from .walk import Walk, norm

__all__ = ["Blame", "Row", "blame"]

SHOWN = 20
"""Rows that a printed table has; the others are summed up in a line."""


@dataclass(frozen=True, slots=True)
class Row:
    """The part of one parameter, or of one layer."""

    name: str
    shape: tuple[int, ...] | None
    """``None`` for a layer."""
    size: int
    """How many numbers it has."""
    norm: float
    """The Euclidean norm of its gradient."""
    change: float
    """What its own change adds to the loss, to first order."""
    share: float
    """``change`` over that of all; NaN where the changes cancel or are not finite."""
    together: float
    """The shares of this row and all above, added up."""


@dataclass(frozen=True, repr=False)
class Blame:
    """A ranking, the most to blame first; printed it is a table, in notebooks too."""

    loss: float
    """The loss that was blamed."""
    change: float
    """What the whole step changes it by, to first order."""
    rows: list[Row]
    """One for each parameter."""
    nodes: dict[str, Any]
    """The parameters by name, as nodes of the graph."""
    gradients: dict[str, np.ndarray]
    steps: dict[str, np.ndarray]
    """What is added to each parameter by the step."""
    what: str
    """The step in words."""
    closure: Callable[[], Any] | None = None

    @property
    def layers(self) -> list[Row]:
        """One row for each innermost layer: the dotted names without their ends."""
        return self.at_depth(None)

    def at_depth(self, depth: int | None) -> list[Row]:
        """One row for each layer, where a layer is the first ``depth`` parts of a dotted name.

        Examples
        --------
        >>> from autograd import Tensor
        >>> w, b = (Tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
        >>> ranking = blame((w * w + b).sum(), {"net": {"w": w, "b": b}})
        >>> [(row.name, row.size, round(row.share, 12)) for row in ranking.at_depth(1)]
        [('net', 4, 1.0)]
        """
        if depth is not None and depth < 1:
            raise ValueError(f"depth counts the parts of dotted names, from 1; got {depth}")
        groups: dict[str, list[Row]] = {}
        for row in self.rows:
            groups.setdefault(prefix(row.name, depth), []).append(row)
        entries = [
            (
                name,
                None,
                sum(row.size for row in rows),
                norm([row.norm for row in rows]),
                sum(row.change for row in rows),
                sum(row.share for row in rows),
            )
            for name, rows in groups.items()
        ]
        return _ranked(entries)

    def check(self, loss: Callable[[], Any] | None = None, *, size: float | None = None) -> Check:
        """Measure: move each parameter alone, then all together, and compute the loss again.

        Parameters
        ----------
        loss : callable, optional
            Computes the loss from the parameters as they are; the one that ``blame`` was called
            with unless given. It runs inside ``no_grad()`` and has to give the same number each
            time: no dropout, one fixed batch.
        size : float, optional
            The part of the step to go: 1 measures the step itself, curvature and all. Unless it is
            given, the slope is measured with tiny moves to both sides and stated for a whole step;
            it agrees with the prediction where the gradient is right, to about the cube root of
            the dtype's precision (a relu's kink within reach adds its part).

        Returns
        -------
        Check
            Predicted beside measured. The parameters are as they were, to the bit, whatever
            happens.

        Raises
        ------
        ValueError
            If there is no ``loss``, or it does not give the loss that was blamed.
        """
        closure = loss or self.closure
        if closure is None:
            raise ValueError(
                "check needs a function that computes the loss again, as in "
                "check(lambda: loss_function(model(x), y)); blame(model, loss=function) keeps it"
            )
        order = [row.name for row in self.rows]
        return check(
            closure,
            self.loss,
            {name: self.nodes[name] for name in order},
            {name: self.steps[name] for name in order},
            {row.name: row.change for row in self.rows},
            size,
        )

    def table(self, depth: int | None = None, top: int | None = SHOWN) -> str:
        """The ranking as text: of parameters, or of layers at a depth; ``top=None`` for all."""
        rows = self.rows if depth is None else self.at_depth(depth)
        shown = rows if top is None else rows[:top]
        largest = max((abs(r.share) for r in shown if r.share == r.share), default=0.0)
        cells = [(*_cells(row), bar(row.share, largest)) for row in shown]
        lines = [self._caption(), text_table((*HEAD, ""), cells, left=(0, 5))]
        lines += [x for x in (_rest(rows, len(shown)), self._note()) if x]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.table()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        shown = self.rows[:SHOWN]
        note = " ".join(x for x in (_rest(self.rows, len(shown)), self._note()) if x)
        shares = [row.share for row in shown]
        return html_table(self._caption(), HEAD, [_cells(row) for row in shown], shares, note)

    def plot(self, depth: int | None = None, top: int = SHOWN) -> Any:
        """Bars of the shares: blue goes the way of the whole change, orange against it.

        Parameters
        ----------
        depth : int, optional
            Show layers at this depth in place of parameters.
        top : int
            How many bars.

        Returns
        -------
        matplotlib.figure.Figure
        """
        rows = self.rows if depth is None else self.at_depth(depth)
        labels = ["  ".join(_cells(row)[:2]) for row in rows[:top]]
        return draw_shares(
            "Blame.plot()",
            labels,
            [row.share for row in rows[:top]],
            self._caption(),
            " ".join(x for x in (_rest(rows, top), self._note()) if x),
        )

    def _caption(self) -> str:
        return (
            f"loss {number(self.loss)}; {self.what} changes it by {number(self.change)} to first "
            "order"
        )

    def _note(self) -> str:
        broken = [n for n, g in self.gradients.items() if not np.isfinite(g).all()]
        if broken:
            return f"no shares: the gradient of {broken[0]} holds NaN or infinity" + (
                f", and {len(broken) - 1} more" if len(broken) > 1 else ""
            )
        if all(row.change == 0.0 for row in self.rows):
            return "no shares: this step does not change the loss to first order"
        if self.change == 0.0:
            return "no shares: the parameters' parts cancel"
        return ""


HEAD = ("name", "shape", "‖gradient‖", "share", "together")


def _cells(row: Row) -> tuple[str, ...]:
    shape = shape_text(row.shape) if row.shape is not None else f"{row.size:,} numbers"
    return row.name, shape, number(row.norm), percent(row.share), percent(row.together)


def _rest(rows: Sequence[Row], shown: int) -> str:
    left = rows[shown:]
    if not left:
        return ""
    return f"… and {len(left):,} more with {percent(sum(row.share for row in left))} together"


def blame(
    root: Any,
    parameters: Any = None,
    *,
    loss: Any = None,
    step: Any = None,
    lr: float = 1.0,
) -> Blame:
    """Rank parameters by their part in what a step does to the loss, to first order.

    Parameters
    ----------
    root : Value, Tensor, callable or model
        The loss; or a function that computes it; or a model, and then ``loss`` is needed.
    parameters : model, or Tensors and Values in dicts and lists, optional
        What to rank: a model's ``named_parameters()``, or names that say where they are in the
        container. All leaves of the loss's graph unless given, by their labels.
    loss : Value, Tensor or callable, optional
        The loss of the model given as ``root``. A function is kept for :meth:`Blame.check`.
    step : dict, sequence or "remove", optional
        What is added to each parameter, by name or in order; those left out stay as they are. An
        optimizer's step is ``after - before``; ``"remove"`` sets all to zero, and its parts are
        signed. A step of gradient descent unless given.
    lr : float
        The learning rate of that gradient descent, which no share depends on.

    Returns
    -------
    Blame
        ``.rows``, ``.layers``, ``.check()``, ``.plot()``; printed, a table. No ``.grad`` is
        touched, and no hook runs. It is of the graph as recorded: call it before the parameters
        move on.

    Raises
    ------
    FreedGraphError
        If ``backward(retain_graph=False)`` has released the graph.

    Notes
    -----
    A parameter that others in the list are computed from counts with what it does past them.

    Examples
    --------
    >>> from autograd import Value
    >>> w, b = Value(2.0, label="w"), Value(1.0, label="b")
    >>> print(blame((w * 3.0 + b) ** 2, [w, b], lr=0.1))
    loss 49; a step of gradient descent (lr 0.1) changes it by -196 to first order
    name   shape  ‖gradient‖   share  together
    w     scalar          42  90.0 %    90.0 %  ████████████████████
    b     scalar          14  10.0 %   100.0 %  ██
    """
    root, parameters, closure = _arguments(root, parameters, loss)
    node = _scalar_node(root)
    nodes = named_leaves([node]) if parameters is None else named(parameters)
    seed = 1.0 if isinstance(node, Value) else np.ones_like(node.data)
    pulled = Walk([node], list(nodes.values())).pull({node: seed})
    gradients = dict(zip(nodes, pulled, strict=True))
    steps, what = _steps(nodes, gradients, step, lr)
    with np.errstate(all="ignore"):
        changes = {n: _inner(g, steps[n]) for n, g in gradients.items()}
        norms = {n: norm([g]) for n, g in gradients.items()}
        # Squares of small or large gradients leave the range of floats; their ratios do not.
        shares = _shares(changes if step is not None else _squares(norms))
    rows = _ranked(
        [
            (n, np.shape(g), np.size(g), norms[n], changes[n], shares[n])
            for n, g in gradients.items()
        ]
    )
    value = float(np.asarray(plain_array(root)).reshape(()))
    return Blame(value, sum(changes.values()), rows, nodes, gradients, steps, what, closure)


def _arguments(root: Any, parameters: Any, loss: Any) -> tuple[Any, Any, Any]:
    """The loss as a node, the parameters, and the function that computes the loss, if any."""
    if is_model(root):
        if loss is None:
            raise TypeError(
                f"blame({type(root).__name__}) needs the loss too: blame(model, loss=lambda: "
                "loss_function(model(x), y)), or loss= what has been computed"
            )
        if parameters is not None:
            raise TypeError("blame(model, ...) ranks the model's own parameters; give either")
        root, parameters = loss, root
    elif loss is not None:
        raise TypeError(
            f"loss= goes with a model in the first place, which is {describe(root)}; write "
            "blame(loss, parameters)"
        )
    if isinstance(root, (Value, Tensor)):
        return root, parameters, None
    if not callable(root):
        raise TypeError(f"blame ranks the parameters of a loss (Value or Tensor), got {root!r:.60}")
    return root(), parameters, root


def _scalar_node(root: Any) -> Any:
    node = node_of(root)
    if node is None:
        raise ValueError(
            f"this loss leads to no parameters ({describe(root)}): no input of it had "
            "requires_grad=True, or it was computed inside no_grad() or detached"
        )
    if np.size(node.data) != 1:
        raise ValueError(
            f"blame is about one number, and this loss has shape {np.shape(node.data)}: take its "
            ".mean() or .sum(), or ask example_blame about each"
        )
    return node


def _steps(
    nodes: Mapping[str, Any], gradients: Mapping[str, np.ndarray], step: Any, lr: float
) -> tuple[dict[str, np.ndarray], str]:
    """What is added to each parameter, and how to call it."""
    if step is None:
        steps = {n: -lr * np.asarray(g, dtype=float) for n, g in gradients.items()}
        return steps, f"a step of gradient descent (lr {number(lr)})"
    if isinstance(step, str):
        if step != "remove":
            raise ValueError(f'step is a dict of arrays or "remove", got {step!r}')
        return {n: -np.array(x.data, dtype=float) for n, x in nodes.items()}, "setting all to zero"
    if not isinstance(step, Mapping):
        if isinstance(step, np.ndarray) or len(step) != len(nodes):
            raise ValueError(
                f"step has an array for each of the {len(nodes)} parameters, in a dict by name or "
                f"a list in their order; got {describe(step)}"
            )
        step = dict(zip(nodes, step, strict=True))
    steps = {n: np.zeros(np.shape(x.data)) for n, x in nodes.items()}
    for name, d in step.items():
        if name not in steps:
            near = difflib.get_close_matches(str(name), list(steps), 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(steps)}"
            raise KeyError(f"step moves {name!r}, which is no parameter here{hint}"[:400])
        moved = np.array(plain_array(d), dtype=float)
        if moved.shape != steps[name].shape:
            raise ValueError(
                f"the step of {name!r} has shape {moved.shape}, the parameter {steps[name].shape}"
            )
        steps[name] = moved
    return steps, "this step"


def _inner(a: Any, b: Any) -> float:
    return float(np.sum(np.multiply(a, b, dtype=float)))


def _squares(norms: Mapping[str, float]) -> dict[str, float]:
    """Squares over the largest square."""
    top = max(norms.values(), default=0.0)
    return {n: (x / top) ** 2 if top > 0 else x for n, x in norms.items()}


def _shares(parts: Mapping[str, float]) -> dict[str, float]:
    total = sum(parts.values())
    if all(x == 0.0 for x in parts.values()):
        return dict.fromkeys(parts, 0.0)
    if total == 0.0 or not np.isfinite(total):
        return dict.fromkeys(parts, float("nan"))
    return {n: x / total for n, x in parts.items()}


def _ranked(entries: Sequence[tuple[Any, ...]]) -> list[Row]:
    """Rows in order, with running sums."""
    rows: list[Row] = []
    together = 0.0
    for entry in sorted(entries, key=lambda entry: by_size(entry[-1])):
        name, shape, size, length, change, share = entry
        together += share
        rows.append(Row(name, shape, size, length, change, share, together))
    return rows
