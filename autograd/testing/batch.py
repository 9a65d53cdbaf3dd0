"""Whether the examples of a batch know of each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..containers import flatten
from ..op import plain
from ..vectorize import vectorize
from .report import Report, combine, failed
from .roundoff import arrays, differs, eps_of, peak
from .subject import Subject, cotangents

__all__ = ["check_batch"]


def check_batch(
    f: Callable[..., Any],
    *inputs: Any,
    in_axes: int | Sequence[int | None] = 0,
    raise_exception: bool = True,
    seed: int = 0,
) -> Report:
    """Check that the examples of a batch do not know of each other, in values and gradients.

    Parameters
    ----------
    f : callable
        Takes a batch, returns an array (or a container of them) with the examples in front.
        Modules are welcome; their parameters' gradients must be sums over the examples.
    *inputs : any
        A batch of at least two examples.
    in_axes : int, or sequence of int and None
        Where the examples are in each input; ``None`` for what all examples share.
    raise_exception, seed
        As for :func:`check_adjoint`.

    Returns
    -------
    Report
        True only if ``f`` of the batch is ``f`` of each example (a batch of one) in a row, and so
        are the gradients. Where ``f`` also takes an example without a batch axis,
        ``vectorize(f)`` must agree with it too.

    Raises
    ------
    GradientError
        If an example's result or gradient depends on the others.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.testing import check_batch
    >>> x = np.array([[1.0, 2.0], [3.0, 5.0]])
    >>> bool(check_batch(lambda x: x - np.mean(x, axis=1, keepdims=True), x))
    True
    >>> print(check_batch(lambda x: x - np.mean(x, axis=0), x, raise_exception=False).message)
    check_batch: <lambda>: example 0 depends on the others: its result is -1.0 at [0] in the batch \
