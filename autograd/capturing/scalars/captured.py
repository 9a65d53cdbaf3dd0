"""Functions of values, recorded twice and replayed from then on."""

from __future__ import annotations

import functools
import operator
import threading
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from ...containers import Tree, flatten
from ...errors import CaptureError, describe
from ...modes import _Mode, modes
from ...tensor import Tensor
from ...value import Value
from ..signature import identity, nesting
from .plan import ScalarPlan
from .reading import Reading, difference, read
from .replayed import Replayed, Run

__all__ = ["CapturedValues", "captured_values"]


MOST_PLANS = 16
"""Plans that one captured function keeps; the oldest goes first."""


class _Entry:
    """What is known of calls with one signature."""

    def __init__(
        self, reading: Reading, tree: Tree, leaves: list, plan: ScalarPlan, places: list[int]
    ) -> None:
        self.reading: Reading | None = reading
        self.places = np.array(places, dtype=np.intp)
        self.tree = tree
        self.leaves = leaves
        self.plan = plan
        self.lock = threading.RLock()

    def results(self, numbers: np.ndarray, nodes: list[Any]) -> Any:
        if not modes.recording:
            with self.lock:
                made = [Value(x) for x in self.plan.run(numbers).tolist()]
        else:
            run = Run(self.plan, self.lock, numbers, nodes, self.places)
            made = [Replayed(run, k) for k in range(len(run.data))]
        values = iter(made)
        return self.tree.build([next(values) if x is _VALUE else x for x in self.leaves])


_VALUE = object()


class CapturedValues:
    """A function that :func:`captured_values` made."""

    def __init__(self, function: Callable[..., Any], reorder: bool) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._reorder = reorder
        self._entries: dict[Hashable, _Entry] = {}
        self._lock = threading.RLock()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if modes.tape is not None or modes.created is not None or modes.anomaly:
            return self._function(*args, **kwargs)  # something else notes every op
        leaves, tree = flatten((args, kwargs))
        key, numbers, nodes = _signature(leaves, tree)
        entry = self._entries.get(key)
        if entry is None or entry.reading is not None:
            with self._lock:
                entry = self._record(key, leaves, tree)
        return entry.results(numbers, nodes)

    def _record(self, key: Hashable, leaves: list, tree: Tree) -> _Entry:
        inputs: list[Value] = []
        places: list[int] = []  # of the inputs that are nodes outside
        args, kwargs = tree.build([_entered(x, inputs, places) for x in leaves])
        created: list[Any] = []
        reads: list[Any] = []
        with _Mode(recording=True, created=created, reads=reads, emptied=False, watched=True):
            result = self._function(*args, **kwargs)
            emptied = modes.emptied
        self._check(created, emptied or bool(reads))
        results, shape = flatten(result)
        roots = [x for x in results if isinstance(x, Value)]
        if not roots:
            raise self._error("it returned no value, and a replay does nothing else")
        reading = read(roots, inputs, made=set(created))
        plain = [_VALUE if isinstance(x, Value) else x for x in results]
        first = self._entries.get(key)
        if first is not None and first.reading is not None:
            problem = difference(first.reading, reading)
            if problem is None and not (
                shape.same(first.tree) and list(map(repr, plain)) == list(map(repr, first.leaves))
            ):
                problem = "it returned something else, beside values"
            if problem is not None:
                raise self._error(
                    f"two calls with arguments of the same kind did different things: {problem}. "
                    "Numbers that change belong among the arguments, and choices outside"
                )
        if first is not None and first.reading is not None and _same_leaves(first.reading, reading):
            plan = first.plan  # made of a graph like this one
        else:
            plan = ScalarPlan.of(reading, places, self._reorder)
        self._verify(plan, inputs, roots)
        entry = self._entries[key] = _Entry(reading, shape, plain, plan, places)
        if first is not None:
            entry.reading = None
        while len(self._entries) > MOST_PLANS:
            del self._entries[next(iter(self._entries))]
        return entry

    def _check(self, created: list[Any], left: bool) -> None:
        if any(v.grad for v in created if isinstance(v, Value)):
            raise self._error(
                "it calls backward() itself. Capture the loss alone, and do the rest with what it "
                "returns: `loss = f(x); loss.backward()`, then `p.data -= lr * p.grad` for each "
                "parameter, and `p.grad = 0.0`"
            )
        if left:
            raise self._error(
                "it read a number out of a value, with float(v), v.data or a comparison, and a "
                "replay would not do that again. Use ops in place of choices: (v).relu(), "
                "v.max(w), autograd.where"
            )
        if not all(isinstance(v, Value) for v in created):
            raise self._error(
                "it mixes values with arrays or tensors. Compute with values alone, or capture "
                "the function on tensors"
            )

    def _verify(self, plan: ScalarPlan, inputs: list[Value], roots: list[Value]) -> None:
        recorded = np.array([v._data for v in roots])
        replayed = plan.run(numbers_of(inputs))
        scale = plan.largest()
        if not np.allclose(replayed, recorded, 1e-6, 1e-9 * scale, equal_nan=True):
            raise self._error(
                f"the replay gives {replayed.tolist()[:3]} where the function gave "
                f"{recorded.tolist()[:3]}. Does it assign to the data of a value?"
            )

    def _error(self, why: str) -> CaptureError:
        return CaptureError(f"{self.__name__}() cannot be captured: {why}")  # type: ignore[attr-defined]

    @property
    def plans(self) -> list[ScalarPlan]:
        """The plans there are, one for each signature."""
        return [entry.plan for entry in self._entries.values()]


