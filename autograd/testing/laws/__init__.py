"""The laws that every declared op obeys.

Each is a function of a :class:`Case` (an op at a point). It returns ``None`` if the law holds or
says nothing about such an op, a :class:`Report` where it cannot tell, and raises a
:class:`GradientError` that says what is wrong. :data:`LAWS` lists them, the most basic first: a
rule that writes to its cotangent fails there, and not only where numbers disagree.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..report import Report
from . import (
    aliasing,
    dispatch,
    effects,
    faces,
    first_order,
    integers,
    kinds,
    layouts,
    outcomes,
    precision,
    second_order,
)
from .case import Case, cases_of

__all__ = ["LAWS", "Case", "Law", "cases_of"]


@dataclass(frozen=True)
class Law:
    """A law, and when it applies."""

    check: Callable[[Case], Report | None]
    says: str
    """The law in a sentence."""
    order: int = 1
    """The order of derivative that it takes."""
    face: str = "tensor"
    dtype: str = "float64"
    calculus: bool = True
    """Whether it differentiates: it needs floating inputs and results, and finite numbers."""

    @property
    def name(self) -> str:
        """What the law is called."""
        return self.check.__name__

    def __call__(self, case: Case) -> Report | None:
        """Hold the case to the law, without warnings: points near poles are part of the game."""
        with np.errstate(all="ignore"), warnings.catch_warnings():
            # NumPy deprecates names now and then (fix); they answer all the same.
            warnings.simplefilter("ignore")
            return None if self.calculus and not case.varies else self.check(case)


def _law(check: Callable[[Case], Report | None], says: str, **when: object) -> Law:
    return Law(check, says, **when)  # type: ignore[arg-type]


LAWS = (
    _law(outcomes.runs, "an op runs at its own points, on arrays and on tensors", calculus=False),
    _law(first_order.gradients_fit_inputs, "a gradient has its input's shape and dtype"),
    _law(effects.leaves_arguments_alone, "an op writes to nothing that it is given"),
    _law(effects.remembers_nothing, "the same question has the same answer"),
    _law(first_order.gradients_are_finite, "gradients are finite where the function is smooth"),
    _law(first_order.rule_is_linear, "a vjp is linear in its cotangent"),
    _law(kinds.is_linear, "what is declared linear is linear"),
    _law(first_order.reverse_equals_forward, "reverse mode equals forward mode"),
    _law(first_order.equals_differences, "the gradient is the slope of the function"),
    _law(second_order.second_order, "second derivatives are right in every mix of modes", order=2),
    _law(kinds.equals_reference, "a fused op equals its reference"),
    _law(kinds.reference_second_order, "a fused op equals its reference", order=2),
    _law(precision.float32_stays, "float32 stays float32", dtype="float32"),
    _law(layouts.layout_does_not_matter, "memory layout does not matter"),
    _law(layouts.repeated_rows_do_not_matter, "inputs may be broadcast views"),
    _law(aliasing.one_array_for_two_inputs, "one array may be passed as two inputs"),
    _law(aliasing.shared_cotangents, "a cotangent may share memory with anything"),
    _law(aliasing.writes_afterwards, "in-place writes afterwards do no harm"),
    _law(integers.integers_are_numbers, "integers and booleans are constant numbers"),
    _law(outcomes.exceptions_agree, "what arrays refuse is refused, what they allow works"),
    _law(faces.value_equals_tensor, "Value equals Tensor", face="value", calculus=False),
    _law(
        faces.value_second_order,
        "Value equals Tensor in second order",
        order=2,
        face="value",
        calculus=False,
    ),
    _law(dispatch.equals_numpy, "tensors and NumPy's own function agree", calculus=False),
)
