"""Checking gradients: differences that know their error, checks that say where, property tests.

``gradcheck`` and ``check_grads`` compare the engine's derivatives, or a rule, with differences;
``check_op`` and ``test_op`` run the whole battery on a declared op; ``gradient_test`` and
:mod:`autograd.testing.strategies` make property tests with Hypothesis; ``locate`` names the op to
blame. ``numeric_derivative`` and its kin are the differences by themselves.
"""

from typing import Any

from .accuracy import check_accuracy
from .batch import check_batch
from .battery import check_op
from .check import check_grads, gradcheck
from .close import assert_grads_close
from .drawn import test_op
from .foreign import from_jax, from_torch
from .hessian import numeric_hessian
from .ladder import Derivative
from .locate import Culprit, locate
from .numeric import numeric_derivative, numeric_directional, numeric_jacobian
from .properties import check_adjoint, check_linear, check_symmetry
from .property import gradient_test
from .report import GradientError, Report
from .subgradient import check_subgradient
from .tally import InconclusiveError, conclusive

__all__ = [
    "Culprit",
    "Derivative",
    "GradientError",
    "InconclusiveError",
    "Report",
    "assert_grads_close",
    "check_accuracy",
    "check_adjoint",
    "check_batch",
    "check_grads",
    "check_linear",
    "check_op",
    "check_subgradient",
    "check_symmetry",
    "conclusive",
    "from_jax",
    "from_torch",
    "gradcheck",
    "gradient_test",
    "locate",
    "numeric_derivative",
    "numeric_directional",
    "numeric_hessian",
    "numeric_jacobian",
    "test_op",
]


def __getattr__(name: str) -> Any:
    # Needs Hypothesis, so it is loaded when it is asked for.
    if name == "strategies":
        import importlib

        return importlib.import_module(f"{__name__}.strategies")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "strategies"]
