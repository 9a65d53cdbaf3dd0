"""Functions recorded once, optimised, and replayed without building a graph."""

from .captured import Captured, capture

__all__ = ["Captured", "capture"]
