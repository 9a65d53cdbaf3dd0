"""An op along the way its operands move together: what tells where they are bound to one another.

Two checks of an op by itself mislead. ``max`` of equal numbers has a kink, and yet
``maximum(x, x)`` is smooth: the operands stay equal. A Cholesky factor reads one triangle, and its
rule says what is true of symmetric matrices, which is all it is given. In both cases the direction
in which the operands really move tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from .code import import_of, literal
from .compare import Comparer
from .line import flat
from .local import Local, local_of
from .programs import call
from .recording import Recording, record
from .report import Report
from .subject import Subject, directions

__all__ = ["Moving", "Paths"]

STEP = 2.0**-13


@dataclass(frozen=True)
class Moving:
    """An op at one point, and the direction its operands take."""

    local: Local
    toward: tuple
    """One direction for each operand that is differentiated."""

    @property
    def args(self) -> tuple:
        """All numbers, those of the direction last."""
        return (*self.local.args, *self.toward)

    def moved(self, args: tuple) -> Moving:
        """The op at another point, going another way."""
        n = len(self.local.args)
        return Moving(self.local.moved(args[:n]), args[n:])

    def check(self, mode: str, seed: int) -> Report:
        """The rule in this direction against the slope in it."""
        comparer = Comparer(self.local.subject(mode), mode)
        size = sum(int(np.prod(shape)) for shape in comparer.shapes)
        v = directions(np.random.default_rng([seed, 4]), size)
        for sign in (1.0, -1.0):  # what is wrong may be wrong for one of them
            found = comparer.compare(flat(self.toward), sign * v)
            if found.verdict != "pass":
                break
        a, d = found.analytic, found.numeric
        text = (
            f"{self.local.op.name}, with its operands moving as the inputs make them move:\n"
            f"  analytic {a:.10g}   numeric {d.value:.10g} ± {d.error:.1g}   ({d.kind})"
        )
        return Report(found.verdict, text, "" if found.verdict != "inconclusive" else d.kind)

    def code(self, mode: str) -> str:
        """Python text that checks the op along a line."""
        ops: list[Any] = []
        texts = list(map(literal, self.local.args))
        for i, u in zip(self.local.where, self.toward, strict=True):
            texts[i] = f"{literal(self.local.args[i])} + t * {literal(u)}"
        text = call(self.local.op, texts, self.local.shown, ops)
        check = "gradcheck" if mode == "reverse" else "check_grads"
        options = "" if mode == "reverse" else ', order=1, modes=("forward",)'
        imports = dict.fromkeys(import_of(op)[0] for op in ops)
        return "\n".join(
            [
                *imports,
                "import numpy as np",
                f"from autograd.testing import {check}",
                f"{check}(lambda t: {text}, 0.0{options})",
            ]
        )


class Paths:
    """The ways that the operands of a graph's nodes move when the inputs do."""

    def __init__(self, subject: Subject, recording: Recording, seed: int) -> None:
        rng = np.random.default_rng([seed, 5])
        us = subject.shaped(STEP * directions(rng, sum(subject.sizes)))
        self.ends: list[dict[Any, Any]] = [{}, {}]
        for end, sign in zip(self.ends, (1.0, -1.0), strict=True):
            with suppress(Exception):  # it does not go any further this way
                there = record(subject.call, _sum(subject.xs, us, sign))
                end.update(zip(recording.created, there.created))

    def of(self, node: Any, local: Local) -> Moving | None:
        """An op in motion; ``None`` if the function took another course at the next point."""
        ends = [self._operands(twins.get(node), local) for twins in self.ends]
        if ends[0] is None or ends[1] is None:
            return None
        toward = [(b - a) / (2 * STEP) for b, a in zip(*ends, strict=True)]
        if not all(np.isfinite(u).all() for u in toward):
            return None
        return Moving(local, tuple(toward))

    def _operands(self, twin: Any, local: Local) -> list[Any] | None:
        there = None if twin is None else local_of(twin)
        if there is None or there.op.name != local.op.name or there.where != local.where:
            return None
        found = [there.args[i] for i in there.where]
        here = [local.args[i] for i in local.where]
        same = all(np.shape(a) == np.shape(b) for a, b in zip(found, here, strict=True))
        return found if same else None


def _sum(xs: Sequence[Any], us: Sequence[Any], sign: float) -> list[Any]:
    return [x + sign * u for x, u in zip(xs, us, strict=True)]
