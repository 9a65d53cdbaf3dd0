"""The first artificial neuron: zeros and ones in, a zero or a one out.

McCulloch and Pitts, "A logical calculus of the ideas immanent in nervous activity" (1943).
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays import plain
from .truth_table import TruthTable, truth_table

if TYPE_CHECKING:
    from autograd.viz import Drawing

__all__ = ["McCullochPitts"]


class McCullochPitts:
    """Fires if enough of its excitatory inputs are active and no inhibitory one is.

    All inputs count the same; nothing is learned. Inhibition is absolute, as in the paper: one
    active inhibitory input silences the unit.

    Parameters
    ----------
    threshold : float
        How many active excitatory inputs it takes to fire.
    inhibitory : int or sequence of int
        The places of the inhibitory inputs, counted from 0. All others are excitatory.
    n_inputs : int, optional
        How many inputs there are. Unless given, any number that covers ``inhibitory``.
    relative : bool
        Let an active inhibitory input count as -1 and not as a veto, which the paper treats as a
        variant (its theorem: nets of either kind can do what nets of the other can).

    Examples
    --------
    One input of three is inhibitory:

    >>> from nn.neurons import McCullochPitts
    >>> unit = McCullochPitts(threshold=1, inhibitory=2, n_inputs=3)
    >>> unit([1, 0, 0]), unit([1, 1, 1])
    (1, 0)
    >>> unit([[0, 0, 0], [0, 1, 0], [0, 1, 1]])
    array([0, 1, 0])

    The boolean functions of one unit have names:

    >>> McCullochPitts.NOR().truth_table()
    x0 x1 | out
     0  0 |   1
     0  1 |   0
     1  0 |   0
     1  1 |   0

    No single unit computes exclusive or. Two layers do:

    >>> AND, OR, NAND = McCullochPitts.AND(), McCullochPitts.OR(), McCullochPitts.NAND()
    >>> def xor(a, b):
    ...     return AND(OR(a, b), NAND(a, b))
    >>> from nn.neurons import truth_table
    >>> truth_table(xor, 2)
    x0 x1 | out
     0  0 |   0
     0  1 |   1
     1  0 |   1
     1  1 |   0
    """

    def __init__(
        self,
        threshold: float,
        inhibitory: int | Iterable[int] = (),
        *,
        n_inputs: int | None = None,
        relative: bool = False,
    ) -> None:
        if not isinstance(threshold, (int, float, np.number)) or threshold != threshold:
            raise TypeError(f"McCullochPitts needs a number as its threshold, got {threshold!r}")
        if n_inputs is not None and n_inputs < 1:
            raise ValueError(f"McCullochPitts needs n_inputs of 1 or more, got {n_inputs}")
        self.threshold = threshold
        self.inhibitory = _places(inhibitory, n_inputs)
        self.n_inputs = n_inputs
        self.relative = relative

    def __call__(self, *inputs: Any) -> Any:
        """Fire (1) or not (0).

        Parameters
        ----------
        *inputs
            One example ``unit([1, 0])``, several as rows ``unit([[1, 0], [1, 1]])``, or the inputs
            one by one ``unit(1, 0)``, each of which may be an array.

        Returns
        -------
        int or array of int
        """
        x = self._read(inputs)
        inhibits = np.zeros(x.shape[-1], dtype=bool)
        inhibits[list(self.inhibitory)] = True
        excited = x[..., ~inhibits].sum(axis=-1)
        inhibited = x[..., inhibits].sum(axis=-1)
        if self.relative:
            fires = excited - inhibited >= self.threshold
        else:
            fires = (excited >= self.threshold) & (inhibited == 0)
        return int(fires) if x.ndim == 1 else fires.astype(int)

    # Functions of one unit -----------------------------------------------------------------------

    @classmethod
    def AND(cls, n_inputs: int = 2) -> McCullochPitts:
        """Fires if all inputs are active."""
        return cls(n_inputs, n_inputs=n_inputs)

    @classmethod
    def OR(cls, n_inputs: int = 2) -> McCullochPitts:
        """Fires if any input is active."""
        return cls(1, n_inputs=n_inputs)

    @classmethod
    def NOT(cls) -> McCullochPitts:
        """Fires if its one input is not active."""
        return cls(0, [0], n_inputs=1)

    @classmethod
    def NOR(cls, n_inputs: int = 2) -> McCullochPitts:
        """Fires if no input is active."""
        return cls(0, range(n_inputs), n_inputs=n_inputs)

    @classmethod
    def NAND(cls, n_inputs: int = 2) -> McCullochPitts:
        """Fires unless all inputs are active.

        This takes relative inhibition: a unit that any one input silences cannot fire for (1, 0)
        and for (0, 1) and yet not for (1, 1).
        """
        return cls(1 - n_inputs, range(n_inputs), n_inputs=n_inputs, relative=True)

    # Looking at it -------------------------------------------------------------------------------

    def truth_table(self, n_inputs: int | None = None) -> TruthTable:
        """What the unit answers to every combination of inputs; ``print`` it."""
        return truth_table(self, self._count(n_inputs))

    def draw(self, n_inputs: int | None = None) -> Drawing:
        """The unit as a drawing: arrows excite, a dashed line with a ring at its end inhibits."""
        from .picture import INHIBITS, Wire, draw_unit

        silences = "takes one away" if self.relative else "silences the unit"
        wires = [
            Wire(f"x{i}", style=INHIBITS if i in self.inhibitory else "")
            for i in range(self._count(n_inputs))
        ]
        return draw_unit(
            "McCullochPitts",
            wires,
            f"≥ {self.threshold:g}",
            legend=f"○ inhibits: an active input {silences}" if self.inhibitory else "",
        )

    def __repr__(self) -> str:
        parts = [f"threshold={self.threshold:g}"]
        if self.inhibitory:
            parts.append(f"inhibitory={list(self.inhibitory)}")
        if self.n_inputs is not None:
            parts.append(f"n_inputs={self.n_inputs}")
        if self.relative:
            parts.append("relative=True")
        return f"McCullochPitts({', '.join(parts)})"

    # Inside --------------------------------------------------------------------------------------

    def _count(self, n_inputs: int | None) -> int:
        n = self.n_inputs if n_inputs is None else n_inputs
        if n is None:
            raise ValueError(f"{self!r} takes any number of inputs: say how many, with n_inputs=")
        self._check_width(n)
        return n

    def _check_width(self, n: int) -> None:
        if self.n_inputs is not None and n != self.n_inputs:
            raise ValueError(f"{self!r} got {n} inputs where {self.n_inputs} are due")
        if self.inhibitory and n <= self.inhibitory[-1]:
            raise ValueError(
                f"{self!r} got {n} inputs, too few to have an inhibitory one at place "
                f"{self.inhibitory[-1]} (counted from 0)"
            )

    def _read(self, inputs: tuple[Any, ...]) -> np.ndarray:
        """The inputs as an array (..., n) of zeros and ones."""
        if not inputs:
            raise TypeError(f"{self!r} was called without inputs")
        columns = [_array(x) for x in inputs]
        x = columns[0] if len(columns) == 1 else np.stack(np.broadcast_arrays(*columns), axis=-1)
        if x.ndim == 0:
            x = x.reshape(1)
        if self.n_inputs == 1 and x.ndim == 1 and len(x) != 1:
            x = x[:, None]  # one number each of several examples
        self._check_width(x.shape[-1])
        good = (x == 0) | (x == 1)
        if not good.all():
            *example, place = (int(i) for i in np.argwhere(~good)[0])
            of = f" of example {example[0] if len(example) == 1 else example}" if example else ""
            raise ValueError(
                f"McCullochPitts takes 0 or 1, got {x[(*example, place)]} at input {place}{of}. "
                "Compare with a threshold first, for example x > 0.5"
            )
        return x.astype(int)


def _array(x: Any) -> np.ndarray:
    try:
        array = plain(x)
    except ValueError as error:
        raise ValueError(
            f"McCullochPitts needs examples of equal length, each a row of 0s and 1s: {error}"
        ) from error
    if array.dtype.kind not in "biuf":
        raise TypeError(f"McCullochPitts takes 0 or 1, got {x!r}")
    return array


def _places(inhibitory: Any, n_inputs: int | None) -> tuple[int, ...]:
    """The places of inhibitory inputs in order, each once."""
    given = list(inhibitory) if np.iterable(inhibitory) else [inhibitory]
    if any(isinstance(i, (bool, np.bool_)) for i in given):
        raise TypeError(
            "inhibitory= takes the places of the inhibitory inputs, such as [0, 2]; got True or "
            "False. np.flatnonzero(mask) turns one into the other"
        )
    try:
        places = sorted({operator.index(i) for i in given})
    except TypeError as error:
        raise TypeError(
            f"inhibitory= takes the places of the inhibitory inputs, such as [0, 2]; "
            f"got {inhibitory!r}"
        ) from error
    if places and (places[0] < 0 or (n_inputs is not None and places[-1] >= n_inputs)):
        raise ValueError(
            f"inhibitory={inhibitory!r} is outside the "
            + (f"places 0 to {n_inputs - 1}" if n_inputs else "places, which start at 0")
        )
    return tuple(places)
