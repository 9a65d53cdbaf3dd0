"""A training step that is run as it is, or captured: recorded, and replayed from then on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor, no_grad
from autograd.extend import effect

from ..module import Module
from ..seed import generator

__all__ = ["WORTH", "Stepper", "check_capture"]

WORTH = 150
"""How many steps of one size there have to be for a recording to pay: measured, 60 to 300."""
TRIES = 24
"""How many steps may run as Python before one asks if that is the rule."""


class _Refused(Exception):
    """A step that is being recorded turns out to be one that cannot be."""


class Stepper:
    """Makes training steps, captured ones where that is possible and pays.

    A captured step does what the step does, to the bit. Whatever stands in the way of it, the step
    is run as it is, and ``told`` says why.

    Parameters
    ----------
    step : callable
        Takes a batch: inputs as a tensor, and what else there is as arrays (captured, as tensors).
        It returns nothing; what the outside wants to know of it, it hands out by effects.
    model : Module
        What the step trains.
    found : callable
        Gives the objects that the step finds beside the model: a recording is of these very ones.
    capture : bool or "auto"
        Whether to capture; "auto" if it pays and all that the step runs is the library's own.
    foreign : str
        What is not the library's own, in words.
    """

    def __init__(
        self,
        step: Callable[..., None],
        *,
        model: Module,
        found: Callable[[], tuple[Any, ...]],
        capture: bool | str,
        foreign: str,
    ) -> None:
        self._step = step
        self._model = model
        self._found = found
        self._least = WORTH if capture == "auto" else 0
        # Steps made or to be made, by number of examples.
        self._steps: Counter[int] = Counter()
        self._unforeseen: Counter[int] = Counter()
        self._captured: Any = None
        self._parts: tuple[Any, ...] = ()
        self._calls = self._runs = 0
        self._may_differ = True
        self._is_watched = self._was_watched = False
        self._before: Any = None
        self._done = False
        self._reason = ""
        if not capture:
            self._reason = "capture=False"
        elif capture == "auto" and foreign:
            self._reason = (
                f"{foreign} is not the library's own, and what it does may depend on more than a "
                "recording keeps; capture=True says that it does not"
            )
        self._on = not self._reason

    @property
    def told(self) -> str:
        """Whether the steps were captured, in a line."""
        if self._on:
            if self._calls:
                return "yes"
            if self._was_watched:
                return "no: forward hooks looked into the steps"
            return (
                f"no: a recording pays from {WORTH} steps with batches of one size on; "
                "capture=True makes one all the same"
            )
        if self._calls:
            return f"the first {self._calls} steps, until {self._reason}"
        return f"no: {self._reason}"

    def expects(self, steps: Counter[int]) -> None:
        """Tell how many steps of each number of examples are to come."""
        self._steps |= steps

    def __call__(self, *batch: Any) -> None:
        """Make a step with arrays."""
        if self._may_differ and self._on:
            self._look()
        if not self._on or self._is_watched or not self._pays(len(batch[0])):
            self._as_it_is(batch)
            return
        self._before, self._done = None, False
        try:
            self._captured(*batch)
        except Exception as error:
            # What comes after a recorded step is about the recording, whatever it is. What comes
            # amid a replay is not: how far the step has come nobody knows.
            refused = isinstance(error, (ag.errors.CaptureError, _Refused))
            if not self._done and (self._before is None or not refused):
                raise
            self._stop(f"the step could not be recorded ({_first_line(error)})")
            if not self._done:
                self._go_back()
                self._as_it_is(batch)
        else:
            self._calls += 1
            if self._runs > TRIES and self._runs > self._calls / 2:
                self._stop("what the recordings rely on had changed at nearly every step")
        finally:
            self._before = None

    def look_again(self) -> None:
        """Tell that other code ran, which may have changed what recordings rely on."""
        self._may_differ = True
        ag.scope.changed()

    def _as_it_is(self, batch: tuple[Any, ...]) -> None:
        self._step(Tensor(batch[0]), *batch[1:])

    def _recorded(self, *batch: Any) -> None:
        """What is captured: in Python it runs while it is recorded."""
        if self._before is not None:
            raise _Refused("it computes with values as well as with tensors")
        self._runs += 1
        self._before = ()
        effect(self._remember)
        self._step(*batch)
        self._done = True

    def _remember(self) -> None:
        """Keep what a step changes before it moves the weights; not in a replay."""
        if self._before is None:
            return
        from ..checkpoint import capture_random

        buffers = [t for _, t in self._model.named_state() if not t.requires_grad]
        self._before = capture_random(self._model), [(t, t.numpy()) for t in buffers]

    def _look(self) -> None:
        """Whether anybody watches the ops; and record anew where the step finds other objects."""
        self._may_differ = False
        hooks = (getattr(module, "_forward_hooks", None) for module in self._model.modules())
        self._is_watched = any(hooks)
        self._was_watched |= self._is_watched
        parts = (*self._found(), generator())
        before = self._parts
        if len(parts) == len(before) and all(a is b for a, b in zip(parts, before)):
            return
        self._parts = parts

        # Functions have a name, by which errors call them.
        def training_step(*batch: Any) -> None:
            self._recorded(*batch)

        self._captured = ag.capture(training_step)

    def _pays(self, examples: int) -> bool:
        steps = self._steps[examples]
        if steps < self._least:
            # Of those that nobody told of, there may be as many to come as there have been.
            self._unforeseen[examples] += 1
            self._steps[examples] = max(steps, self._unforeseen[examples])
            return False
        return True

    def _stop(self, why: str) -> None:
        self._on, self._reason, self._captured = False, why, None

    def _go_back(self) -> None:
        """As it was before the step that could not be recorded."""
        from ..checkpoint import restore_random

        random, buffers = self._before
        restore_random(self._model, random)
        with no_grad():
            for tensor, kept in buffers:
                tensor[...] = kept


def check_capture(capture: Any) -> None:
    """Refuse what ``capture`` cannot be."""
    if not isinstance(capture, (bool, np.bool_)) and capture != "auto":
        raise ValueError(f'capture is True, False or "auto", not {capture!r}')


def _first_line(error: BaseException) -> str:
    text = str(error).partition("\n")[0]
    return text if len(text) <= 200 else f"{text[:197]}..."
