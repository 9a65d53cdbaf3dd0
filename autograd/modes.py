"""Whether ops record, and what with each: ``no_grad``, ``enable_grad``, ``detect_anomaly``,
``scope``; for each thread alone."""

from __future__ import annotations

import functools
import inspect
import os
import sys
import threading
import types
from collections.abc import Callable, Generator
from dis import opname
from types import FrameType
from typing import Any, TypeVar, cast

__all__ = [
    "CHANGES",
    "WATCH",
    "collecting",
    "detect_anomaly",
    "enable_grad",
    "is_grad_enabled",
    "modes",
    "no_grad",
    "note_draw",
    "note_read",
    "scope",
    "user_line",
]

F = TypeVar("F", bound=Callable[..., Any])


class _Modes(threading.local):
    recording = True
    anomaly = False
    # Whether ops keep the source line that called them.
    lines = False
    # What is being computed: the innermost scope as (the one around it, a name or a module). Each
    # time one is entered makes a new tuple.
    scope: Any = None
    # Inside the recording of a captured function: what notes all that is done to arrays.
    tape: Any = None
    # Inside ``checkpoint``: the nodes made so far, and generators with their first states.
    created: Any = None
    generators: Any = None
    # While a function of values is recorded: the values whose numbers it looked at or assigned.
    reads: Any = None
    # Whether a node has been turned into a plain number since a transform last asked.
    emptied = False
    # Whether any of the above asks ops to take the careful way.
    watched = False


modes = _Modes()

_HERE = os.path.dirname(__file__)
# The engine and what stands on it and comes with it: a line in there is none of the user's.
_OURS = (_HERE + os.sep, os.path.join(os.path.dirname(_HERE), "nn") + os.sep)

# How many mode contexts are open in all threads. While it is zero, scalar ops skip the
# thread-local look-up, which would cost a tenth of an op.
WATCH = [0]
# How often a setting of any module was changed.
CHANGES = [0]
_lock = threading.Lock()
_UNSET = object()


class _Mode:
    """A re-entrant context manager and decorator that sets attributes of ``modes``."""

    def __init__(self, **settings: Any) -> None:
        self._settings = settings
        # For each thread alone: two may be inside the same object.
        self._saved: dict[int, list[tuple[Any, ...]]] = {}

    def _entered(self) -> dict[str, Any]:
        """What to set now."""
        return self._settings

    def __enter__(self) -> None:
        state = modes.__dict__
        saved = tuple(state.get(name, _UNSET) for name in self._settings)
        self._saved.setdefault(threading.get_ident(), []).append(saved)
        state.update(self._entered())
        with _lock:
            WATCH[0] += 1

    def __exit__(self, *exc: object) -> None:
        state = modes.__dict__
        saved = self._saved[threading.get_ident()].pop()
        for name, value in zip(self._settings, saved, strict=True):
            if value is _UNSET:
                state.pop(name, None)
            else:
                state[name] = value
        with _lock:
            WATCH[0] -= 1

    def __call__(self, function: F) -> F:
        if inspect.isasyncgenfunction(function):
            raise TypeError(
                f"{type(self).__name__}() cannot decorate the asynchronous generator "
                f"{function.__name__}(); use it in a `with` block between the awaits"
            )
        if inspect.isgeneratorfunction(function):

            @functools.wraps(function)
            def steps(*args: Any, **kwargs: Any) -> Any:
                return (yield from _in_steps(self, function(*args, **kwargs)))

            return cast(F, steps)
        if inspect.iscoroutinefunction(function):
            awaitable = types.coroutine(_in_steps)

            @functools.wraps(function)
            async def awaiting(*args: Any, **kwargs: Any) -> Any:
                return await awaitable(self, function(*args, **kwargs))

            return cast(F, awaiting)

        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return cast(F, inside)


def _in_steps(mode: _Mode, steps: Any) -> Generator[Any, Any, Any]:
    """Run a generator or coroutine with ``mode`` on while it runs, and off while it waits."""
    resume, given = steps.send, None
    while True:
        try:
            with mode:
                out = resume(given)
        except StopIteration as stop:
            return stop.value
        try:
            resume, given = steps.send, (yield out)
        except GeneratorExit:
            with mode:
                steps.close()
            raise
        except BaseException as error:
            resume, given = steps.throw, error


class no_grad(_Mode):
    """Stop recording: ops on tensors and values give plain results without a graph.

    A context manager and a decorator; it affects the current thread alone.

    Examples
    --------
    >>> from autograd import tensor, no_grad
    >>> w = tensor([1.0, 2.0], requires_grad=True)
    >>> with no_grad():
    ...     y = w * 2
    >>> y.requires_grad
    False
    """

    def __init__(self) -> None:
        super().__init__(recording=False)


class enable_grad(_Mode):
    """Record again inside a :class:`no_grad` block.

    Examples
    --------
    >>> from autograd import tensor, no_grad, enable_grad
    >>> w = tensor([1.0, 2.0], requires_grad=True)
    >>> with no_grad():
    ...     with enable_grad():
    ...         y = w * 2
    >>> y.requires_grad
    True
    """

    def __init__(self) -> None:
        super().__init__(recording=True)


