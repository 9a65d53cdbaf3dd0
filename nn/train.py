"""``fit``: the training loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from . import losses, optim
from .callbacks import Progress, as_callback
from .counting import count
from .history import History
from .layers.norm import BatchNorm1d, BatchNorm2d
from .metrics import Metric, named_metrics
from .module import Module
from .seed import generator
from .stopping import EarlyStopping
from .training.after import Clip
from .training.checks import check_data, rehearse
from .training.dealing import Dealer, hold_out
from .training.hints import hint
from .training.run import Run, wants_closure
from .training.stepping import check_capture
from .training.truth import Truth
from .training.weighting import example_weights

if TYPE_CHECKING:
    from .checkpoint import Checkpoint

__all__ = ["fit"]

Loss = Callable[[Any, Any], Any]


def fit(
    model: Module,
    x: Any,
    y: Any,
    *,
    loss: str | Loss = "cross_entropy",
    optimizer: str | optim.Optimizer | Callable[..., optim.Optimizer] = "adam",
    lr: float | None = None,
    epochs: int = 10,
    batch_size: int | None = None,
    validation: tuple[Any, Any] | float | None = None,
    sample_weight: Any = None,
    class_weight: Mapping[Any, float] | Iterable[float] | str | None = None,
    scheduler: Any = None,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    metrics: Any = None,
    early_stopping: int | EarlyStopping | None = None,
    restore_best: bool = False,
    callbacks: Iterable[Any] = (),
    checkpoint: str | PathLike[str] | Checkpoint | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    progress: bool | str = "auto",
    capture: bool | str = "auto",
) -> History:
    """Train a model on arrays.

    Ctrl-C ends the run after the step it is at (a second one at once): the history comes back,
    ``history.stopped`` says so, and the model has the weights of the best epoch.

    Parameters
    ----------
    model : Module
        What to train, in place.
    x : array (examples, ...)
        The inputs, converted to the dtype of the model.
    y : array (examples, ...)
        The truth as the loss wants it: class numbers for ``"cross_entropy"``. For a single output
        one number for each example will do.
    loss : str or callable
        By name, as in :mod:`nn.losses`, or a function of outputs and truth.
    optimizer : str, Optimizer or callable
        By name, as in :mod:`nn.optim`, an optimizer, or what makes one from the parameters.
    lr : float, optional
        Learning rate of an optimizer that is made here.
    epochs : int
        How often to go through the data.
    batch_size : int, optional
        Examples in a step: 1 is stochastic, ``len(x)`` is batch gradient descent. 32 unless given,
        or all there are. With a batch norm in the model, a last batch of one example joins the
        batch before it.
    validation : pair of arrays, or float, optional
        Held-out ``(x, y)`` to measure after each epoch, or the share of the data to hold out (of
        each class where there are classes).
    sample_weight : array (examples,), optional
        How much each example counts. A batch's loss is the weighted mean of its examples'.
    class_weight : dict, sequence or "balanced", optional
        How much the examples of each class count; "balanced" gives every class the same sum.
    scheduler : str, Scheduler or callable, optional
        Changes the learning rate: by name, as in :mod:`nn.optim.schedulers`, one for
        ``optimizer``, or what makes one from it.
    clip_norm : float, optional
        Scale all gradients down together where their norm is above this.
    clip_value : float, optional
        Cut each number of the gradients to ± this.
    metrics : list of str or callables, or dict, optional
        Figures for each epoch in place of the accuracy that labels of classes get by themselves:
        "accuracy", "r2", "mse", "mae", or functions of outputs and truth. ``[]`` for none.
    early_stopping : int or EarlyStopping, optional
        Stop after so many epochs without a better held-out loss (training loss, where nothing is
        held out), with the best epoch's weights.
    restore_best : bool
        End with the best epoch's weights without stopping early.
    callbacks : iterable
        :class:`nn.Callback` objects, others with methods of theirs such as
        :class:`autograd.viz.FlowRecorder`, or functions called after each epoch.
    checkpoint : path or Checkpoint, optional
        A folder to save the run in, every 30 seconds unless :class:`nn.Checkpoint` says otherwise.
        The same call with the same folder goes on where the run was, bit for bit.
    shuffle : bool
        Whether each epoch goes through the data in a new order.
    seed : int, optional
        Decides that order; the same seed and model give the same run.
    progress : bool or "auto"
        A progress bar on stderr; "auto" shows it on a terminal if tqdm is installed.
    capture : bool or "auto"
        Whether steps are recorded and replayed, as by :func:`autograd.capture`: faster, and the
        same to the bit. "auto" does so where it pays and all that a step runs is the library's
        own. True does so with your own modules and losses too: nothing that they compute with may
        change but parameters, buffers, attributes of modules and the batch.
        ``history.captured`` says what came of it.

    Returns
    -------
    History
        A row for each epoch: ``loss``, the metrics, the same of the held-out data with ``val_``
        before the name, ``lr`` (of the first parameter group) and ``seconds``.

    Raises
    ------
    ValueError, TypeError
        Before any training, where something does not fit.
    FloatingPointError
        If the loss is not finite; the step that would have spoilt the weights is not made.

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
    if not isinstance(model, Module):
        raise TypeError(f"fit trains an nn.Module, not {model!r:.80}")
    loss = losses.get(loss)
    inputs, truth = check_data(model, x, y, "training")
    kind, truth = rehearse(model, loss, inputs, truth)
    hint(model, loss, inputs, truth)
    epochs = count("epochs", epochs, 1)
    check_capture(capture)
    for name, limit in (("clip_norm", clip_norm), ("clip_value", clip_value)):
        if limit is not None and not (isinstance(limit, (int, float, np.number)) and limit > 0):
            raise ValueError(f"{name} is a positive number, got {limit!r}")
    weights = example_weights(sample_weight, class_weight, truth, kind)
    saver, saved = _saver(checkpoint, model)
    rng = generator(seed)
    if saved is not None:
        saved.rewind(rng, fresh=isinstance(seed, (int, np.integer)))
    start = None if saver is None else saver.remember(rng)
    held = None
    if isinstance(validation, (float, np.floating)):
        if not 0 < validation < 1:
            raise ValueError(f"validation is a share between 0 and 1, or (x, y); got {validation}")
        rows, out = hold_out(validation, inputs, truth, kind.kind == "classes", rng)
        held = inputs[out], truth[out]
        inputs, truth = inputs[rows], truth[rows]
        weights = None if weights is None else weights[rows]
    elif validation is not None:
        held = check_data(model, *_pair(validation), "validation")
        held = held[0], rehearse(model, loss, *held)[1]
    if batch_size is None:
        batch_size = min(32, len(inputs))
    if not isinstance(batch_size, (int, np.integer)) or not 1 <= batch_size <= len(inputs):
        raise ValueError(
            f"batch_size is from 1 to the number of examples, {len(inputs)}; got {batch_size}"
        )
    least = 2 if any(isinstance(m, (BatchNorm1d, BatchNorm2d)) for m in model.modules()) else 1
    dealer = Dealer(inputs, truth, weights, int(batch_size), shuffle, rng, least)
    optimizer = _optimizer(optimizer, model, lr)
    if wants_closure(optimizer) and not (clip_norm is None and clip_value is None):
        raise ValueError(
            f"{type(optimizer).__name__} looks for its step along the gradient as it is: "
            "clip_norm and clip_value are for the other optimizers"
        )
    if scheduler is not None:
        scheduler = optim.schedulers.get(scheduler, optimizer, epochs=epochs, steps=dealer.steps)
    stopping = _stopping(early_stopping, restore_best)
    figures = _metrics(metrics, kind)
    _check_watched(stopping, scheduler, figures, held is not None)
    if not isinstance(callbacks, Iterable):
        raise TypeError(f"callbacks is a list, such as [{callbacks!r:.60}]")
    run = Run(
        model=model,
        loss=loss,
        kind=kind,
        dealer=dealer,
        held=held,
        metrics=figures,
        clip=Clip(clip_norm, clip_value),
        # What watches for the best epoch comes first: the others may want to know it.
        callbacks=[stopping, *(as_callback(c) for c in callbacks)],
        stopping=stopping,
        state=Progress(model, optimizer, epochs, scheduler),
        saver=saver,
        start=start,
        capture=capture,
    )
    return run.go(saved, progress)


