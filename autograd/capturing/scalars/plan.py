"""``ScalarPlan``: a recorded graph of values, computed again level by level on arrays."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import numpy as np

from ...value import Value
from ..showing.values import ShownValues
from .gather import Store
from .groups import Each, Matrix, StretchGroup, Sums
from .levels import Group, arrange
from .narrow import Narrow, is_narrow
from .reading import CONSTANT, HELD, Reading, read
from .sums import find_sums

__all__ = ["ScalarPlan"]

_data = attrgetter("_data")


class ScalarPlan(ShownValues):
    """The graph behind some values, ready to be computed again with other numbers.

    Parameters
    ----------
    roots : sequence of Value
        The results.
    inputs : sequence of Value
        Leaves whose numbers are given at every run.
    constants : collection of Value, optional
        Leaves whose numbers cannot change. All other leaves are *held*: parameters, whose ``data``
        is read anew at every run.
    differentiate : collection of int, optional
        The inputs, by their places, that get gradients as held leaves do; all unless given.
    reorder : bool
        Whether long sums may be added in another order, and so differ in the last digits. Much
        faster: it turns neurons into products of matrices.

    Examples
    --------
    >>> from autograd import Value
    >>> w, x = Value(3.0), Value(2.0)
    >>> plan = ScalarPlan([w * x + w], [x])
    >>> plan.run([10.0])
    array([33.])
    >>> held, inputs = plan.backward([1.0])
    >>> held, inputs
    (array([11.]), array([3.]))
    """

    def __init__(
        self,
        roots: Sequence[Value],
        inputs: Sequence[Value],
        *,
        constants: Collection[Value] = (),
        differentiate: Collection[int] | None = None,
        reorder: bool = True,
    ) -> None:
        wanted = range(len(inputs)) if differentiate is None else differentiate
        self._build(read(roots, inputs, constants), wanted, reorder)

    @classmethod
    def of(cls, reading: Reading, wanted: Collection[int], reorder: bool) -> ScalarPlan:
        """A plan of a graph that has been read already."""
        plan = cls.__new__(cls)
        plan._build(reading, wanted, reorder)
        return plan

    def _build(self, reading: Reading, wanted: Collection[int], reorder: bool) -> None:
        groups = arrange(reading, *(find_sums(reading) if reorder else ({}, set())))
        self.held = reading.held
        """What is read at every run, in the order of its gradients."""
        self.on_leaves = all(node.op is None for node in self.held)
        """Whether no graph goes on behind what is held."""
        self._held = slice(0, len(self.held))
        self._inputs = slice(len(self.held), len(self.held) + len(reading.inputs))
        self.number: int = 0
        """How many runs there were: whose numbers are in the store."""
        slots, starts, values, constant = _lay_out(reading, groups)
        needs = _needing(reading, wanted)
        needed = np.zeros(len(values), bool)
        needed[slots[needs]] = True
        self._store = Store(values, constant, needed)
        self._groups = list(_made(self._store, groups, starts, slots))
        self._back = [group for group in reversed(self._groups) if group.wanted]
        self._roots = slots[np.array(reading.roots, dtype=np.intp)]

    def __repr__(self) -> str:
        return (
            f"ScalarPlan of {len(self._groups)} groups for {len(self._store.values)} numbers, "
            f"{len(self.held)} of them held"
        )

    @property
    def groups(self) -> list[tuple[str, tuple[int, ...]]]:
        """What is computed at once: the kind of each group and the shape of what it makes."""
        return [(type(g).__name__, g.out.shape) for g in self._groups]

    def read_held(self) -> np.ndarray:
        """The numbers that the held leaves hold now."""
        return np.fromiter(map(_data, self.held), float, len(self.held))

    def run(self, inputs: Any, held: Any = None) -> np.ndarray:
        """The roots' numbers.

        Parameters
        ----------
        inputs : sequence of float
            A number for each input.
        held : array, optional
            Numbers to use in place of those that the held leaves hold now.
        """
        values = self._store.values
        if np.shape(inputs) != (self._inputs.stop - self._inputs.start,):
            raise ValueError(
                f"this plan has {self._inputs.stop - self._inputs.start} inputs, and was given "
                f"numbers of shape {np.shape(inputs)}"
            )
        self.number += 1
        values[self._held] = self.read_held() if held is None else held
        values[self._inputs] = inputs
        with np.errstate(all="ignore"):
            for group in self._groups:
                group.forward()
        return values[self._roots]

    def largest(self) -> float:
        """The largest finite number of the last run, regardless of sign."""
        sizes = np.abs(self._store.values)
        return float(np.max(sizes, where=np.isfinite(sizes), initial=0.0))

    def backward(self, seeds: Any) -> tuple[np.ndarray, np.ndarray]:
        """The gradients of the held leaves and of the inputs at the numbers of the last run.

        Parameters
        ----------
        seeds : sequence of float
            A cotangent for each root.
        """
        grads = self._walk(seeds, False)
        if not np.isfinite(grads).all():
            # Perhaps a zero cotangent met an infinite derivative on the way.
            grads = self._walk(seeds, True)
        return grads[self._held], grads[self._inputs]

    def _walk(self, seeds: Any, careful: bool) -> np.ndarray:
        grads = self._store.grads
        grads.fill(0.0)
        np.add.at(grads, self._roots, seeds)
        with np.errstate(all="ignore"):
            for group in self._back:
                group.backward(careful)
        return grads[: self._inputs.stop].copy()


def _lay_out(
    reading: Reading, groups: list[Group]
) -> tuple[np.ndarray, list[int], np.ndarray, np.ndarray]:
    """Where each entry's number lies: held ones, inputs, constants, then group by group."""
    kinds = np.array(reading.kinds)
    constants = np.flatnonzero(kinds == CONSTANT)
    leaves = [*reading.held_ids, *reading.inputs, *constants.tolist()]
    slots = np.zeros(len(kinds), dtype=np.intp)
    slots[leaves] = np.arange(len(leaves))
    starts = []
    end = len(leaves)
    for group in groups:
        starts.append(end)
        for same in group.nodes:
            slots[same] = end
            end += 1
    values = np.zeros(end)
    values[: len(leaves)] = np.array(reading.numbers)[leaves]
    constant = np.zeros(end, bool)
    constant[slots[constants]] = True
    return slots, starts, values, constant


def _needing(reading: Reading, wanted: Collection[int]) -> np.ndarray:
    """Which entries lead to a leaf that wants its gradient."""
    needs = [kind == HELD for kind in reading.kinds]
    for place in wanted:
        needs[reading.inputs[place]] = True
    for i, operands in enumerate(reading.operands):
        if operands:
            needs[i] = any(needs[j] for j in operands)
    return np.array(needs)


def _made(
    store: Store, groups: list[Group], starts: list[int], slots: np.ndarray
) -> Iterator[StretchGroup]:
    """The groups ready to run, neighbours together where each alone has little to do."""
    for narrow, run in groupby(zip(groups, starts), key=lambda pair: is_narrow(pair[0])):
        together, at = zip(*run)
        if narrow:
            yield Narrow(store, at[0], list(together), slots)
            continue
        for group, start in zip(together, at):
            operands = [slots[index] for index in group.operands]
            if group.kind == "each":
                yield Each(store, start, group.op, operands)
            elif group.kind == "sums":
                yield Sums(store, start, group.lengths, group.signs, *operands)
            else:
                yield Matrix(store, start, group.signs, *operands)
