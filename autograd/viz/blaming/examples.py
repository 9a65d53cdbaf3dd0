"""Which examples of a batch a gradient comes from.

The gradient of a sum or mean of losses is the sum of the examples' own, g = sum of c_i. The signed
share of an example is <c_i, g> / |g|^2: 1/n each where all pull the same way, negative for one that
pulls the other way. As <c_i, g> is the derivative of the i-th loss in the direction g, one forward
walk through the graph gives the shares of all examples at once, whatever their number; only the
norms |c_i| take a walk for each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import describe
from ...tensor import Tensor, plain_array
from ...value import Value
from ..figures import number
from ..plotting import new_figure
from ..titles import node_of
from .names import named, named_leaves
from .picture import as_pictures, draw_shares, show_picture, title
from .table import bar, html_table, percent, text_table
from .walk import Walk, norm

__all__ = ["ExampleBlame", "example_blame"]

SHOWN = 8


@dataclass(frozen=True, repr=False)
class ExampleBlame:
    """Each example's share of a gradient; printed it is a table of both ends."""

    losses: np.ndarray
    shares: np.ndarray
    """Signed; they add up to 1."""
    norms: np.ndarray | None
    """The norm of each example's own part of the gradient, unless ``norms=False``."""
    gradient: dict[str, np.ndarray]
    """What the parts add up to, by parameter."""

    @property
    def gradient_norm(self) -> float:
        """The norm of the whole gradient."""
        return norm(self.gradient.values())

    @property
    def cosines(self) -> np.ndarray:
        """How far each example pulls the way of the whole, from -1 to 1; needs the norms."""
        if self.norms is None:
            raise ValueError("cosines need each example's norm: example_blame(..., norms=True)")
        along = self.shares * self.gradient_norm
        return np.divide(along, self.norms, out=np.zeros_like(along), where=self.norms > 0)

    def most(self, k: int = SHOWN) -> np.ndarray:
        """Indices of the ``k`` examples with the largest shares, the largest first."""
        return np.argsort(-self.shares, kind="stable")[:k]

    def least(self, k: int = SHOWN) -> np.ndarray:
        """Indices of the ``k`` examples with the smallest shares, the most negative first."""
        return np.argsort(self.shares, kind="stable")[:k]

    def __str__(self) -> str:
        shown = self._shown()
        largest = float(np.nanmax(np.abs(self.shares), initial=0.0))
        rows = [(*self._cells(i), bar(self.shares[i], largest)) for i in shown]
        left = (len(HEAD) - (self.norms is None),)
        lines = [self._caption(), text_table((*self._head(), ""), rows, left)]
        return "\n".join(lines + [x for x in [self._gap(len(shown))] if x])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        shown = self._shown()
        shares = [float(self.shares[i]) for i in shown]
        cells = [self._cells(i) for i in shown]
        return html_table(self._caption(), self._head(), cells, shares, self._gap(len(shown)))

    def _gap(self, shown: int) -> str:
        left = len(self) - shown
        return f"{left:,} more, between the two ends, are not shown" if left else ""

    def _head(self) -> tuple[str, ...]:
        return HEAD if self.norms is not None else (*HEAD[:2], HEAD[3])

    def _shown(self) -> list[int]:
        n = len(self.shares)
        if n <= 2 * SHOWN:
            return [int(i) for i in self.most(n)]
        return [int(i) for i in (*self.most(), *self.least()[::-1])]

    def _cells(self, i: int) -> tuple[str, ...]:
        loss, share = number(self.losses[i]), percent(float(self.shares[i]))
        return (str(i), loss, *([] if self.norms is None else [number(self.norms[i])]), share)

    def _caption(self) -> str:
        against = int(np.count_nonzero(self.shares < 0))
        if not np.isfinite(self.shares).all():
            text = "no shares: the gradient holds NaN or infinity"
        elif not self.shares.any():
            text = "no shares: the gradient is zero"
        else:
            text = f"{against} of them pull against it" if against else "all pull its way"
        return (
            f"{len(self.shares)} examples' shares of a gradient of norm "
            f"{number(self.gradient_norm)}; {text}"
        )

    def plot(
        self,
        images: Any = None,
        *,
        image_shape: tuple[int, ...] | None = None,
        labels: Sequence[Any] | None = None,
        k: int = SHOWN,
    ) -> Any:
        """The most and the least blamed examples: as pictures, or as bars without ``images``.

        Parameters
        ----------
        images : array_like, optional
            The inputs, one for each example.
        image_shape : tuple of int, optional
            ``(height, width)``, or with channels first or last, where examples are flat.
        labels : sequence, optional
            What to call each example, beside its index.
        k : int
            How many of each end.

        Returns
        -------
        matplotlib.figure.Figure
        """
        names = [f"#{i}" if labels is None else f"#{i}: {labels[i]}" for i in range(len(self))]
        ends = [list(self.most(k)), list(self.least(k))]
        if images is None:
            shown = list(dict.fromkeys([*ends[0], *ends[1][::-1]]))
            shares = [float(self.shares[i]) for i in shown]
            chosen = [names[i] for i in shown]
            return draw_shares("ExampleBlame.plot()", chosen, shares, self._caption())
        pictures = as_pictures(plain_array(images), image_shape)
        if len(pictures) != len(self):
            raise ValueError(f"{len(pictures)} images for {len(self)} examples")
        columns = max(len(end) for end in ends)
        figure = new_figure("ExampleBlame.plot()", max(1.15 * columns, 5.0), 3.9)
        grid = figure.subplots(2, columns, squeeze=False)
        against = bool(self.shares[ends[1][0]] < 0)
        names_of_ends = ("most to blame", "against it" if against else "least to blame")
        for row, end, what in zip(grid, ends, names_of_ends, strict=True):
            for axes in row[len(end) :]:
                axes.set_axis_off()
            for axes, i in zip(row, end, strict=False):
                caption = f"{names[i]}\n{percent(float(self.shares[i]))}"
                show_picture(axes, pictures[i], caption)
            row[0].set_ylabel(what, fontsize=9)
        title(figure, self._caption())
        return figure

    def __len__(self) -> int:
        return len(self.shares)


