"""Losses: every case of the gradient tests that PyTorch has as well, with each reduction."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import autograd as ag
from nn import losses
from tests.nn_cases.losses import CLASSES, LOSSES, REDUCTIONS, LossCase

from .row import Row, apart, to_torch

__all__ = ["ROWS"]


def both(case: LossCase, reduction: str, as_class: bool = False) -> float:
    """Values and gradients of a case here and there."""
    import torch

    function: Any = getattr(torch.nn.functional, case.function.__name__)
    ours_as: Any = case.function
    settings = {key: value for key, value in case.settings.items() if key != "axis"}
    theirs_too = {
        key: to_torch(value) if isinstance(value, np.ndarray) else value
        for key, value in settings.items()
    }
    mine = {**case.settings, "reduction": reduction}
    theirs_too["reduction"] = reduction
    if as_class:
        kind = CLASSES[case.function]
        ours_as, mine = kind(**mine), {}
        function, theirs_too = getattr(torch.nn, kind.__name__)(**theirs_too), {}
    xs = [
        ag.Tensor(x, requires_grad=i in case.wrt) if i in case.wrt else x
        for i, x in enumerate(case.inputs)
    ]
    ts = [to_torch(x, grad=i in case.wrt) for i, x in enumerate(case.inputs)]
    ours, theirs = ours_as(*xs, **mine), function(*ts, **theirs_too)
    # Every element of the output with a weight of its own.
    g = np.random.default_rng(3).uniform(0.5, 1.5, ours.shape)
    ours.backward(g)
    theirs.backward(to_torch(g))
    return max(
        apart(ours, theirs.detach()),
        *(apart(xs[i].grad, ts[i].grad) for i in case.wrt),
    )


def at_the_edge(function: str, inputs: tuple[Any, ...], wrt: tuple[int, ...] = (0,)) -> float:
    """Values, and gradients where both libraries mean the same, at the ends of the range."""
    case = LossCase(getattr(losses, function), tuple(map(np.asarray, inputs)), wrt=wrt)
    return max(both(case, reduction) for reduction in REDUCTIONS)


FAR = [[1e4, -1e4, 0.0], [-1e4, 50.0, -800.0]]
HALF = [[0.5, 0.0, 1.0], [0.0, 1.0, 0.25]]
EDGES = {
    "cross_entropy": (FAR, [1, 0]),
    "nll_loss": ([[-1e4, 0.0], [-0.5, -800.0]], [0, 1]),
    "binary_cross_entropy_with_logits": (FAR, HALF),
    # PyTorch's exp overflows where ours goes on.
    "soft_margin_loss": ([[700.0, -700.0, 0.0]], [[1.0, 1.0, -1.0]]),
    "multilabel_soft_margin_loss": (FAR, HALF),
    "multi_margin_loss": (FAR, [1, 0]),
    "huber_loss": (FAR, HALF),
    "smooth_l1_loss": (FAR, HALF),
    "kl_div": ([[-1.0, -2.0, -0.5], [-1e4, -0.1, -800.0]], HALF),
    "poisson_nll_loss": ([[-1e4, -3.0, 5.0], [0.0, 2.0, 1.0]], [[0.0, 0.0, 1.0], [1.0, 2.0, 1e4]]),
    # Not at a vector of zeros: PyTorch adds 1e-12 rounded to float32, and differs by 2e-9 there.
    "cosine_embedding_loss": (
        [[1e3, 1e-3], [2.0, 2.0]],
        [[1e-3, 1e3], [1.0, 1.0]],
        [-1.0, 1.0],
    ),
    # The variance is below eps in two places, which the gradient does not see.
    "gaussian_nll_loss": ([[0.5, 1.0, 2.0]], [[0.4, 1.0, 2.5]], [[1e-9, 0.0, 1e3]]),
}


def _batchmean() -> float:
    case = next(case for case in LOSSES if case.function is losses.kl_div)
    return both(case, "batchmean")


def _clamped() -> float:
    """Values of binary cross-entropy at probabilities 0 and 1 (gradients differ on purpose)."""
    import torch

    p, y = np.array([0.0, 1.0, 0.0, 1.0, 1e-30]), np.array([0.0, 1.0, 1.0, 0.0, 1.0])
    theirs = torch.nn.functional.binary_cross_entropy(to_torch(p), to_torch(y), reduction="none")
    return apart(losses.binary_cross_entropy(p, y, reduction="none"), theirs)


SHARED = [case for case in LOSSES if case.shared]
_firsts = {case.function: case for case in SHARED[::-1]}

ROWS = [
    *(
        Row("loss", f"{case.name}-{reduction}", partial(both, case, reduction))
        for case in SHARED
        for reduction in REDUCTIONS
    ),
    *(
        Row("loss", CLASSES[function].__name__, partial(both, case, "mean", as_class=True))
        for function, case in _firsts.items()
    ),
    *(
        Row("loss", f"{name}, far out", partial(at_the_edge, name, inputs))
        for name, inputs in EDGES.items()
    ),
    Row("loss", "kl_div-batchmean", _batchmean),
    Row("loss", "binary_cross_entropy, clamped", _clamped),
]
