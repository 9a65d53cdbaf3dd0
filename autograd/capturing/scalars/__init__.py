"""Graphs of values, recorded and then computed again on arrays, level by level."""

from .captured import CapturedValues, captured_values
from .plan import ScalarPlan

__all__ = ["CapturedValues", "ScalarPlan", "captured_values"]
