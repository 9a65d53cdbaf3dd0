"""``MLPClassifier``."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import column_or_1d
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from autograd import sigmoid, softmax

from .. import losses
from ..losses.names import function_name
from .base import BaseMLP, _by_batches
from .training import Data

__all__ = ["MLPClassifier"]

# What losses take as the truth, by their functions' names: class numbers, and as many outputs as
# classes; or 0 and 1, or signs, for each output. "log_loss" and a user's own take what comes.
_TRUTH = {
    "cross_entropy": "classes",
    "multi_margin_loss": "classes",
    "binary_cross_entropy_with_logits": "yes or no",
    "multilabel_soft_margin_loss": "yes or no",
    "hinge_loss": "signs",
    "soft_margin_loss": "signs",
}


class MLPClassifier(ClassifierMixin, BaseMLP):
    """A multi-layer perceptron that tells classes apart.

    Parameters down to ``max_fun`` are scikit-learn's, with its defaults.

    Parameters
    ----------
    hidden_layer_sizes : int or array-like of int
        Units of each hidden layer; none for logistic regression.
    activation : str, callable or nn.Module
        Of the hidden layers: "identity", "logistic", "tanh", "relu", any other name of
        :mod:`nn.activations`, or a function of a tensor.
    solver : str or callable
        "adam", "sgd" or "lbfgs", the name of any other optimizer of :mod:`nn.optim` in lower case
        ("adamw"), or what makes an optimizer from ``(parameters, lr=...)``.
    alpha : float
        Strength of the L2 penalty on weights, which is divided by the size of the batch.
    batch_size : int or "auto"
        Examples in a step; "auto" is 200, or all there are.
    learning_rate : str or callable
        How the learning rate changes: scikit-learn's "constant", "invscaling" and "adaptive", of
        which the last two have no effect with "adam" and "lbfgs", as there; another name of
        :mod:`nn.optim.schedulers`, such as "cosine" or "one_cycle", over ``max_iter`` epochs; or
        what makes a schedule from the optimizer, such as
        ``functools.partial(nn.optim.schedulers.StepLR, step_size=30)``.
    learning_rate_init : float
        The learning rate to start with.
    power_t : float
        Exponent of "invscaling".
    max_iter : int
        Epochs at most; iterations for "lbfgs".
    shuffle : bool
        Whether each epoch takes the examples in a new order.
    random_state : int, RandomState or None
        Decides starting weights, order, dropout, and what is held out.
    tol : float
        The loss (or the score, with ``early_stopping``) has to improve by this much within
        ``n_iter_no_change`` epochs; for "lbfgs", the largest component of the gradient at the end.
    verbose : bool or int
        Whether to print each epoch's figures.
    warm_start : bool
        Whether ``fit`` goes on from the present weights.
    momentum : float
        For "sgd".
    nesterovs_momentum : bool
        For "sgd": whether momentum is Nesterov's.
    early_stopping : bool
        Stop when the score on held-out data no longer improves, and take the best weights.
    validation_fraction : float
        The share that is held out for it, unless ``fit`` is given validation data.
    beta_1, beta_2, epsilon : float
        Of "adam" and its kin.
    n_iter_no_change : int
        Epochs without improvement before training ends.
    max_fun : int
        Evaluations of the loss at most, for "lbfgs".
    loss : str or callable
        "log_loss", a name of :mod:`nn.losses`, or a function of the outputs (before softmax or
        logistic) and the truth: class numbers of shape (n,) for three classes or more, else 0 and
        1 of shape (n, outputs). To be used with weights it takes ``reduction="none"``.
    class_weight : dict, "balanced" or None
        How much each class counts.
    dropout : float
        Probability with which hidden units are zeroed in training.
    normalization : {"batch", "layer"} or None
        What stands before each activation.
    init : str or callable
        Starting weights: "glorot_uniform" as scikit-learn's, another name of :mod:`nn.init`, or a
        function of a tensor, which gets ``rng=`` if it takes it.
    solver_params : dict or None
        Further keywords of the optimizer, such as ``{"weight_decay": 0.01}`` for "adamw".
    clip_norm, clip_value : float or None
        The longest gradient, and the largest component of it, in a step.
    callbacks : iterable
        :class:`nn.Callback` objects, others with methods of theirs, or functions called after each
        epoch.
    dtype : {"float32", "float64"} or None
        What to compute in; None is the input's.
    capture : bool or "auto"
        Whether steps are recorded and replayed, as for :func:`nn.fit`; ``history_.captured`` says
        what came of it.

    Attributes
    ----------
    module_ : nn.Sequential
        The network: outputs before softmax or logistic.
    history_ : nn.History
        Figures by epoch: "loss", "val_accuracy" where measured, "lr".
    classes_ : array
        The classes in order.
    coefs_, intercepts_ : list of array
        Weights and biases of the dense layers, as copies.
    loss_, best_loss_, loss_curve_ : float, float, list
        Training loss with penalty: the last epoch's, the least, and all.
    validation_scores_, best_validation_score_ : list, float
        Accuracy on held-out data by epoch, and the best; None where there is none.
    n_iter_, t_ : int
        Epochs, and examples seen.
    n_layers_, n_outputs_, n_features_in_, feature_names_in_, out_activation_
        As scikit-learn's.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.model_selection import cross_val_score
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from nn.sklearn import MLPClassifier
    >>> X, y = load_wine(return_X_y=True)
    >>> mlp = MLPClassifier((32,), activation="leaky_relu", solver="lbfgs", random_state=0)
    >>> cross_val_score(make_pipeline(StandardScaler(), mlp), X, y).mean().round(2) > 0.95
    np.True_
    """

    _score_name = "accuracy"
    _own_losses = ("log_loss",)
    _functions = tuple(_TRUTH)

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
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
        loss: Any = "log_loss",
        class_weight: Any = None,
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

    @available_if(_by_batches)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Any:
        """Go through the given examples once, from where training stands.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The inputs.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            The classes.
        sample_weight : array-like of shape (n_samples,), optional
            How much each example counts.
        classes : array-like, optional
            All classes there will be; needed the first time.

        Returns
        -------
        The estimator itself.
        """
        if isinstance(self.class_weight, str):
            raise ValueError(
                "class_weight='balanced' needs all the data; for partial_fit pass the weights that "
                "sklearn.utils.class_weight.compute_class_weight finds as a dict"
            )
        self._announce(classes, y)
        return self._fit(X, y, sample_weight, None, incremental=True)

    def predict(self, X: Any) -> np.ndarray:
        """The most probable class of each example; for labels, those more probable than not.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The inputs.
        """
        chosen = self._choose(self._decide(X))
        return chosen.astype(int) if self._is_multilabel else self.classes_[chosen]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of the classes, or of the labels; none is exactly 0 or 1.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The inputs.
        """
        z = self._decide(X)
        if self.out_activation_ == "softmax":
            return _open(softmax(z))
        if self._is_multilabel:
            return _open(sigmoid(z))
        if len(self.classes_) == 1:
            return np.ones_like(z)
        return _open(np.hstack([sigmoid(-z), sigmoid(z)]))

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Logarithms of :meth:`predict_proba`, all of them finite.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The inputs.
        """
        return np.log(self.predict_proba(X))

    # Targets -------------------------------------------------------------------------------------

    def _announce(self, classes: Any, y: Any) -> None:
        """The classes of a first partial_fit."""
        known = getattr(self, "classes_", None)
        if known is None and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        if classes is None:
            return
        classes = np.unique(np.asarray(classes))
        if known is not None:
            if not np.array_equal(classes, known):
                raise ValueError(
                    f"`classes={classes!r}` is not the same as on last call to partial_fit, was: "
                    f"{known!r}"
                )
            return
        self._is_multilabel = type_of_target(y).startswith("multilabel")
        self.classes_ = np.arange(np.shape(y)[1]) if self._is_multilabel else classes

    def _encode(self, y: Any, *, first: bool, part: bool) -> np.ndarray:
        """Class numbers for a softmax, or 0 and 1 in a column for each logistic unit."""
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        kind = type_of_target(y)
        if kind == "multiclass-multioutput":
            raise ValueError(
                "several classes for each of several outputs are not supported; 0 and 1 for each "
                "of several labels are, and MultiOutputClassifier for the rest"
            )
        labels = kind == "multilabel-indicator"
        if hasattr(y, "toarray"):
            y = y.toarray()
        if first:
            self._is_multilabel = labels
            self.classes_ = np.arange(y.shape[1]) if labels else np.unique(y)
        if labels != self._is_multilabel:
            raise ValueError(f"y holds {kind} targets, and the first call had others")
        if labels:
            if y.shape[1] != len(self.classes_):
                raise ValueError(f"y has {y.shape[1]} labels where {len(self.classes_)} are due")
            if self._truth() == "classes":
                raise ValueError(f"loss={self.loss!r} takes one class for each example, not labels")
            return self._flags(y.astype(bool))
        present = np.unique(y)
        if new := np.setdiff1d(present, self.classes_).tolist():
            raise ValueError(f"`y` has classes not in `self.classes_`, {self.classes_}: {new}")
        if self.warm_start and not first and not part and len(present) < len(self.classes_):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous "
                f"call to fit. Previously got {self.classes_}, `y` has {present}"
            )
        codes = np.searchsorted(self.classes_, y)
        wanted = self._truth()
        if wanted == "classes" or (not wanted and len(self.classes_) > 2):
            return codes
        if len(self.classes_) > 2:
            raise ValueError(
                f"loss={self.loss!r} takes {wanted} for each output and is for two classes, or "
                "for labels; use 'log_loss' or 'multi_margin' for more"
            )
        return self._flags(codes[:, None].astype(bool))

    def _truth(self) -> str:
        """What the loss takes as the truth; empty where it takes what comes."""
        if self.loss == "log_loss":
            return ""
        return _TRUTH.get(function_name(losses.get(self.loss)), "")

    def _flags(self, holds: np.ndarray) -> np.ndarray:
        """0 and 1, or -1 and 1 for a loss of signs."""
        return np.where(holds, 1, -1) if self._truth() == "signs" else holds

    def _outputs(self, y: np.ndarray) -> int:
        self.out_activation_ = "softmax" if y.ndim == 1 else "logistic"
        return len(self.classes_) if y.ndim == 1 else y.shape[1]

    def _stratify(self, y: np.ndarray) -> np.ndarray | None:
        # scikit-learn's MLP keeps the shares of two classes, and no others.
        return y if y.ndim == 2 and y.shape[1] == 1 else None

    def _class_weights(self, y: np.ndarray) -> np.ndarray | None:
        if self.class_weight is None:
            return None
        if self._is_multilabel:
            raise ValueError("class_weight is for classes; weigh labels in a loss of your own")
        codes = (y.reshape(-1) > 0).astype(int) if y.ndim == 2 else y
        if isinstance(self.class_weight, str):
            present, codes = np.unique(codes, return_inverse=True)
            return compute_class_weight("balanced", classes=present, y=present[codes])[codes]
        if unknown := [k for k in self.class_weight if k not in set(self.classes_.tolist())]:
            raise ValueError(f"class_weight names {unknown}; the classes are {self.classes_}")
        by_class = [float(self.class_weight.get(k, 1.0)) for k in self.classes_.tolist()]
        return np.array(by_class)[codes]

    def _choose(self, z: np.ndarray) -> np.ndarray:
        """Class numbers, or which of several labels hold, from the outputs."""
        if self.out_activation_ == "softmax":
            return z.argmax(axis=1)
        if self._is_multilabel:
            return z > 0
        return ((z[:, 0] > 0) & (len(self.classes_) > 1)).astype(int)

    def _score_outputs(self, out: np.ndarray, data: Data) -> float:
        truth = data.y if data.y.ndim == 1 else data.y > 0
        right = self._choose(out) == (truth if self._is_multilabel else truth.reshape(-1))
        right = right.all(axis=1) if right.ndim == 2 else right
        return float(np.average(right, weights=data.weight))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _open(p: np.ndarray) -> np.ndarray:
    """Keep rounding from making certainties of probabilities."""
    limits = np.finfo(p.dtype)
    return np.clip(p, limits.tiny, 1 - limits.epsneg)
