"""``fit``: the training loop; and what is asked of a trained model."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autograd import Tensor, no_grad

from . import losses, optim
from .callbacks import Callback, Progress
from .data.batches import batches
from .history import History
from .metrics import count_correct, decide
from .module import Module
from .progress import bar
from .seed import generator

__all__ = ["evaluate", "fit", "predict", "predict_classes", "predict_proba"]

_OPTIMIZERS: dict[str, type[optim.Optimizer]] = {
    "adam": optim.Adam,
    "adamw": optim.AdamW,
    "sgd": optim.SGD,
}


def fit(
    model: Module,
    x: Any,
    y: Any,
    *,
    loss: str | Callable[[Any, Any], Any] = "cross_entropy",
    optimizer: str | optim.Optimizer | Callable[[list[Tensor]], optim.Optimizer] = "adam",
    lr: float | None = None,
    epochs: int = 10,
    batch_size: int | None = None,
    validation: tuple[Any, Any] | None = None,
    callbacks: Iterable[Callback | Callable[[Progress], Any]] = (),
    shuffle: bool = True,
    seed: int | None = None,
    progress: bool | str = "auto",
) -> History:
    """Train a model on arrays.

    Parameters
    ----------
    model : Module
        What to train, in place.
    x : array (examples, ...)
        The inputs, converted to the dtype of the model.
    y : array (examples, ...)
        The truth as the loss wants it: class numbers for ``"cross_entropy"``.
    loss : str or callable
        By name, as in :mod:`nn.losses`, or a function of outputs and truth.
    optimizer : str, Optimizer or callable
        "adam", "adamw" or "sgd", an optimizer, or what makes one from the parameters.
    lr : float, optional
        Learning rate of an optimizer given by name.
    epochs : int
        How often to go through the data.
    batch_size : int, optional
        Examples in a step: 1 is stochastic, ``len(x)`` is batch gradient descent. 32 unless given,
        or all there are.
    validation : pair of arrays, optional
        Held-out ``(x, y)`` to measure after each epoch.
    callbacks : iterable
        :class:`nn.Callback` objects, or functions called after each epoch.
    shuffle : bool
        Whether each epoch goes through the data in a new order.
    seed : int, optional
        Decides that order; the same seed and model give the same run.
    progress : bool or "auto"
        A progress bar on stderr; "auto" shows it on a terminal if tqdm is installed.

    Returns
    -------
    History
        Loss, and accuracy where labels are class numbers, for each epoch.

    Examples
    --------
    >>> import numpy as np, nn
    >>> x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> y = np.array([0, 1, 1, 0])
    >>> model = nn.MLP(2, [8], 2, activation="tanh", rng=0)
    >>> history = nn.fit(model, x, y, epochs=200, lr=0.05, batch_size=4, seed=0)
    >>> nn.predict_classes(model, x)
    array([0, 1, 1, 0])
    """
    loss = losses.get(loss)
    inputs, truth = _check_data(model, x, y, "training")
    held = None if validation is None else _check_data(model, *validation, "validation")
    if not isinstance(epochs, (int, np.integer)) or epochs < 1:
        raise ValueError(f"epochs is 1 or more, got {epochs!r}")
    if batch_size is None:
        batch_size = min(32, len(inputs))
    if not 1 <= batch_size <= len(inputs):
        raise ValueError(
            f"batch_size is from 1 to the number of examples, {len(inputs)}; got {batch_size}"
        )
    optimizer = _optimizer(optimizer, model, lr)
    classify = _rehearse(model, loss, inputs, truth)
    if held is not None:
        _rehearse(model, loss, *held)
    rng = generator(seed)
    watchers = [_as_callback(c) for c in callbacks]
    each_step = [w.on_step_end for w in watchers if type(w).on_step_end is not Callback.on_step_end]
    state = Progress(model, optimizer, int(epochs))
    for watcher in watchers:
        watcher.on_start(state)
    was_training = model.training
    steps = -(-len(inputs) // batch_size)
    started = time.perf_counter()
    model.train()
    try:
        # A loss that runs away is reported below, in words.
        with bar(progress, epochs * steps) as shown, np.errstate(over="ignore", invalid="ignore"):
            for state.epoch in range(1, int(epochs) + 1):
                total, correct = 0.0, 0
                for xb, yb in batches(
                    inputs, truth, batch_size=batch_size, shuffle=shuffle, rng=rng
                ):
                    optimizer.zero_grad()
                    out = model(xb)
                    cost = loss(out, yb)
                    state.loss = value = cost.item()
                    cost.backward(retain_graph=False)
                    optimizer.step()
                    state.step += 1
                    total += value * len(yb)
                    if classify:
                        correct += count_correct(_array(out), yb)
                    for call in each_step:
                        call(state)
                    shown.step(value)
                row = {"loss": total / len(inputs)}
                if classify:
                    row["accuracy"] = correct / truth.size
                if not np.isfinite(row["loss"]):
                    raise FloatingPointError(
                        f"the loss became {row['loss']} in epoch {state.epoch}: lower the learning "
                        "rate, scale the data, or find the op with autograd.detect_anomaly()"
                    )
                if held is not None:
                    measured = _measure(model, *held, loss, classify)
                    row.update({f"val_{name}": figure for name, figure in measured.items()})
                state.history.append(row)
                shown.epoch(state.epoch, int(epochs), row)
                for watcher in watchers:
                    watcher.on_epoch_end(state)
                if state.stop:
                    break
    finally:
        model.train(was_training)
        state.history.seconds = time.perf_counter() - started
    return state.history


def evaluate(
    model: Module,
    x: Any,
    y: Any,
    *,
    loss: str | Callable[[Any, Any], Any] = "cross_entropy",
    batch_size: int = 1024,
) -> dict[str, float]:
    """Loss, and accuracy where labels are class numbers, on data held out."""
    loss = losses.get(loss)
    inputs, truth = _check_data(model, x, y, "given")
    classify = _rehearse(model, loss, inputs, truth)
    return _measure(model, inputs, truth, loss, classify, batch_size)


def predict(model: Module, x: Any, *, batch_size: int = 1024) -> np.ndarray:
    """The model's outputs (logits, or a regression), as a plain array."""
    inputs = _check_inputs(model, x, "given")
    return np.concatenate([_array(out) for out in _outputs(model, inputs, batch_size)])


