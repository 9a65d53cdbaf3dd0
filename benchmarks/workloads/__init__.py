"""The timed comparisons, a family to a file."""

from __future__ import annotations

from ..workload import Workload
from .attention import ATTENTION
from .convnet import CONVNETS
from .digits import DIGITS
from .elementwise import ELEMENTWISE
from .lstm import LSTM
from .scalar import SCALAR
from .second_order import HESSIAN, HVP
from .small_tensor import SMALL_TENSOR
from .training import TRAINING

__all__ = ["WORKLOADS"]

WORKLOADS: dict[str, Workload] = {
    w.name: w
    for w in (
        *SCALAR,
        SMALL_TENSOR,
        *TRAINING,
        *ELEMENTWISE,
        ATTENTION,
        LSTM,
        *CONVNETS,
        HESSIAN,
        HVP,
        DIGITS,
    )
}
