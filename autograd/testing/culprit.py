"""What is to blame for a wrong derivative, and the words for it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import describe
from ..lines import source_of
from ..op import plain
from .recording import Recording
from .report import Report

if TYPE_CHECKING:
    from autograd.viz import Drawing

__all__ = ["Culprit", "agree", "called", "count", "made", "short"]

SHOWN = 12
"""Nodes shown around the one to blame."""


@dataclass(frozen=True)
class Culprit:
    """The op to blame for a wrong derivative.

    Attributes
    ----------
    kind : str
        ``rule``, ``engine`` (every rule is right, their sum is not) or ``cut`` (an operand that
        depends on the inputs is not linked to them).
    op : str
        The op's name.
    line : str
        The user's source line that called it, as ``file:number``.
    message : str
        What is wrong with it, over a few lines.
    report : Report or None
        The check that its rule failed.
    program : str
        The smallest failing case found, as code to paste.
    """

    kind: str
    op: str
    line: str
    message: str
    report: Report | None = None
    program: str = ""
    node: Any = field(default=None, repr=False, compare=False)
    roots: tuple = field(default=(), repr=False, compare=False)

    def draw(self, **options: Any) -> Drawing:
        """Draw the graph with the node marked; options as for :func:`autograd.viz.draw`."""
        from autograd.viz import draw

        options = {"max_nodes": 4 * SHOWN, **options}
        return draw(list(self.roots), mark=self.node, **options)

    def text(self) -> str:
        """The graph around the node as a table."""
        from autograd.viz import build, to_text

        if not self.roots:
            return "nothing was recorded"
        return to_text(build(list(self.roots), SHOWN, mark=self.node))

    def mimebundle(self, message: str) -> dict[str, Any]:
        """The message, and the drawing where it can be made."""
        bundle = {"text/plain": message}
        with suppress(Exception):  # a notebook cell shows what it can
            bundle["image/svg+xml"] = self.draw().pipe("svg", encoding="utf-8")
        return bundle

    def __str__(self) -> str:
        return self.message


def made(
    kind: str,
    op: str,
    lines: Sequence[str],
    node: Any,
    recording: Recording,
    report: Report | None = None,
    program: str = "",
) -> Culprit:
    """A culprit at a node of a recording."""
    return Culprit(
        kind,
        op,
        recording.lines.get(node, ""),
        "\n".join(lines),
        report,
        program,
        node,
        tuple(recording.roots),
    )


# Words ----------------------------------------------------------------------------------------


def called(recording: Recording, node: Any) -> list[str]:
    """The line that called a node's op, to be shown."""
    line = source_of(recording.lines.get(node))
    return [f"  at {line}"] if line else []


def count(n: int, word: str) -> str:
    """``1 node``, ``2 nodes``."""
    return f"{n} {word}" + ("s" if n != 1 else "")


def agree(a: Any, b: Any) -> bool:
    """Whether two derivatives are one but for rounding; ``None`` is zero."""
    a = np.asarray(0.0 if a is None else plain(a), dtype=float)
    b = np.asarray(0.0 if b is None else plain(b), dtype=float)
    if a.shape != b.shape and a.size and b.size and 0 not in (a.ndim, b.ndim):
        return False
    size = max(float(np.max(np.abs(x), initial=0.0)) for x in (a, b))
    return bool(np.allclose(a, b, rtol=1e-6, atol=1e-7 * size, equal_nan=True))


def short(x: Any) -> str:
    """A derivative as text: its numbers if they are few."""
    if x is None:
        return "nothing"
    x = plain(x)
    if np.size(x) <= 4:
        return np.array2string(np.asarray(x), precision=6, separator=", ")
    return f"{describe(x)}, norm {np.linalg.norm(np.ravel(x)):.6g}"
