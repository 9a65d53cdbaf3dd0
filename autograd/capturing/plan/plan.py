"""``Plan``: how a recorded program is replayed."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

import numpy as np

from ...errors import CaptureError
from ..lowering import lower
from ..passes import PASSES, optimise
from ..program import Program, Step
from ..showing import Shown
from .binding import Bound
from .buffers import Buffers
from .hollow import forget
from .layout import Layout
from .remade import with_whole
from .running import Missed, leading, run
from .timing import timed

__all__ = ["ALL_PASSES", "Plan"]

ALL_PASSES = (*PASSES, "in place")


class Plan(Shown):
    """How a recorded program is replayed.

    Parameters
    ----------
    program : Program
        As it was recorded.
    passes : iterable of str
        Names of the optimiser passes to use; all of them by default.
    spend : bool
        Whether the recorded numbers may be given up on the way.

    Attributes
    ----------
    steps : list of Step
        What is run.
    bytes : int
        Memory for everything that is made.
    stages : list of (str, Program)
        The program as recorded, lowered, and after each pass.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.capturing.plan import Plan
    >>> from autograd.capturing.program import Array, Program, Step
    >>> x, y = Array(np.ones(3), "input", 0), Array(np.full(3, 2.0))
    >>> plan = Plan(Program([Step("op", "double", lambda x: 2 * x, (x,), {}, (y,))], [x], [y]))
    >>> plan.run([np.arange(3.0)])
    [array([0., 2., 4.])]
    """

    def __init__(
        self, program: Program, passes: Iterable[str] | None = None, *, spend: bool = False
    ) -> None:
        self.recorded = program
        self.passes = ALL_PASSES if passes is None else tuple(passes)
        self._lock = threading.Lock()
        self._missed = Missed()
        self._lay(lower(program, spend=spend), self.passes)

    def _lay(self, program: Program, passes: Iterable[str]) -> None:
        """Optimise a lowered program and find places for its arrays."""
        self._missed.again = False
        self.stages = [("recorded", self.recorded), ("lowered", program)]
        self.stages += optimise(program, passes)
        self.program = program = self.stages[-1][1]
        self.buffers = Buffers(program, Layout(program, "in place" in self.passes))
        self._leading = leading(program)
        self._bound: list[Bound | None] = [None, None]

    def _lay_again(self) -> None:
        """Leave as they were recorded the steps that keep going another way."""
        lowered = with_whole(self.recorded, self.stages[1][1], self._missed.whole)
        # What was folded is a constant since; the numbers to fold more are gone.
        self._lay(lowered, [name for name in self.passes if name != "folding"])
        self.release()

    def release(self) -> None:
        """Give back the memory of what was recorded: only shapes, dtypes and strides are left."""
        forget(*(program for _, program in self.stages))

    @property
    def steps(self) -> list[Step]:
        """What is run, in order."""
        return self.program.steps

    @property
    def bytes(self) -> int:
        """Bytes of all buffers."""
        return self.buffers.bytes

    # Binding -------------------------------------------------------------------------------------

    def _free(self) -> Bound:
        """The calls on a set of arrays that nobody outside holds, and on the tensors' arrays."""
        buffers = self.buffers
        if not buffers.follow():
            self._unbind()
        for k in (0, 1):
            if buffers.free(k):
                found = self._bound[k]
                return self._bind(k) if found is None else found
        kept = [buffers.kept(k) for k in (0, 1)]
        buffers.copied |= kept[0] & kept[1] or kept[0] | kept[1]
        self._unbind()
        return self._bind(0)

    def _bind(self, k: int) -> Bound:
        found = self._bound[k] = Bound(self.program, self.recorded, self.buffers, k)
        # Only now is nothing left of what binding itself referred to.
        self.buffers.count_set(k)
        return found

    def _unbind(self) -> None:
        self._bound = [None, None]
        self.buffers.forget_sets()

    # Running -------------------------------------------------------------------------------------

    def run(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Replay with new inputs.

        Parameters
        ----------
        inputs : sequence of numpy.ndarray
            Of the shapes and dtypes of the recorded ones; they are copied.

        Returns
        -------
        list of numpy.ndarray
            The outputs, for the caller to keep.
        """
        buffers = self.buffers.inputs
        if len(inputs) != len(buffers):
            raise CaptureError(f"the plan takes {len(buffers)} arrays, got {len(inputs)}")
        for n, (x, buffer) in enumerate(zip(inputs, buffers)):
            if x.shape != buffer.shape or x.dtype != buffer.dtype:
                raise CaptureError(
                    f"input {n} was recorded with shape {buffer.shape} and dtype {buffer.dtype}, "
                    f"got {x.shape} and {x.dtype}: another signature needs a plan of its own"
                )
        return self.replay(inputs)

    def replay(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """:meth:`run` with inputs that are known to fit."""
        with self._lock:
            if self._missed.again:
                self._lay_again()
            for buffer, x in zip(self.buffers.inputs, inputs):
                buffer[...] = x
            # What they forget, as the last call's gradients, leaves its arrays free for this one.
            for effect in self._leading:
                effect.function(*effect.operands)
            bound = self._free()
            led = len(self._leading)
            return run(bound, led, self.recorded, self.buffers, self._missed, self._unbind)

    def timed(self, inputs: Sequence[np.ndarray], n: int) -> list[tuple[Step, str, float]]:
        """The step of each call, its name, and the least time that it took in ``n`` runs.

        Effects are left out: they change things.
        """
        with self._lock:
            for buffer, x in zip(self.buffers.inputs, inputs, strict=True):
                buffer[...] = x
            return timed(self._free(), n)
