"""Arrays as small pictures: a few cells, blue where positive, orange where negative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..figures import SMALL

__all__ = ["LEVELS", "MAP", "HeatMap", "heat_map"]

CELLS, STRIP = 8, 12
"""Cells along each side of a map, and along one that is a strip."""
LEVELS = 8
"""Shades of each colour."""
MAP = 48
"""The most pixels along a side."""
LARGEST_CELL = 12


@dataclass(slots=True, frozen=True)
class HeatMap:
    """Shades of cells, row by row: from -8, the largest negative, to 8; ``None`` if not finite."""

    cells: list[list[int | None]]
    block: tuple[int, int]
    """Of how many elements, down and across, a cell is the mean."""
    even: bool = True
    """Whether all cells are means of so many; else some are of fewer."""

    @property
    def cell_width(self) -> int:
        return min(LARGEST_CELL, MAP // max(len(self.cells[0]), 1))

    @property
    def cell_height(self) -> int:
        return 10 if len(self.cells) == 1 else min(LARGEST_CELL, MAP // self._longer)

    @property
    def _longer(self) -> int:
        return max(len(self.cells), len(self.cells[0]))

    @property
    def note(self) -> str:
        """What a cell stands for, if not for one element."""
        down, across = self.block
        if down == across == 1:
            return ""
        size = str(across) if len(self.cells) == 1 else f"{down} × {across}"
        return f"a cell: the mean of {'' if self.even else 'up to '}{size}"


def heat_map(x: Any) -> HeatMap | None:
    """A map of an array of more than a few numbers; more dimensions than two are folded.

    Examples
    --------
    >>> import numpy as np
    >>> heat_map(np.array([[0.0, 1.0, 2.0], [-4.0, 0.01, np.nan]])).cells
    [[0, 2, 4], [-8, 1, None]]
    """
    if not isinstance(x, np.ndarray) or x.size <= SMALL or x.dtype.kind not in "fiub":
        return None
    sides = [n for n in x.shape if n > 1] or [1]
    a = x.reshape(-1, sides[-1]) if len(sides) > 1 else x.reshape(1, -1)
    rows, columns = a.shape
    down = min(rows, CELLS)
    across = min(columns, CELLS if rows > 1 else STRIP)
    good = np.isfinite(a) if a.dtype.kind == "f" else np.ones(a.shape, bool)
    kept = np.where(good, a, 0).astype(float)
    peak = float(np.abs(kept).max()) or 1.0
    kept /= peak  # so that no sum overflows
    means = _blocks(kept, down, across) / _blocks(np.ones(a.shape), down, across)
    broken = _blocks((~good).astype(float), down, across) > 0
    means[broken] = 0
    top = float(np.abs(means).max()) or 1.0
    # Up, so that a blank cell is a true zero.
    shades = np.sign(means) * np.ceil(np.abs(means) / top * LEVELS)
    cells: list[list[int | None]] = [
        [None if bad else int(s) for s, bad in zip(line, marks, strict=True)]
        for line, marks in zip(shades.tolist(), broken.tolist(), strict=True)
    ]
    even = rows % down == 0 and columns % across == 0
    return HeatMap(cells, (-(-rows // down), -(-columns // across)), even)


def _blocks(a: np.ndarray, down: int, across: int) -> np.ndarray:
    """Sums over blocks."""
    rows, columns = a.shape
    a = np.add.reduceat(a, np.arange(down) * rows // down, axis=0)
    return np.add.reduceat(a, np.arange(across) * columns // across, axis=1)
