"""Training on all the data at once by L-BFGS, which SciPy has."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autograd import Tensor

from ..module import Module
from ..vector import gradients_to_vector, parameters_to_vector, vector_to_parameters
from .objective import Objective, penalize
from .rows import chunks, take

__all__ = ["minimize"]


def minimize(
    network: Module,
    weights: list[Tensor],
    objective: Objective,
    data: tuple[Any, np.ndarray, np.ndarray | None],
    *,
    alpha: float,
    max_iter: int,
    max_fun: int,
    tol: float,
    verbose: bool,
    width: int,
) -> tuple[int, float, list[float]]:
    """Train ``network``; return iterations, the last loss, and the loss of each iteration."""
    from scipy import optimize
    from sklearn.exceptions import ConvergenceWarning

    function = _Function(network, weights, objective, data, alpha, width)
    curve: list[float] = []

    def after_iteration(intermediate_result: Any) -> None:
        curve.append(function.loss)
        if verbose:
            print(f"Iteration {len(curve)}, loss = {function.loss:.8f}")

    found = optimize.minimize(
        function,
        function.start(),
        jac=True,
        method="L-BFGS-B",
        callback=after_iteration,
        options={"maxiter": max_iter, "maxfun": max_fun, "gtol": tol},
    )
    function(found.x)
    network.zero_grad()
    if found.status != 0:
        warnings.warn(
            f"lbfgs did not converge in {found.nit} iterations ({found.message}): raise max_iter "
            "or max_fun, or scale the data",
            ConvergenceWarning,
            stacklevel=5,
        )
    return min(int(found.nit), max_iter), function.loss, curve


class _Function:
    """The objective and its gradient as a function of one vector; ``loss`` is the last value."""

    def __init__(
        self,
        network: Module,
        weights: list[Tensor],
        objective: Objective,
        data: tuple[Any, np.ndarray, np.ndarray | None],
        alpha: float,
        width: int,
    ) -> None:
        self.network, self.weights, self.objective, self.alpha = network, weights, objective, alpha
        self.parameters = network.parameters()
        self.x, self.y, self.weight = data
        n = len(self.y)
        self.total = float(n if self.weight is None else self.weight.sum())
        # An array goes through at once; what is sparse is never an array as a whole.
        self.parts = [slice(0, n)] if isinstance(self.x, np.ndarray) else chunks(self.x, width)
        self.loss = float("nan")

    def start(self) -> np.ndarray:
        return parameters_to_vector(self.parameters).numpy().astype(float)

    def __call__(self, flat: np.ndarray) -> tuple[float, np.ndarray]:
        vector_to_parameters(flat, self.parameters)
        self.network.zero_grad()
        cost = 0.0
        for part in self.parts:
            y = self.y[part]
            weight = None if self.weight is None else self.weight[part]
            counted = float(len(y) if weight is None else weight.sum())
            share = counted / self.total
            if share:
                out = self.network(Tensor(take(self.x, part)))
                term, factor = (
                    self.objective(out, y, weight, counted),
                    self.objective.factor(counted),
                )
                cost += term.item() * factor * share
                term.backward(np.asarray(factor * share, term.dtype), retain_graph=False)
        penalty = penalize(self.weights, self.alpha / self.total)
        self.loss = cost * self.objective.share + penalty
        return cost + penalty, gradients_to_vector(self.parameters).astype(float)
