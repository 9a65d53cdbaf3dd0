"""L-BFGS: a quasi-Newton method that remembers its last few steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from autograd import Tensor, enable_grad, no_grad

from .base import Optimizer, _bare
from .wolfe import Point, strong_wolfe

__all__ = ["LBFGS"]


class LBFGS(Optimizer):
    """A quasi-Newton method that remembers the last few steps (Liu and Nocedal 1989).

    For losses of all data, computed by a closure that a step calls several times. All parameters
    are one group, and those without gradient have a gradient of zero.

    Parameters
    ----------
    params : iterable of Tensor
        What to train.
    lr : float
        Length of a step, in the direction's own length, or the first one the line search tries.
    max_iter : int
        Iterations in one ``step``.
    max_eval : int, optional
        Evaluations of the loss in one ``step``, ``max_iter * 5 // 4`` unless given.
    tolerance_grad : float
        Stop once no element of the gradient is larger.
    tolerance_change : float
        Stop once loss or parameters change by less.
    history_size : int
        How many steps to remember.
    line_search_fn : "strong_wolfe", optional
        Choose each step's length by a line search, which the default does not.

    Examples
    --------
    >>> import nn
    >>> from autograd import tensor
    >>> p = tensor([-1.2, 1.0], requires_grad=True)
    >>> optimizer = nn.optim.LBFGS([p], max_iter=100, line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2
    ...     loss.backward()
    ...     return loss
    >>> round(optimizer.step(closure).item(), 6)  # the loss before the step
    24.2
    >>> p.numpy().round(3)
    array([1., 1.])
    """

    _numbers: ClassVar[dict[str, type]] = {
        "func_evals": int,
        "n_iter": int,
        "t": float,
        "H_diag": float,
        "prev_loss": float,
    }
    # Flat arrays over all parameters, and lists of them or of numbers.
    _flat = ("d", "prev_flat_grad")
    _histories = ("old_dirs", "old_stps", "ro")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1.0,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            max_iter=max_iter,
            max_eval=max_iter * 5 // 4 if max_eval is None else max_eval,
            tolerance_grad=tolerance_grad,
            tolerance_change=tolerance_change,
            history_size=history_size,
            line_search_fn=line_search_fn,
        )

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Set the parameters; there is one group of them."""
        if self.param_groups:
            raise ValueError("LBFGS moves all parameters together: it has one parameter group")
        super().add_param_group(group)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Make up to ``max_iter`` iterations.

        Parameters
        ----------
        closure : callable
            Forgets the gradients, computes the loss, calls its ``backward()`` and returns it.

        Returns
        -------
        The closure's loss before the first iteration.
        """
        if closure is None:
            raise TypeError(
                "LBFGS.step takes a closure that computes the loss again: def closure(): "
                "optimizer.zero_grad(); loss = ...; loss.backward(); return loss"
            )
        (group,) = self.param_groups
        with enable_grad():
            first = closure()
        with no_grad():
            self._iterate(group, closure, float(first))
        return first

    def _iterate(self, group: dict[str, Any], closure: Callable[[], Any], loss: float) -> None:
        memory = self._slots[0][0].state
        if not memory:
            memory.update(func_evals=0, n_iter=0)
        memory["func_evals"] += 1
        used = 1
        gradient = self._gradient()
        for left in reversed(range(group["max_iter"])):
            if _largest(gradient) <= group["tolerance_grad"]:
                return
            memory["n_iter"] += 1
            d = _direction(memory, gradient, group["history_size"])
            t = float(group["lr"])
            if memory["n_iter"] == 1:
                t *= min(1.0, 1.0 / float(np.abs(gradient).sum()))
            start = Point(0.0, loss, gradient, float(gradient @ d))
            memory.update(d=d, t=t, prev_flat_grad=gradient, prev_loss=loss)
            if start.slope > -group["tolerance_change"]:
                return
            x = np.concatenate([slot.param.numpy().ravel() for slot in self._slots[0]])

            def at(t: float, x: np.ndarray = x, d: np.ndarray = d) -> Point:
                self._write(x + t * d)
                with enable_grad():
                    value = float(closure())
                gradient = self._gradient()
                return Point(t, value, gradient, float(gradient @ d))

            tries = 1
            if group["line_search_fn"] is not None:
                found, tries = strong_wolfe(
                    at,
                    start,
                    t,
                    longest=_largest(d),
                    tolerance=group["tolerance_change"],
                    tries=group["max_eval"] - used,
                )
                self._write(x + found.t * d)
            elif left:
                found = at(t)
            else:
                self._write(x + t * d)
                return  # the next step computes the loss there, perhaps that of other data
            memory["t"], loss, gradient, _ = found
            memory["func_evals"] += tries
            used += tries
            if (
                used >= group["max_eval"]
                or abs(found.t) * _largest(d) <= group["tolerance_change"]
                or abs(loss - start.value) < group["tolerance_change"]
            ):
                return

    def _gradient(self) -> np.ndarray:
        """The gradients of all parameters, one after the other."""
        parts = []
        for slot in self._slots[0]:
            g = slot.param.grad
            parts.append(np.zeros(slot.param.size, slot.param.dtype) if g is None else g.ravel())
        return np.concatenate(parts)

    def _write(self, flat: np.ndarray) -> None:
        i = 0
        for slot in self._slots[0]:
            p = slot.param
            p[...] = flat[i : i + p.size].reshape(p.shape)
            i += p.size

    def _fitted(
        self, group: dict[str, Any], p: Tensor, i: int, kept: Mapping[str, Any]
    ) -> dict[str, Any]:
        params = [slot.param for slot in self._slots[0]]
        size = sum(q.size for q in params)
        dtype = np.result_type(*(q.dtype for q in params))
        found: dict[str, Any] = {}
        for key, value in kept.items():
            if key in self._numbers:
                found[key] = self._numbers[key](value)
            elif key == "ro":
                found[key] = [float(x) for x in value]
            elif key in self._histories:
                found[key] = [np.array(_bare(x), dtype) for x in value]
            elif key in self._flat:
                found[key] = np.array(_bare(value), dtype)
            elif key != "al":  # PyTorch's scratch
                raise ValueError(
                    f"LBFGS: the state of parameter {i} has {key}: this is another optimizer's"
                )
        arrays = [found[key] for key in self._flat if key in found]
        histories = [found.get(key, []) for key in self._histories]
        whole = i == 0 and {"func_evals", "n_iter"} <= found.keys()
        if (
            not whole
            or (found["n_iter"] and len(found) != len(self._numbers) + len(self._flat) + 3)
            or len({len(history) for history in histories}) != 1
            or any(x.shape != (size,) for x in arrays + histories[0] + histories[1])
        ):
            raise ValueError(
                f"LBFGS: this state is incomplete or of another model than one of {size} numbers"
            )
        return found


def _largest(x: np.ndarray) -> float:
    return float(np.abs(x).max(initial=0.0))


def _direction(memory: dict[str, Any], gradient: np.ndarray, history_size: int) -> np.ndarray:
    """Minus the gradient times the approximate inverse Hessian; the last step is remembered.

    The two loops of Nocedal and Wright (2006), algorithm 7.4.
    """
    if memory["n_iter"] == 1:
        memory.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
        return -gradient
    turns, steps, weights = memory["old_dirs"], memory["old_stps"], memory["ro"]
    turn = gradient - memory["prev_flat_grad"]
    step = memory["d"] * memory["t"]
    curvature = float(turn @ step)
    if curvature > 1e-10:
        turns.append(turn)
        steps.append(step)
        weights.append(1.0 / curvature)
        del turns[:-history_size], steps[:-history_size], weights[:-history_size]
        memory["H_diag"] = curvature / float(turn @ turn)
    q = -gradient
    past = list(zip(turns, steps, weights))
    amounts = []
    for turn, step, weight in reversed(past):
        amounts.append(float(step @ q) * weight)
        q -= amounts[-1] * turn
    q *= memory["H_diag"]
    for (turn, step, weight), amount in zip(past, reversed(amounts)):
        q += (amount - float(turn @ q) * weight) * step
    return q
