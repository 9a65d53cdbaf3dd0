"""Plans that can be looked at: as text, in notebooks, as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ..program import Step

__all__ = ["Shown"]


class Shown:
    """What a plan has for those who look at it.

    It is told apart from what a plan does, and loads when it is first asked for.

    Examples
    --------
    >>> import numpy as np
    >>> import autograd as ag
    >>> formula = ag.capture(lambda x: x * x + x)
    >>> plan = formula.plan(np.ones(3))
    >>> plan
    <Plan: a replay of 2 recorded steps: 2 NumPy calls, 0 effects; print(it) shows them>
    >>> plan.changes("recorded", "lowered").splitlines()[1][:25]
    '- v1 = multiply(in0, in0)'
    """

    __slots__ = ()

    def table(
        self, stage: str | None = None, inputs: Sequence[np.ndarray] | None = None, n: int = 100
    ) -> str:
        """The steps as text: calls with shapes, dtypes, bytes, places in memory, source lines.

        Parameters
        ----------
        stage : str, optional
            ``"recorded"``, ``"lowered"`` or the name of a pass: the steps after it. Unless given,
            what a replay runs, below a summary.
        inputs : sequence of numpy.ndarray, optional
            The arrays among the arguments, to measure what each call takes: the least of ``n``
            runs, its share, and how many operations or bytes that is in a second.
        n : int
        """
        from ..table import table

        return table(self, stage, None if inputs is None else self.seconds(inputs, n))  # type: ignore[arg-type]

    def changes(self, before: str, after: str) -> str:
        """What the passes between two stages took away (``-``) and put in its place (``+``)."""
        from ..table import difference

        return difference(self, before, after)  # type: ignore[arg-type]

    def profile(self, inputs: Sequence[np.ndarray], n: int = 100) -> str:
        """What calls of one kind take together, the longest first; the least of ``n`` runs."""
        from ..table import profile

        return profile(self, inputs, n)  # type: ignore[arg-type]

    def seconds(self, inputs: Sequence[np.ndarray], n: int = 100) -> dict[Step, float]:
        """The least time that each step took in ``n`` runs. Effects are left out."""
        from .timing import seconds

        return seconds(self, inputs, n)  # type: ignore[arg-type]

    def draw(self, inputs: Sequence[np.ndarray] | None = None, **options: Any) -> Any:
        """Draw the calls and what flows between them.

        Parameters
        ----------
        inputs : sequence of numpy.ndarray, optional
            The arrays among the arguments, to measure what each call takes.
        **options
            As for :func:`autograd.viz.plans.draw_plan`.

        Returns
        -------
        Drawing
            It shows itself in notebooks, and :func:`autograd.viz.render` writes a file.
        """
        from ...viz.plans import draw_plan

        seconds = None if inputs is None else self.seconds(inputs)
        return draw_plan(self, seconds=seconds, **options)  # type: ignore[arg-type]

    def plot_memory(self) -> Any:
        """Which array lies where in the plan's memory, and for how long: a matplotlib figure."""
        from ...viz.plans import plot_memory

        return plot_memory(self)  # type: ignore[arg-type]

    def __str__(self) -> str:
        return self.table()

    def __repr__(self) -> str:
        from ..table import line

        return f"<{type(self).__name__}: {line(self)}; print(it) shows them>"  # type: ignore[arg-type]

    def _repr_html_(self) -> str:
        from ..table import page

        return page(self)  # type: ignore[arg-type]
