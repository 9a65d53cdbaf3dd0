"""Checking gradients: numeric derivatives that know their error, and checks that say where.

``gradcheck`` and ``check_grads`` compare the engine's derivatives, or a rule, with differences;
``numeric_derivative`` and ``numeric_jacobian`` are those differences by themselves.
"""

from .check import check_grads, gradcheck
from .close import assert_grads_close
from .ladder import Derivative
from .numeric import numeric_derivative, numeric_directional, numeric_jacobian
from .report import GradientError, Report

__all__ = [
    "Derivative",
    "GradientError",
    "Report",
    "assert_grads_close",
    "check_grads",
    "gradcheck",
    "numeric_derivative",
    "numeric_directional",
    "numeric_jacobian",
]
