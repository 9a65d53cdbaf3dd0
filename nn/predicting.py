"""What is asked of a trained model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd import Tensor, no_grad, sigmoid, softmax

from . import losses
from .arrays import plain
from .counting import count
from .ending import last_op
from .evaluating import in_evaluation
from .metrics import Metric, decide, named_metrics
from .module import Module
from .training.checks import check_data, check_inputs, rehearse
from .training.hints import hint
from .training.truth import Truth

__all__ = ["evaluate", "measure", "predict", "predict_classes", "predict_proba"]


def evaluate(
    model: Module,
    x: Any,
    y: Any,
    *,
    loss: str | Callable[[Any, Any], Any] = "cross_entropy",
    metrics: Any = None,
    batch_size: int = 1024,
) -> dict[str, float]:
    """Loss, accuracy where labels are classes, and ``metrics``, on data held out.

    Parameters
    ----------
    model : Module
        Put in evaluation mode for as long as it takes.
    x, y : array (examples, ...)
        Inputs and truth.
    loss : str or callable
        As for :func:`nn.fit`.
    metrics : list of str or callables, or dict, optional
        As for :func:`nn.fit`.
    batch_size : int
        Examples that go through the model at once.

    Examples
    --------
    >>> import numpy as np, nn
    >>> model = nn.Linear(2, 2, rng=0)
    >>> sorted(nn.evaluate(model, np.eye(2), [0, 1]))
    ['accuracy', 'loss']
    """
    loss = losses.get(loss)
    inputs, truth = check_data(model, x, y, "given")
    kind, truth = rehearse(model, loss, inputs, truth)
    hint(model, loss, inputs, truth)
    return measure(model, inputs, truth, loss, kind, named_metrics(metrics), batch_size)


def predict(model: Module, x: Any, *, batch_size: int = 1024) -> np.ndarray:
    """The model's outputs (logits, or a regression), as a plain array.

    Parameters
    ----------
    model : Module
        Put in evaluation mode for as long as it takes.
    x : array (examples, ...)
        Inputs, converted to the dtype of the model.
    batch_size : int
        Examples that go through the model at once.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.predict(nn.Linear(2, 3), np.eye(2)).shape
    (2, 3)
    """
    inputs = check_inputs(model, x, "given")
    return np.concatenate([plain(out) for out in _outputs(model, inputs, batch_size)])


def predict_proba(model: Module, x: Any, *, batch_size: int = 1024) -> np.ndarray:
    """Probabilities: softmax of several logits, sigmoid of a single one.

    What a model that ends in one of the two gives are probabilities already.

    Parameters
    ----------
    model, x, batch_size
        As for :func:`predict`.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.predict_proba(nn.Linear(2, 3), np.eye(2)).sum(axis=1).round(5)
    array([1., 1.], dtype=float32)
    """
    z = predict(model, x, batch_size=batch_size)
    if last_op(model, check_inputs(model, x, "given")) in ("sigmoid", "softmax"):
        return z
    if z.ndim >= 2 and z.shape[-1] > 1:
        return softmax(z)
    return sigmoid(z)


def predict_classes(
    model: Module, x: Any, *, threshold: float = 0.5, batch_size: int = 1024
) -> np.ndarray:
    """Class numbers, of outputs that are logits, or probabilities of a sigmoid or softmax.

    Parameters
    ----------
    model, x, batch_size
        As for :func:`predict`.
    threshold : float
        Of several outputs the largest decides; a single one says yes (1) where its probability is
        above this.

    Examples
    --------
    >>> import nn
    >>> unit = nn.Linear(1, 1)
    >>> unit.load_state_dict({"weight": [[1.0]], "bias": [0.0]})
    >>> nn.predict_classes(unit, [[-1.0], [0.5], [3.0]], threshold=0.9).ravel()
    array([0, 0, 1])
    """
    if not 0 < threshold < 1:
        raise ValueError(f"threshold is a probability between 0 and 1, got {threshold}")
    outputs, cut = predict(model, x, batch_size=batch_size), threshold
    if last_op(model, check_inputs(model, x, "given")) != "sigmoid":
        cut = float(np.log(threshold / (1 - threshold)))
    return decide(outputs, cut)


def measure(
    model: Module,
    inputs: np.ndarray,
    truth: np.ndarray,
    loss: Callable[[Any, Any], Any],
    kind: Truth,
    metrics: dict[str, Metric],
    batch_size: int = 1024,
) -> dict[str, float]:
    """The figures of :func:`evaluate` for data that has been checked."""
    right, of, start = 0, 0, 0
    outs, parts = [], []
    for out in _outputs(model, inputs, batch_size):
        part = truth[start : start + batch_size]
        start += len(part)
        if kind:
            more, count = kind.correct(plain(out), part)
            right, of = right + more, of + count
        outs.append(out)
        parts.append(part)
    if all(isinstance(out, Tensor) for out in outs):
        # The batches' means have no plain mean where labels are ignored or classes weighted.
        outs, parts = [_joined(outs)], [truth]
    with no_grad():
        total = sum(float(loss(out, part)) * len(part) for out, part in zip(outs, parts))
    figures = {"loss": total / len(inputs)}
    if kind:
        figures["accuracy"] = right / max(of, 1)
    if metrics:
        outputs = plain(_joined(outs))
        figures.update({name: float(m(outputs, truth)) for name, m in metrics.items()})
    return figures


def _joined(outs: list[Any]) -> Any:
    return outs[0] if len(outs) == 1 else Tensor(np.concatenate([plain(out) for out in outs]))


def _outputs(model: Module, inputs: np.ndarray, batch_size: int) -> Iterator[Any]:
    batch_size = count("batch_size", batch_size, 1)
    with in_evaluation(model):
        if inputs.ndim == 1:  # one example, or one for each number: not to be cut either way
            batch_size = len(inputs)
        for start in range(0, len(inputs), batch_size):
            with no_grad():
                out = model(Tensor(inputs[start : start + batch_size]))
            yield out
