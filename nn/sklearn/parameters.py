"""What each parameter of the estimators may be, and the error that says so.

The sentences are scikit-learn's: ``The 'alpha' parameter of MLPClassifier must be ...``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np

from .. import activations, init, optim
from .solvers import RULES

__all__ = ["InvalidParameterError", "check_parameters"]


class InvalidParameterError(ValueError, TypeError):
    """A parameter of an estimator that is not what it may be."""


@dataclass(frozen=True)
class Rule:
    """What a parameter must be, in words, and the test of it."""

    text: str
    holds: Callable[[Any], bool]


def check_parameters(estimator: Any) -> None:
    """Refuse the first parameter that breaks its rule.

    Examples
    --------
    >>> from nn.sklearn import MLPClassifier
    >>> MLPClassifier(alpha=-1).fit([[0.0], [1.0]], [0, 1])
    Traceback (most recent call last):
        ...
    nn.sklearn.parameters.InvalidParameterError: The 'alpha' parameter of MLPClassifier must be a
    float in the range [0, inf). Got -1 instead.
    """
    for name, value in estimator.get_params(deep=False).items():
        rule = _RULES[name]
        if not isinstance(rule, Rule):  # one that names what there is, which may have grown
            rule = rule(estimator)
        if not rule.holds(value):
            raise InvalidParameterError(
                f"The {name!r} parameter of {type(estimator).__name__} must be {rule.text}. "
                f"Got {value!r} instead."
            )


def _is_bool(value: Any) -> bool:
    return isinstance(value, (bool, np.bool_))


def _number(kind: Any, low: float, high: float, ends: str, or_none: bool = False) -> Rule:
    """A number between two others; ``ends`` are the brackets of the interval."""

    def holds(value: Any) -> bool:
        if value is None:
            return or_none
        if not isinstance(value, kind) or _is_bool(value):
            return False
        above = value >= low if ends[0] == "[" else value > low
        below = value <= high if ends[1] == "]" else value < high
        return above and below

    what = "an int" if kind is Integral else "a float"
    none = " or None" if or_none else ""
    return Rule(f"{what} in the range {ends[0]}{low:g}, {high:g}{ends[1]}{none}", holds)


def _among(
    names: Iterable[str],
    or_callable: str = "",
    or_none: bool = False,
    also: Callable[[str], bool] | None = None,
) -> Rule:
    """One of several names, or another spelling that ``also`` allows, or a callable."""
    allowed = sorted(names)

    def holds(value: Any) -> bool:
        if isinstance(value, str):
            return value in allowed or (also is not None and also(value))
        return (value is None and or_none) or (bool(or_callable) and callable(value))

    text = f"a str among {{{', '.join(map(repr, allowed))}}}"
    text += f" or {or_callable}" if or_callable else ""
    return Rule(text + (" or None" if or_none else ""), holds)


def _either(first: Rule, second: Rule) -> Rule:
    return Rule(
        f"{first.text} or {second.text}", lambda value: first.holds(value) or second.holds(value)
    )


def _is_widths(value: Any) -> bool:
    """Whether it is an int of 1 or more, or an array or sequence of them, which may be empty."""
    if isinstance(value, (str, bytes, dict)):
        return False
    items = [value] if isinstance(value, Integral) else value
    try:
        items = list(items)
    except TypeError:
        return False
    return all(_COUNT.holds(n) for n in items)


def _is_random_state(value: Any) -> bool:
    from sklearn.utils import check_random_state

    try:
        check_random_state(value)
    except ValueError:
        return False
    return True


def _is_weights(value: Any) -> bool:
    if isinstance(value, str):
        return value == "balanced"
    return isinstance(value, dict) and all(_NOT_NEGATIVE.holds(w) for w in value.values())


def _is_dtype(value: Any) -> bool:
    try:
        return value is None or np.dtype(value) in (np.float32, np.float64)
    except TypeError:
        return False


_BOOL = Rule("a bool", _is_bool)
_BETA = _number(Real, 0, 1, "[)")
_COUNT = _number(Integral, 1, math.inf, "[)")
_POSITIVE = _number(Real, 0, math.inf, "()")
_NOT_NEGATIVE = _number(Real, 0, math.inf, "[)")
_LIMIT = _number(Real, 0, math.inf, "()", or_none=True)

_RULES: dict[str, Rule | Callable[[Any], Rule]] = {
    "activation": lambda _: _among(activations.names(), "a callable or an nn.Module"),
    "solver": lambda _: _among(
        optim.names(), "a callable that makes an optimizer from parameters and lr="
    ),
    "loss": lambda estimator: _among(
        estimator._loss_names(), "a callable of outputs and truth", also=estimator._takes_loss
    ),
    "init": lambda _: _among(init.names(), "a callable of a tensor"),
    "hidden_layer_sizes": Rule("an int of 1 or more or an array-like of them", _is_widths),
    "alpha": _NOT_NEGATIVE,
    "batch_size": _either(_among({"auto"}), _COUNT),
    "learning_rate": lambda _: _among(
        {*RULES, *optim.schedulers.names()}, "a callable that makes a schedule for an optimizer"
    ),
    "learning_rate_init": _POSITIVE,
    "power_t": _NOT_NEGATIVE,
    "max_iter": _COUNT,
    "shuffle": _BOOL,
    "random_state": Rule("an int, a numpy.random.RandomState instance or None", _is_random_state),
    "tol": _NOT_NEGATIVE,
    "verbose": _either(_BOOL, _number(Integral, 0, math.inf, "[)")),
    "warm_start": _BOOL,
    "momentum": _number(Real, 0, 1, "[]"),
    "nesterovs_momentum": _BOOL,
    "early_stopping": _BOOL,
    "validation_fraction": _number(Real, 0, 1, "[)"),
    "beta_1": _BETA,
    "beta_2": _BETA,
    "epsilon": _POSITIVE,
    "n_iter_no_change": _either(_COUNT, Rule("numpy.inf", lambda value: value == math.inf)),
    "max_fun": _COUNT,
    "dropout": _number(Real, 0, 1, "[)"),
    "normalization": _among({"batch", "layer"}, or_none=True),
    "class_weight": Rule(
        "a dict of weights that are not negative, 'balanced' or None",
        lambda value: value is None or _is_weights(value),
    ),
    "solver_params": Rule(
        "a dict of keywords or None", lambda value: value is None or isinstance(value, dict)
    ),
    "clip_norm": _LIMIT,
    "clip_value": _LIMIT,
    "callbacks": Rule(
        "an iterable of objects such as nn.Callback and functions",
        lambda value: not isinstance(value, (str, dict)) and isinstance(value, Iterable),
    ),
    "capture": _either(_BOOL, _among({"auto"})),
    "dtype": Rule("'float32', 'float64' or None", _is_dtype),
}
