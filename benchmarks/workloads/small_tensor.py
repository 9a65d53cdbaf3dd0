"""What an op costs when the array is small: a chain of elementwise ops of four elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..workload import OURS, Goal, Task, Workload, contender

__all__ = ["BLOCKS", "SMALL_TENSOR", "chain", "ours", "plain"]

BLOCKS = 20
X = np.array([0.1, -0.2, 0.3, -0.4])
W = np.array([0.9, 1.1, -0.8, 0.7])
B = np.array([0.05, -0.1, 0.2, 0.0])


def chain(xp: Any, x: Any, w: Any, b: Any, blocks: int = BLOCKS) -> Any:
    """Five ops a block and a sum, with the functions of ``xp``."""
    for _ in range(blocks):
        x = x * w
        x = x + b
        x = xp.tanh(x)
        x = xp.exp(x)
        x = x * 0.5
    return x.sum()


def _result(loss: Any, leaves: list) -> dict[str, Any]:
    return {"loss": float(loss), "gradients": [np.asarray(leaf.grad).tolist() for leaf in leaves]}


def ours(retain_graph: bool = True) -> Task:
    import autograd as ag

    leaves = [ag.Tensor(a, requires_grad=True) for a in (X, W, B)]

    def step() -> Any:
        for leaf in leaves:
            leaf.grad = None
        loss = chain(ag, *leaves)
        loss.backward(retain_graph=retain_graph)
        return loss

    return Task(step, lambda: _result(step().item(), leaves), lambda: chain(ag, *leaves))


def plain() -> Task:
    """The floor: NumPy's forward alone."""
    return Task(lambda: chain(np, X, W, B), lambda: {"loss": float(chain(np, X, W, B))})


def torch() -> Task:
    import torch

    leaves = [torch.tensor(a, requires_grad=True) for a in (X, W, B)]

    def step() -> Any:
        for leaf in leaves:
            leaf.grad = None
        loss = chain(torch, *leaves)
        loss.backward()
        return loss

    return Task(step, lambda: _result(step().item(), leaves))


def mygrad() -> Task:
    import mygrad as mg

    leaves = [mg.tensor(a) for a in (X, W, B)]

    def step() -> Any:
        for leaf in leaves:
            leaf.null_grad()
        loss = chain(mg, *leaves)
        loss.backward()
        return loss

    return Task(step, lambda: _result(step().item(), leaves))


def hips() -> Task:
    import autograd.numpy as anp
    from autograd import value_and_grad

    # One argument of three arrays: what HIPS does fastest for several gradients.
    f = value_and_grad(lambda x, w, b: chain(anp, x, w, b), argnum=(0, 1, 2))

    def result() -> dict[str, Any]:
        loss, gradients = f(X, W, B)
        return {"loss": float(loss), "gradients": [g.tolist() for g in gradients]}

    return Task(lambda: f(X, W, B), result)


SMALL_TENSOR = Workload(
    "small-tensor",
    f"Small tensors: a chain of {5 * BLOCKS + 1} ops of shape (4,), record and backward",
    (
        contender(OURS, ours),
        contender(f"{OURS}, graph freed", ours, False),
        contender("numpy, forward only", plain),
        contender("torch", torch),
        contender("mygrad", mygrad),
        contender("HIPS autograd", hips),
    ),
    units=5 * BLOCKS + 1,
    unit="op",
    goals=(Goal(6.0), Goal(1.0, "torch")),
)
