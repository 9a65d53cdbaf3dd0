"""The colours of rankings; blue adds and orange takes away, as on the edges of drawings."""

from __future__ import annotations

__all__ = ["BLUE", "INK", "LINE", "MUTED", "ORANGE"]

# Okabe and Ito's palette (2008), made for all kinds of colour vision.
BLUE, ORANGE = "#0072B2", "#D55E00"
INK, MUTED, LINE = "#1E293B", "#64748B", "#E2E8F0"
