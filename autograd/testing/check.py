"""``gradcheck`` and ``check_grads``: a function's derivatives against differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .. import transforms
from ..containers import flatten
from .foreign import Foreign
from .locate import Culprit, blame
from .report import Report, combine
from .subject import Subject, cotangents, directions
from .verify import verify

__all__ = ["check_grads", "gradcheck"]

MODES = ("reverse", "forward")


def gradcheck(
    f: Callable[..., Any],
    *inputs: Any,
    vjp: Any = None,
    jvp: Any = None,
    parameters: Any = None,
    raise_exception: bool = True,
    locate: bool = True,
    seed: int = 0,
) -> Report:
    """Check a function's reverse-mode derivative against differences.

    Parameters
    ----------
    f : callable
        Takes floats and arrays (or containers of them), returns a number, an array or a container.
        It is called with ``Value`` and ``Tensor`` arguments; with plain ones if ``vjp`` or ``jvp``
        is given. If it is an ``nn`` module, its parameters are checked as well as its inputs. What
        :func:`from_torch` and :func:`from_jax` make is checked with its own library's derivatives.
    *inputs : float, array, Value, Tensor or containers of them
        Where to check. Integers and anything else without a floating dtype are held constant.
    vjp : callable, or tuple of callables, optional
        Check this rule in place of the engine's: ``vjp(*inputs, cotangent)`` gives the cotangents
        of the inputs, as a tuple if there are several; or one such rule for each input.
    jvp : callable, optional
        Check this rule: ``jvp(*inputs, *tangents)`` gives the output's tangent.
    parameters : module, Tensor, or an iterable of them, optional
        Differentiated besides the inputs: for a loss that is a closure over a model.
    raise_exception : bool
        Raise when the rule is wrong. Otherwise look at the report.
    locate : bool
        When the rule is wrong, find the op to blame (see :func:`locate`), the smallest case, and
        show the graph around it.
    seed : int
        The random directions; the same seed repeats a check exactly.

    Returns
    -------
    Report
        True only if the check passed: neither for a wrong rule nor where nothing can be said (at a
        kink, at the edge of the domain). So write ``assert gradcheck(...)``.

    Raises
    ------
    GradientError
        If the rule is wrong. The message names the element, the two numbers, a likely cause, and
        the op to blame with the line that called it.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.testing import gradcheck
    >>> x = np.array([0.5, -1.0, 2.0])
    >>> bool(gradcheck(np.tanh, x))
    True
    >>> gradcheck(np.tanh, x, vjp=lambda x, g: g * (1 - np.tanh(x)))
    Traceback (most recent call last):
        ...
    autograd.testing.GradientError: gradcheck: tanh: d/d(x) is wrong   [confirmed at one ...
    """
    __tracebackhide__ = True
    if vjp is None and jvp is None and isinstance(f, Foreign):
        vjp = f.vjp
    subject = Subject(f, inputs, vjp, jvp, parameters)
    modes = ["reverse"] if jvp is None else ["forward"] if vjp is None else list(MODES)
    title = f"gradcheck: {subject.name}"
    reports = [verify(subject, mode, seed, title) for mode in modes]
    if locate:
        reports = [_blamed(r, subject, m, seed) for r, m in zip(reports, modes, strict=True)]
    return combine(reports).settle(raise_exception)


def check_grads(
    f: Callable[..., Any],
    *inputs: Any,
    order: int = 2,
    modes: Sequence[str] = MODES,
    parameters: Any = None,
    raise_exception: bool = True,
    locate: bool = True,
    seed: int = 0,
) -> Report:
    """Check a function's derivatives up to an order, in every mix of the modes.

    Parameters
    ----------
    f, *inputs, parameters, raise_exception, locate, seed
        As for :func:`gradcheck`.
    order : int
        The highest order to check.
    modes : sequence of {"reverse", "forward"}
        The modes to check and to combine: both give ``2 + 4`` checks at order 2.

    Returns
    -------
    Report
        True only if every check passed.

    Raises
    ------
    GradientError
        If a derivative is wrong; the message says of which order and in which modes.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.testing import check_grads
    >>> bool(check_grads(lambda x: np.sum(np.sin(x) * x), np.array([0.5, 1.0])))
    True
    """
    __tracebackhide__ = True
    if order < 1:
        raise ValueError(f"order is a positive number, got {order}")
    for mode in [modes] if isinstance(modes, str) else modes:
        if isinstance(modes, str) or mode not in MODES:
            raise ValueError(f"modes is a sequence of {' and '.join(MODES)}; got {modes!r}")
    start = Subject(f, inputs, parameters=parameters)
    reports: list[Report] = []
    level: list[tuple[str, Subject]] = [("", start)]
    for k in range(1, order + 1):
        deeper = []
        for path, subject in level:
            for mode in modes:
                through = f"{mode} over {path}" if path else mode
                title = f"check_grads: {start.name}, order {k} ({through})"
                report = verify(subject, mode, seed, title)
                if report.verdict == "fail":
                    if locate:
                        report = _blamed(report, subject, mode, seed)
                    return combine([report, *reports]).settle(raise_exception)
                reports.append(report)
                if k < order:
                    deeper.append((through, _derivative(subject, mode, seed)))
        level = deeper
    return combine(reports).settle(raise_exception)


def _blamed(report: Report, subject: Subject, mode: str, seed: int) -> Report:
    """A failure with the op to blame, if there is a graph to find it in."""
    if report.verdict != "fail" or subject.has_own_rules:
        return report
    try:
        culprit = blame(subject, mode, seed)
    except Exception as error:  # the failure itself must not be lost
        note = f"  (the search for the op to blame stopped: {type(error).__name__}: {error})"
        return replace(report, message=f"{report.message}\n{note}")
    if culprit is None:
        note = "  no op to blame was found: the rules checked one by one agree, and so do sums"
        return replace(report, message=f"{report.message}\n{note}")
    return replace(report, message=_explained(report, culprit), culprit=culprit)


def _explained(report: Report, culprit: Culprit) -> str:
    own = report.message.splitlines()
    if culprit.kind == "rule":
        # The op's own hint says more than that of the whole function.
        own = [line for line in own if not line.startswith("  hint:")]
    found = ["  " + line for line in culprit.message.splitlines()]
    table = ["    " + line for line in culprit.text().splitlines()]
    return "\n".join([*own, *found, "  the graph around it:", *table])


def _derivative(subject: Subject, mode: str, seed: int) -> Subject:
    """A function's derivative in a fixed direction, as a function to be checked itself."""
    rng = np.random.default_rng([seed, 1])
    if mode == "reverse":
        outputs, tree = flatten(subject.evaluate(*subject.xs))
        cotangent = tree.build(cotangents(outputs, rng))

        def derived(*xs: Any) -> Any:
            return transforms.vjp(subject.call, *xs)[1](cotangent)

    else:
        tangents = tuple(subject.shaped(directions(rng, sum(subject.sizes))))

        def derived(*xs: Any) -> Any:
            return transforms.jvp(subject.call, xs, tangents)[1]

    derived.__name__ = subject.name
    made = Subject(derived, subject.xs)
    made.names = subject.names
    return made
