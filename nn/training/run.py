"""The training loop itself."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.extend import effect

from .. import optim
from ..arrays import plain
from ..callbacks import Callback, Progress
from ..evaluating import in_training
from ..history import History
from ..metrics import Metric
from ..module import Module
from ..predicting import measure
from ..stopping import EarlyStopping
from .after import Clip, Ending
from .dealing import Dealer
from .interrupt import at_step_ends
from .ownership import foreign, settings
from .progress import Bar, bar
from .stepping import Stepper
from .tally import Tally
from .truth import Truth
from .weighting import each, total, weighted

__all__ = ["Run", "wants_closure"]


class Run:
    """A training run: all that ``fit`` was given, in its final form, and where it is."""

    def __init__(
        self,
        *,
        model: Module,
        loss: Callable[[Any, Any], Any],
        kind: Truth,
        dealer: Dealer,
        held: tuple[np.ndarray, np.ndarray] | None,
        metrics: dict[str, Metric],
        clip: Clip,
        callbacks: list[Callback],
        stopping: EarlyStopping,
        state: Progress,
        saver: Any,
        start: Any,
        capture: bool | str,
    ) -> None:
        self.model = model
        self.loss = loss
        self.loss_of_each = loss if dealer.weights is None else each(loss)
        self.kind = kind
        self.dealer = dealer
        self.held = held
        self.metrics = metrics
        self.clip = clip
        self.callbacks = callbacks
        self.stopping = stopping
        self.state = state
        # As they are before the first step: what a resumed run has to begin with, too.
        self.optimizer_at_start = repr(state.optimizer)
        self.schedule_at_start = "none" if state.scheduler is None else repr(state.scheduler)
        trained = {id(p) for group in state.optimizer.param_groups for p in group["params"]}
        self.idle = [p for p in model.parameters() if id(p) not in trained]
        self.saver = saver
        self.start = start  # of the random numbers, as a resumed run needs it
        self.tally = Tally(kind if "accuracy" in metrics else Truth(""), bool(self._gathered()))
        self.order: Any = None  # the random state that the present epoch's order was drawn from
        scheduler = state.scheduler
        by_step = getattr(scheduler, "every", "") == "step"
        self.epoch_schedule = scheduler is not None and not by_step
        self.seen: tuple[Any, ...] = ()  # the last step's loss and outputs
        self.capture = capture
        self.stepper: Stepper
        self.after_step = Ending(callbacks, scheduler.step if by_step else None, self._changed)

    def _stepper(self) -> Stepper:
        """What makes the steps from here on."""
        state, dealer = self.state, self.dealer
        left = max(state.epochs - len(state.history), 0)
        stepper = Stepper(
            self._train,
            model=self.model,
            found=lambda: (state.optimizer, *settings(self.loss_of_each)),
            capture=self.capture,
            foreign=foreign(self.model, self.loss, state.optimizer),
        )
        stepper.expects(Counter({n: count * left for n, count in dealer.sizes.items()}))
        return stepper

    def _changed(self) -> None:
        self.stepper.look_again()

    def _gathered(self) -> dict[str, Metric]:
        """The metrics that need all outputs; the accuracy of classes is counted on the way."""
        return {n: m for n, m in self.metrics.items() if not (n == "accuracy" and self.kind)}

    def go(self, saved: Any, progress: bool | str) -> History:
        """Train; returns the history."""
        state = self.state
        began, amid_step = time.perf_counter(), False
        with in_training(self.model), self._closing():
            for callback in self.callbacks:
                callback.on_start(state)
            resumed = saved is not None and saved.restore(self)
            self.stepper = self._stepper()
            state.history.examples = n = len(self.dealer.inputs)
            done = len(state.history) * n + self.dealer.position
            began = time.perf_counter() - state.history.seconds
            # A loss that runs away is reported in words.
            with (
                bar(progress, state.epochs * n, done) as shown,
                np.errstate(over="ignore", invalid="ignore"),
                at_step_ends() as interrupt,
            ):
                try:
                    for epoch in range(len(state.history) + 1, state.epochs + 1):
                        if state.stop:
                            break
                        state.epoch = epoch
                        if not resumed:
                            self._begin()
                        resumed = False
                        if not self._epoch(shown, interrupt, began):
                            break
                except KeyboardInterrupt:
                    interrupt.pressed = amid_step = True
                if interrupt:
                    self._interrupted(shown)
                elif state.stop:
                    state.history.stopped = (
                        state.stop if isinstance(state.stop, str) else "a callback stopped it"
                    )
                state.history.seconds = time.perf_counter() - began
                state.history.captured = self._told()
                if self.saver is not None and not amid_step:
                    self.saver.save(self)
        for callback in self.callbacks:
            callback.on_end(state)
        if state.history.stopped.startswith("interrupted"):
            self.stopping.restore()
        return state.history

    @contextmanager
    def _closing(self) -> Iterator[None]:
        try:
            yield
        finally:
            for callback in self.callbacks:
                callback.close()

    def _begin(self) -> None:
        if self.saver is not None:
            self.order = self.saver.remember(self.dealer.rng)
        self.dealer.begin()
        self.tally.clear()

    def _epoch(self, shown: Bar, interrupt: Any, began: float) -> bool:
        """One epoch, or what is left of it; whether it came to its end."""
        state, tally, saver = self.state, self.tally, self.saver
        epoch_began = time.perf_counter() - tally.seconds
        step = self._step_of_closure if wants_closure(state.optimizer) else self._step
        for xb, yb, wb in self.dealer.batches():
            value = step(xb, yb, wb)
            self.after_step(state, value)
            shown.step(len(yb), value)
            if saver is not None and saver.due(state.step):
                now = time.perf_counter()
                tally.seconds, state.history.seconds = now - epoch_began, now - began
                saver.save(self)
            if interrupt:
                tally.seconds = time.perf_counter() - epoch_began
                return False
        row = tally.figures(self._gathered())
        row = {name: row[name] for name in ("loss", *self.metrics)}
        if self.held is not None:
            wanted = self.kind if "accuracy" in self.metrics else Truth("")
            held = measure(self.model, *self.held, self.loss, wanted, self._gathered())
            row.update({f"val_{name}": held[name] for name in ("loss", *self.metrics)})
        row["lr"] = float(state.optimizer.param_groups[0]["lr"])
        row["seconds"] = time.perf_counter() - epoch_began
        state.history.append(row)
        for callback in self.callbacks:
            callback.on_epoch_end(state)
        self._changed()
        if self.epoch_schedule:
            state.scheduler.step(row[self._watched(row)])
        shown.epoch(state.epoch, state.epochs, row)
        return True

    def _watched(self, row: dict[str, float]) -> str:
        """The figure for a schedule that watches one: the monitored one, or else the loss.

        A schedule that takes less for better has nothing to learn from an accuracy.
        """
        monitor = self.state.history.monitor
        if self.stopping.wants_more(monitor) == (
            getattr(self.state.scheduler, "mode", "") == "max"
        ):
            return monitor
        return "val_loss" if "val_loss" in row else "loss"

    def _forget(self) -> None:
        """No gradients: those that the optimizer does not know would add up from step to step."""
        self.state.optimizer.zero_grad()
        for parameter in self.idle:
            parameter.zero_grad()

    def _train(self, xb: Any, yb: Any, *weights: Any) -> None:
        """A step, which may be captured: all that it tells goes into ``seen``."""
        optimizer = self.state.optimizer
        self._backward(xb, yb, *weights)
        self.clip(optimizer)
        optimizer.step()

    def _backward(self, xb: Any, yb: Any, *weights: Any) -> None:
        self._forget()
        out = self.model(xb)
        cost = weighted(self.loss_of_each, out, yb, *weights) if weights else self.loss(out, yb)
        effect(self._see, cost, *([out] if self.tally.looks else []))
        cost.backward(retain_graph=False)

    def _see(self, cost: Any, out: Any = None) -> None:
        value = plain(cost).item()
        if not math.isfinite(value):
            raise FloatingPointError(
                f"the loss became {value} in epoch {self.state.epoch}, step {self.state.step + 1}: "
                "lower the learning rate, clip the gradients (clip_norm=1.0), scale the data, or "
                "find the op with autograd.detect_anomaly(). The weights are those of the step "
                "before"
            )
        self.seen = value, out

    def _step(self, xb: np.ndarray, yb: np.ndarray, wb: np.ndarray | None) -> float:
        if wb is None:
            self.stepper(xb, yb)
        else:
            self.stepper(xb, yb, wb, total(wb))
        value, out = self.seen
        self.tally.add(value, out, yb, wb)
        return value

    def _step_of_closure(self, xb: np.ndarray, yb: np.ndarray, wb: np.ndarray | None) -> float:
        """A step of an optimizer that looks at the loss several times."""
        batch = (Tensor(xb), yb) if wb is None else (Tensor(xb), yb, wb, total(wb))
        first: list[tuple[Any, ...]] = []

        def closure() -> float:
            self._backward(*batch)
            first.append(self.seen)
            return self.seen[0]

        self.state.optimizer.step(closure)
        value, out = first[0]
        self.tally.add(value, out, yb, wb)
        return value

    def _told(self) -> str:
        if wants_closure(self.state.optimizer):
            return f"no: {type(self.state.optimizer).__name__} computes the loss as it likes"
        return self.stepper.told

    def _interrupted(self, shown: Bar) -> None:
        history = self.state.history
        history.stopped = f"interrupted in epoch {self.state.epoch}"
        if history.best_epoch:
            history.stopped += (
                f"; the weights are those of epoch {history.best_epoch}, the best by "
                f"{history.monitor}"
            )
        shown.say(history.stopped)


def wants_closure(optimizer: Any) -> bool:
    """Whether the optimizer computes the loss itself, as often as it likes."""
    return isinstance(optimizer, optim.LBFGS) or getattr(optimizer, "needs_closure", False)
