"""The drawings' colours: two cues for a sign, its colour and the style of the line."""

from __future__ import annotations

__all__ = ["FAINT", "FONT", "INK", "MINUS", "MUTED", "PAPER", "PLUS", "blend"]

# Okabe and Ito's blue and vermilion, which stay apart in every common kind of colour vision.
PLUS, MINUS = "#0072B2", "#D55E00"
INK, MUTED, FAINT, PAPER = "#1E293B", "#64748B", "#CBD5E1", "#FFFFFF"
FONT = "Helvetica,Arial,DejaVu Sans,sans-serif"


def blend(colour: str, share: float, paper: str = PAPER) -> str:
    """``colour`` laid on ``paper``, from 0 (all paper) to 1."""
    mixed = (
        round(int(paper[i : i + 2], 16) * (1 - share) + int(colour[i : i + 2], 16) * share)
        for i in (1, 3, 5)
    )
    return "#" + "".join(f"{part:02X}" for part in mixed)