HEAD = ("example", "loss", "‖gradient‖", "share")


def example_blame(
    losses: Any,
    parameters: Any = None,
    *,
    batch: Any = None,
    reduction: str = "mean",
    norms: bool = True,
) -> ExampleBlame:
    """Each example's signed share of the gradient of all.

    Parameters
    ----------
    losses : Tensor of shape (n,), sequence of Values, or callable
        One loss for each example (``reduction="none"``), or a function that gives them.
    parameters : model, or Tensors and Values in dicts and lists, optional
        Whose gradient; one tensor alone, if that is the question. All leaves unless given.
    batch : tuple of arrays, optional
        What to call the function with. It is then called with one example at a time too, which
        makes the norms cheap in time and memory; without, each takes a walk through the whole
        batch's graph. Examples must not see each other, as they do in batch normalization.
    reduction : {"mean", "sum"}
        How the losses make the loss: whether an example's part is divided by n. No share depends on
        it.
    norms : bool
        Whether to compute the norms of the examples' parts, a walk for each.

    Returns
    -------
    ExampleBlame
        ``.shares``, ``.norms``, ``.most(k)``, ``.plot(images)``; printed, a table. No ``.grad`` is
        touched.

    Examples
    --------
    Of a line through the origin the third point pulls the other way.

    >>> import numpy as np
    >>> from autograd import Tensor
    >>> w = Tensor(1.0, requires_grad=True, label="w")
    >>> x, y = np.array([1.0, 2.0, 1.0]), np.array([2.0, 4.0, 0.0])
    >>> print(example_blame((w * x - y) ** 2, w))
    3 examples' shares of a gradient of norm 2.667; 1 of them pull against it
    example  loss  ‖gradient‖    share
          1     4       2.667  100.0 %  ████████████████████
          0     1      0.6667   25.0 %  █████
          2     1      0.6667  -25.0 %  ░░░░░
    """
    if reduction not in ("mean", "sum"):
        raise ValueError(f'reduction is "mean" or "sum", got {reduction!r}')
    function, batch = _function(losses, batch)
    if function is not None:
        losses = function(*batch)
    outputs = _Outputs(losses)
    nodes = named_leaves(outputs.roots) if parameters is None else named(parameters)
    walk = Walk(outputs.roots, list(nodes.values()))
    weight = 1.0 / outputs.n if reduction == "mean" else 1.0
    gradient = [np.asarray(g, float) for g in walk.pull(outputs.seeds(np.full(outputs.n, weight)))]
    sizes = None
    if norms and function is not None and batch:
        sizes = weight * _by_slices(outputs.n, function, batch, walk.targets)
    elif norms:
        sizes = weight * _by_seeds(outputs, walk)
    return ExampleBlame(
        outputs.numbers,
        _shares(outputs, walk, gradient),
        sizes,
        dict(zip(nodes, gradient, strict=True)),
    )


