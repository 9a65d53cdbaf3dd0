"""What is asked of a trained model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd import Tensor, no_grad

from . import losses
from .metrics import Metric, decide, named_metrics
from .module import Module
from .training.checks import check_data, check_inputs, plain, rehearse
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
    kind = rehearse(model, loss, inputs, truth)
    return measure(model, inputs, truth, loss, kind, named_metrics(metrics), batch_size)


def predict(model: Module, x: Any, *, batch_size: int = 1024) -> np.ndarray:
    """The model's outputs (logits, or a regression), as a plain array."""
    inputs = check_inputs(model, x, "given")
    return np.concatenate([plain(out) for out in _outputs(model, inputs, batch_size)])


def predict_proba(model: Module, x: Any, *, batch_size: int = 1024) -> np.ndarray:
    """Probabilities of a model that gives logits: softmax of several, sigmoid of a single one."""
    z = predict(model, x, batch_size=batch_size)
    if z.ndim >= 2 and z.shape[-1] > 1:
        e = np.exp(z - z.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, np.ones_like(e), e) / (1 + e)


def predict_classes(
    model: Module, x: Any, *, threshold: float = 0.5, batch_size: int = 1024
) -> np.ndarray:
    """Class numbers of a model that gives logits.

    Of several logits the largest decides; a single one says yes (1) where its probability is above
    ``threshold``.

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
    cut = float(np.log(threshold / (1 - threshold)))
    return decide(predict(model, x, batch_size=batch_size), cut)


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
    total, right, of, start = 0.0, 0, 0, 0
    kept = []
    for out in _outputs(model, inputs, batch_size):
        part = truth[start : start + batch_size]
        start += len(part)
        with no_grad():
            total += float(loss(out, part)) * len(part)
        if kind:
            more, count = kind.correct(plain(out), part)
            right, of = right + more, of + count
        if metrics:
            kept.append(plain(out))
    figures = {"loss": total / len(inputs)}
    if kind:
        figures["accuracy"] = right / max(of, 1)
    if metrics:
        outputs = np.concatenate(kept)
        figures.update({name: float(m(outputs, truth)) for name, m in metrics.items()})
    return figures


def _outputs(model: Module, inputs: np.ndarray, batch_size: int) -> Iterator[Any]:
    if not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
        raise ValueError(f"batch_size is 1 or more, got {batch_size!r}")
    was_training = model.training
    model.eval()
    try:
        for start in range(0, len(inputs), batch_size):
            with no_grad():
                out = model(Tensor(inputs[start : start + batch_size]))
            yield out
    finally:
        model.train(was_training)
