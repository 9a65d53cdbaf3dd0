"""``test_op``: all laws for one declared op, at points that Hypothesis draws for it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .battery import DTYPES, FACES, ORDERS, Trial, chosen_laws, hold
from .code import literal
from .laws import Case, cases_of
from .report import Report

if TYPE_CHECKING:
    from hypothesis import settings as Settings

__all__ = ["test_op"]


def test_op(
    op: Any,
    *,
    orders: Sequence[int] = ORDERS,
    faces: Sequence[str] = FACES,
    dtypes: Sequence[str] = DTYPES,
    skip: Sequence[str] = (),
    inputs: Any = None,
    examples: int | None = None,
    settings: Settings | None = None,
) -> Callable[[], None]:
    """Make a test, for pytest to collect, that holds an op to every law at points drawn for it.

    Parameters
    ----------
    op : Op or composite
        Declared with ``domain=`` or ``samples=``.
    orders, faces, dtypes, skip
        As for :func:`check_op`.
    inputs : strategy of (args, params), optional
        Where to try it, in place of ``strategies.op_inputs(op)``.
    examples : int, optional
        How many to try; ``--gradient-examples`` goes before it.
    settings : hypothesis.settings, optional
        For the rest of what Hypothesis can be told.

    Returns
    -------
    callable
        A test without arguments, to be given a name that pytest collects. It fails with the
        smallest point at which a law is broken, and
        as vacuous if fewer than half of the examples told anything.

    Raises
    ------
    ImportError
        If Hypothesis is not installed.
    ValueError
        By the test, if the op is declared with neither, and there is no ``inputs``.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.extend import elementwise
    >>> from autograd.testing import test_op
    >>> gauss = elementwise(
    ...     lambda x: np.exp(-x * x), lambda y, x: -2 * x * y, name="gauss", domain=((-3, 3),)
    ... )
    >>> test_gauss = test_op(gauss, examples=20)
    >>> test_gauss()
    """
    from .property import _as_test, _Property, placed

    laws = chosen_laws(orders, faces, dtypes, skip)
    drawn = _Drawn(op, inputs)

    def check(owner: Any, args: Sequence[Any], seed: int, locate: bool) -> Report:
        ((point, params),) = args
        (case,) = cases_of(op, seed, [(point, params)])
        trials = [Trial(law) for law in laws]
        hold(case, trials, f"at {_written(case)}")
        return _one(drawn.name, trials)

    def test() -> None: ...

    test.__name__ = test.__qualname__ = drawn.name
    test.__module__ = getattr(op, "__module__", None) or __name__
    test.__doc__ = f"{getattr(op, '__name__', 'the op')} obeys every law, at points drawn for it."
    prop = _Property(test, drawn, check, examples, settings)  # type: ignore[arg-type]
    return _as_test(test, prop, placed(drawn.name, sys._getframe(1)), False)


# It makes tests, and is none.
test_op.__test__ = False  # type: ignore[attr-defined]


class _Drawn:
    """An op's points as the one argument of a property."""

    def __init__(self, op: Any, inputs: Any) -> None:
        from .strategies import op_inputs

        name = getattr(op, "__name__", type(op).__name__)
        self.name = "test_" + "".join(c if c.isalnum() else "_" for c in name)
        self.inputs = op_inputs(op) if inputs is None else inputs

    def strategies(self) -> dict[str, Any]:
        return {"point": self.inputs}

    def positional(self, drawn: dict[str, Any]) -> list[Any]:
        return [drawn["point"]]

    def drawn_signature(self) -> inspect.Signature:
        return inspect.Signature([inspect.Parameter("point", inspect.Parameter.KEYWORD_ONLY)])


def _one(name: str, trials: Sequence[Trial]) -> Report:
    """The verdict of one point: inconclusive only if it has elements and could not tell."""
    for trial in trials:
        if trial.failure is not None:
            return trial.failure
    for trial in trials:
        for report in trial.doubts:
            if report.reason != "nothing to check":
                return report
    return Report("pass", f"{name}: obeys {len(trials)} laws")


def _written(case: Case) -> str:
    """The call at this point, to be pasted."""
    defaults = getattr(case.function, "defaults", {})
    given = [literal(x) for x in case.tree.build(case.leaves)]
    given += [
        f"{k}={literal(x)}"
        for k, x in case.params.items()
        if k not in defaults or defaults[k] is not x
    ]
    return f"{case.name}({', '.join(given)})"
