"""``capture``: a function recorded once for each signature, and replayed from a plan."""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, ParamSpec, TypeVar, overload

import numpy as np

from ..containers import Tree, flatten
from ..errors import CaptureError, describe
from ..modes import modes
from ..tensor import Tensor, current
from ..tensor import _handle as handle
from .comparing import difference
from .guards import Guards
from .program import Program
from .signature import Call, Last
from .tape import Tape, ValuesMet, taping

__all__ = ["Captured", "capture"]

P = ParamSpec("P")
R = TypeVar("R")

MOST_PLANS = 16
"""Plans that one captured function keeps; the one that was not used for longest goes first."""


class _Recording:
    """One recorded call: its program, and how its result was put together."""

    def __init__(self, tape: Tape, result: Any) -> None:
        self.program: Program = tape.program
        self.guards = Guards(tape.program, tape.modules.values())
        leaves, self.tree = flatten(result)
        self.leaves: list[Any] = []
        self.program.outputs = []
        for x in leaves:
            if isinstance(x, Tensor):
                x = current(x)._data
            if isinstance(x, np.ndarray):
                self.program.outputs.append(tape.output(x))
                self.leaves.append(_ARRAY)
            else:
                self.leaves.append(x)
        # The common case, told once.
        self.is_array = self.tree.kind == "leaf" and self.leaves[0] is _ARRAY


_ARRAY = object()


class _Entry:
    """What is known of one signature: a first recording, then a plan."""

    def __init__(self, recording: _Recording) -> None:
        self.recording = recording
        self.plan: Any = None

    def result(self, outputs: list[np.ndarray]) -> Any:
        if self.recording.is_array:
            return handle(outputs[0], None)
        arrays = iter(outputs)
        leaves = [handle(next(arrays), None) if x is _ARRAY else x for x in self.recording.leaves]
        tree: Tree = self.recording.tree
        return tree.build(leaves)


