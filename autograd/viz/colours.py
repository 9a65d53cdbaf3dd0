"""The colours of drawings and plots, which stay apart in every common kind of colour vision."""

from __future__ import annotations

__all__ = [
    "BLUE",
    "FAINT",
    "FONT",
    "GREEN",
    "INK",
    "LINE",
    "LOOKS",
    "MUTED",
    "ORANGE",
    "PAPER",
    "PURPLE",
    "RED",
]

# Okabe and Ito's palette (2008), made for all kinds of colour vision.
BLUE = "#0072B2"
ORANGE = "#D55E00"
PURPLE = "#A2478F"
GREEN = "#00795A"
INK = "#1E293B"
MUTED = "#64748B"
FAINT = "#CBD5E1"
LINE = "#E2E8F0"
PAPER = "#FFFFFF"
RED = "#B00020"

FONT = "Helvetica,Arial,DejaVu Sans,sans-serif"
# Border, fill, ink and quiet ink of a vertex.
LOOKS = {
    "op": (MUTED, PAPER, INK, MUTED),
    "leaf": (GREEN, "#E6F4EF", INK, "#47685D"),
    "root": (INK, INK, PAPER, "#B6C2D2"),
    "freed": (MUTED, "#F8FAFC", MUTED, MUTED),
}
