"""The timed comparisons, a family to a file."""

from __future__ import annotations

from ..workload import Workload
from .scalar import SCALAR_CHAIN, SCALAR_MLP
from .small_tensor import SMALL_TENSOR
from .training import STEP_LARGE, STEP_SMALL

__all__ = ["WORKLOADS"]

WORKLOADS: dict[str, Workload] = {
    w.name: w for w in (SCALAR_MLP, SCALAR_CHAIN, SMALL_TENSOR, STEP_LARGE, STEP_SMALL)
}
