"""Which nodes can be computed at once, and in which order.

A node's level is one more than its operands' highest. On one level, nodes with the same op make a
group, and sums of products are looked through for products of matrices.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from .reading import Reading, alike
from .sums import Terms

__all__ = ["Group", "arrange"]

# From so many products on a matrix product of their own is faster than a place among other sums.
WORTH_A_MATRIX = 512


class Group(NamedTuple):
    """What is computed at once."""

    kind: str
    """``each``, ``sums`` or ``matrix``."""
    nodes: list[list[int]]
    """The entries it makes, one place after another; several entries may be the same sum."""
    op: Any = None
    operands: tuple[np.ndarray, ...] = ()
    signs: Any = None
    lengths: Any = None


def arrange(reading: Reading, sums: dict[int, Terms], dissolved: set[int]) -> list[Group]:
    """The groups, each after those it needs."""
    level = [0] * len(reading.kinds)
    levels: list[dict[Any, list[int]]] = []
    for i, op in enumerate(reading.ops):
        if op is None or i in dissolved:
            continue
        if i in sums:
            below = max(max(level[a], level[b]) for _, a, b in sums[i])
            key: Any = "sums", len(sums[i])
        else:
            below = max([level[j] for j in reading.operands[i]])
            key = alike(op)
        level[i] = below + 1
        if below == len(levels):
            levels.append({})
        levels[below].setdefault(key, []).append(i)
    return [group for groups in levels for group in _on_level(reading, sums, groups)]


def _on_level(
    reading: Reading, sums: dict[int, Terms], groups: dict[Any, list[int]]
) -> Iterator[Group]:
    loose: list[int] = []
    for key, nodes in groups.items():
        if type(key) is tuple and key[0] == "sums":
            yield from _matrices(nodes, sums, loose)
        else:
            operands = np.array([reading.operands[i] for i in nodes]).T
            yield Group("each", [[i] for i in nodes], reading.ops[nodes[0]], tuple(operands))
    if loose:
        terms = np.array([term[1:] for i in loose for term in sums[i]])
        signs = np.array([term[0] for i in loose for term in sums[i]])
        lengths = np.array([len(sums[i]) for i in loose])
        yield Group("sums", [[i] for i in loose], None, tuple(terms.T), signs, lengths)


def _matrices(nodes: list[int], sums: dict[int, Terms], loose: list[int]) -> Iterator[Group]:
    """The products of matrices among sums of one length; the rest goes to ``loose``.

    Rows that meet the same columns make a matrix. What is computed is what was recorded, pair by
    pair, whatever the rows mean.
    """
    if len(nodes) * len(sums[nodes[0]]) < WORTH_A_MATRIX:
        loose += nodes
        return
    terms = np.array([sums[i] for i in nodes])  # nodes x terms x (sign, left, right)
    a, b = terms[:, :, 1].astype(np.intp), terms[:, :, 2].astype(np.intp)
    rows, row_of = _distinct(np.concatenate([a, terms[:, :, 0].astype(np.intp)], axis=1))
    columns, column_of = _distinct(b)
    met: dict[int, dict[int, list[int]]] = {}
    for node, r, c in zip(nodes, row_of, column_of):
        met.setdefault(r, {}).setdefault(c, []).append(node)
    alike: dict[tuple[int, ...], list[int]] = {}
    for r, by_column in met.items():
        alike.setdefault(tuple(sorted(by_column)), []).append(r)
    k = a.shape[1]
    for cs, rs in alike.items():
        if len(rs) * len(cs) * k < WORTH_A_MATRIX:
            loose += [i for r in rs for c in cs for i in met[r][c]]
            continue
        left = np.array([rows[r] for r in rs])
        made = [met[r][c] for r in rs for c in cs]
        right = np.array([columns[c] for c in cs])
        yield Group("matrix", made, None, (left[:, :k], right), left[:, k:].astype(float))


def _distinct(table: np.ndarray) -> tuple[list[np.ndarray], list[int]]:
    """The different rows of ``table``, and which of them each is."""
    known: dict[bytes, int] = {}
    first: list[np.ndarray] = []
    which = []
    for row in table:
        at = known.setdefault(row.tobytes(), len(first))
        if at == len(first):
            first.append(row)
        which.append(at)
    return first, which
