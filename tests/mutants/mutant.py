"""A mutant: a bug, the program it is looked for in, and what has to be named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .plant import Plant
from .ways import Way, gradients

__all__ = ["Mutant"]


@dataclass(frozen=True)
class Mutant:
    """A planted bug."""

    name: str
    kind: str
    """``rule``, ``engine`` or ``feature``."""
    blamed: str
    """What the report has to name: an op; ``engine`` or ``cut``; a word of the message."""
    plant: Plant
    program: Callable[..., Any]
    """A right program that passes through the place."""
    inputs: tuple
    way: Way = gradients
    """How it is checked."""
    draw: dict[str, Any] | None = field(default=None)
    """Random programs to look in, as ``strategies.programs`` takes them."""
