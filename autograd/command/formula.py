"""The two arguments that ``draw`` and ``explain`` share: a formula, and numbers for its names."""

from __future__ import annotations

import argparse
import math

from ..value import Value
from .expression import Expression
from .failure import ExpressionError
from .numbers import assignments

__all__ = ["add_formula", "computed"]


def add_formula(parser: argparse.ArgumentParser) -> None:
    """Take a formula and ``name=number`` for its names."""
    parser.add_argument(
        "formula",
        metavar="FORMULA",
        help="such as 'tanh(x*w + b)': numbers, names, + - * / **, functions; parts may be named: "
        "'h = tanh(x*w); (h - y)**2'",
    )
    parser.add_argument(
        "numbers", nargs="*", metavar="NAME=NUMBER", help="a value for each name, such as x=2"
    )


def computed(options: argparse.Namespace) -> tuple[Value, dict[str, Value]]:
    """The formula's result with gradients, and its leaves by name."""
    formula = Expression(options.formula)
    out, leaves = formula.evaluate(assignments(options.numbers))
    if not leaves:
        raise ExpressionError(
            "the formula has no names, so there is nothing to differentiate by: write x and give "
            "it a value, x=2",
            options.formula,
        )
    if not math.isfinite(out.data):
        raise ExpressionError(
            f"the formula gives {out.data} for these numbers: it is outside of what a function "
            "takes, or too large",
            options.formula,
        )
    out.backward()
    return out, leaves
