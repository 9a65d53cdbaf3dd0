"""``MLPRegressor``."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils import column_or_1d

from .base import BaseMLP
from .training import Data

__all__ = ["MLPRegressor"]


class MLPRegressor(RegressorMixin, BaseMLP):
    """A multi-layer perceptron that estimates one number or several.

    Parameters
    ----------
    loss : str or callable
        "squared_error" (half of it, as in scikit-learn), "poisson" (half the deviance of the
        outputs' exponentials), a name of :mod:`nn.losses` such as "huber", or a function of
        outputs and truth, both of shape (n, outputs). To be used with weights it takes
        ``reduction="none"``.
    hidden_layer_sizes, activation, solver, ...
        All others are those of :class:`MLPClassifier`, which has ``class_weight`` besides.

    Attributes
    ----------
    module_ : nn.Sequential
        The network; with ``loss="poisson"`` its outputs are logarithms.
    history_ : nn.History
        Figures by epoch: "loss", "val_r2" where measured, "lr".
    validation_scores_, best_validation_score_ : list, float
        R² on held-out data by epoch, and the best; None where there is none.
    loss_, best_loss_, loss_curve_, coefs_, intercepts_, n_iter_, t_, n_layers_, n_outputs_, ...
        As those of :class:`MLPClassifier`.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.sklearn import MLPRegressor
    >>> x = np.linspace(-2, 2, 100)[:, None]
    >>> mlp = MLPRegressor((20,), activation="silu", solver="lbfgs", random_state=0, max_iter=500)
    >>> mlp.fit(x, np.sin(2 * x[:, 0])).score(x, np.sin(2 * x[:, 0])) > 0.99
    True
    """

    _score_name = "r2"
    _own_losses = ("squared_error", "poisson")
    _functions = ("half_mse_loss", "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        loss: Any = "squared_error",
        solver: Any = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: Any = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: Any = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: int = 10,
        max_fun: int = 15000,
        dropout: float = 0.0,
        normalization: Any = None,
        init: Any = "glorot_uniform",
        solver_params: Any = None,
        clip_norm: Any = None,
        clip_value: Any = None,
        callbacks: Any = (),
        dtype: Any = None,
        capture: Any = "auto",
    ) -> None:
        self._keep(locals())

    def predict(self, X: Any) -> np.ndarray:
        """Estimates, of shape (n_samples,), or (n_samples, n_outputs) for several.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The inputs.
        """
        return self._estimate(self._decide(X))

    # Targets -------------------------------------------------------------------------------------

    def _encode(self, y: Any, *, first: bool, part: bool) -> np.ndarray:
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        y = y[:, None] if y.ndim == 1 else y
        if self.loss == "poisson" and (y < 0).any():
            raise ValueError(f"loss='poisson' needs targets of 0 or more; the least is {y.min()}")
        if not first and y.shape[1] != self.n_outputs_:
            raise ValueError(f"y has {y.shape[1]} outputs where {self.n_outputs_} are due")
        return y

    def _outputs(self, y: np.ndarray) -> int:
        self.out_activation_ = "exp" if self.loss == "poisson" else "identity"
        return y.shape[1]

    def _estimate(self, out: np.ndarray) -> np.ndarray:
        out = np.exp(out) if self.out_activation_ == "exp" else out
        return out[:, 0] if out.shape[1] == 1 else out

    def _score_outputs(self, out: np.ndarray, data: Data) -> float:
        return float(r2_score(data.y, self._estimate(out), sample_weight=data.weight))
