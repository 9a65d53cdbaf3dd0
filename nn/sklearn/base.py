"""What the classifier and the regressor share: checks, the network, fitting, attributes."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Number
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, is_regressor
from sklearn.model_selection import train_test_split
from sklearn.utils import check_array, check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from .. import losses
from ..history import History
from ..predicting import predict
from . import lbfgs
from .network import assign, build_network, dense_layers, start, widths_of
from .objective import Objective
from .parameters import check_parameters
from .rows import chunks, dense_if_small, take
from .solvers import LearningRate, make_optimizer
from .training import Data, Training, bounds_of, train

__all__ = ["BaseMLP"]


def _at_once(estimator: Any) -> bool:
    return isinstance(estimator.solver, str) and estimator.solver == "lbfgs"


def _by_batches(estimator: Any) -> bool:
    if _at_once(estimator):
        raise AttributeError('partial_fit goes by batches; solver="lbfgs" takes all the data')
    return True


class BaseMLP(BaseEstimator):
    """A multi-layer perceptron; subclasses say what its targets are."""

    # Written by subclasses: the figure on held-out data, the losses by scikit-learn's names, and
    # the functions of nn.losses that will do.
    _score_name = ""
    _own_losses: tuple[str, ...] = ()
    _functions: tuple[str, ...] = ()

    @classmethod
    def _loss_names(cls) -> list[str]:
        """What ``loss`` may be by name; other spellings that nn.losses knows will do as well."""
        return [*cls._own_losses, *(name.removesuffix("_loss") for name in cls._functions)]

    @classmethod
    def _takes_loss(cls, name: str) -> bool:
        try:
            return losses.get(name).__name__ in cls._functions
        except ValueError:
            return False

    def _keep(self, settings: dict[str, Any]) -> None:
        """Make the arguments of ``__init__`` attributes, as they are."""
        for name in self._get_param_names():
            setattr(self, name, settings[name])

    def _encode(self, y: Any, *, first: bool, part: bool) -> np.ndarray:
        """Targets as the loss wants them; at first also learn what there is to predict.

        Where they are but a part of the data, not all classes need be there.
        """
        raise NotImplementedError

    def _outputs(self, y: np.ndarray) -> int:
        """How many outputs the network needs."""
        raise NotImplementedError

    def _score_outputs(self, out: np.ndarray, data: Data) -> float:
        """The figure on held-out data."""
        raise NotImplementedError

    def _class_weights(self, y: np.ndarray) -> np.ndarray | None:
        """A weight for each example from its class."""
        return None

    def _stratify(self, y: np.ndarray) -> np.ndarray | None:
        """Labels whose shares the split for early stopping keeps."""
        return None

    # Fitting -------------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any, sample_weight: Any = None, validation: Any = None) -> Any:
        """Fit the model.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The inputs.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The targets.
        sample_weight : array-like of shape (n_samples,), optional
            How much each example counts.
        validation : tuple (X, y) or (X, y, sample_weight), optional
            Held-out data to measure after each epoch, in ``validation_scores_``; with
            ``early_stopping=True`` it is used in place of a part of the training data.

        Returns
        -------
        The estimator itself.
        """
        return self._fit(X, y, sample_weight, validation, incremental=False)

    @available_if(_by_batches)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Go through the given examples once, from where training stands.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The inputs.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The targets.
        sample_weight : array-like of shape (n_samples,), optional
            How much each example counts.

        Returns
        -------
        The estimator itself.
        """
        return self._fit(X, y, sample_weight, None, incremental=True)

    def _fit(
        self, X: Any, y: Any, sample_weight: Any, validation: Any, *, incremental: bool
    ) -> Any:
        check_parameters(self)
        if incremental and self.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True")
        first = not hasattr(self, "module_") or not (self.warm_start or incremental)
        X, y = self._check_data(X, y, reset=first)
        announced = incremental and hasattr(self, "classes_")
        y = self._encode(y, first=first and not announced, part=incremental)
        random = check_random_state(self.random_state)
        if first:
            self._begin(X, y, random)
        dtype = self.module_.parameters()[0].dtype
        weight = self._weights(sample_weight, X, y)
        data = Data(dense_if_small(X, dtype), _as_target(y, dtype), weight)
        at_once = _at_once(self)
        held = None
        if validation is not None:
            held = self._held_out(validation, dtype)
        elif self.early_stopping and not at_once:
            data, held = self._split(data, random)
        if at_once:
            self._fit_at_once(data, held)
        else:
            self._fit_by_batches(data, held, random, incremental)
        if not all(np.isfinite(p.numpy()).all() for p in self.module_.parameters()):
            raise ValueError(
                "the solver made weights that are not finite: scale the data, for example with "
                "StandardScaler, or lower learning_rate_init"
            )
        return self

    def _begin(self, X: Any, y: np.ndarray, random: np.random.RandomState) -> None:
        """A new network, and figures without entries."""
        self.n_iter_ = self.t_ = 0
        self.n_outputs_ = self._outputs(y)
        widths = [X.shape[1], *widths_of(self.hidden_layer_sizes), self.n_outputs_]
        self.n_layers_ = len(widths)
        draws = np.random.default_rng(random.randint(2**31)) if self.dropout else None
        self.module_ = build_network(
            widths,
            activation=self.activation,
            normalization=self.normalization,
            dropout=float(self.dropout),
            dtype=X.dtype if self.dtype is None else np.dtype(self.dtype),
            rng=draws,
        )
        start(self.module_, self.init, self.activation, random)
        self.history_ = History()
        self.loss_curve_: list[float] = []
        self._no_improvement_count = 0
        self._training: Training | None = None
        self.best_loss_: float | None = None
        self.validation_scores_: list[float] | None = None
        self.best_validation_score_: float | None = None

    def _fit_at_once(self, data: Data, held: Data | None) -> None:
        for name in ("dropout", "clip_norm", "clip_value", "callbacks"):
            if getattr(self, name):
                raise ValueError(f'{name} is for training by batches; solver="lbfgs" has none')
        objective = Objective(self.loss, self.n_outputs_)
        self.module_.train()
        try:
            self.n_iter_, self.loss_, curve = lbfgs.minimize(
                self.module_,
                [layer.weight for layer in dense_layers(self.module_)],
                objective,
                (data.x, data.y, data.weight),
                alpha=float(self.alpha),
                max_iter=int(self.max_iter),
                max_fun=int(self.max_fun),
                tol=float(self.tol),
                verbose=bool(self.verbose),
                width=max(self.n_features_in_, *widths_of(self.hidden_layer_sizes), 1),
            )
        finally:
            self.module_.eval()
        self.loss_curve_ += curve
        self.best_loss_ = self.loss_
        for loss in curve:
            self.history_.append({"loss": loss})
        if held is not None:
            self.best_validation_score_ = self._score_outputs(self._forward(held.x), held)
            self.validation_scores_ = [self.best_validation_score_]

    def _fit_by_batches(
        self, data: Data, held: Data | None, random: np.random.RandomState, incremental: bool
    ) -> None:
        bounds = bounds_of(self, len(data))
        if self._training is None or not incremental:
            optimizer = make_optimizer(self, self.module_.parameters())
            self._training = Training(
                self.module_,
                [layer.weight for layer in dense_layers(self.module_)],
                Objective(self.loss, self.n_outputs_),
                optimizer,
                LearningRate(self, optimizer, len(bounds)),
            )
        if not self.early_stopping and self.best_loss_ is None:
            self.best_loss_ = np.inf
        score = None
        if held is not None:
            if self.validation_scores_ is None:
                self.validation_scores_ = []
                self.best_validation_score_ = -np.inf

            def score() -> float:
                return self._score_outputs(self._forward(held.x), held)

        train(
            self,
            self._training,
            data,
            bounds,
            epochs=1 if incremental else int(self.max_iter),
            incremental=incremental,
            random=random,
            score=score,
        )

    # Data ----------------------------------------------------------------------------------------

    def _check_data(self, X: Any, y: Any, *, reset: bool) -> tuple[Any, Any]:
        return validate_data(
            self,
            X,
            y,
            accept_sparse="csr",
            multi_output=True,
            y_numeric=is_regressor(self),
            dtype=(np.float64, np.float32),
            reset=reset,
        )

    def _weights(self, sample_weight: Any, X: Any, y: np.ndarray) -> np.ndarray | None:
        """One weight for each example, from the examples and from their classes."""
        weight = self._class_weights(y)
        if sample_weight is not None:
            if isinstance(sample_weight, Number):
                sample_weight = np.full(X.shape[0], sample_weight, X.dtype)
            given = check_array(
                sample_weight,
                ensure_2d=False,
                dtype=X.dtype,
                ensure_non_negative=True,
                input_name="sample_weight",
            )
            if given.shape != (X.shape[0],):
                raise ValueError(f"sample_weight.shape == {given.shape}, expected {(X.shape[0],)}!")
            weight = given if weight is None else weight * given
        if weight is not None and not weight.any():
            raise ValueError("all sample weights are zero: there is nothing to fit")
        return None if weight is None else weight.astype(X.dtype)

    def _held_out(self, validation: Any, dtype: Any) -> Data:
        if not isinstance(validation, (tuple, list)) or len(validation) not in (2, 3):
            raise ValueError(
                "validation is a tuple (X, y) or (X, y, sample_weight), got "
                f"{type(validation).__name__}"
            )
        X, y = self._check_data(validation[0], validation[1], reset=False)
        y = self._encode(y, first=False, part=True)
        weight = self._weights(validation[2] if len(validation) == 3 else None, X, y)
        return Data(dense_if_small(X, dtype), _as_target(y, dtype), weight)

    def _split(self, data: Data, random: np.random.RandomState) -> tuple[Data, Data]:
        """Set a part of the data aside, the same as scikit-learn's MLP would."""
        parts = [data.x, data.y] + ([] if data.weight is None else [data.weight])
        split = train_test_split(
            *parts,
            random_state=random,
            test_size=self.validation_fraction,
            stratify=self._stratify(data.y),
        )
        kept, held = Data(*split[0::2]), Data(*split[1::2])
        if len(held) < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' or the size of "
                "your dataset."
            )
        return kept, held

    # Predicting ----------------------------------------------------------------------------------

    def _decide(self, X: Any) -> np.ndarray:
        """The network's outputs for new data, before softmax, logistic or exp."""
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype=(np.float64, np.float32), reset=False)
        return self._forward(X)

    def _forward(self, X: Any) -> np.ndarray:
        width = max(self.n_features_in_, *widths_of(self.hidden_layer_sizes), 1)
        parts = chunks(X, width)
        return np.concatenate([predict(self.module_, take(X, part)) for part in parts])

    # Attributes ----------------------------------------------------------------------------------

    @property
    def coefs_(self) -> list[np.ndarray]:
        """Weights of the dense layers, of shape (inputs, outputs): copies.

        Assign a list to change them; what is written into the arrays would be lost, so they refuse.
        """
        return [_frozen(layer.weight.numpy().T) for layer in self._dense("coefs_")]

    @coefs_.setter
    def coefs_(self, coefs: Sequence[Any]) -> None:
        for layer, coef in zip(self._dense("coefs_"), coefs, strict=True):
            assign(layer, coef=coef)

    @property
    def intercepts_(self) -> list[np.ndarray]:
        """Biases of the dense layers: copies, as those of ``coefs_``."""
        return [_frozen(layer.bias.numpy()) for layer in self._dense("intercepts_")]

    @intercepts_.setter
    def intercepts_(self, intercepts: Sequence[Any]) -> None:
        for layer, intercept in zip(self._dense("intercepts_"), intercepts, strict=True):
            assign(layer, intercept=intercept)

    def _dense(self, name: str) -> list[Any]:
        if "module_" not in vars(self):
            raise AttributeError(f"{type(self).__name__} has {name} once it is fitted")
        return dense_layers(self.module_)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _frozen(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


def _as_target(y: np.ndarray, dtype: Any) -> np.ndarray:
    """Class numbers as they are, anything else in the network's dtype."""
    return y if y.ndim == 1 else y.astype(dtype, copy=False)
