"""``gradient_test``: the gradient of a function as a property that Hypothesis tests."""

from __future__ import annotations

import functools
import inspect
import sys
import types
import zlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn
from unittest import SkipTest

import numpy as np

from ..containers import flatten
from .arguments import Arguments
from .check import MODES, check_grads, gradcheck
from .foreign import Foreign
from .report import GradientError, Report
from .tally import Examples, InconclusiveError, conclusive, counting, current, record

if TYPE_CHECKING:
    from hypothesis import settings as Settings

__all__ = ["gradient_test"]


def gradient_test(
    f: Callable[..., Any] | None = None,
    *,
    domain: Any = None,
    shapes: Any = None,
    inputs: Any = None,
    examples: int | None = None,
    order: int = 1,
    modes: Sequence[str] = MODES,
    vjp: Any = None,
    jvp: Any = None,
    parameters: Any = None,
    settings: Settings | None = None,
) -> Any:
    """Turn a function into a test of its gradient.

    The test draws arguments with Hypothesis, checks the derivative at each of them in random
    directions, and comes back with the smallest arguments for which it is wrong. pytest collects
    it whatever its name. Called with arguments, it is still the function.

    Parameters
    ----------
    f : callable
        A function, an ``nn`` module, a ufunc, or what :func:`from_torch` and :func:`from_jax` make;
        it takes arrays and floats. Every parameter without a default is drawn: a float where it is
        annotated so, otherwise an array of distinct numbers away from zero, all of shapes that
        broadcast together.
    domain : (low, high), a pair of such intervals, or a list or dict of them, optional
        Where the numbers lie; between -3 and 3 if not given. One interval is for all parameters,
        and so is a pair of them (numbers lie in either); a list has one for each parameter in
        order, a dict by name.
    shapes : tuple, strategy, or a list or dict of them, optional
        Shapes: one for all parameters, a list in their order, a dict by name. A word stands for a
        side that is drawn, the same wherever it is written: ``{"x": ("n", 3), "w": (3, "m")}``.
    inputs : strategy, or a list or dict of strategies, optional
        Draw arguments from these. A single strategy makes the only argument, or tuples of all.
    examples : int, optional
        How many to try; ``--gradient-examples`` goes before it. As Hypothesis is set up, usually
        100, if not given.
    order : int
        The highest order of derivatives to check.
    modes : sequence of {"reverse", "forward"}
        The modes to check.
    vjp, jvp : callable, optional
        Rules of your own, as for :func:`~autograd.testing.gradcheck`.
    parameters : module, Tensor or iterable of them, optional
        Differentiated besides the arguments.
    settings : hypothesis.settings, optional
        For the rest of what Hypothesis can be told. There is no deadline if not given.

    Returns
    -------
    callable
        The test. It raises :class:`GradientError` with the smallest failing arguments, and
        ``InconclusiveError`` if fewer than half of the examples tell anything.

    Raises
    ------
    ImportError
        If Hypothesis is not installed.
    TypeError
        If the arguments cannot be drawn: a parameter is not known, or has no gradient.

    Notes
    -----
    Directions are fresh for every example and follow from it, so that a failure is repeated by its
    arguments alone.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.testing import gradient_test
    >>> @gradient_test(domain={"x": (0.5, 4)}, examples=20)
    ... def log_product(x, w):
    ...     return np.log(x) * w
    >>> log_product()
    >>> float(log_product(1.0, 3.0))
    0.0

    For a function from elsewhere:

    >>> test_matmul = gradient_test(np.matmul, shapes=[("n", 2), (2, "m")], examples=20)
    """
    if f is None:
        return functools.partial(
            gradient_test,
            domain=domain,
            shapes=shapes,
            inputs=inputs,
            examples=examples,
            order=order,
            modes=modes,
            vjp=vjp,
            jvp=jvp,
            parameters=parameters,
            settings=settings,
        )
    if not callable(f):
        raise TypeError(f"gradient_test takes a function, got {f!r}: are keywords missing?")
    own = vjp is not None or jvp is not None or isinstance(f, Foreign)
    if own and order != 1:
        raise ValueError("rules of your own are checked to first order: order=1")
    if order < 1:
        raise ValueError(f"order is a positive number, got {order!r}")
    if isinstance(modes, str) or not modes or not set(modes) <= set(MODES):
        raise ValueError(f"modes is a sequence of {' and '.join(map(repr, MODES))}; got {modes!r}")
    arguments = Arguments(f, domain, shapes, inputs)

    def check(owner: Any, args: Sequence[Any], seed: int, locate: bool) -> Report:
        __tracebackhide__ = True
        bound = f if owner is None else types.MethodType(f, owner)
        target = arguments.function(bound)
        keywords: dict[str, Any] = dict(
            parameters=parameters, seed=seed, locate=locate, raise_exception=False
        )
        if own:
            return gradcheck(target, *args, vjp=vjp, jvp=jvp, **keywords)
        return check_grads(target, *args, order=order, modes=modes, **keywords)

    place = inspect.unwrap(f)
    if not inspect.isfunction(place):
        place = placed(arguments.name, sys._getframe(1))
    return _as_test(
        f, _Property(f, arguments, check, examples, settings), place, arguments.has_self
    )


def placed(name: str, frame: types.FrameType) -> Callable[[], None]:
    """A function that seems to be defined where a frame is: the line that makes a test."""
    place = lambda: None
    place.__code__ = place.__code__.replace(
        co_filename=frame.f_code.co_filename, co_firstlineno=frame.f_lineno, co_name=name
    )
    return place


