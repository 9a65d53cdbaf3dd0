"""A model in evaluation or training mode for a while, and then in the modes it was in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .module import Module

__all__ = ["in_evaluation", "in_training"]


@contextmanager
def in_evaluation(model: Module) -> Iterator[None]:
    """Evaluation mode inside, and afterwards for each module the mode that it was in.

    Examples
    --------
    >>> import nn
    >>> from nn.evaluating import in_evaluation
    >>> model = nn.Sequential(nn.BatchNorm1d(2).eval(), nn.Dropout())
    >>> with in_evaluation(model):
    ...     pass
    >>> [layer.training for layer in model]
    [False, True]
    """
    with _modes_kept(model):
        model.eval()
        yield


@contextmanager
def in_training(model: Module) -> Iterator[None]:
    """Training mode inside, except for layers that were put in evaluation mode by themselves.

    So a batch norm that is frozen with ``eval()`` stays so while the model around it is trained.
    """
    with _modes_kept(model):
        if not model.training:
            model.train()
        yield


@contextmanager
def _modes_kept(model: Module) -> Iterator[None]:
    modes = [(module, vars(module).get("training")) for module in model.modules()]
    try:
        yield
    finally:
        for module, mode in modes:
            if mode is None:  # that of its class
                vars(module).pop("training", None)
            else:
                module.training = mode
