"""The training data, dealt out in batches, epoch after epoch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

__all__ = ["Dealer", "ends", "hold_out"]

# Up to this size the data is put in order once an epoch, which takes a third of the time that
# picking the rows of each batch takes; above it the second copy weighs more.
COPIED = 1 << 28


class Dealer:
    """Deals each example once an epoch, and can go on in the midst of one.

    ``position`` is how many examples of the present epoch have been dealt. A last batch of fewer
    than ``least`` examples joins the one before it: a batch norm cannot do with a single one.
    """

    def __init__(
        self,
        inputs: np.ndarray,
        truth: np.ndarray,
        weights: np.ndarray | None,
        batch_size: int,
        shuffle: bool,
        rng: np.random.Generator,
        least: int = 1,
    ) -> None:
        self.inputs, self.truth, self.weights = inputs, truth, weights
        self.batch_size, self.shuffle, self.rng = batch_size, shuffle, rng
        self.position = 0
        self._ends = ends(len(inputs), batch_size, least)
        self._order: np.ndarray | None = None
        self._sorted = (inputs, truth, weights) if not shuffle else None

    def begin(self) -> None:
        """Draw the order of an epoch."""
        if not self.shuffle:
            return
        self._order = order = self.rng.permutation(len(self.inputs))
        if self.inputs.nbytes <= COPIED:
            weights = None if self.weights is None else self.weights.take(order)
            inputs = self.inputs.take(order, axis=0)
            self._sorted = inputs, self.truth.take(order, axis=0), weights

    def batches(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray | None]]:
        """The batches of the epoch from ``position`` on."""
        for end in self._ends:
            start = self.position
            if end <= start:
                continue
            self.position = end
            if self._sorted is not None:
                x, y, w = self._sorted
                yield x[start:end], y[start:end], None if w is None else w[start:end]
            else:
                assert self._order is not None
                rows = self._order[start:end]
                w = None if self.weights is None else self.weights[rows]
                yield self.inputs[rows], self.truth[rows], w
        self.position = 0

    @property
    def steps(self) -> int:
        """How many batches an epoch has."""
        return len(self._ends)

    @property
    def sizes(self) -> Counter[int]:
        """How many batches of each number of examples an epoch has."""
        return Counter(end - start for start, end in pairwise([0, *self._ends]))


def ends(examples: int, batch_size: int, least: int) -> list[int]:
    """Where batches end; a last one of fewer than ``least`` examples joins the one before.

    Examples
    --------
    >>> from nn.training.dealing import ends
    >>> ends(5, 2, 1), ends(5, 2, 2)
    ([2, 4, 5], [2, 5])
    """
    found = [*range(batch_size, examples, batch_size), examples]
    if len(found) > 1 and found[-1] - found[-2] < least:
        del found[-2]
    return found


def hold_out(
    share: Any, inputs: np.ndarray, truth: np.ndarray, stratify: bool, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The rows to train on and those to hold out, each class's share of them if told so."""
    from ..data import train_test_split

    rows = np.arange(len(inputs))
    by = "auto" if stratify and truth.ndim == 1 else False
    train, held, *_ = train_test_split(rows, truth, test_size=float(share), stratify=by, rng=rng)
    return train, held