def _as_test(
    f: Callable[..., Any], run: _Property, place: Callable[..., Any], has_self: bool
) -> Callable[..., Any]:
    """A function that pytest collects, in the place of the one under test."""

    def test(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        owner, given = (args[0], args[1:]) if has_self and args else (None, args)
        if given or kwargs:
            return f(*args, **kwargs)
        _standing_at(place, functools.partial(run, owner))()
        return None

    for key in ("__module__", "__name__", "__qualname__", "__doc__"):
        if hasattr(f, key):
            setattr(test, key, getattr(f, key))
    test.__dict__.update(getattr(f, "__dict__", {}) if inspect.isfunction(f) else {})
    # pytest takes parameters for fixtures, and its names for tests.
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    own = [inspect.Parameter("self", kind)] if has_self else []
    test.__dict__.update(__signature__=inspect.Signature(own), __test__=True, function=f)
    test.__dict__["place_as"] = place  # pytest reports that line
    return test


def _standing_at(place: Any, run: Callable[[], None]) -> Callable[[], None]:
    """The one frame of a traceback that is shown, as if it stood where the function is defined."""
    shown = lambda: run()
    code = place.__code__
    shown.__code__ = shown.__code__.replace(
        co_filename=code.co_filename, co_firstlineno=code.co_firstlineno, co_name=code.co_name
    )
    return shown


class _Property:
    """One property: arguments, the check, and how Hypothesis is to run it."""

    def __init__(
        self,
        f: Callable[..., Any],
        arguments: Arguments,
        check: Callable[[Any, Sequence[Any], int, bool], Report],
        examples: int | None,
        settings: Settings | None,
    ) -> None:
        self.f = f
        self.name = arguments.name
        self.arguments = arguments
        self.check = check
        self.examples = examples
        self.settings = settings
        self.last: tuple[Sequence[Any], int] = ((), 0)
        """Where it failed last."""

    def __call__(self, owner: Any) -> None:
        """Run the test."""
        __tracebackhide__ = True
        try:
            with counting() as examples:
                self._run(owner, examples)
        except GradientError as error:
            self._explain(owner, error)
        message = examples.judgement(self.name)
        if message:
            raise InconclusiveError(message)
        current().counts.update(examples=examples.total, conclusive=examples.conclusive)
        record(Report("pass", f"{self.name}: {examples.conclusive} examples agree"))

    def _run(self, owner: Any, examples: Examples) -> None:
        __tracebackhide__ = True
        from hypothesis import Phase
        from hypothesis.errors import Unsatisfiable

        settings = self._settings()
        phases = [phase for phase in settings.phases if phase is not Phase.explain]
        if settings.database is not None and Phase.reuse in phases and Phase.generate in phases:
            # What failed once is tried first, and not counted: it is no sample of the domain.
            again = [phase for phase in phases if phase is not Phase.generate]
            with suppress(Unsatisfiable, SkipTest):  # nothing there, or inconclusive now
                self._given(owner, settings, again, examples)()
            phases.remove(Phase.reuse)
            examples.clear()
        try:
            self._given(owner, settings, phases, examples)()
        except Unsatisfiable:
            if not examples.total:
                raise  # no example came as far as the check

    def _settings(self) -> Settings:
        import hypothesis

        wanted = current()
        parent = self.settings or hypothesis.settings.default
        assert parent is not None
        changed: dict[str, Any] = {
            # Half of the examples may be rejected, and the message about more is our own.
            "suppress_health_check": {
                *parent.suppress_health_check,
                hypothesis.HealthCheck.filter_too_much,
                hypothesis.HealthCheck.too_slow,  # the machine may be busy
            },
            "report_multiple_bugs": False,
        }
        if self.settings is None:
            changed["deadline"] = None
        if wanted.seed is not None:
            changed["database"] = None  # what it holds differs from run to run
        count = wanted.max_examples or self.examples
        if count is not None:
            changed["max_examples"] = count
        return hypothesis.settings(parent, **changed)

    def _given(
        self, owner: Any, settings: Settings, phases: Iterable[Any], examples: Examples
    ) -> Callable[[], None]:
        import hypothesis

        base = current().seed

        def example(**drawn: Any) -> None:
            __tracebackhide__ = True
            if examples.hopeless(settings.max_examples):
                return  # rejected, Hypothesis would go on for thousands
            args = self.arguments.positional(drawn)
            seed = seed_of(args, base)
            report = self.check(owner, args, seed, False)
            if report.verdict == "fail":
                self.last = args, seed
            conclusive(report)

        # Under the function's own name and source: Hypothesis keeps failures by these.
        example.__name__ = self.name
        example.__qualname__ = getattr(self.f, "__qualname__", self.name)
        example.__module__ = getattr(self.f, "__module__", None) or __name__
        example.__dict__.update(
            __wrapped__=self.f,
            __signature__=self.arguments.drawn_signature(),
            _hypothesis_internal_add_digest=f"{example.__module__}.{example.__qualname__}".encode(),
        )
        test = hypothesis.given(**self.arguments.strategies())(example)
        test = hypothesis.settings(settings, phases=tuple(phases))(test)
        return test if base is None else hypothesis.seed(base)(test)

    def _explain(self, owner: Any, error: GradientError) -> NoReturn:
        """Raise the failure of the smallest example, with the op to blame and the graph."""
        __tracebackhide__ = True
        args, seed = self.last
        report = self.check(owner, args, seed, True)
        if report.verdict == "fail":
            found = GradientError(report.message, report)
            for note in getattr(error, "__notes__", ()):
                found.add_note(note)
            error = found
        raise error.with_traceback(None) from None


def seed_of(args: Sequence[Any], base: int | None = None) -> int:
    """A seed for random directions that follows from the arguments they are directions at."""
    seed = base or 0
    for x in flatten(tuple(args))[0]:
        seed = zlib.crc32(x.tobytes() if isinstance(x, np.ndarray) else repr(x).encode(), seed)
    return seed
