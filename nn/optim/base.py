"""What all optimizers share: parameter groups, checks, and the walk over the parameters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd import Tensor, no_grad

__all__ = ["Optimizer"]


class Optimizer:
    """Base class: subclasses say how one parameter moves, in ``_update``.

    Parameters
    ----------
    params : iterable of Tensor, or of dicts
        What to train. Dicts ``{"params": [...], "lr": ...}`` are groups with settings of their own.
    **settings
        The defaults for all groups.
    """

    _buffers = 0  # arrays of a parameter's shape that _update needs, zero at first

    def __init__(self, params: Iterable[Any], **settings: Any) -> None:
        if hasattr(params, "parameters") or isinstance(params, Tensor):
            raise TypeError(
                f"{type(self).__name__} takes the parameters, as in {type(self).__name__}("
                f"model.parameters()), got one {type(params).__name__}"
            )
        given = list(params)
        if not given:
            raise ValueError(
                f"{type(self).__name__} got no parameters: pass model.parameters(). A tensor is a "
                "parameter if it has requires_grad=True"
            )
        groups = given if isinstance(given[0], dict) else [{"params": given}]
        self.param_groups: list[dict[str, Any]] = []
        self._slots: list[list[_Slot]] = []
        seen: set[int] = set()
        for group in groups:
            unknown = [k for k in group if k not in settings and k != "params"]
            if unknown:
                raise TypeError(
                    f"{type(self).__name__} has no setting {', '.join(map(repr, unknown))}; "
                    f"it has {', '.join(settings)}"
                )
            full = {**settings, **group, "params": list(group["params"])}
            self._check(full)
            for p in full["params"]:
                if not isinstance(p, Tensor) or not p.requires_grad or not p.is_leaf:
                    raise TypeError(
                        f"{type(self).__name__} trains leaf tensors with requires_grad=True, "
                        f"got {p!r:.80}"
                    )
                if id(p) in seen:
                    raise ValueError(f"{type(self).__name__} got one parameter twice")
                seen.add(id(p))
            self.param_groups.append(full)
            self._slots.append([_Slot(p, self._buffers) for p in full["params"]])
        self._quiet = no_grad()

    @staticmethod
    def _check(settings: dict[str, Any]) -> None:
        lr = settings["lr"]
        if not lr > 0 or not np.isfinite(lr):
            raise ValueError(f"a learning rate is a positive number, got lr={lr}")
        for name in ("weight_decay", "momentum", "eps"):
            if settings.get(name, 0) < 0:
                raise ValueError(f"{name} is not negative, got {settings[name]}")
        for beta in settings.get("betas", ()):
            if not 0 <= beta < 1:
                raise ValueError(f"betas lie in [0, 1), got {settings['betas']}")

    def zero_grad(self) -> None:
        """Forget all gradients."""
        for slots in self._slots:
            for slot in slots:
                slot.param.zero_grad()

    def step(self) -> None:
        """Move every parameter that has a gradient."""
        with self._quiet:
            for group, slots in zip(self.param_groups, self._slots):
                self._update(group, slots)

    def _update(self, group: dict[str, Any], slots: list[_Slot]) -> None:
        raise NotImplementedError

    def __repr__(self) -> str:
        shown = {k: v for k, v in self.param_groups[0].items() if k != "params"}
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in shown.items())})"


class _Slot:
    """A parameter with what the optimizer keeps for it: buffers, scratch space, steps so far."""

    __slots__ = ("buffers", "param", "scratch", "steps")

    def __init__(self, param: Tensor, buffers: int) -> None:
        like = param.detach()
        self.param = param
        self.buffers = [np.zeros(like.shape, like.dtype) for _ in range(buffers)]
        self.scratch = np.empty(like.shape, like.dtype)
        self.steps = 0
