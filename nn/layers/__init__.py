"""Layers: modules that are put together to models."""

from .container import ModuleList, Sequential
from .dropout import Dropout
from .linear import Flatten, Linear
from .mlp import MLP

__all__ = ["MLP", "Dropout", "Flatten", "Linear", "ModuleList", "Sequential"]
