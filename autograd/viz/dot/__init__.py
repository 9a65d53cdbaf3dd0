"""A graph as DOT, for Graphviz; the same graph always gives the same bytes."""

from __future__ import annotations

from ..colours import NAMED
from ..cues.strokes import styles
from .drawing import Drawing
from .write import to_dot

__all__ = ["SIGNS", "Drawing", "to_dot"]

SIGNS = {sign: (NAMED[color], style) for sign, (color, style) in styles.items()}
"""The colour and the line style of an edge for each sign of its contribution."""
