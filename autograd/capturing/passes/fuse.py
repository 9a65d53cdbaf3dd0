"""Elementwise calls on large arrays, run block by block so that what they hand on stays in cache.

A group takes in calls across other steps: what does not depend on it goes before it, and what does
is put off until after it, as long as nothing later in the group needs that. So forward and backward
of a chain are one group, and most of what lies between them is never in memory as a whole. Sums
over all are taken along, in parts that add up to the same bits.

Only for large arrays: for small ones the calls cost more than the memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..lowering import Assume, Call
from ..program import Array, Program, Step
from .elementwise import grid_of, is_look, joins, reduces
from .grid import Grid
from .memory import read, roots

__all__ = ["LARGE", "Fused", "run"]

LARGE = 1 << 17
"""Bytes from which an array is worth splitting, its numbers taken as the longest of the group."""
_WIDEST = np.dtype(np.clongdouble).itemsize


class Fused:
    """A group of elementwise calls, as a function of the arrays that it reads.

    Called, it runs them one after another; a plan runs them block by block.
    """

    __name__ = "fused"

    def __init__(
        self,
        steps: Sequence[Call],
        grid: Grid,
        operands: Sequence[Array],
        results: Sequence[Array],
        axes: list[list[int]],
    ) -> None:
        self.steps = steps
        self.grid = grid
        self.operands = operands
        self.results = results
        self.axes = axes

    def __call__(self, *arrays: np.ndarray) -> tuple:
        known: dict[Any, Any] = dict(zip(self.operands, arrays, strict=True))
        for step in self.steps:
            real = [known.get(x, x) if isinstance(x, Array) else x for x in step.operands]
            known[step.results[0]] = step.function(*real, **step.keywords)
        return tuple(known[x] for x in self.results)


def run(program: Program, large: int = LARGE) -> Program:
    """The program with elementwise calls over arrays of ``large`` bytes and more in groups."""
    # Most programs have nothing as large, and no need of a closer look.
    made = (x for step in program.steps for x in step.results if x is not None)
    if not any(x.sample.size * _WIDEST >= large for x in made):
        return program
    groups = _Groups(program, large)
    for step in program.steps:
        groups.take(step)
    groups.close()
    return Program(groups.steps, program.inputs, program.outputs)


class _Groups:
    """The group that is open, and the steps put off until it is closed."""

    def __init__(self, program: Program, large: int) -> None:
        self.steps: list[Step] = []
        self._large = large
        self._root = roots(program)
        self._compared = _compared(program)
        self._readers: dict[Array, int] = {}
        # Who writes to an array needs it as well. No group goes past a write.
        users = (x for s in program.steps for x in {*read(s), *s.writes})
        for x in (*users, *program.outputs):
            self._readers[x] = self._readers.get(x, 0) + 1
        self._start()

    def _start(self) -> None:
        self._group: list[Call] = []
        self._grid: Grid | None = None
        self._made: set[Array] = set()
        self._later: list[Step] = []
        self._awaited: set[Array] = set()
        # Whether opaque steps are put off (what they share may not be seen here), and checks.
        self._opaque = self._assumed = False

    def take(self, step: Step) -> None:
        """Enter the next step of the program: in the group, before it or after it."""
        if self._join(step):
            return
        if step.kind == "effect" or step.writes or (step.kind == "check" and not _assumes(step)):
            self.close()
            self.steps.append(step)
            return
        opaque = step.kind in ("op", "rule")
        late = any(x in self._made or x in self._awaited for x in read(step))
        if late or (opaque and self._opaque):
            self._put_off(step)
            self._opaque |= opaque
        else:
            self.steps.append(step)

    def _put_off(self, step: Step) -> None:
        self._later.append(step)
        self._awaited.update(x for x in step.results if x is not None)
        self._assumed |= _assumes(step)

    def _join(self, step: Step) -> bool:
        """Take a step into the group, if it can be: into a new one where it has to be."""
        if self._group and is_look(step) and step.operands[0] in self._made:
            self._add(step)
            return True
        if self._group and step.operands and step.operands[0] in self._made and self._sums(step):
            self._group.append(step)  # type: ignore[arg-type]
            self._awaited.update(step.results)  # type: ignore[arg-type]
            return True
        grid = grid_of(step)
        if grid is None or not self._fits(step, grid):
            return False
        waits = any(x in self._awaited for x in read(step))
        # A forward that runs where an ``if`` goes the other way might warn of what never happens.
        unsure = self._assumed and not getattr(step, "rule", False)
        if self._grid is not None and (waits or unsure or not joins(step, self._grid)):
            self.close()
        if self._grid is None:
            if not joins(step, grid):
                return False
            self._grid = grid
        self._add(step)
        return True

    def _add(self, step: Any) -> None:
        self._group.append(step)
        self._made.update(step.results)

    def _sums(self, step: Step) -> bool:
        assert self._grid is not None
        if not reduces(step, self._grid):
            return False
        return (
            getattr(step.function, "__self__", None) is np.add or step.results[0] in self._compared
        )

    def _fits(self, step: Step, grid: Grid) -> bool:
        result = step.results[0]
        assert result is not None
        longest = max(x.dtype.itemsize for x in (result, *step.arrays))
        if grid != self._grid and result.sample.size * longest < self._large:
            return False
        # Of what has gaps a plan may have a copy without, and views of that lie otherwise.
        whole = {self._root.get(x, x) for x in (result, *step.arrays)}
        return all(x.kind == "constant" or Grid.of(x.sample) is not None for x in whole)

    def close(self) -> None:
        """End the group, and let follow what was put off."""
        if self._grid is not None:
            self._emit(self._grid)
        self.steps += self._later
        self._start()

    def _emit(self, grid: Grid) -> None:
        varied = [grid.varies(x.sample) for s in self._group for x in s.arrays]
        axes = grid.axes(v for v in varied if v is not None)
        inside: list[Call] = []
        after: list[Step] = []
        for step in self._group:
            # Parts of a sum are cut in its own places, which is along one axis.
            (after if reduces(step, grid) and len(axes) > 1 else inside).append(step)
        if sum(step.kind != "view" for step in inside) < 2:
            self.steps += [*inside, *after]
            return
        made = {x: step for step in inside for x in step.results if x is not None}
        outer = dict.fromkeys(x for s in inside for x in s.arrays if x not in made)
        within: dict[Array, int] = {}
        for x in (x for step in inside for x in set(step.arrays)):
            within[x] = within.get(x, 0) + 1
        wanted = {x for x in made if self._readers.get(x, 0) > within.get(x, 0)}
        looks: list[Step] = []
        for step in reversed(inside):
            if step.kind == "view" and step.results[0] in wanted:
                # Looked at again outside, at what the group then has to give.
                wanted.discard(step.results[0])
                wanted.add(step.operands[0])
                looks.append(step)
        results = tuple(x for x in made if x in wanted)
        first = inside[0]
        function = Fused(inside, grid, tuple(outer), results, axes)
        fused = Call("numpy", "fused", function, tuple(outer), {}, results, True)
        fused.note = f"{len(inside)} calls, block by block: {' '.join(s.name for s in inside)}"
        fused.line, fused.origin = first.line, first.origin
        self.steps += [fused, *reversed(looks), *after]


def _assumes(step: Step) -> bool:
    return step.kind == "check" and isinstance(step.function, Assume)


def _compared(program: Program) -> set[Array]:
    """The arrays that are only compared, or asked whether they are finite."""
    asks: set[Any] = {np.less, np.less_equal, np.greater, np.greater_equal}
    asks |= {np.equal, np.not_equal, np.isfinite, np.isnan, np.isinf}
    found = {x for step in program.steps if step.function in asks for x in read(step)}
    other = {x for step in program.steps if step.function not in asks for x in read(step)}
    return found - other - set(program.outputs)
