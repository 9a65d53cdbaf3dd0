"""How arrays lie along the numbers of a large one, so that all are cut in the same places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

import numpy as np

__all__ = ["Grid"]


@dataclass(frozen=True, slots=True)
class Grid:
    """The shape of a large array, and its axes in the order in which they lie in memory.

    Examples
    --------
    >>> import numpy as np
    >>> grid = Grid.of(np.ones((4, 3), order="F"))
    >>> grid
    Grid(shape=(4, 3), order=(1, 0))
    >>> grid.varies(np.ones((4, 1)))
    (False, True)
    >>> grid.varies(np.ones((4, 3))) is None
    True
    """

    shape: tuple[int, ...]
    order: tuple[int, ...]

    @classmethod
    def of(cls, x: np.ndarray) -> Grid | None:
        """The grid of an array without gaps; ``None`` if it has some."""
        axes = range(x.ndim)
        if not x.flags.c_contiguous:
            axes = sorted(axes, key=lambda i: -x.strides[i])  # type: ignore[assignment]
        grid = cls(x.shape, tuple(axes))
        return grid if grid.is_whole(x) else None

    def is_whole(self, x: np.ndarray) -> bool:
        """Whether ``x`` has all of the grid's numbers, in the grid's order."""
        return x.shape == self.shape and x.transpose(self.order).flags.c_contiguous

    def _once(self, x: np.ndarray) -> np.ndarray:
        """Axes as they lie in memory, those along which nothing changes cut to one."""
        x = x[(None,) * (len(self.shape) - x.ndim)].transpose(self.order)
        return x[tuple(slice(0, 1) if s == 0 else slice(None) for s in x.strides)]

    def varies(self, x: np.ndarray) -> tuple[bool, ...] | None:
        """Along which axes (as they lie in memory) ``x`` changes; ``None`` if it has gaps there."""
        if x.ndim > len(self.shape):
            return None
        once = self._once(x)
        whole = (self.shape[i] for i in self.order)
        if not once.flags.c_contiguous or any(
            n not in (1, m) for n, m in zip(once.shape, whole, strict=True)
        ):
            return None
        return tuple(n > 1 for n in once.shape)

    def axes(self, varied: Iterable[tuple[bool, ...]]) -> list[list[int]]:
        """The axes in memory, joined where all arrays go on from one to the next."""
        kinds = list(varied)
        found: list[list[int]] = []
        before: list[bool] | None = None
        for place, axis in enumerate(self.order):
            if self.shape[axis] == 1:
                continue
            kind = [x[place] for x in kinds]
            if kind == before:
                found[-1].append(place)
            else:
                found.append([place])
            before = kind
        return found

    def lengths(self, axes: list[list[int]]) -> tuple[int, ...]:
        """How many numbers there are along joined axes."""
        return tuple(prod(self.shape[self.order[k]] for k in group) for group in axes)

    def flat(self, x: np.ndarray, axes: list[list[int]]) -> np.ndarray:
        """A view of ``x`` with joined axes; without any where it is one number."""
        once = self._once(x)
        if once.size == 1:
            return once.reshape(())
        return once.reshape([prod(once.shape[k] for k in group) for group in axes])
