"""Schedules by name, with settings from the length of the run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...suggest import unknown
from ..base import Optimizer
from .base import Scheduler, check_count, check_optimizer
from .cosine import CosineAnnealingLR
from .linear import ConstantLR, LinearLR, LinearWarmup
from .one_cycle import OneCycleLR
from .plateau import ReduceLROnPlateau
from .sequential import SequentialLR
from .smooth import ExponentialLR, InverseScalingLR, PolynomialLR
from .steps import StepLR

__all__ = ["get", "names"]


def _adaptive(optimizer: Optimizer, epochs: int, steps: int) -> Scheduler:
    return ReduceLROnPlateau(optimizer, factor=0.2, threshold=1e-4, threshold_mode="abs")


def _one_cycle(optimizer: Optimizer, epochs: int, steps: int) -> Scheduler:
    first = optimizer.param_groups[0]
    return OneCycleLR(
        optimizer,
        [float(group["lr"]) for group in optimizer.param_groups],
        total_steps=steps,
        cycle_momentum="betas" in first or first.get("momentum", 0) > 0,
    )


def _warmup_cosine(optimizer: Optimizer, epochs: int, steps: int) -> Scheduler:
    warm = _tenth(steps)
    if warm == steps:
        return LinearWarmup(optimizer, warm)
    fall = CosineAnnealingLR(optimizer, steps - warm, every="step")
    return SequentialLR(optimizer, [LinearWarmup(optimizer, warm), fall], [warm])


def _tenth(n: int) -> int:
    return max(1, round(n / 10))


# Each takes the optimizer, the epochs and the steps of the whole run.
_BY_NAME: dict[str, Callable[[Optimizer, int, int], Scheduler]] = {
    "adaptive": _adaptive,
    "constant": lambda optimizer, epochs, steps: ConstantLR(optimizer, 1.0, 1),
    "cosine": lambda optimizer, epochs, steps: CosineAnnealingLR(optimizer, epochs),
    # Down to a hundredth.
    "exponential": lambda optimizer, epochs, steps: ExponentialLR(optimizer, 0.01 ** (1 / epochs)),
    "invscaling": lambda optimizer, epochs, steps: InverseScalingLR(optimizer, every="step"),
    "linear": lambda optimizer, epochs, steps: LinearLR(optimizer, 1.0, 0.0, epochs),
    "one_cycle": _one_cycle,
    "plateau": lambda optimizer, epochs, steps: ReduceLROnPlateau(
        optimizer, patience=min(10, _tenth(epochs))
    ),
    "polynomial": lambda optimizer, epochs, steps: PolynomialLR(optimizer, epochs, 2.0),
    "step": lambda optimizer, epochs, steps: StepLR(optimizer, max(1, -(-epochs // 3))),
    "warmup": lambda optimizer, epochs, steps: LinearWarmup(optimizer, _tenth(steps)),
    "warmup_cosine": _warmup_cosine,
}


def names() -> list[str]:
    """The names that :func:`get` knows."""
    return sorted(_BY_NAME)


def get(given: Any, optimizer: Optimizer, *, epochs: int = 1, steps: int = 1) -> Scheduler:
    """A schedule by name, or made by a function, or as it is.

    Parameters
    ----------
    given : str, Scheduler or callable
        A name starts from the learning rates the optimizer was made with: "constant";
        "step" (three equal parts, each with a tenth of the learning rate before); "exponential"
        (to a hundredth); "linear", "polynomial" (a parabola) and "cosine" (to zero); "one_cycle"
        (its top is the learning rate); "warmup" (over a tenth of the run) and "warmup_cosine";
        "plateau" (a tenth, after a tenth of the epochs, at most 10, without improvement);
        scikit-learn's "invscaling" and "adaptive" (a fifth, after 10 epochs without improvement).
        A function takes the optimizer and returns a schedule.
    optimizer : Optimizer
        Whose learning rates.
    epochs : int
        How many epochs the run has.
    steps : int
        How many steps of the optimizer an epoch has.

    Examples
    --------
    >>> import nn
    >>> from autograd import tensor
    >>> optimizer = nn.optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
    >>> nn.optim.schedulers.get("cosine", optimizer, epochs=5).preview(5).ravel().round(3)
    array([1.   , 0.905, 0.655, 0.345, 0.095])
    """
    check_optimizer(get, optimizer)
    if isinstance(given, str):
        if given not in _BY_NAME:
            cure = "A Scheduler, or a function of the optimizer that makes one, will do as well"
            raise unknown("schedule", given, _BY_NAME, cure)
        check_count(get, epochs=epochs, steps=steps)
        for group in optimizer.param_groups:
            group["lr"] = group.get("initial_lr", group["lr"])
        return _BY_NAME[given](optimizer, epochs, epochs * steps)
    made = given
    if not isinstance(given, Scheduler) and callable(given):
        made = given(optimizer)
    if not isinstance(made, Scheduler):
        raise TypeError(
            "a schedule is a name, a Scheduler or a function of the optimizer that makes one, got "
            f"{made!r:.80}" + ("" if made is given else f" from {given!r:.80}")
        )
    if made.optimizer is not optimizer:
        raise ValueError(
            f"this {type(made).__name__} was made for another optimizer; pass a function that "
            "makes it, such as lambda optimizer: StepLR(optimizer, 10)"
        )
    return made
