"""A program laid out in fixed buffers, to be run again and again as a flat list of NumPy calls."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from time import perf_counter
from typing import Any

import numpy as np

from ...errors import CaptureError
from ..lowering import Assume, Repair, lower, replaced
from ..passes import PASSES, optimise
from ..passes.fuse import Fused
from ..program import Array, Program, Step
from .buffers import Buffers
from .emit import Instruction, assign, emit, emit_fused
from .layout import Layout
from .segment import Otherwise, Segment, Slow

__all__ = ["ALL_PASSES", "Plan"]

ALL_PASSES = (*PASSES, "in place")
# How often a step may go another way than when it was recorded before it is run as it is.
_PATIENCE = 3


class Plan:
    """How a recorded program is replayed.

    Parameters
    ----------
    program : Program
        As it was recorded.
    passes : iterable of str
        Names of the optimiser passes to use; all of them by default.

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

    def __init__(self, program: Program, passes: Iterable[str] | None = None) -> None:
        self.recorded = program
        self.passes = ALL_PASSES if passes is None else tuple(passes)
        self._lock = threading.Lock()
        self._opaque: set[Step] = set()
        self._misses: dict[Any, int] = {}
        self._make()

    def _make(self) -> None:
        self._again = False
        program = lower(self.recorded, self._opaque)
        self.stages = [("recorded", self.recorded), ("lowered", program)]
        self.stages += optimise(program, self.passes)
        self.program = program = self.stages[-1][1]
        self.buffers = Buffers(program, Layout(program, "in place" in self.passes))
        self._effects = [step for step in self.recorded.steps if step.kind == "effect"]
        self._code: list[list[Segment] | None] = [None, None]
        self._bound: list[dict[Array, np.ndarray]] = [{}, {}]

    @property
    def steps(self) -> list[Step]:
        """What is run, in order."""
        return self.program.steps

    @property
    def bytes(self) -> int:
        """Bytes of all buffers."""
        return self.buffers.bytes

    # Binding -------------------------------------------------------------------------------------

    def _bind(self, k: int) -> list[Segment]:
        """The calls with their arrays, for set ``k`` of what the outside may keep."""
        self.buffers.start_set(k)
        bound: dict[Array, np.ndarray] = {}

        def real(x: Any) -> Any:
            if not isinstance(x, Array):
                return x
            if x not in bound:
                bound[x] = self.buffers.base(x, k)
            return bound[x]

        segments = [Segment()]
        for step in self.program.steps:
            if step.kind == "view":
                made = step.function(
                    *replaced(step.operands, real), **replaced(step.keywords, real)
                )
                made = made if step.several else (made,)
                bound.update(zip(step.results, made, strict=True))  # type: ignore[arg-type]
            elif step.kind == "effect":
                for x in (*step.operands, *step.results):
                    replaced(x, real)
                segments += [Segment(effect=step), Segment()]
            elif isinstance(step.function, Repair):
                replaced(step.operands, real)
                segments[-1].repair = step
            elif isinstance(step.function, Assume):
                segments[-1].add(step, [(_look, (step.function, real(step.operands[0])), {})])
            elif isinstance(step.function, Fused):
                segments[-1].add(step, emit_fused(step, real))
            else:
                args = tuple(replaced(x, real) for x in step.operands)
                keywords = {
                    n: x if n == "kept" else replaced(x, real) for n, x in step.keywords.items()
                }
                given = step.arrays
                outs = [
                    None if x is None or x in given or x.kind != "made" else real(x)
                    for x in step.results
                ]
                segments[-1].add(step, emit(step, args, keywords, outs))
        for x in self.program.outputs:
            real(x)
        self._bound[k] = bound
        return segments

    def _segments(self, k: int) -> list[Segment]:
        found = self._code[k]
        if found is None:
            found = self._code[k] = self._bind(k)
            # Only now is nothing left of what binding itself referred to.
            self.buffers.count_set(k)
        return found

    def _choose(self) -> int:
        """A set of arrays that nobody outside holds."""
        kept = []
        for k in (0, 1):
            found = self.buffers.kept(k)
            if not found:
                return k
            kept.append(found)
        self.buffers.copied |= kept[0] & kept[1] or kept[0] | kept[1]
        self._unbind()
        return 0

    def _unbind(self) -> None:
        self._code, self._bound = [None, None], [{}, {}]
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
        with self._lock:
            self._take(inputs)
            if self._again:
                self._make()
                self._take(inputs)
            if not self.buffers.follow():
                self._unbind()
            k = self._choose()
            segments = self._segments(k)
            return self._run(segments, k)

    def _take(self, inputs: Sequence[np.ndarray]) -> None:
        buffers = self.buffers.inputs
        if len(inputs) != len(buffers):
            raise CaptureError(f"the plan takes {len(buffers)} arrays, got {len(inputs)}")
        for n, (x, buffer) in enumerate(zip(inputs, buffers, strict=True)):
            if x.shape != buffer.shape or x.dtype != buffer.dtype:
                raise CaptureError(
                    f"input {n} was recorded with shape {buffer.shape} and dtype {buffer.dtype}, "
                    f"got {x.shape} and {x.dtype}: another signature needs a plan of its own"
                )
        for x, buffer in zip(inputs, buffers, strict=True):
            np.copyto(buffer, x)

    def _run(self, segments: list[Segment], k: int) -> list[np.ndarray]:
        slow: Slow | None = None
        effects = iter(self._effects)
        after = False
        for place, segment in enumerate(segments):
            if segment.effect is not None:
                self._effect(segment.effect, next(effects), k, slow)
                after = True
                continue
            if after and slow is None and segment.blocks and not self.buffers.follow():
                # A tensor got a new array: the rest of this call looks each one up.
                self._code = [None, None]
                slow = self._start_slow()
            after = False
            if slow is None:
                if self._well(segment, place):
                    continue
                slow = self._start_slow()
            if segment.repair is not None:
                repair: Repair = segment.repair.function  # type: ignore[assignment]
                slow.enter(repair.needs, segment.repair.operands, self._bound[k].__getitem__)
                slow.run(repair)
        return self._outputs(k, slow)

    def _well(self, segment: Segment, place: int) -> bool:
        """Make a segment's calls; whether they did what the recorded steps would do."""
        if self._misses.get(place, 0) > _PATIENCE:
            return False
        try:
            if segment.run() or segment.repair is None:
                return True
            self._misses[place] = self._misses.get(place, 0) + 1
        except Otherwise as other:
            count = self._misses[other.origin] = self._misses.get(other.origin, 0) + 1
            if count > _PATIENCE:
                self._opaque.add(other.origin)
                self._again = True
        except Exception:
            # The recorded steps raise it in their own words, or know what to do.
            if segment.repair is None:
                raise
        return False

    def _start_slow(self) -> Slow:
        inputs = zip(self.recorded.inputs, self.buffers.inputs, strict=True)
        return Slow(self.recorded, dict(inputs))

    def _effect(self, step: Step, recorded: Step, k: int, slow: Slow | None) -> None:
        if slow is not None:
            slow.enter(recorded.operands, step.operands, self._bound[k].__getitem__)
            operands = [
                replaced(x, lambda y: self._copy_input(y, slow.value(y))) for x in recorded.operands
            ]
            result = step.function(*operands, **step.keywords)
            if result is not None and recorded.results:
                slow.enter_result(recorded.results[0], result)  # type: ignore[arg-type]
            return
        bound, copied = self._bound[k], self.buffers.copied
        result = step.function(
            *[
                # The common case first: an array that nobody else holds.
                bound[x]
                if type(x) is Array and x in self.buffers.layout.outside and x not in copied
                else replaced(x, lambda y: self._handed(y, k))
                for x in step.operands
            ],
            **step.keywords,
        )
        if result is not None:
            given = step.arrays
            outs = [None if x is None or x in given else self._bound[k][x] for x in step.results]
            assign(step, outs, lambda: result, (), {})

    def _copy_input(self, x: Any, real: Any) -> Any:
        return real.copy("K") if isinstance(x, Array) and x.kind == "input" else real

    def _handed(self, x: Any, k: int) -> Any:
        """An array for the outside to keep."""
        if not isinstance(x, Array):
            return x
        real = self._bound[k][x]
        root = self.buffers.layout.root.get(x, x)
        if root.kind == "held":
            return x.holder._data if root is x else real
        if root.kind != "made":
            return real.copy("K") if root.kind == "input" else real
        if root in self.buffers.copied:
            return real.copy("K")
        return real if root is x else real[...]

    def _outputs(self, k: int, slow: Slow | None) -> list[np.ndarray]:
        outputs = []
        for x, recorded in zip(self.program.outputs, self.recorded.outputs, strict=True):
            if slow is not None:
                slow.enter(recorded, x, self._bound[k].__getitem__)
                outputs.append(slow.value(recorded).copy("K"))
            elif self.buffers.layout.root.get(x, x).kind == "made":
                outputs.append(self._handed(x, k))
            else:
                outputs.append(self._bound[k][x].copy("K"))
        return outputs

    # Looking -------------------------------------------------------------------------------------

    def table(self) -> str:
        """The steps with shapes, dtypes, buffers, bytes, lines and notes, after each pass."""
        from ..table import table

        return table(self)

    def profile(self, inputs: Sequence[np.ndarray], n: int = 100) -> str:
        """The steps with the time that each takes, the least of ``n`` calls."""
        from ..table import profile

        return profile(self, inputs, n)

    def timed(self, inputs: Sequence[np.ndarray], n: int) -> list[tuple[str, float]]:
        """The name of each call and the least time that it took in ``n`` runs.

        Effects are left out: they change things.
        """
        with self._lock:
            self._take(inputs)
            k = self._choose()
            segments = self._segments(k)
            code = [one for segment in segments for block in segment.blocks for one in block[2]]
            least = [float("inf")] * len(code)
            with np.errstate(all="ignore"):
                for _ in range(n):
                    for i, (f, args, keywords) in enumerate(code):
                        start = perf_counter()
                        f(*args, **keywords)
                        least[i] = min(least[i], perf_counter() - start)
        return [(_called(one), t) for one, t in zip(code, least, strict=True)]


def _called(one: Instruction) -> str:
    f, args, _ = one
    if f is assign:
        return f"{args[0].name} (as it is)" if args[0].kind in ("op", "rule") else args[0].name
    owner = getattr(f, "__self__", None)
    name = getattr(f, "__name__", type(f).__name__)
    shape = next((x.shape for x in args if isinstance(x, np.ndarray)), ())
    return f"{f'{owner.__name__}.' if isinstance(owner, np.ufunc) else ''}{name} {shape}"


def _look(assume: Assume, x: np.ndarray) -> None:
    if bool(x) is not assume.expected:
        raise Otherwise(assume.origin)
