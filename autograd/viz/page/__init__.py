"""A graph as one HTML file in which backward can be played, and as a fragment for notebooks."""

from __future__ import annotations

from .document import to_html
from .fragment import notebook_html
from .history import Frame

__all__ = ["Frame", "notebook_html", "to_html"]
