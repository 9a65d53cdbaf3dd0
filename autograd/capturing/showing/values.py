"""A plan of a graph of values as text: what is computed at once, group after group."""

from __future__ import annotations

import html
import math
from itertools import groupby
from typing import Any, NoReturn

__all__ = ["ShownValues"]

KINDS = {
    "Each": "one op on many numbers",
    "Sums": "sums of products, of any lengths",
    "Matrix": "sums of products as one product of matrices",
    "Narrow": "a stretch of single numbers, in plain Python",
}


class ShownValues:
    """What such a plan has for those who look at it.

    Examples
    --------
    >>> import autograd as ag
    >>> w = ag.Value(3.0)
    >>> line = ag.capture(lambda x: (w * x + 1.0).tanh())
    >>> print(line.plan(2.0).table().splitlines()[0])
    a replay of a graph of values: 1 group, 2 numbers
    """

    __slots__ = ()

    @property
    def groups(self) -> list[tuple[str, tuple[int, ...]]]:
        """What is computed at once: the kind of each group and the shape of what it makes."""
        raise NotImplementedError

    def table(self) -> str:
        """The groups as text, in the order in which they are computed."""
        headline, rows = self._rows()
        widths = [max(map(len, column), default=0) for column in zip(*rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        return "\n".join(
            [headline, "the way back goes through the same groups, last first", *lines]
        )

    def draw(self, **options: Any) -> NoReturn:
        """There is no drawing: what is computed at once is in the table.

        Raises
        ------
        TypeError
            Always; it names what to do.
        """
        raise TypeError(
            "a plan of values is no graph of calls to draw: print(plan.table()) shows its groups, "
            "and autograd.viz.draw(value) the graph behind a value"
        )

    def _rows(self) -> tuple[str, list[tuple[str, ...]]]:
        groups = self.groups
        numbers = sum(math.prod(shape) for _, shape in groups)
        headline = (
            f"a replay of a graph of values: {len(groups):,} group{'' if len(groups) == 1 else 's'}"
            f", {numbers:,} numbers"
        )
        rows: list[tuple[str, ...]] = [("groups", "of", "makes", "which is")]
        place = 1
        for (kind, shape), run in groupby(groups):
            n = len(list(run))
            where = f"{place:,}" if n == 1 else f"{place:,} to {place + n - 1:,}"
            made = " × ".join(map(str, shape)) + (" numbers" if len(shape) == 1 else " matrix")
            rows.append((where, kind, made, KINDS.get(kind, "")))
            place += n
        return headline, rows

    def __str__(self) -> str:
        return self.table()

    def _repr_html_(self) -> str:
        headline, (titles, *rows) = self._rows()
        cells = lambda tag, row: "".join(f"<{tag}>{html.escape(x)}</{tag}>" for x in row)
        body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
        return (
            f"<p><b>{html.escape(headline)}</b></p><table><thead><tr>{cells('th', titles)}</tr>"
            f"</thead><tbody>{body}</tbody></table>"
        )
