"""Training by the batch: epochs, and when to stop, as scikit-learn's MLP has it."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from autograd import Tensor

from .. import optim
from ..callbacks import Callback, Progress, as_callback
from ..module import Module
from ..training.after import Clip, Ending
from ..training.dealing import ends
from .objective import Objective
from .rows import take
from .solvers import LearningRate
from .step import Step

__all__ = ["Data", "Training", "bounds_of", "train"]


@dataclass
class Data:
    """Examples, what is true of them, and the weight of each, if any."""

    x: Any
    y: np.ndarray
    weight: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.y)


@dataclass
class Training:
    """What is trained, by what; kept by an estimator from one partial_fit to the next."""

    network: Module
    weights: list[Tensor]
    objective: Objective
    optimizer: optim.Optimizer
    rate: LearningRate
    step: Step | None = None

    def step_for(self, estimator: Any) -> Step:
        """The step as the estimator's parameters are now."""
        clip = Clip(estimator.clip_norm, estimator.clip_value)
        wanted = {"alpha": float(estimator.alpha), "clip": clip, "capture": estimator.capture}
        if self.step is None or any(getattr(self.step, k) != v for k, v in wanted.items()):
            self.step = Step(self.network, self.weights, self.objective, self.optimizer, **wanted)
        return self.step

    def __getstate__(self) -> dict[str, Any]:
        # Recordings are of this process.
        return {**vars(self), "step": None}


def bounds_of(estimator: Any, n: int) -> list[tuple[int, int]]:
    """Where the batches of ``n`` examples start and stop."""
    size = min(200, n) if estimator.batch_size == "auto" else int(estimator.batch_size)
    if size > n:
        warnings.warn(
            f"batch_size {size} is larger than the {n} examples; a batch is all of them",
            stacklevel=5,
        )
    # The variance of a batch needs two examples.
    return list(pairwise([0, *ends(n, size, 2 if estimator.normalization == "batch" else 1)]))


def train(
    estimator: Any,
    training: Training,
    data: Data,
    bounds: list[tuple[int, int]],
    *,
    epochs: int,
    incremental: bool,
    random: np.random.RandomState,
    score: Callable[[], float] | None,
) -> None:
    """Train for up to ``epochs`` of batches; the figures become the estimator's attributes.

    ``score`` measures the network on held-out data. Where the estimator stops early, it is what
    has to improve, and the best weights are taken at the end; else the loss has to.
    """
    from sklearn.exceptions import ConvergenceWarning

    watchers = [as_callback(given) for given in estimator.callbacks]
    progress = Progress(training.network, training.optimizer, epochs, training.rate.schedule)
    stopping = estimator.early_stopping
    best: dict[str, np.ndarray] | None = None
    run = _Epochs(estimator, training, data, bounds, random, progress, watchers)
    for watcher in watchers:
        watcher.on_start(progress)
    estimator.n_iter_ = 0
    training.network.train()
    try:
        for progress.epoch in range(1, epochs + 1):
            # A loss that runs away is reported below, in words.
            with np.errstate(over="ignore", invalid="ignore"):
                estimator.loss_ = run.epoch()
            if not np.isfinite(estimator.loss_):
                raise ValueError(
                    f"the loss became {estimator.loss_} in epoch {progress.epoch}: the weights "
                    "are no longer finite. Scale the data, for example with StandardScaler, or "
                    "lower learning_rate_init"
                )
            estimator.n_iter_ += 1
            estimator.t_ += len(data)
            estimator.loss_curve_.append(estimator.loss_)
            row = {"loss": estimator.loss_}
            if score is not None:
                row[f"val_{estimator._score_name}"] = score()
            better = _note(estimator, score is not None, row)
            if better and stopping:
                best = training.network.state_dict()
            row["lr"] = training.rate.current()
            progress.history.append(row)
            estimator.history_.append(row)
            if estimator.verbose:
                _print(estimator.n_iter_, row)
            for watcher in watchers:
                watcher.on_epoch_end(progress)
            run.step.stepper.look_again()
            training.rate.after_epoch(estimator.t_, estimator.loss_)
            if estimator._no_improvement_count > estimator.n_iter_no_change:
                if training.rate.ends():
                    break
                estimator._no_improvement_count = 0
            if progress.stop or incremental:
                break
        else:
            warnings.warn(
                f"{epochs} epochs (max_iter) are over and the training has not converged: the "
                f"{'score' if stopping else 'loss'} still improves by more than tol",
                ConvergenceWarning,
                stacklevel=5,
            )
    except KeyboardInterrupt:
        warnings.warn("training interrupted; the weights so far are kept", stacklevel=5)
    finally:
        training.network.eval()
        training.network.zero_grad()
        progress.history.captured = estimator.history_.captured = run.step.stepper.told
    if best is not None:
        training.network.load_state_dict(best)
    for watcher in watchers:
        watcher.on_end(progress)


def _note(estimator: Any, scored: bool, row: dict[str, float]) -> bool:
    """Keep the best figures; tell whether the one that counts is the best so far."""
    score = row.get(f"val_{estimator._score_name}", np.nan)
    if scored:
        estimator.validation_scores_.append(score)
    if estimator.early_stopping:
        stuck = score < estimator.best_validation_score_ + estimator.tol
    else:
        stuck = estimator.loss_ > estimator.best_loss_ - estimator.tol
        estimator.best_loss_ = min(estimator.loss_, estimator.best_loss_)
    estimator._no_improvement_count = estimator._no_improvement_count + 1 if stuck else 0
    better = scored and score > estimator.best_validation_score_
    if better:
        estimator.best_validation_score_ = score
    return better


def _print(epoch: int, row: dict[str, float]) -> None:
    figures = [f"{name} = {figure:.8f}" for name, figure in row.items() if name != "lr"]
    print(f"Iteration {epoch}, {', '.join(figures)}")


class _Epochs:
    """One epoch after another over the same data."""

    def __init__(
        self,
        estimator: Any,
        training: Training,
        data: Data,
        bounds: list[tuple[int, int]],
        random: np.random.RandomState,
        progress: Progress,
        watchers: list[Callback],
    ) -> None:
        self.data, self.bounds, self.random, self.progress = data, bounds, random, progress
        self.step = training.step_for(estimator)
        sizes = Counter(stop - start for start, stop in bounds)
        self.step.expects(Counter({n: k * progress.epochs for n, k in sizes.items()}))
        self.after_step = Ending(watchers, training.rate.after_step, self.step.stepper.look_again)
        self.order = np.arange(len(data)) if estimator.shuffle else None

    def epoch(self) -> float:
        """Go through the data once; the mean loss, with the penalty, as steps met it."""
        data, order = self.data, self.order
        if order is not None:
            self.random.shuffle(order)
        total = 0.0
        for start, stop in self.bounds:
            rows: Any = slice(start, stop) if order is None else order[start:stop]
            weight = None if data.weight is None else data.weight[rows]
            if weight is None or weight.any():
                loss = self.step(take(data.x, rows), data.y[rows], weight)
                self.after_step(self.progress, loss)
                total += loss * (stop - start)
        return total / len(data)