def predict_proba(model: Module, x: Any, *, batch_size: int = 1024) -> np.ndarray:
    """Probabilities of a model that gives logits: softmax of several, sigmoid of a single one."""
    z = predict(model, x, batch_size=batch_size)
    if z.ndim >= 2 and z.shape[-1] > 1:
        e = np.exp(z - z.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, np.ones_like(e), e) / (1 + e)


def predict_classes(model: Module, x: Any, *, batch_size: int = 1024) -> np.ndarray:
    """Class numbers of a model that gives logits."""
    return decide(predict(model, x, batch_size=batch_size))


# Inside ---------------------------------------------------------------------------------------


def _array(x: Any) -> np.ndarray:
    return x.detach().numpy() if isinstance(x, Tensor) else np.asarray(x)


def _outputs(model: Module, inputs: Tensor, batch_size: int) -> list[Any]:
    was_training = model.training
    model.eval()
    try:
        with no_grad():
            return [
                model(inputs[start : start + batch_size])
                for start in range(0, len(inputs), batch_size)
            ]
    finally:
        model.train(was_training)


def _measure(
    model: Module,
    inputs: Tensor,
    truth: np.ndarray,
    loss: Callable[[Any, Any], Any],
    classify: bool,
    batch_size: int = 1024,
) -> dict[str, float]:
    total, correct, start = 0.0, 0, 0
    for out in _outputs(model, inputs, batch_size):
        part = truth[start : start + batch_size]
        start += len(part)
        with no_grad():
            total += float(loss(out, part)) * len(part)
        if classify:
            correct += count_correct(_array(out), part)
    figures = {"loss": total / len(inputs)}
    if classify:
        figures["accuracy"] = correct / truth.size
    return figures


