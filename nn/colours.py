"""The colours of drawings and plots, which stay apart in every common kind of colour vision."""

from __future__ import annotations

__all__ = [
    "BLUE",
    "FAINT",
    "FONT",
    "INK",
    "LINE",
    "MINUS",
    "MUTED",
    "ORANGE",
    "PALE",
    "PAPER",
    "PLUS",
    "SERIES",
    "blend",
]

# Okabe and Ito's blue and vermilion, and a green and a purple of theirs, darker.
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#D55E00", "#00795A", "#A2478F"
# A sign has two cues: its colour, and the style of the line (dashed takes away).
PLUS, MINUS = BLUE, ORANGE
INK, MUTED, FAINT, LINE = "#1E293B", "#64748B", "#CBD5E1", "#E2E8F0"
PALE, PAPER = "#F1F5F9", "#FFFFFF"
SERIES = (BLUE, ORANGE, GREEN, PURPLE, INK, MUTED)
"""For lines in the order in which they are used."""
FONT = "Helvetica,Arial,DejaVu Sans,sans-serif"


def blend(colour: str, share: float, paper: str = PAPER) -> str:
    """``colour`` laid on ``paper``, from 0 (all paper) to 1.

    Examples
    --------
    >>> from nn.colours import blend
    >>> blend("#0000FF", 0.5)
    '#8080FF'
    """
    mixed = (
        round(int(paper[i : i + 2], 16) * (1 - share) + int(colour[i : i + 2], 16) * share)
        for i in (1, 3, 5)
    )
    return "#" + "".join(f"{part:02X}" for part in mixed)
