"""Every loss with outputs, truth and settings to try it on, away from the kinks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nn import losses

from .case import X

__all__ = ["CLASSES", "FUNCTIONS", "LOSSES", "REDUCTIONS", "LossCase"]

REDUCTIONS = ("mean", "sum", "none")

FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: getattr(losses, name)
    for name in losses.__all__
    if name.endswith("_loss") or "cross_entropy" in name or name == "kl_div"
}
CLASSES: dict[Callable[..., Any], type[losses.Loss]] = {
    x.function: x
    for x in map(losses.__dict__.get, losses.__all__)
    if isinstance(x, type) and hasattr(x, "function")
}


@dataclass(frozen=True)
class LossCase:
    """A loss to call as ``function(*inputs, **settings)``.

    ``wrt`` are the inputs that have a gradient. ``shared`` says that PyTorch has the same loss,
    under the same name.
    """

    function: Callable[..., Any]
    inputs: tuple[np.ndarray, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    wrt: tuple[int, ...] = (0,)
    shared: bool = True

    @property
    def name(self) -> str:
        """The function and its settings."""
        settings = ", ".join(
            key if isinstance(value, np.ndarray) else f"{key}={value}"
            for key, value in self.settings.items()
        )
        kinds = "/".join(f"{x.dtype.kind}{x.ndim}" for x in self.inputs[1:])
        return f"{self.function.__name__}({settings})-{kinds}"

    def call(self, *given: Any, dtype: Any = np.float64, **more: Any) -> Any:
        """The loss with the inputs of ``wrt`` replaced by ``given``."""
        inputs: list[Any] = self.cast(dtype)
        for i, x in zip(self.wrt, given):
            inputs[i] = x
        return self.function(*inputs, **self.settings, **more)

    def cast(self, dtype: Any) -> list[Any]:
        """The inputs, those of a float dtype in ``dtype``."""
        return [x.astype(dtype) if x.dtype.kind == "f" else x for x in self.inputs]

    def given(self, dtype: Any = np.float64) -> list[Any]:
        """The inputs of ``wrt``."""
        inputs = self.cast(dtype)
        return [inputs[i] for i in self.wrt]


def _log_softmax(z: np.ndarray, axis: int = -1) -> np.ndarray:
    return z - np.log(np.exp(z).sum(axis=axis, keepdims=True))


_rng = np.random.default_rng(7)
TRUTH = X[::-1] * 0.3 + 0.05
LABELS = np.array([0, 2, 1, 1])
CHANCES = np.array([[0.2, 0.7, 0.9], [0.1, 0.5, 0.8], [0.15, 0.3, 0.6], [0.75, 0.05, 0.25]])
SHARES = CHANCES / CHANCES.sum(axis=1, keepdims=True)
SIGNS = np.where(CHANCES > 0.5, 1.0, -1.0)
COUNTS = np.array([[0.0, 1.0, 4.0], [2.0, 3.0, 0.0], [6.0, 1.0, 2.0], [1.0, 0.0, 5.0]])
WEIGHT = np.array([0.5, 2.0, 1.25])
EACH = _rng.uniform(0.5, 2, X.shape)
POSITIVE = _rng.uniform(0.5, 3, X.shape)
OTHER, THIRD = _rng.normal(size=(2, *X.shape))
# Classes on the second axis, as PyTorch has them when there are more.
IMAGE = _rng.normal(size=(2, 3, 4))
PIXELS = _rng.integers(0, 3, (2, 4))
PIXEL_SHARES = np.exp(_log_softmax(_rng.normal(size=IMAGE.shape), axis=1))


def _classification() -> list[LossCase]:
    ce, nll = losses.cross_entropy, losses.nll_loss
    bce, logits = losses.binary_cross_entropy, losses.binary_cross_entropy_with_logits
    cases = []
    for settings in (
        {},
        {"weight": WEIGHT},
        {"ignore_index": 1},
        {"label_smoothing": 0.1},
        {"weight": WEIGHT, "ignore_index": 0},
        {"weight": WEIGHT, "label_smoothing": 0.3, "ignore_index": 2},
    ):
        cases += [
            LossCase(ce, (X, LABELS), settings),
            LossCase(ce, (IMAGE, PIXELS), {**settings, "axis": 1}),
        ]
        if "label_smoothing" not in settings:
            cases += [
                LossCase(nll, (_log_softmax(X), LABELS), settings),
                LossCase(nll, (_log_softmax(IMAGE, 1), PIXELS), {**settings, "axis": 1}),
            ]
        if "ignore_index" not in settings:
            cases += [
                LossCase(ce, (X, SHARES), settings, wrt=(0, 1)),
                LossCase(ce, (IMAGE, PIXEL_SHARES), {**settings, "axis": 1}, wrt=(0, 1)),
            ]
    return [
        *cases,
        LossCase(ce, (X, np.array([0, -100, 1, -100]))),
        LossCase(ce, (IMAGE, PIXELS.repeat(2, axis=1)[:, :3] % 3), shared=False),
        LossCase(ce, (X[0], np.array(2))),
        LossCase(bce, (CHANCES, CHANCES[::-1] * 0.9), wrt=(0, 1)),
        LossCase(bce, (CHANCES, SIGNS > 0), shared=False),
        LossCase(bce, (CHANCES, CHANCES[::-1] * 0.9), {"weight": EACH}, wrt=(0, 1)),
        LossCase(bce, (CHANCES, CHANCES[::-1] * 0.9), {"weight": WEIGHT}, wrt=(0, 1)),
        LossCase(logits, (X, CHANCES), wrt=(0, 1)),
        LossCase(logits, (X, CHANCES), {"weight": EACH}, wrt=(0, 1)),
        LossCase(logits, (X, CHANCES), {"pos_weight": WEIGHT}, wrt=(0, 1)),
        LossCase(logits, (X, CHANCES), {"pos_weight": WEIGHT, "weight": EACH}, wrt=(0, 1)),
        LossCase(losses.multilabel_soft_margin_loss, (X, CHANCES)),
        LossCase(losses.multilabel_soft_margin_loss, (X, CHANCES), {"weight": WEIGHT}),
    ]


def _regression() -> list[LossCase]:
    pairs: list[tuple[Callable[..., Any], dict[str, Any]]] = [
        (losses.mse_loss, {}),
        (losses.l1_loss, {}),
        (losses.huber_loss, {}),
        (losses.huber_loss, {"delta": 0.4}),
        (losses.smooth_l1_loss, {}),
        (losses.smooth_l1_loss, {"beta": 0.4}),
        (losses.smooth_l1_loss, {"beta": 0.0}),
    ]
    return [
        *(LossCase(f, (X, TRUTH), settings, wrt=(0, 1)) for f, settings in pairs),
        LossCase(losses.mse_loss, (X[0], TRUTH[0]), wrt=(0, 1)),
        LossCase(losses.half_mse_loss, (X, TRUTH), wrt=(0, 1), shared=False),
    ]


def _margins() -> list[LossCase]:
    multi, triplet = losses.multi_margin_loss, losses.triplet_margin_loss
    pair = (X, OTHER, np.array([1.0, -1.0, -1.0, 1.0]))
    return [
        LossCase(losses.hinge_loss, (X * 0.9, SIGNS), shared=False),
        LossCase(losses.hinge_loss, (X, SIGNS.astype(int)), {"p": 2, "margin": 0.7}, shared=False),
        LossCase(losses.soft_margin_loss, (X, SIGNS)),
        LossCase(losses.hinge_embedding_loss, (POSITIVE, SIGNS)),
        LossCase(losses.hinge_embedding_loss, (POSITIVE, SIGNS), {"margin": 2.5}),
        LossCase(multi, (X, LABELS)),
        LossCase(multi, (X, LABELS), {"p": 2}),
        LossCase(multi, (X, LABELS), {"margin": 0.6, "weight": WEIGHT}),
        LossCase(multi, (X, LABELS), {"p": 2, "margin": 2.1, "weight": WEIGHT}),
        LossCase(losses.cosine_embedding_loss, pair, wrt=(0, 1)),
        LossCase(losses.cosine_embedding_loss, pair, {"margin": 0.2}, wrt=(0, 1)),
        LossCase(triplet, (X, OTHER, THIRD), wrt=(0, 1, 2)),
        LossCase(triplet, (X, OTHER, THIRD), {"margin": 3.0, "swap": True}, wrt=(0, 1, 2)),
        LossCase(triplet, (X, OTHER, THIRD), {"p": 3.0, "eps": 1e-3}, wrt=(0, 1, 2)),
        LossCase(triplet, (X, OTHER, THIRD), {"p": 1.0}, wrt=(0, 1, 2)),
    ]


def _distributions() -> list[LossCase]:
    kl, poisson = losses.kl_div, losses.poisson_nll_loss
    gaussian = losses.gaussian_nll_loss
    logs = _log_softmax(X)
    both = (0, 1, 2)
    return [
        LossCase(kl, (logs, SHARES), wrt=(0, 1)),
        LossCase(kl, (logs, np.log(SHARES)), {"log_target": True}, wrt=(0, 1)),
        LossCase(kl, (logs, np.eye(3)[LABELS])),
        LossCase(poisson, (X, COUNTS)),
        LossCase(poisson, (X, POSITIVE), {"full": True}, wrt=(0, 1)),
        LossCase(poisson, (POSITIVE, COUNTS), {"log_input": False}),
        LossCase(poisson, (POSITIVE, COUNTS), {"log_input": False, "full": True, "eps": 0.1}),
        LossCase(gaussian, (X, TRUTH, POSITIVE), wrt=both),
        LossCase(gaussian, (X, TRUTH, POSITIVE[:, 0]), {"full": True}, wrt=both),
        LossCase(gaussian, (X, TRUTH, POSITIVE[:, :1]), {"eps": 0.01}, wrt=both),
    ]


LOSSES = [*_regression(), *_classification(), *_margins(), *_distributions()]
