"""Schedules of the learning rate: PyTorch's names, defaults and formulas, and by name."""

from .base import Scheduler
from .by_name import get, names
from .cosine import CosineAnnealingLR, CosineAnnealingWarmRestarts
from .free import LambdaLR
from .linear import ConstantLR, LinearLR, LinearWarmup
from .one_cycle import OneCycleLR
from .plateau import ReduceLROnPlateau
from .sequential import SequentialLR
from .smooth import ExponentialLR, InverseScalingLR, PolynomialLR
from .steps import MultiStepLR, StepLR

__all__ = [
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "ExponentialLR",
    "InverseScalingLR",
    "LambdaLR",
    "LinearLR",
    "LinearWarmup",
    "MultiStepLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "Scheduler",
    "SequentialLR",
    "StepLR",
    "get",
    "names",
]
