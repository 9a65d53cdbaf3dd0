"""A model as a table and as a picture."""

from .drawing import draw
from .table import Summary, summary

__all__ = ["Summary", "draw", "summary"]
