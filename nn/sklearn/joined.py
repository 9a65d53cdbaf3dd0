"""All parameters moved as one vector: a small network's step is mostly calls, not arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Tensor

from .. import optim

__all__ = ["Joined"]

# Numbers in a group's parameters; longer vectors leave the cache between one pass and the next.
_SMALL = 1 << 15


class Joined(optim.Optimizer):
    """To inherit from before an optimizer whose update treats each number by itself.

    The state's arrays are parts of long ones, so that ``state_dict`` shows nothing of it.
    """

    _joint: _Joint | None = None

    def _update(self, group: dict[str, Any], due: list[Any]) -> None:
        joint = self._joint
        if joint is None or not joint.fits(due):
            self._joint = joint = None
            if len(self.param_groups) == 1 and _can_be_joined(due):
                self._joint = joint = _Joint(due)
        if joint is None:
            super()._update(group, due)
        else:
            super()._update(group, [joint.gather(due)])
            joint.share()

    def __getstate__(self) -> dict[str, Any]:
        # A copy's arrays are no longer parts of anything; it joins its own.
        return {**vars(self), "_joint": None}


def _can_be_joined(due: list[Any]) -> bool:
    """Whether they are several, not too large, and have made the same steps."""
    if len(due) < 2 or sum(g.size for _, g, *_ in due) > _SMALL:
        return False
    first, *others = (
        {k: None if isinstance(v, np.ndarray) else v for k, v in state.items()}
        for _, _, state, _ in due
    )
    return all(other == first for other in others)


class _Joint:
    """Several parameters, their gradients and their state, as one of each."""

    def __init__(self, due: list[Any]) -> None:
        self.states = [state for _, _, state, _ in due]
        sizes = [g.size for _, g, *_ in due]
        ends = np.cumsum(sizes).tolist()
        self.cuts = [slice(end - size, end) for size, end in zip(sizes, ends)]
        self.shapes = [g.shape for _, g, *_ in due]
        self.gradient = np.empty(ends[-1], due[0][1].dtype)
        self.work = [np.empty_like(self.gradient) for _ in due[0][3]]
        self.state: dict[str, Any] = {
            name: _joined([state[name] for state in self.states])
            if isinstance(value, np.ndarray)
            else value
            for name, value in self.states[0].items()
        }
        self.moved = _Moved([p for p, *_ in due], self)
        self.share()

    def fits(self, due: list[Any]) -> bool:
        """Whether these are the parameters and states it was made of."""
        return len(due) == len(self.states) and all(
            state is ours for (_, _, state, _), ours in zip(due, self.states)
        )

    def gather(self, due: list[Any]) -> tuple[Any, np.ndarray, dict[str, Any], list[np.ndarray]]:
        """What an optimizer's update takes, for all at once."""
        np.concatenate([g.reshape(-1) for _, g, *_ in due], out=self.gradient)
        return self.moved, self.gradient, self.state, self.work

    def parts(self, whole: np.ndarray) -> list[np.ndarray]:
        """What of a long array belongs to each parameter, in its shape."""
        return [whole[cut].reshape(shape) for cut, shape in zip(self.cuts, self.shapes)]

    def share(self) -> None:
        """Pass what is new in the joint state on to each parameter's."""
        for name, value in self.state.items():
            if not isinstance(value, np.ndarray):
                for state in self.states:
                    state[name] = value
            elif getattr(self.states[0].get(name), "base", None) is not value:
                for state, part in zip(self.states, self.parts(value)):
                    state[name] = part


class _Moved:
    """Stands for the parameters in an update, which does no more than ``p -= ...`` with them."""

    def __init__(self, parameters: list[Tensor], joint: _Joint) -> None:
        self.parameters, self.joint = parameters, joint
        self.usual = joint.work[0]
        self.usual_parts = joint.parts(self.usual)

    def __isub__(self, step: np.ndarray) -> _Moved:
        parts = self.usual_parts if step is self.usual else self.joint.parts(step)
        for p, part in zip(self.parameters, parts):
            p -= part
        return self


def _joined(arrays: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([array.reshape(-1) for array in arrays])
