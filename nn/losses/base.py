"""What all losses share: the reduction, and the class made from each function."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from ..arrays import plain
from .checks import REDUCTIONS, arrayed, cast, check_reduction, check_settings

__all__ = ["Loss", "fitting", "reduced", "weighted"]


def reduced(losses: Any, reduction: str) -> Any:
    """The losses themselves, their mean, or their sum."""
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    check_reduction(reduction)
    return losses


def weighted(name: str, losses: Any, weight: Any) -> Any:
    """``losses * weight``, where the weight may be broadcast to the losses but not beyond."""
    if weight is None:
        return losses
    check_settings(name, weight=weight)
    return losses * fitting(name, "weight", weight, losses)


def fitting(name: str, setting: str, value: Any, like: Any) -> Any:
    """``value`` in the dtype of ``like``, whose shape it broadcasts to."""
    value = arrayed(value)
    shape, due = tuple(value.shape), tuple(like.shape)
    try:
        fits = np.broadcast_shapes(shape, due) == due
    except ValueError:
        fits = False
    if not fits:
        cure = f"; pass {setting}[..., None]" if due == (*shape, 1) else ""
        raise ValueError(
            f"{name}: {setting} of shape {shape} does not broadcast to losses of shape {due}{cure}"
        )
    return cast(value, like.dtype) if type(value) is np.ndarray else value


class Loss:
    """A loss that keeps its settings, made from a function and called like it.

    ``class MSELoss(Loss, of=mse_loss)`` takes name, settings and documentation from the function,
    whose arguments without a default are what the loss is called with. The settings are
    attributes.

    Examples
    --------
    >>> import nn
    >>> def hubris(input, target, *, pride=2.0, reduction="mean"):
    ...     return pride * nn.losses.l1_loss(input, target, reduction=reduction)
    >>> class HubrisLoss(nn.losses.Loss, of=hubris):
    ...     pass
    >>> loss = HubrisLoss(pride=3.0)
    >>> loss, float(loss([1.0], [0.5]))
    (HubrisLoss(pride=3.0, reduction='mean'), 1.5)
    """

    function: ClassVar[Callable[..., Any]]
    reductions: ClassVar[tuple[str, ...]] = REDUCTIONS
    __signature__: ClassVar[inspect.Signature]
    _call: ClassVar[str]
    reduction: str

    def __init_subclass__(cls, of: Callable[..., Any] | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if of is None:
            return
        parameters = inspect.signature(of).parameters.values()
        inputs = [p.name for p in parameters if p.default is p.empty]
        cls.function = staticmethod(of)
        cls.__signature__ = inspect.Signature([p for p in parameters if p.default is not p.empty])
        cls._call = f"({', '.join(inputs)})"
        title, _, rest = (inspect.getdoc(of) or of.__name__).partition("\n")
        # The examples run where they stand, in the function.
        rest = rest.partition("Examples\n---")[0].strip("\n")
        cls.__doc__ = (
            f"{title}\n\n:func:`{of.__name__}` with its settings: "
            f"``{cls.__name__}(...){cls._call}``.\n\n{rest}\n"
        )

    def __init__(self, *args: Any, **settings: Any) -> None:
        name = type(self).__name__
        try:
            bound = self.__signature__.bind(*args, **settings)
        except TypeError as error:
            raise TypeError(
                f"{error}: the settings are {name}{self.__signature__}, and the loss is called "
                f"as {name}(...){self._call}"
            ) from None
        bound.apply_defaults()
        check_settings(name, **bound.arguments)
        if "reduction" in bound.arguments:
            check_reduction(bound.arguments["reduction"], self.reductions)
        vars(self).update(bound.arguments)

    def __call__(self, *inputs: Any, **named: Any) -> Any:
        return type(self).function(*inputs, **named, **vars(self))

    def __repr__(self) -> str:
        settings = ", ".join(f"{key}={_short(value)}" for key, value in vars(self).items())
        return f"{type(self).__name__}({settings})"


def _short(value: Any) -> str:
    if not hasattr(value, "shape"):
        return repr(value)
    numbers = np.array2string(plain(value), precision=4, separator=", ", threshold=12)
    return numbers.replace("\n", "")