class Captured(Generic[P, R]):
    """A function that :func:`capture` made."""

    def __init__(
        self, function: Callable[P, R], passes: tuple[str, ...] | None, reorder: bool
    ) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._passes = passes
        self._reorder = reorder
        self._of_values: Any = None
        self._entries: OrderedDict[Hashable, list[_Entry]] = OrderedDict()
        self._lock = threading.RLock()
        self._last: Last | None = None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if modes.tape is not None:
            return self._function(*args, **kwargs)  # inside another one: recorded with it
        if modes.anomaly:
            return self._as_it_is(Call(args, kwargs))  # a replay has no ops to look at
        if self._of_values is not None:
            return self._of_values(*args, **kwargs)
        last = self._last
        if last is not None and not kwargs and (arrays := last.arrays(args)) is not None:
            # As the last call, which is the rule in training: a fifth of what comes below.
            entry = _holding(last.entries)
            if entry is not None and entry.plan is not None and not entry.recording.guards.hooked():
                return entry.result(entry.plan.replay(arrays))
        call = Call(args, kwargs)
        with self._lock:
            entry = self._find(call.key)
        if entry is None or entry.plan is None:
            try:
                with self._lock:
                    return self._record(call, entry)
            except ValuesMet:
                if self._entries:
                    raise
            from .scalars import captured_values

            self._of_values = captured_values(self._function, reorder=self._reorder)
            return self._of_values(*args, **kwargs)
        if entry.recording.guards.hooked():
            return self._as_it_is(call)
        if not kwargs:
            self._last = Last.of(args, self._entries.get((call.key, modes.recording), []))
        return entry.result(entry.plan.replay(call.arrays))

    def _as_it_is(self, call: Call) -> R:
        """Run the function itself, on what a recording would run it on."""
        args, kwargs, _ = call.tensors()
        return _detached(self._function(*args, **kwargs))

    def _find(self, key: Hashable) -> _Entry | None:
        entries = self._entries.get((key, modes.recording))
        if entries is None:
            return None
        self._entries.move_to_end((key, modes.recording))
        return _holding(entries)

    def _record(self, call: Call, entry: _Entry | None) -> R:
        self._last = None  # the next call shows which plan was used last
        args, kwargs, inputs = call.tensors()
        tape = Tape([t._data for t in inputs])
        with taping(tape):
            result = self._function(*args, **kwargs)
        recording = _Recording(tape, result)
        result = _detached(result)
        del tape  # with all arrays that were made
        if entry is None:
            from .plan.hollow import forget

            entries = self._entries.setdefault((call.key, modes.recording), [])
            entries.append(_Entry(recording))
            forget(recording.program)  # what it is compared by is left
            del entries[:-MOST_PLANS]
            while len(self._entries) > MOST_PLANS:
                self._entries.popitem(last=False)
        else:
            self._settle(entry, recording)
        return result

    def _settle(self, entry: _Entry, again: _Recording) -> None:
        """Make a plan of two recordings that agree."""
        first = entry.recording
        problem = difference(first.program, again.program)
        if problem is None and (
            not first.tree.same(again.tree) or not _same_constants(first.leaves, again.leaves)
        ):
            problem = "it returned something else the second time, beside arrays"
        if problem is not None:
            raise CaptureError(
                f"{self.__name__} cannot be captured, for two calls with arguments of the same "  # type: ignore[attr-defined]
                f"shapes did different things: {problem}"
            )
        from .plan import Plan

        entry.plan = Plan(again.program, passes=self._passes, spend=True)
        entry.plan.release()
        entry.recording = again

    # Looking at it -------------------------------------------------------------------------------

    def plan(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        """The plan for these arguments, which prints as a table of what a replay does.

        The function is called until it has one: twice for arguments of new shapes.
        """
        for _ in range(3):
            if self._of_values is not None:
                self(*args, **kwargs)
                return self.plans[-1]
            key = Call(args, kwargs).key
            entry = self._find(key)
            if entry is not None and entry.plan is not None:
                return entry.plan
            self(*args, **kwargs)
        raise CaptureError(f"{self.__name__} has no plan for these arguments")  # type: ignore[attr-defined]

    @property
    def plans(self) -> list[Any]:
        """All plans there are."""
        if self._of_values is not None:
            return list(self._of_values.plans)
        return [e.plan for es in self._entries.values() for e in es if e.plan is not None]

    def draw(self, **options: Any) -> Any:
        """Draw the newest plan; options as for its ``draw``."""
        if not self.plans:
            raise CaptureError(
                f"{self.__name__} has no plan to draw yet: call it twice with arguments of the "  # type: ignore[attr-defined]
                "same shapes, or ask for plan(*args).draw()"
            )
        return self.plans[-1].draw(**options)

    def __repr__(self) -> str:
        n = len(self.plans)
        return f"<captured {self.__name__}: {n} plan{'' if n == 1 else 's'}>"  # type: ignore[attr-defined]


def _holding(entries: list[_Entry]) -> _Entry | None:
    """The first whose recording still tells what the function does."""
    for entry in entries:
        if entry.recording.guards.hold():
            return entry
    return None


def _detached(result: Any) -> Any:
    """The result without its graph, as replays give it."""
    leaves, tree = flatten(result)
    return tree.build([x.detach() if isinstance(x, Tensor) else x for x in leaves])


def _same_constants(a: list[Any], b: list[Any]) -> bool:
    return len(a) == len(b) and all(x is y or (type(x) is type(y) and x == y) for x, y in zip(a, b))


@overload
def capture(function: Callable[P, R], /) -> Captured[P, R]: ...
@overload
def capture(
    *, passes: tuple[str, ...] | None = None, reorder: bool = True
) -> Callable[[Callable[P, R]], Captured[P, R]]: ...
def capture(
    function: Any = None, *, passes: tuple[str, ...] | None = None, reorder: bool = True
) -> Any:
    """Record a function once for each signature, and replay it from then on.

    The first two calls with arguments of given shapes, dtypes and plain values run as they are and
    are recorded: forward, backward, and what an optimizer does. If both did the same, later calls
    replay the recording from an optimised plan, without building a graph.

    Parameters
    ----------
    function : callable
        Takes arrays and tensors, which it gets as tensors, and any plain values, in containers.
        What it returns comes back as tensors without a graph: ``backward`` belongs inside.
    passes : tuple of str, optional
        The optimiser's passes to run; all unless given.
    reorder : bool
        For functions of values: whether long sums may be added in another order, which changes the
        last digits and is much faster.

    Returns
    -------
    Captured
        Called as the function is; ``.plan(*args)`` shows what a replay does.

    Raises
    ------
    CaptureError
        Where the function does what a replay could not do again: a choice that depends on a
        tensor's numbers, a number read out of it, a constant that is another one in each call.

    Notes
    -----
    A function that computes with values, in loops and lists, is replayed level by level on arrays.
    What it returns has a gradient path: there ``backward`` comes after.

    What is no argument, no tensor's content and no :func:`autograd.extend.effect` is a constant:
    Python numbers that the function finds elsewhere, and arrays, values or tensors that it finds in
    plain lists and dicts, are looked up in the first two calls alone.

    Examples
    --------
    >>> import numpy as np, nn
    >>> import autograd as ag
    >>> model = nn.Linear(2, 1, rng=0)
    >>> optimizer = nn.optim.SGD(model.parameters(), lr=0.02)
    >>> @ag.capture
    ... def step(x, y):
    ...     optimizer.zero_grad()
    ...     loss = nn.losses.mse_loss(model(x), y)
    ...     loss.backward()
    ...     optimizer.step()
    ...     return loss
    >>> x = np.array([[1.0, 2.0], [3.0, 4.0]], dtype=np.float32)
    >>> y = x.sum(axis=1, keepdims=True)
    >>> losses = [step(x, y).item() for _ in range(50)]
    >>> losses[-1] < 0.1 < losses[0]
    True
    """
    if function is None:
        return lambda f: Captured(f, passes, reorder)
    if not callable(function):
        raise TypeError(f"capture takes a function, got {describe(function)}")
    return Captured(function, passes, reorder)