def _check_data(model: Module, x: Any, y: Any, which: str) -> tuple[Tensor, np.ndarray]:
    inputs = _check_inputs(model, x, which)
    truth = _array(y)
    if truth.dtype.kind not in "fiub":
        raise TypeError(
            f"the {which} labels hold {truth.dtype}, not numbers; number the classes, for example "
            "with np.unique(labels, return_inverse=True)"
        )
    if truth.ndim == 0 or len(truth) != len(inputs):
        raise ValueError(
            f"the {which} data has {len(inputs)} examples and labels of shape {truth.shape}"
        )
    if truth.dtype.kind == "f":
        _check_finite(truth, f"the {which} labels")
        truth = truth.astype(inputs.dtype)
    return inputs, truth


def _check_inputs(model: Module, x: Any, which: str) -> Tensor:
    array = _array(x)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"the {which} data holds {array.dtype}, not numbers")
    if array.ndim == 0 or len(array) == 0:
        raise ValueError(f"the {which} dataset is empty (shape {array.shape})")
    if array.dtype.kind == "f":
        _check_finite(array, f"the {which} data")
    parameters = model.parameters()
    return Tensor(array, dtype=parameters[0].dtype if parameters else None)


def _check_finite(array: np.ndarray, what: str) -> None:
    # A sum is finite only if all terms are, and costs no mask; it may overflow, hence the rest.
    with np.errstate(all="ignore"):
        if np.isfinite(array.sum()):
            return
    bad = ~np.isfinite(array)
    if bad.any():
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(
            f"{what} holds {np.count_nonzero(bad)} numbers that are not finite, the first "
            f"({array[place]}) at {list(place)}; fill or drop them first"
        )


def _rehearse(
    model: Module, loss: Callable[[Any, Any], Any], inputs: Tensor, truth: np.ndarray
) -> bool:
    """Try model and loss on a few examples and all labels; tell whether labels are classes."""
    (out,) = _outputs(model, inputs[:2], 2)
    with no_grad():
        cost = loss(out, truth[:2])
    if np.size(_array(cost)) != 1:
        raise ValueError(
            f"the loss gives shape {np.shape(cost)} where one number is due; reduce it with .mean()"
        )
    function = getattr(type(loss), "function", loss)
    shape = np.shape(out)
    if function is losses.cross_entropy:
        losses.check_labels(truth, (len(truth), *shape[1:]))
        return True
    if function is losses.binary_cross_entropy_with_logits:
        losses.check_probabilities(truth)
        return bool(np.isin(truth, (0, 1)).all())
    return False


def _optimizer(given: Any, model: Module, lr: float | None) -> optim.Optimizer:
    if isinstance(given, optim.Optimizer):
        if lr is not None:
            raise ValueError("lr= is for an optimizer given by name; this one has its own")
        return given
    settings = {} if lr is None else {"lr": lr}
    if isinstance(given, str):
        if given not in _OPTIMIZERS:
            raise ValueError(
                f"no optimizer is called {given!r}; there are {', '.join(sorted(_OPTIMIZERS))}. "
                "An optimizer object will do as well"
            )
        return _OPTIMIZERS[given](model.parameters(), **settings)
    if not callable(given):
        raise TypeError(f"an optimizer is a name, an Optimizer or what makes one, not {given!r}")
    return given(model.parameters(), **settings)


def _as_callback(given: Any) -> Callback:
    if isinstance(given, Callback):
        return given
    if not callable(given):
        raise TypeError(f"a callback is an nn.Callback or a function, not {given!r}")
    callback = Callback()
    callback.on_epoch_end = given  # type: ignore[method-assign]
    return callback