def _saver(checkpoint: Any, model: Module) -> tuple[Any, Any]:
    if checkpoint is None:
        return None, None
    from .training.resume import Saver

    saver = Saver(checkpoint, model)
    return saver, saver.latest()


def _pair(validation: Any) -> tuple[Any, Any]:
    if isinstance(validation, (tuple, list)) and len(validation) == 2:
        return validation[0], validation[1]
    raise ValueError(
        "validation is a pair (x, y) of arrays, or the share of the data to hold out as a float; "
        f"got {type(validation).__name__}"
    )


def _metrics(given: Any, kind: Truth) -> dict[str, Metric]:
    if given is None:
        return named_metrics(["accuracy"] if kind else [])
    return named_metrics(given)


def _stopping(given: Any, restore_best: bool) -> EarlyStopping:
    if isinstance(given, EarlyStopping):
        return given
    if given is None:
        return EarlyStopping(None, restore_best=restore_best)
    return EarlyStopping(given)


def _optimizer(given: Any, model: Module, lr: float | None) -> optim.Optimizer:
    if isinstance(given, optim.Optimizer):
        if lr is not None:
            raise ValueError("lr= is for an optimizer that fit makes; this one has its own")
        mine = {id(p) for p in model.parameters()}
        if not any(id(p) in mine for group in given.param_groups for p in group["params"]):
            name = type(given).__name__
            raise ValueError(
                f"this {name} trains none of the model's parameters, but another model's: make it "
                f"with {name}(model.parameters())"
            )
        return given
    settings = {} if lr is None else {"lr": lr}
    if isinstance(given, str):
        given = optim.get(given)
    if not callable(given):
        raise TypeError(f"an optimizer is a name, an Optimizer or what makes one, not {given!r}")
    made = given(model.parameters(), **settings)
    if not isinstance(made, optim.Optimizer):
        raise TypeError(f"optimizer= was called and gave {made!r:.80}, which is no Optimizer")
    return made


def _check_watched(
    stopping: EarlyStopping, scheduler: Any, metrics: dict[str, Metric], held: bool
) -> None:
    """Whether what early stopping and the schedule watch is measured, and which way is better."""
    measured = ["loss", *metrics, "lr", "seconds"]
    if held:
        measured[1:1] = [f"val_{name}" for name in ("loss", *metrics)]
    if stopping.monitor is not None and stopping.monitor not in measured:
        raise ValueError(
            f"early stopping watches {stopping.monitor!r}, which is not measured; there will be "
            f"{', '.join(measured)}"
            + ("" if held else "; figures of held-out data need validation=(x, y), or a share")
        )
    if getattr(scheduler, "mode", "min") == "max" and not stopping.wants_more(
        stopping.monitor or "loss"
    ):
        raise ValueError(
            f"{type(scheduler).__name__}(mode='max') would watch the loss, of which less is "
            "better; name a figure that grows with early_stopping=nn.EarlyStopping(None, "
            "monitor='accuracy'), or leave mode='min'"
        )
