"""A function of zeros and ones, written out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

__all__ = ["TruthTable", "truth_table"]

MOST = 12
"""Inputs of a table that somebody might still read: 4,096 rows."""


class TruthTable:
    """Rows ``(*inputs, output)`` of a function of zeros and ones; prints as a table."""

    def __init__(self, rows: list[tuple[int, ...]]) -> None:
        self.rows = rows

    @property
    def outputs(self) -> list[int]:
        """The last column."""
        return [row[-1] for row in self.rows]

    def __iter__(self) -> Iterator[tuple[int, ...]]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        names = [f"x{i}" for i in range(len(self.rows[0]) - 1)]
        lines = [f"{' '.join(names)} | out"]
        for *inputs, out in self.rows:
            cells = (str(x).rjust(len(name)) for x, name in zip(inputs, names))
            lines.append(f"{' '.join(cells)} | {out:>3}")
        return "\n".join(lines)


def truth_table(function: Callable[..., Any], n_inputs: int) -> TruthTable:
    """Call ``function`` with every combination of ``n_inputs`` zeros and ones.

    Examples
    --------
    >>> from nn.neurons import truth_table
    >>> truth_table(lambda a, b: a and not b, 2)
    x0 x1 | out
     0  0 |   0
     0  1 |   0
     1  0 |   1
     1  1 |   0
    """
    if not 1 <= n_inputs <= MOST:
        raise ValueError(f"a truth table has 1 to {MOST} inputs, got {n_inputs}")
    return TruthTable([(*x, int(function(*x))) for x in product((0, 1), repeat=n_inputs)])