class detect_anomaly(_Mode):
    """Stop at the first NaN or infinity and name the op and the line that made it.

    Inside, every op keeps the source line that called it, every value is checked when it is
    computed and every gradient when ``backward`` computes it; the first that is not finite raises
    :class:`autograd.errors.AnomalyError`. Slow: for finding a bug, not for training.

    Examples
    --------
    >>> import autograd as ag
    >>> x = ag.tensor([0.0, 1.0], requires_grad=True)
    >>> with ag.detect_anomaly():
    ...     ag.log(x)
    Traceback (most recent call last):
        ...
    autograd.errors.AnomalyError: log gave -inf at [0], called at <doctest...
    """

    def __init__(self) -> None:
        super().__init__(anomaly=True, lines=True, watched=True)


class scope(_Mode):
    """Name what is computed inside: a group in the drawings of the graph.

    A context manager and a decorator. Scopes nest: ``with scope("encoder"), scope("head")`` makes
    the group ``encoder.head``, and modules of ``nn`` that are called inside make groups within it.
    Every op inside also keeps the source line that called it, which drawings show. Ops on values
    take about twice as long for it; without an open scope nothing costs anything.

    Parameters
    ----------
    name : str
        The name of the group; dots make groups within groups.

    Examples
    --------
    >>> from autograd import Value, scope
    >>> from autograd.viz import build
    >>> w = Value(3.0, label="w")
    >>> with scope("energy"):
    ...     e = 0.5 * w * w
    >>> [v.group for v in build(e).vertices if v.kind == "op"]
    ['energy', 'energy']
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str) or not all(name.split(".")):
            raise ValueError(f"a scope needs a name, such as scope('encoder'); got {name!r}")
        super().__init__(scope=None, lines=True, watched=True)
        self.name = name

    def _entered(self) -> dict[str, Any]:
        now = modes.scope
        for part in self.name.split("."):
            now = (now, part)
        return {**self._settings, "scope": now}

    @staticmethod
    def enter(module: Any) -> Any:
        """Begin a module's call, which makes it a group; :meth:`leave` ends it.

        For libraries of layers, whose every call comes this way: cheap, and no source line is kept.
        The module has ``named_modules()``, or goes by the name of its class.

        Returns
        -------
        object
            What :meth:`leave` is to be given.

        Examples
        --------
        >>> class Layer:
        ...     def __call__(self, x):
        ...         outer = scope.enter(self)
        ...         try:
        ...             return x * x
        ...         finally:
        ...             scope.leave(outer)
        """
        outer = modes.scope
        modes.scope = (outer, module)
        return outer

    @staticmethod
    def changed() -> None:
        """Tell that a setting of some module was changed, so that recordings look again."""
        CHANGES[0] += 1

    @staticmethod
    def leave(outer: Any) -> None:
        """End a module's call; ``outer`` is what :meth:`enter` returned."""
        modes.scope = outer

    @staticmethod
    def ends(module: Any, value: Any) -> Any:
        """Mark what a module of values returns, in place of ``enter`` and ``leave``; returns it.

        Values keep their scope in an open ``with scope(...)`` alone, for the sake of speed. From
        the marked results drawings infer it for the others: what leads to one and depends on the
        parameters of its module, and on nobody else's, is that module's.
        """
        try:  # suppress() would take as long as an op
            value.scope = (modes.scope, module, True)
        except AttributeError:
            return value  # a tensor's nodes know their scopes
        return value


class collecting(_Mode):
    """Note every node that is made, and the state of every generator before its first draw."""

    def __init__(self, created: list[Any] | None, generators: dict[Any, Any] | None) -> None:
        super().__init__(created=created, generators=generators, watched=True)


def note_draw(generator: Any) -> None:
    """Tell that an op is about to draw from ``generator`` (see ``checkpoint``)."""
    if modes.generators is not None and generator not in modes.generators:
        modes.generators[generator] = generator.bit_generator.state


def note_read(node: Any) -> None:
    """Tell that a number leaves the graph, or is written into it, where a replay would not."""
    if modes.reads is not None:
        modes.reads.append(node)
    elif modes.tape is not None:
        modes.tape.met_values()


def is_grad_enabled() -> bool:
    """Tell whether ops record in this thread."""
    return modes.recording


def user_line() -> str:
    """The source line, as ``file:line``, of the innermost frame outside the product."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if not frame.f_code.co_filename.startswith(_OURS):
            return f"{frame.f_code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return "unknown line"


def fills_array() -> bool:
    """Whether the conversion that asks is NumPy's, for ``array[i] = x``, and not a user's call.

    NumPy fills a single element through ``float(x)``, so only the instruction of the calling
    frame tells ``array[0] = x``, which would drop the graph in silence, from ``float(x)``.
    """
    frame = sys._getframe(2)
    return opname[frame.f_code.co_code[frame.f_lasti]] == "STORE_SUBSCR"


def no_fill(cure: str) -> TypeError:
    """The error for a node written into a plain array."""
    return TypeError(
        "a plain NumPy array cannot hold a node: the assignment would drop its graph. Fill "
        f"autograd.zeros(...) in place of np.zeros(...), or write {cure} if the gradient is not "
        "wanted"
    )
