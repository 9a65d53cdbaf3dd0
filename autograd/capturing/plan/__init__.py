"""A program laid out in fixed buffers, to be run again and again as a flat list of NumPy calls."""

from .plan import ALL_PASSES, Plan

__all__ = ["ALL_PASSES", "Plan"]
