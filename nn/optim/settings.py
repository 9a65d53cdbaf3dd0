"""What each setting of an optimizer may be."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

__all__ = ["check"]


def _number(x: Any) -> bool:
    try:
        return not isinstance(x, (bool, str)) and math.isfinite(x)
    except TypeError:
        return False


def _not_negative(x: Any) -> bool:
    return _number(x) and x >= 0


def _fraction(x: Any) -> bool:
    return _number(x) and 0 <= x < 1


def _pair(x: Any) -> bool:
    return isinstance(x, (tuple, list)) and len(x) == 2 and all(map(_number, x))


def _count(x: Any) -> bool:
    return _number(x) and x >= 1 and x == int(x)


def _switch(x: Any) -> bool:
    return x is True or x is False


_NOT_NEGATIVE = (_not_negative, "a number that is not negative")
_SWITCH = (_switch, "True or False")
_COUNT = (_count, "a whole number from 1 up")

# What must hold of a setting, and how to say it after "is".
_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "alpha": (_fraction, "a number from 0 up to, not including, 1"),
    "amsgrad": _SWITCH,
    "betas": (
        lambda x: _pair(x) and all(map(_fraction, x)),
        "a pair of numbers, each from 0 up to, not including, 1",
    ),
    "centered": _SWITCH,
    "dampening": (_number, "a number"),
    "decoupled_weight_decay": _SWITCH,
    "eps": _NOT_NEGATIVE,
    "etas": (
        lambda x: _pair(x) and 0 < x[0] < 1 < x[1],
        "a pair of numbers with 0 < etas[0] < 1 < etas[1]",
    ),
    "history_size": _COUNT,
    "initial_accumulator_value": _NOT_NEGATIVE,
    "line_search_fn": (lambda x: x in (None, "strong_wolfe"), "None or 'strong_wolfe'"),
    "lr": (_not_negative, "a positive number"),
    "lr_decay": _NOT_NEGATIVE,
    "max_eval": _COUNT,
    "max_iter": _COUNT,
    "maximize": _SWITCH,
    "momentum": _NOT_NEGATIVE,
    "momentum_decay": _NOT_NEGATIVE,
    "nesterov": _SWITCH,
    "rho": (lambda x: _number(x) and 0 <= x <= 1, "a number from 0 to 1"),
    "step_sizes": (
        lambda x: _pair(x) and 0 < x[0] <= x[1],
        "a pair of numbers with 0 < step_sizes[0] <= step_sizes[1]",
    ),
    "tolerance_change": _NOT_NEGATIVE,
    "tolerance_grad": _NOT_NEGATIVE,
    "weight_decay": _NOT_NEGATIVE,
}


def check(owner: str, settings: dict[str, Any], *, running: bool = False) -> None:
    """Refuse settings that no update can be made with; the message names optimizer and setting.

    A schedule may have brought the learning rate of a ``running`` optimizer down to 0.
    """
    for name, value in settings.items():
        if name not in _RULES:
            continue
        holds, words = _RULES[name]
        if holds(value) and (name != "lr" or value > 0 or running):
            continue
        what = "a learning rate" if name == "lr" else name
        raise ValueError(f"{owner}: {what} is {words}, got {name}={value!r}")
