"""Small parameters moved as one vector: their step is mostly calls, not arithmetic."""

from __future__ import annotations

from operator import is_
from typing import Any

import numpy as np

from .base import Optimizer, _Move

# Numbers in a parameter that is joined with others: below, a pass over it costs less than its call.
_SMALL = 1 << 12
# How often a group's parameters may turn out to be others than before.
_PATIENCE = 8

# Where in a long array each parameter is, and its shape.
_Places = list[tuple[slice, tuple[int, ...]]]


class _Joined(Optimizer):
    """An optimizer whose update treats each number by itself, and only does ``p -=`` and ``p *=``.

    The state's arrays are parts of long ones, so that ``state_dict`` shows nothing of it.
    """

    def _move(self, group: dict[str, Any], due: list[_Move]) -> None:
        small = [one for one in due if one[1].size <= _SMALL]
        joint = self._as_one(group, small) if len(small) > 1 else None
        if joint is None:
            super()._move(group, due)
            return
        large = [one for one in due if one[1].size > _SMALL] if len(small) < len(due) else []
        try:
            super()._move(group, [*large, joint.gather(small)])
        finally:
            joint.share()

    def _as_one(self, group: dict[str, Any], due: list[_Move]) -> _Joint | None:
        """These parameters as one: made anew where they are others, but not for ever."""
        joints: dict[int, tuple[_Joint | None, int]] = vars(self).setdefault("_joints", {})
        joint, changes = joints.get(id(group), (None, 0))
        if joint is not None and joint.fits(due):
            return joint
        if changes == _PATIENCE:
            return None
        joint = _Joint(due) if _can_be_joined(due) else None
        joints[id(group)] = joint, changes + 1
        return joint


def _can_be_joined(due: list[_Move]) -> bool:
    """Whether they are of one dtype and have made the same steps."""
    first, *others = (
        {k: None if isinstance(v, np.ndarray) else v for k, v in state.items()}
        for _, _, state, _ in due
    )
    dtype = due[0][1].dtype
    return all(other == first for other in others) and all(g.dtype == dtype for _, g, *_ in due)


class _Joint:
    """Several parameters, their gradients and their state, as one of each."""

    def __init__(self, due: list[_Move]) -> None:
        self.states = [state for _, _, state, _ in due]
        sizes = [g.size for _, g, *_ in due]
        ends = np.cumsum(sizes).tolist()
        cuts = [slice(end - size, end) for size, end in zip(sizes, ends)]
        self.places = list(zip(cuts, [g.shape for _, g, *_ in due]))
        self.gradient = np.empty(ends[-1], due[0][1].dtype)
        self.work = [np.empty_like(self.gradient) for _ in due[0][3]]
        self.state: dict[str, Any] = {
            name: np.concatenate([state[name].reshape(-1) for state in self.states])
            if isinstance(value, np.ndarray)
            else value
            for name, value in self.states[0].items()
        }
        self.usual = _parts(self.work[0], self.places)
        self.shared: dict[str, np.ndarray] = {}
        self.share()

    def __reduce__(self) -> tuple[type, tuple]:
        # A copy's arrays are no longer parts of anything: None takes the place, and it joins anew.
        return type(None), ()

    def fits(self, due: list[_Move]) -> bool:
        """Whether these have the very states that were left by the last step here."""
        if len(due) != len(self.states):
            return False
        now = [x for _, _, state, _ in due for x in state.values()]
        return len(now) == len(self.left) and all(map(is_, now, self.left))

    def gather(self, due: list[_Move]) -> _Move:
        """What an optimizer's update takes, for all at once."""
        np.concatenate([g.reshape(-1) for _, g, *_ in due], out=self.gradient)
        moved = _Moved([p for p, *_ in due], self.work[0], self.usual, self.places)
        return moved, self.gradient, self.state, self.work

    def share(self) -> None:
        """Pass what is new in the joint state on to each parameter's."""
        for name, value in self.state.items():
            if not isinstance(value, np.ndarray):
                for state in self.states:
                    state[name] = value
            elif self.shared.get(name) is not value:
                self.shared[name] = value
                for state, part in zip(self.states, _parts(value, self.places)):
                    state[name] = part
        self.left = [x for state in self.states for x in state.values()]


class _Moved:
    """Stands for the parameters in an update, which does no more than ``p -= ...`` with them."""

    def __init__(
        self,
        parameters: list[np.ndarray],
        usual: np.ndarray,
        usual_parts: list[np.ndarray],
        places: _Places,
    ) -> None:
        self.parameters, self.places = parameters, places
        self.usual, self.usual_parts = usual, usual_parts

    def __isub__(self, step: np.ndarray) -> _Moved:
        parts = self.usual_parts if step is self.usual else _parts(step, self.places)
        for p, part in zip(self.parameters, parts):
            p -= part
        return self

    def __imul__(self, factor: float) -> _Moved:
        for p in self.parameters:
            p *= factor
        return self


def _parts(whole: np.ndarray, places: _Places) -> list[np.ndarray]:
    """What of a long array belongs to each parameter, in its shape."""
    return [whole[cut].reshape(shape) for cut, shape in places]
