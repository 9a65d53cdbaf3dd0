"""What goes on inside a model while it trains."""

from .callback import Statistics

__all__ = ["Statistics"]
