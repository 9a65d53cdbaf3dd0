"""What ``why_zero`` found, and how it reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...lines import source_of
from ..figures import number

__all__ = ["Cause", "Diagnosis", "Step"]

ROWS = 9
"""Steps of a profile that are shown."""


@dataclass(frozen=True)
class Cause:
    """One reason why a gradient is zero, tiny or not finite."""

    kind: str
    """What happened, in one word, such as ``dead_relu``; see :func:`why_zero`."""
    node: Any
    """The node where it happened; ``None`` if it is in no graph."""
    op: str | None
    """The op's name."""
    where: str
    """The call with its operands."""
    message: str
    """What happened, with the numbers."""
    cure: str
    """What to do about it."""
    line: str | None = None
    """``file:line`` of the call, if the graph was recorded inside ``detect_anomaly``."""
    came: float = 0.0
    """The size of the gradient that arrived there."""

    def __str__(self) -> str:
        at = f"\n  at {source_of(self.line)}" if self.line else ""
        what = f"{self.where}: " if self.where else ""
        return f"{what}{self.message}{at}\n  cure: {self.cure}"


@dataclass(frozen=True)
class Step:
    """One node on the strongest path from the root to the leaf."""

    node: Any
    name: str
    size: float
    """The norm of the gradient there."""
    factor: float
    """By how much it was multiplied in this step."""


@dataclass(frozen=True)
class Diagnosis:
    """Where a gradient died, faded or blew up; print it, or look at its parts.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.viz.why import why_zero
    >>> w = Value(-2.0, label="w")
    >>> found = why_zero((w * 3.0).relu(), w)
    >>> found.verdict, found.causes[0].kind
    ('zero', 'dead_relu')
    """

    leaf: Any
    """The node that was asked about, or the tensor if it has none."""
    name: str
    verdict: str
    """``zero``, ``tiny``, ``nonfinite``, ``partly``, ``alive``, ``unknown`` (a rule raised),
    ``disconnected`` or ``freed``."""
    gradient: Any = None
    """The gradient as it was found here; ``None`` if none arrives, or a rule raised."""
    summary: str = ""
    causes: list[Cause] = field(default_factory=list)
    """The most important first."""
    more: int = 0
    """How many further places are not in ``causes``."""
    profile: list[Step] = field(default_factory=list)
    """The size of the gradient along the strongest path, from the root to the leaf."""
    notes: list[str] = field(default_factory=list)

    @property
    def nodes(self) -> list[Any]:
        """The nodes to blame, for ``draw(root, mark=diagnosis.nodes)``."""
        return list(dict.fromkeys(c.node for c in self.causes if c.node is not None))

    def __str__(self) -> str:
        lines = [self.summary]
        several = len(self.causes) > 1
        for k, cause in enumerate(self.causes, 1):
            lead = f"{k}. " if several else ""
            lines += [lead + line if not n else line for n, line in enumerate(_lines(cause))]
        if self.more:
            lines.append(f"... and {self.more:,} more such places")
        if self.profile and self.verdict not in ("zero", "nonfinite", "unknown"):
            lines += self._profile()
        return "\n".join(lines + self.notes)

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        head = f"**{_escaped(self.summary)}**"
        items = []
        for cause in self.causes:
            what = f"{_code(cause.where)}: " if cause.where else ""
            at = f"  \nat {_code(source_of(cause.line))}" if cause.line else ""
            cure = f"  \n*Cure:* {_escaped(cause.cure)}"
            items.append(f"1. {what}{_escaped(cause.message)}{at}{cure}".replace("\n", "\n   "))
        blocks = [head, "\n".join(items)]
        if self.more:
            blocks.append(f"… and {self.more:,} more such places")
        if self.profile and self.verdict not in ("zero", "nonfinite", "unknown"):
            rows = "\n".join(self._profile())
            blocks.append(f"```text\n{rows.replace('```', '` ` `')}\n```")
        blocks += [_escaped(note) for note in self.notes]
        return "\n\n".join(block for block in blocks if block)

    def _profile(self) -> list[str]:
        """The path in a few rows: both ends, the largest drops, and some between them."""
        steps = self.profile
        largest = min(range(1, len(steps)), key=lambda k: steps[k].factor, default=0)
        shown = {0, len(steps) - 1, largest}
        by_drop = sorted(range(1, len(steps)), key=lambda k: steps[k].factor)
        # Steps that change nothing tell nothing.
        falling = [k for k in by_drop if steps[k].factor < 0.9]
        for k in falling[: ROWS - len(shown)]:
            shown.add(k)
        rows = sorted(shown)
        width = max(len(steps[k].name) for k in rows)
        lines = ["|gradient| along the strongest path, from the result:"]
        last = -1
        for k in rows:
            if k > last + 1:
                lines.append("  ⋮")
            step = steps[k]
            factor = f"  × {number(step.factor, 3)}" if k else ""
            mark = "  ◀ largest drop" if k == largest and k and step.factor < 0.9 else ""
            lines.append(f"  {step.name:{width}}  {number(step.size, 3):>9}{factor}{mark}")
            last = k
        return lines

    @property
    def size(self) -> float:
        """The norm of the gradient, 0 if none arrives."""
        from .site import size

        return 0.0 if self.gradient is None else size(self.gradient)


def _lines(cause: Cause) -> list[str]:
    return str(cause).split("\n")


def _escaped(text: str) -> str:
    for sign in ("\\", "*", "_", "`", "<", "|"):
        text = text.replace(sign, "\\" + sign)
    return text


def _code(text: str) -> str:
    return "`" + text.replace("`", "ʼ") + "`"


def share(mask: Any) -> str:
    """How many elements a condition holds for: ``3 of 8``."""
    mask = np.asarray(mask)
    return f"{int(np.count_nonzero(mask)):,} of {mask.size:,}"