and 0.0 alone
    """
    title = f"check_batch: {getattr(f, '__name__', type(f).__name__)}"
    batch = _Batch(f, inputs, in_axes)
    with np.errstate(all="ignore"):
        reports = [_independent(batch, title, seed)]
        if reports[0] and (vectorized := _vectorized(batch, title, seed)) is not None:
            reports.append(vectorized)
    return combine(reports, lambda n: f"{title}: {batch.n} examples are independent").settle(
        raise_exception
    )


class _Batch:
    """Inputs, and where the examples are in each of their leaves."""

    def __init__(self, f: Any, inputs: Sequence[Any], in_axes: Any) -> None:
        self.f = f
        axes = list(in_axes) if isinstance(in_axes, (list, tuple)) else [in_axes] * len(inputs)
        if len(axes) != len(inputs):
            raise ValueError(f"in_axes has {len(axes)} entries for {len(inputs)} inputs")
        self.in_axes = tuple(axes)
        self.inputs = tuple(inputs)
        parts = [flatten(x) for x in inputs]
        self.leaves = [plain(x) for leaves, _ in parts for x in leaves]
        self.axes = [axis for (leaves, _), axis in zip(parts, axes) for _ in leaves]
        self.tree = flatten(self.inputs)[1]
        pairs = [(np.shape(x), a) for x, a in zip(self.leaves, self.axes) if a is not None]
        for shape, axis in pairs:
            if not -len(shape) <= axis < len(shape):
                raise ValueError(
                    f"an input of shape {shape} has no axis {axis} with the examples; in_axes= "
                    "says where they are, None for what all of them share"
                )
        counts = {shape[axis] for shape, axis in pairs}
        if len(counts) != 1 or counts < {0, 1}:
            raise ValueError(
                "check_batch needs a batch of at least two examples, as many in every batched "
                f"input; got {sorted(counts)}"
            )
        (self.n,) = counts
        self.subject = Subject(f, inputs)
        n_inputs = len(self.leaves)
        # Parameters come after the inputs, and all examples share them.
        self.active = [self.axes[i] if i < n_inputs else None for i in self.subject.active]

    def one(self, k: int, keep: bool) -> Subject:
        """The ``k``-th example: a batch of one, or without the axis."""
        leaves = [
            x if a is None else _example(x, k, a, keep) for x, a in zip(self.leaves, self.axes)
        ]
        return Subject(self.f, self.tree.build(leaves))


def _example(x: Any, k: int, axis: int, keep: bool) -> Any:
    taken = np.take(x, [k] if keep else k, axis=axis)
    return float(taken) if isinstance(taken, np.floating) else taken


def _independent(batch: _Batch, title: str, seed: int) -> Report:
    rng = np.random.default_rng(seed)
    subject = batch.subject
    outputs, _, back = subject.reverse()
    whole = arrays(outputs)
    if any(not np.array_equal(p, q, equal_nan=True) for p, q in zip(whole, _results(subject))):
        return Report(
            "inconclusive",
            f"{title}: the function gives another result when called again; switch random layers "
            "off with model.eval()",
            "not repeatable",
        )
    for y in whole:
        if y.shape[:1] != (batch.n,):
            return failed(
                f"{title}: the result has shape {y.shape} for {batch.n} examples, which are not "
                "in front: does the function sum or average over the batch?"
            )
    v = cotangents(outputs, rng)
    gradients = arrays(back(v))
    eps = eps_of([*subject.xs, *whole])
    shared = [np.zeros(np.shape(x)) for x in subject.xs]
    for k in range(batch.n):
        one = batch.one(k, keep=True)
        outs, _, pull = one.reverse()
        alone = arrays(outs)
        peaks = [peak(y) for y in whole]
        who = f"{title}: example {k} depends on the others"
        if wrong := differs([y[k : k + 1] for y in whole], alone, peaks, eps, lead=1):
            return failed(
                f"{who}: its result is {wrong[1]}{wrong[0]} in the batch and {wrong[2]} alone"
            )
        pulled = arrays(pull([np.asarray(c[k : k + 1]) for c in v]))
        for i, (name, axis) in enumerate(zip(subject.names, batch.active)):
            if axis is None:
                shared[i] += pulled[i]
                continue
            mine = np.take(gradients[i], [k], axis=axis)
            if wrong := differs([mine], [pulled[i]], [peak(gradients[i])], eps):
                return failed(
                    f"{who}: its gradient for {name} is {wrong[1]}{wrong[0]} in the batch and "
                    f"{wrong[2]} alone"
                )
    for name, axis, got, total in zip(subject.names, batch.active, gradients, shared):
        if axis is None and (wrong := differs([got], [total], [peak(got, total)], eps)):
            return failed(
                f"{title}: the gradient for {name}, which all examples share, is "
                f"{wrong[1]}{wrong[0]} for the batch, and the examples' gradients add up to "
                f"{wrong[2]}"
            )
    return Report("pass", f"{title}: {batch.n} examples are independent")


def _vectorized(batch: _Batch, title: str, seed: int) -> Report | None:
    """``vectorize(f)`` against ``f`` of each example, if ``f`` takes one without a batch axis."""
    try:
        singles = [batch.one(k, keep=False) for k in range(batch.n)]
        runs = [one.reverse() for one in singles]
    except Exception:
        return None  # it is a function of batches alone
    mapped = Subject(vectorize(batch.f, in_axes=batch.in_axes), batch.inputs)
    outputs, _, back = mapped.reverse()
    whole = arrays(outputs)
    alone = [np.stack(column) for column in zip(*(arrays(outs) for outs, _, _ in runs))]
    eps = eps_of([*mapped.xs, *whole])
    if wrong := differs(whole, alone, [peak(y) for y in alone], eps):
        return failed(
            f"{title}: vectorize gives {wrong[1]}{wrong[0]}, and the examples one by one {wrong[2]}"
        )
    v = cotangents(outputs, np.random.default_rng(seed))
    gradients = arrays(back(v))
    pulled = [
        arrays(pull([_number(c[k], y) for c, y in zip(v, outs)]))
        for k, (outs, _, pull) in enumerate(runs)
    ]
    for i, name in enumerate(mapped.names):
        axis = batch.active[i]
        parts = [p[i] for p in pulled]
        expected = sum(parts) if axis is None else np.stack(parts, axis=axis)
        if wrong := differs([gradients[i]], [np.asarray(expected)], [peak(gradients[i])], eps):
            return failed(
                f"{title}: the gradient for {name} through vectorize is {wrong[1]}{wrong[0]}, and "
                f"that of the examples one by one {wrong[2]}"
            )
    return Report("pass", f"{title}: vectorize agrees with the examples one by one")


def _number(c: Any, y: Any) -> Any:
    return np.asarray(c) if isinstance(plain(y), np.ndarray) else float(c)


def _results(subject: Subject) -> list[np.ndarray]:
    return arrays(flatten(subject.evaluate(*subject.xs))[0])
