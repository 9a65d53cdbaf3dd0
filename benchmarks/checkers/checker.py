"""The checkers, and how each is run."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["CHECKERS", "FAIL", "INCONCLUSIVE", "PASS", "Checker"]

PASS, FAIL, INCONCLUSIVE = "pass", "fail", "inconclusive"

Check = Callable[[Callable[..., Any], Callable[..., Any], tuple, int], str]


@dataclass(frozen=True)
class Checker:
    """A gradient checker.

    ``make`` names the function, in a module of ``runners``, that gives its check:
    ``check(f, rule, inputs, seed)``, one of ``PASS``, ``FAIL``, ``INCONCLUSIVE``. What it raises
    counts as a failure.
    """

    name: str
    make: str
    how: str
    home: str = "peers"
    """The environment that has it: ``ours``, ``peers`` or ``hips``."""
    package: str = ""
    """The distribution whose version is reported."""
    most: int = 1000
    """Draws at most: compiling makes some slow."""
    cannot: tuple[str, ...] = ()
    """Side effects, and names of bugs, that do no harm in the library: nothing is to be caught."""

    def load(self) -> Check:
        """The check; raises ``ImportError`` where the library is missing."""
        module, _, name = self.make.rpartition(".")
        return getattr(importlib.import_module(f"benchmarks.checkers.runners.{module}"), name)()


DOUBLES = ("dtype",)  # run in double precision throughout, as their documentation asks
MENDED = (*DOUBLES, "broadcast sum missing")  # the engine sums to the input's shape by itself

CHECKERS = (
    Checker(
        "blamegraph gradcheck",
        "ours.gradcheck",
        "`gradcheck(f, *inputs, vjp=rule, seed=draw)`",
        "ours",
    ),
    Checker(
        "PyTorch gradcheck",
        "pytorch.slow",
        "`torch.autograd.gradcheck(Function.apply, inputs)`, inputs in double precision",
        package="torch",
        cannot=MENDED,
    ),
    Checker(
        "PyTorch gradcheck, fast mode",
        "pytorch.fast",
        "the same with `fast_mode=True`",
        package="torch",
        cannot=MENDED,
    ),
    Checker(
        "JAX check_grads",
        "with_jax.check_grads",
        "`jax.test_util.check_grads(f, inputs, order=1, modes=['rev'])` on a `custom_vjp` of "
        "callbacks, 64 bits on; arrays cannot be written to",
        package="jax",
        most=5,
        cannot=("writes",),
    ),
    Checker(
        "HIPS autograd check_grads",
        "hips.check_grads",
        "`check_grads(primitive, modes=['rev'], order=1)(*inputs)`, inputs in double precision",
        "hips",
        "autograd",
        cannot=DOUBLES,
    ),
    Checker(
        "SciPy check_grad",
        "fixed_step.scipy_check_grad",
        "of the outputs in a random projection, error below 1e-6 (its documentation names no "
        "bound); forward differences of 1.5e-8",
        package="scipy",
        cannot=DOUBLES,
    ),
    Checker(
        "fixed step 1e-6, all elements",
        "fixed_step.every_element",
        "central differences of 1e-6, `np.allclose` of the Jacobians",
        "ours",
        cannot=DOUBLES,
    ),
    Checker(
        "fixed step 1e-3, all elements",
        "fixed_step.largest_error",
        "central differences of 1e-3, largest error below 1e-4 (TensorFlow's way)",
        "ours",
        cannot=DOUBLES,
    ),
    Checker(
        "fixed step 1e-6, sum of outputs",
        "fixed_step.sum_of_outputs",
        "central differences of 1e-6 of the sum, within 1 % (the way of teaching engines)",
        "ours",
        cannot=DOUBLES,
    ),
)
