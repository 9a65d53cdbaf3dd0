"""What all optimizers share: parameter groups, the walk over the parameters, and the state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from autograd import Tensor, enable_grad
from autograd.extend import effect, opened

from .blocks import update_in_blocks
from .settings import check

__all__ = ["Optimizer"]

# What schedules note in a parameter group beside the optimizer's own settings.
SCHEDULED = ("initial_lr", "max_lr", "min_lr", "max_momentum", "base_momentum")

# How PyTorch computes, not what: left out when its state is loaded.
_ELSEWHERE = ("foreach", "fused", "capturable", "differentiable", "decoupled_weight_decay")


# The memory of a parameter to update, its gradient with what the settings add to it, its state, and
# scratch.
_Move = tuple[Any, np.ndarray, dict[str, Any], list[np.ndarray]]


class Optimizer:
    """Base class: subclasses say how parameters move, in ``_update``.

    Parameters
    ----------
    params : iterable of Tensor, or of dicts
        What to train. Dicts ``{"params": [...], "lr": ...}`` are groups with settings of their own.
    **settings
        The defaults for all groups.

    Attributes
    ----------
    param_groups : list of dict
        The groups with all their settings, which may be changed between steps.
    defaults : dict
        The settings a group has unless it says otherwise.
    """

    # Names of the arrays of a parameter's shape that may be kept for it, and its numbers' types.
    _arrays: ClassVar[tuple[str, ...]] = ()
    _numbers: ClassVar[dict[str, type]] = {"step": int}
    # How many arrays to compute in ``_update`` wants: one at least.
    _scratch: ClassVar[int] = 1

    def __init__(self, params: Iterable[Any], **settings: Any) -> None:
        name = type(self).__name__
        if hasattr(params, "parameters") or isinstance(params, Tensor):
            raise TypeError(
                f"{name} takes the parameters, as in {name}(model.parameters()), got one "
                f"{type(params).__name__}"
            )
        given = list(params)
        if not given:
            raise ValueError(
                f"{name} got no parameters: pass model.parameters(). A tensor is a parameter if "
                "it has requires_grad=True"
            )
        self.defaults = settings
        self.param_groups: list[dict[str, Any]] = []
        self._slots: list[list[_Slot]] = []
        for group in given if isinstance(given[0], dict) else [{"params": given}]:
            self.add_param_group(group)

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Train further parameters too, with settings of their own or the defaults.

        Parameters
        ----------
        group : dict
            ``{"params": tensors, "lr": ...}``; what it does not say is as in ``defaults``.
        """
        name = type(self).__name__
        if not isinstance(group, Mapping) or "params" not in group:
            raise TypeError(
                f"{name}: a parameter group is a dict such as {{'params': [...], 'lr': 0.01}}, got "
                f"{group!r:.80}"
            )
        if unknown := [k for k in group if k not in (*self.defaults, *SCHEDULED, "params")]:
            raise TypeError(
                f"{name} has no setting {', '.join(map(repr, unknown))}; "
                f"it has {', '.join(self.defaults)}"
            )
        params = group["params"]
        params = [params] if isinstance(params, Tensor) else list(params)
        settings = {**self.defaults, **{k: v for k, v in group.items() if k != "params"}}
        check(name, settings)
        seen = {id(slot.param) for slots in self._slots for slot in slots}
        for p in params:
            if not isinstance(p, Tensor) or not p.requires_grad or not p.is_leaf:
                raise TypeError(
                    f"{name} trains leaf tensors with requires_grad=True, got {p!r:.80}"
                )
            if id(p) in seen:
                raise ValueError(f"{name} got one parameter twice")
            seen.add(id(p))
        self.param_groups.append({"params": params, **settings})
        self._slots.append([_Slot(p) for p in params])

    # Steps ---------------------------------------------------------------------------------------

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients, or fill them with zeros if ``set_to_none`` is false."""
        effect(self._forget, set_to_none)

    def _forget(self, set_to_none: bool) -> None:
        for slots in self._slots:
            for slot in slots:
                if set_to_none:
                    slot.param.zero_grad()
                elif slot.param.grad is not None:
                    slot.param.grad[...] = 0

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter that has a gradient.

        Parameters
        ----------
        closure : callable, optional
            Called first, to compute the loss and its gradients anew.

        Returns
        -------
        The closure's loss, or None.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        effect(self._step)
        return loss

    def _step(self) -> None:
        for group, slots in zip(self.param_groups, self._slots):
            if len(group["params"]) != len(slots):
                raise RuntimeError(
                    f"{type(self).__name__}: a group's list of parameters was changed; add "
                    "parameters with add_param_group"
                )
            self._move(group, self._due(group, slots))

    def _due(self, group: dict[str, Any], slots: list[_Slot]) -> list[_Move]:
        """The parameters of a group that have a gradient, with all that their update takes."""
        due: list[_Move] = []
        for slot in slots:
            found = opened(slot.param)
            if found is not None:
                p, g = found
                if not slot.work:
                    self._start(group, slot, g)
                due.append((p, g, slot.state, slot.work))
        maximize = group.get("maximize", False)
        decay = 0.0 if self._is_decoupled(group) else float(group.get("weight_decay", 0.0))
        if not decay and not maximize:
            return due
        return [(p, _combined(p, g, decay, maximize), kept, work) for p, g, kept, work in due]

    def _start(self, group: dict[str, Any], slot: _Slot, g: np.ndarray) -> None:
        """Make space to compute in, and the state unless one was loaded."""
        slot.work = [np.empty_like(g) for _ in range(self._scratch)]
        slot.state = slot.state or self._begin(group, g)

    def _is_decoupled(self, group: dict[str, Any]) -> bool:
        """Whether ``_update`` sees to the weight decay, which else is added to the gradient."""
        return bool(group.get("decoupled_weight_decay", False))

    def _needs(self, group: dict[str, Any]) -> tuple[str, ...]:
        """Names of the arrays, zero at first, without which ``_update`` cannot do."""
        return self._arrays

    def _begin(self, group: dict[str, Any], like: np.ndarray) -> dict[str, Any]:
        """The state of a parameter before its first step."""
        return {"step": 0, **{name: np.zeros_like(like) for name in self._needs(group)}}

    def _move(self, group: dict[str, Any], due: list[_Move]) -> None:
        update_in_blocks(self._update, group, due)

    def _update(self, group: dict[str, Any], due: list[_Move]) -> None:
        """Move parameters, or parts of large ones: each number by itself."""
        raise NotImplementedError

    # State ---------------------------------------------------------------------------------------

    @property
    def state(self) -> dict[Tensor, dict[str, Any]]:
        """What is kept for each parameter that has made a step, under PyTorch's names."""
        return {slot.param: slot.state for slots in self._slots for slot in slots if slot.state}

    def state_dict(self) -> dict[str, Any]:
        """All that a run needs to go on as if it had not been interrupted.

        Returns
        -------
        dict
            In PyTorch's layout: ``"state"`` has arrays (copies) and numbers by the parameter's
            position, ``"param_groups"`` the settings, with positions for the parameters.
        """
        state: dict[int, Any] = {}
        groups: list[dict[str, Any]] = []
        i = 0
        for group, slots in zip(self.param_groups, self._slots):
            settings = {k: _plain(v) for k, v in group.items() if k != "params"}
            groups.append({**settings, "params": list(range(i, i + len(slots)))})
            for slot in slots:
                if slot.state:
                    state[i] = _plain(slot.state)
                i += 1
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from where :meth:`state_dict` was taken; nothing changes unless all of it fits.

        The state of PyTorch's optimizer of the same name, its tensors as arrays or not, will do.

        Parameters
        ----------
        state : dict
            As :meth:`state_dict` gives it. Positions may be text, as JSON has them.
        """
        name = type(self).__name__
        try:
            saved = {int(i): dict(kept) for i, kept in state["state"].items()}
            groups = [dict(group) for group in state["param_groups"]]
            counts = [len(group.pop("params")) for group in groups]
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"{name}: this is no state of an optimizer, which has 'state' and 'param_groups'"
            ) from error
        if counts != [len(slots) for slots in self._slots]:
            raise ValueError(
                f"{name}: the state has groups of {counts} parameters and this optimizer of "
                f"{[len(slots) for slots in self._slots]}; make it for the same model, with the "
                "same groups"
            )
        ours = [self._settings(group, now) for group, now in zip(groups, self.param_groups)]
        flat = [(group, slot) for group, slots in zip(ours, self._slots) for slot in slots]
        if strange := [i for i in saved if not 0 <= i < len(flat)]:
            raise ValueError(f"{name}: the state has parameters {strange} of {len(flat)}")
        kept = [
            self._fitted(group, slot.param, i, saved[i]) if saved.get(i) else {}
            for i, (group, slot) in enumerate(flat)
        ]
        for now, group in zip(self.param_groups, ours):
            now.update(group)
        for (_, slot), found in zip(flat, kept):
            slot.state, slot.work = found, []

    def _settings(self, given: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
        """Saved settings of a group, checked and of the types that they have here."""
        name = type(self).__name__
        own = {k: v for k, v in given.items() if k in self.defaults or k not in _ELSEWHERE}
        if unknown := [k for k in own if k not in self.defaults and k not in SCHEDULED]:
            raise ValueError(
                f"{name} has no setting {', '.join(map(repr, unknown))}: this is the state of "
                "another optimizer"
            )
        if missing := [k for k in self.defaults if k not in own]:
            raise ValueError(f"{name}: the state lacks the setting {', '.join(missing)}")
        settings = {k: tuple(v) if isinstance(v, list) else _bare(v) for k, v in own.items()}
        check(name, settings, running=True)
        return settings

    def _fitted(
        self, group: dict[str, Any], p: Tensor, i: int, kept: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Saved state of parameter ``i``, copied in its dtype, if that is what is needed here."""
        where = f"{type(self).__name__}: the state of parameter {i}"
        given = {k: _bare(v) for k, v in kept.items() if v is not None}
        if unknown := [k for k in given if k not in self._arrays and k not in self._numbers]:
            raise ValueError(f"{where} has {', '.join(unknown)}: this is another optimizer's")
        like = np.asarray(p.detach())  # a copy in the layout of the parameter
        due = self._begin(group, like)
        if missing := [k for k in due if k not in given]:
            raise ValueError(f"{where} lacks {', '.join(missing)}")
        found: dict[str, Any] = {}
        for key, value in given.items():
            if key in self._numbers:
                found[key] = self._numbers[key](value)
            elif np.shape(value) != p.shape:
                raise ValueError(
                    f"{where} has {key} of shape {np.shape(value)} where {p.shape} is due; build "
                    "the model with the sizes it was saved with"
                )
            else:
                found[key] = np.empty_like(like)
                found[key][...] = value
        return found

    def __repr__(self) -> str:
        lines = [
            ", ".join(f"{k}={v!r}" for k, v in group.items() if k != "params")
            for group in self.param_groups
        ]
        if len(lines) == 1:
            return f"{type(self).__name__}({lines[0]})"
        inner = "".join(f"  ({i}): {line}\n" for i, line in enumerate(lines))
        return f"{type(self).__name__}(\n{inner})"


class _Slot:
    """A parameter with what the optimizer keeps for it, and space to compute in."""

    __slots__ = ("param", "state", "work")

    def __init__(self, param: Tensor) -> None:
        self.param = param
        self.state: dict[str, Any] = {}
        self.work: list[np.ndarray] = []  # before the first step


def _combined(p: np.ndarray, g: np.ndarray, decay: float, maximize: bool) -> np.ndarray:
    """``decay p + g``, or minus the gradient, in a new array."""
    if not decay:
        return np.negative(g, out=np.empty_like(g))
    penalty = np.multiply(p, decay, out=np.empty_like(p))
    return (np.subtract if maximize else np.add)(penalty, g, out=penalty)


def _bare(value: Any) -> Any:
    """What a foreign tensor of any kind holds, as an array."""
    if hasattr(value, "detach"):
        value = value.detach()
    return value.numpy() if hasattr(value, "numpy") else value


def _plain(value: Any) -> Any:
    """A copy made of arrays and JSON's types only."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value
