"""The colours of drawings and plots, which stay apart in every common kind of colour vision."""

from __future__ import annotations

__all__ = [
    "AMBER",
    "BLUE",
    "FAINT",
    "FONT",
    "GREEN",
    "INK",
    "LINE",
    "LOOKS",
    "MUTED",
    "NAMED",
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
AMBER = "#8F6500"
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
    "group": ("#475569", "#EEF2F7", INK, MUTED),
}
# Colours by name, as drawings use them whose viewers may ask for dark ones.
NAMED = {
    "paper": PAPER,
    "ink": INK,
    "muted": MUTED,
    "faint": FAINT,
    "constant": "#F1F5F9",
    "blue": BLUE,
    "orange": ORANGE,
    "purple": PURPLE,
    "red": RED,
    "green": GREEN,
    "amber": AMBER,
    "frame": "#94A3B8",
} | {
    f"{look}-{part}": color
    for look, colors in LOOKS.items()
    for part, color in zip(("border", "fill", "ink", "quiet"), colors, strict=True)
}
