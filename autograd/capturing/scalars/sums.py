"""Chains of sums, differences and products as one sum of products each.

``w1 * x1 + w2 * x2 + b`` is recorded as four ops that wait for one another. As the single sum over
``(w1, x1), (w2, x2), (b, 1)`` it is a row of a matrix product.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...ops.arithmetic import add, multiply, negative, positive, subtract
from .reading import CONSTANT, HELD, MADE, Reading

__all__ = ["Terms", "find_sums"]

Terms = list[tuple[float, int, int]]
"""Sign, left factor and right factor of each product in a sum."""

_SIGNS = {add: (1.0, 1.0), subtract: (1.0, -1.0), negative: (-1.0,), positive: (1.0,)}


def find_sums(reading: Reading) -> tuple[dict[int, Terms], set[int]]:
    """The sums worth to be computed at once, by the entry they end in, and what they dissolve.

    Only what is used once dissolves: others need its number.
    """
    sums: dict[int, Terms] = {}
    dissolved: set[int] = set()
    for i in range(len(reading.kinds) - 1, -1, -1):
        if reading.ops[i] not in _SIGNS or i in dissolved:
            continue
        inside: list[int] = []
        terms = list(_expand(reading, i, inside))
        # A sum of two numbers gains nothing, and of one even less.
        if len(terms) > 2 or (len(terms) == 2 and inside):
            sums[i] = terms
            dissolved.update(inside)
    return sums, dissolved


def _expand(reading: Reading, root: int, inside: list[int]) -> Iterator[tuple[float, int, int]]:
    kinds, ops, operands, uses = reading.kinds, reading.ops, reading.operands, reading.uses
    stack = [(root, 1.0)]
    while stack:
        i, sign = stack.pop()
        single = i == root or (kinds[i] == MADE and uses[i] == 1)
        op = ops[i]
        if single and op in _SIGNS:
            if i != root:
                inside.append(i)
            signed = zip(operands[i], _SIGNS[op])
            stack.extend(reversed([(operand, sign * s) for operand, s in signed]))
        elif single and op is multiply:
            inside.append(i)
            yield _turned(reading, sign, *operands[i])
        else:
            yield _turned(reading, sign, i, reading.one)


def _turned(reading: Reading, sign: float, a: int, b: int) -> tuple[float, int, int]:
    """Parameters on the left, all else on the right: the rows and columns of a matrix product."""
    rank = {HELD: 0, CONSTANT: 2}
    # Next to a parameter a constant belongs to the column, next to anything else to the row.
    left, right = rank.get(reading.kinds[a], 3), rank.get(reading.kinds[b], 3)
    return (sign, b, a) if right < left else (sign, a, b)