def captured_values(function: Callable[..., Any] | None = None, *, reorder: bool = True) -> Any:
    """Record a function of values, and replay it from then on as a few operations on arrays.

    The first two calls with arguments of one kind run the function and are recorded; later calls
    only compute. What it returns has a gradient path as ever: ``backward()`` fills the ``grad`` of
    the parameters that the function found, and of values among its arguments.

    Parameters
    ----------
    function : callable
        Takes values, floats, arrays of floats, and containers of them, whose numbers may change
        from call to call; other arguments are constants, and a plan is made for each. Floats and
        arrays reach it as values and arrays of values. It returns values, in containers.
    reorder : bool
        Whether long sums may be added in another order, which changes the last digits and is much
        faster.

    Raises
    ------
    CaptureError
        Where a replay could not do what the function does: choose by a value's number, call
        ``backward()``, compute with tensors.

    Examples
    --------
    >>> from autograd import Value
    >>> w, b = Value(0.0), Value(0.0)
    >>> @captured_values
    ... def loss(points):
    ...     return sum((w * x + b - y) ** 2 for x, y in points)
    >>> points = [(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]
    >>> for step in range(200):
    ...     w.grad = b.grad = 0.0
    ...     loss(points).backward()
    ...     w.data -= 0.1 * w.grad
    ...     b.data -= 0.1 * b.grad
    >>> round(w.data, 6), round(b.data, 6)
    (2.0, 1.0)
    """
    if function is None:
        return lambda f: CapturedValues(f, reorder)
    if not callable(function):
        raise TypeError(f"captured_values takes a function, got {describe(function)}")
    return CapturedValues(function, reorder)


def _same_leaves(a: Reading, b: Reading) -> bool:
    return all(map(operator.is_, a.held, b.held))


def numbers_of(values: list[Value]) -> np.ndarray:
    """The numbers of values as an array."""
    return np.array([v._data for v in values])


def _is_array(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def _signature(leaves: list[Any], tree: Tree) -> tuple[Hashable, np.ndarray, list[Any]]:
    """What a plan is made for; the inputs' numbers; those of them that are nodes."""
    key: list[Hashable] = [nesting(tree)]
    parts: list[Any] = []
    nodes: list[Any] = []
    for x in leaves:
        if isinstance(x, Value):
            key.append(Value)
            parts.append(x._data)
            nodes.append(x)
        elif isinstance(x, float):
            key.append(float)
            parts.append(x)
        elif _is_array(x):
            key.append(x.shape)
            parts += x.ravel().tolist()
        elif isinstance(x, (Tensor, np.ndarray)):
            raise CaptureError(
                f"a captured function of values got {describe(x)}; it takes values, floats and "
                "arrays of floats"
            )
        else:
            key.append(identity(x))
    return tuple(key), np.array(parts, dtype=float), nodes


def _entered(x: Any, inputs: list[Value], places: list[int]) -> Any:
    """An argument as the function gets it while it is recorded, with fresh leaves for numbers."""
    if isinstance(x, Value):
        places.append(len(inputs))
    if isinstance(x, (Value, float)):
        inputs.append(Value(float(x._data if isinstance(x, Value) else x)))
        return inputs[-1]
    if not _is_array(x):
        return x
    fresh = [Value(v) for v in x.ravel().tolist()]
    inputs += fresh
    made = np.empty(len(fresh), dtype=object)
    made[:] = fresh
    return made.reshape(x.shape)