def _shares(outputs: _Outputs, walk: Walk, gradient: list[np.ndarray]) -> np.ndarray:
    length = norm(gradient)
    if length == 0.0 or not np.isfinite(length):
        return np.full(outputs.n, 0.0 if length == 0.0 else np.nan)
    # Of unit length: the square of a small gradient would be lost in single precision.
    along = outputs.tangents(walk.push([g / length for g in gradient]))
    # They add up to |g|; dividing by their own sum rather leaves no rounding between the two.
    return along / along.sum()


def _function(losses: Any, batch: Any) -> tuple[Callable[..., Any] | None, tuple]:
    if isinstance(losses, (Value, Tensor)) or not callable(losses):
        if batch is not None:
            raise TypeError("batch= is what to call a function of losses with; here they are given")
        return None, ()
    return losses, () if batch is None else batch if isinstance(batch, tuple) else (batch,)


class _Outputs:
    """The examples' losses as nodes: one of shape (n,), or n numbers."""

    def __init__(self, losses: Any) -> None:
        if isinstance(losses, Tensor):
            shape = tuple(losses.shape)
            if not shape or losses.size != shape[0]:
                raise ValueError(
                    f"example_blame takes a loss for each example, shape (n,); got shape {shape}. "
                    'Use reduction="none", and add up what belongs to one example'
                )
            self.items: list[Any] = [losses]
        elif isinstance(losses, Sequence) and not isinstance(losses, str):
            self.items = list(losses)
            for x in self.items:
                if np.size(plain_array(x)) != 1:
                    raise ValueError(f"each example's loss is one number, got {describe(x)}")
        else:
            raise TypeError(
                f"example_blame takes a Tensor of shape (n,) or a list of losses, got "
                f"{describe(losses)}"
            )
        self.whole = isinstance(losses, Tensor)
        self.numbers = np.array(
            [np.asarray(plain_array(x), dtype=float).ravel() for x in self.items]
        ).ravel()
        self.n = len(self.numbers)
        self.nodes = [node_of(x) for x in self.items]
        self.roots = [node for node in self.nodes if node is not None]
        if not self.n:
            raise ValueError("there are no examples to blame")
        if not self.roots:
            raise ValueError(
                "these losses lead to no parameters: no input had requires_grad=True, or they were "
                "computed inside no_grad() or detached"
            )

    def seeds(self, weights: np.ndarray) -> dict[Any, Any]:
        """Cotangents that make the derivative of the weighted sum."""
        if self.whole:
            node = self.nodes[0]
            return {node: weights.astype(node.data.dtype).reshape(node.data.shape)}
        seeds: dict[Any, Any] = {}
        for node, w in zip(self.nodes, weights, strict=True):
            if node is not None and w:
                seed = (
                    float(w)
                    if isinstance(node, Value)
                    else np.full(node.data.shape, w, node.data.dtype)
                )
                seeds[node] = seeds[node] + seed if node in seeds else seed
        return seeds

    def tangents(self, found: dict[Any, Any]) -> np.ndarray:
        """The losses' derivatives, out of a forward walk."""
        parts = [np.zeros(1) if node is None else found.get(node) for node in self.nodes]
        if self.whole:
            return np.zeros(self.n) if parts[0] is None else np.array(parts[0], float).ravel()
        return np.array([0.0 if t is None else float(np.sum(t)) for t in parts])


def _by_seeds(outputs: _Outputs, walk: Walk) -> np.ndarray:
    """Norms by a walk through the whole graph for each example."""
    unit = np.zeros(outputs.n)
    sizes = np.empty(outputs.n)
    for i in range(outputs.n):
        unit[i] = 1.0
        sizes[i] = norm(walk.pull(outputs.seeds(unit)))
        unit[i] = 0.0
    return sizes


def _by_slices(
    n: int, function: Callable[..., Any], batch: tuple, targets: Sequence[Any]
) -> np.ndarray:
    """Norms by calling the function with one example at a time."""
    sizes = np.empty(n)
    for i in range(n):
        alone = _Outputs(function(*(x[i : i + 1] for x in batch)))
        if alone.n != 1:
            raise ValueError(
                f"for one example the function gave {alone.n} losses; it gave {n} for all {n}"
            )
        sizes[i] = norm(Walk(alone.roots, targets).pull(alone.seeds(np.ones(1))))
    return sizes
