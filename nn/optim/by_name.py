"""Optimizers by name."""

from __future__ import annotations

from ..suggest import unknown
from .adadelta import Adadelta
from .adagrad import Adagrad
from .adam import Adam, AdamW
from .adamax import Adamax
from .base import Optimizer
from .lbfgs import LBFGS
from .lion import Lion
from .nadam import NAdam
from .radam import RAdam
from .rmsprop import RMSprop
from .rprop import Rprop
from .sgd import SGD

__all__ = ["get", "names"]

_BY_NAME: dict[str, type[Optimizer]] = {
    kind.__name__.lower(): kind
    for kind in (
        Adadelta,
        Adagrad,
        Adam,
        AdamW,
        Adamax,
        LBFGS,
        Lion,
        NAdam,
        RAdam,
        RMSprop,
        Rprop,
        SGD,
    )
}


def names() -> list[str]:
    """The names that :func:`get` knows."""
    return sorted(_BY_NAME)


def get(name: str) -> type[Optimizer]:
    """The class of an optimizer, by its name in any case.

    Examples
    --------
    >>> import nn
    >>> nn.optim.get("adamw").__name__
    'AdamW'
    >>> nn.optim.get("adamm")
    Traceback (most recent call last):
    ...
    ValueError: no optimizer is called 'adamm'; did you mean 'adam'? There are adadelta, adagrad,
    adam, adamax, adamw, lbfgs, lion, nadam, radam, rmsprop, rprop, sgd. ...
    """
    if not isinstance(name, str):
        raise TypeError(f"the name of an optimizer is text, got {name!r:.80}")
    found = _BY_NAME.get(name.lower())
    if found is None:
        raise unknown("optimizer", name, _BY_NAME, "An optimizer object will do as well")
    return found
