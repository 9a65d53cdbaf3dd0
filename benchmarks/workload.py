"""What a timed comparison is made of. Imported by every contender's process: light."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = [
    "BY_HAND",
    "CAPTURED",
    "OURS",
    "JAX_PRODUCTS",
    "PRODUCTS",
    "TORCH_PRODUCTS",
    "Contender",
    "Goal",
    "Task",
    "Workload",
    "contender",
]

OURS = "blamegraph"
CAPTURED = "blamegraph captured"
BY_HAND = "numpy by hand"
PRODUCTS = "numpy, matrix products alone"
TORCH_PRODUCTS = "torch, matrix products alone"
JAX_PRODUCTS = "jax, matrix products alone"

# Who lives elsewhere, or is not ours: the interpreter, and the distribution whose version counts.
_HOMES = {
    BY_HAND: ("ours", "numpy"),
    PRODUCTS: ("ours", "numpy"),
    TORCH_PRODUCTS: ("peers", "torch"),
    JAX_PRODUCTS: ("peers", "jax"),
    "numpy, forward only": ("ours", "numpy"),
    "torch": ("peers", "torch"),
    "torch.nn": ("peers", "torch"),
    "jax": ("peers", "jax"),
    "tinygrad": ("peers", "tinygrad"),
    "scikit-learn": ("peers", "scikit-learn"),
    "micrograd": ("peers", "micrograd"),
    "mygrad": ("peers", "mygrad"),
    "HIPS autograd": ("hips", "autograd"),
}


@dataclass(frozen=True)
class Task:
    """One contender's form of a workload, ready to run."""

    step: Callable[[], Any]
    """What is timed."""
    result: Callable[[], dict[str, Any]]
    """Named numbers or arrays that all contenders must agree on; asked for once, before timing."""
    forward: Callable[[], Any] | None = None
    """The part of a step that ends in the loss node, for profiles of ours."""
    note: Callable[[], str] | None = None
    """What a reader of its figure must know; asked for after the result."""
    profile: Callable[[], str] | None = None
    """What takes the time within a captured step."""


@dataclass(frozen=True)
class Contender:
    """Who takes part, and where it lives."""

    name: str
    build: Callable[[], Task]
    home: str = "ours"
    """The interpreter that has it: ``ours``, ``peers`` or ``hips``."""
    package: str = ""
    """The distribution whose version is reported."""


def contender(name: str, build: Callable[..., Task], *args: Any) -> Contender:
    """The contender of that name, who builds its task from ``args``."""
    return Contender(name, lambda: build(*args), *_HOMES.get(name, ()))


@dataclass(frozen=True)
class Goal:
    """``contender`` takes at most ``at_most`` times what ``against`` takes.

    Without ``against``, at most ``at_most`` microseconds a unit.
    """

    at_most: float
    against: str | None = None
    contender: str = OURS


@dataclass(frozen=True)
class Workload:
    """The same computation for several contenders."""

    name: str
    title: str
    contenders: tuple[Contender, ...]
    units: int = 1
    unit: str = "step"
    goals: tuple[Goal, ...] = ()
    tolerance: float = 1e-9
    """Largest difference between two contenders' results, relative to the largest entry."""
    family: str = ""
    """What it is one size of: the family's curve is drawn over ``units``."""
    big: bool = False
    """Whether ``--quick`` leaves it out."""
    threaded: bool = False
    """Whether it is worth measuring with several threads too."""
