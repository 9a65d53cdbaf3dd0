"""A loss and its gradients, in every framework: the workload only writes the loss.

``f(*parameters, *data)`` gives the loss. Parameters are arrays; data are arrays that need no
gradient, handed over on each call, so that no compiler takes them for constants.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..workload import Task
from .captured import capture, profile
from .data import summary

__all__ = ["by_hand", "captured", "hips", "jax", "mygrad", "ours", "tinygrad", "torch"]

Loss = Callable[..., Any]
Arrays = Sequence[np.ndarray]


def _task(
    step: Callable[[], Any], found: Callable[[], tuple], forward: Any = None, profile: Any = None
) -> Task:
    def result() -> dict[str, Any]:
        loss, gradients = found()
        gradients = [summary(g) for g in gradients]
        return {"loss": float(loss), "gradients": gradients}

    return Task(step, result, forward, profile=profile)


def by_hand(f: Loss, parameters: Arrays, data: Arrays = ()) -> Task:
    """``f`` gives the loss and the list of gradients."""
    step = lambda: f(*parameters, *data)
    return _task(step, step)


def _pull(f: Loss, parameters: Arrays, data: Arrays, wrap: Callable[[Loss], Loss]) -> Task:
    import autograd as ag

    leaves = [ag.Tensor(p, requires_grad=True) for p in parameters]
    rest = [ag.Tensor(d) if d.dtype.kind == "f" else d for d in data]

    def whole(*rest: Any) -> Any:
        for leaf in leaves:
            leaf.grad = None
        loss = f(*leaves, *rest)
        loss.backward(retain_graph=False)
        return loss

    wrapped = wrap(whole)

    def found() -> tuple:
        loss = wrapped(*rest).item()
        return loss, [leaf.grad for leaf in leaves]

    return _task(
        lambda: wrapped(*rest),
        found,
        lambda: f(*leaves, *rest),
        (lambda: profile(wrapped, *rest)) if wrapped is not whole else None,
    )


def ours(f: Loss, parameters: Arrays, data: Arrays = ()) -> Task:
    """Op by op."""
    return _pull(f, parameters, data, lambda whole: whole)


def captured(f: Loss, parameters: Arrays, data: Arrays = ()) -> Task:
    """Recorded once and replayed."""
    return _pull(f, parameters, data, capture)


def torch(f: Loss, parameters: Arrays, data: Arrays = ()) -> Task:
    """PyTorch, op by op."""
    import torch

    leaves = [torch.tensor(p, requires_grad=True) for p in parameters]
    rest = [torch.from_numpy(d) for d in data]

    def step() -> Any:
        for leaf in leaves:
            leaf.grad = None
        loss = f(*leaves, *rest)
        loss.backward()
        return loss

    return _task(step, lambda: (step().item(), [leaf.grad for leaf in leaves]))


def jax(f: Loss, parameters: Arrays, data: Arrays = ()) -> Task:
    """JAX, compiled."""
    import jax

    jax.config.update("jax_enable_x64", any(p.dtype == np.float64 for p in parameters))
    leaves = [jax.numpy.asarray(p) for p in parameters]
    rest = [jax.numpy.asarray(d) for d in data]
    pull = jax.jit(jax.value_and_grad(f, argnums=tuple(range(len(leaves)))))
    step = lambda: jax.block_until_ready(pull(*leaves, *rest))
    return _task(step, step)


def needs_compiler() -> None:
    """Say that tinygrad cannot run here, rather than let it fail in the middle.

    Raises
    ------
    ImportError
        If the compiler it calls is not installed.
    """
    compiler = os.environ.get("CC", "clang")
    if not os.environ.get("DEV") and shutil.which(compiler) is None:
        raise ImportError(f"tinygrad compiles with {compiler}, which is not installed")


def tinygrad(f: Loss, parameters: Arrays, data: Arrays = ()) -> Task:
    """tinygrad, compiled."""
    needs_compiler()
    from tinygrad import Tensor, TinyJit

    leaves = [Tensor(p).realize() for p in parameters]
    rest = [Tensor(d.astype(np.int32) if d.dtype.kind == "i" else d).realize() for d in data]

    @TinyJit
    def pull(*given: Tensor) -> tuple:
        loss = f(*given)
        gradients = loss.gradient(*given[: len(leaves)])
        Tensor.realize(loss, *gradients)
        return loss, gradients

    def found() -> tuple:
        loss, gradients = pull(*leaves, *rest)
        return loss.item(), [g.numpy() for g in gradients]

    # Asking for the number waits for the rest.
    return _task(lambda: pull(*leaves, *rest)[0].item(), found)


def hips(f: Loss, parameters: Arrays, data: Arrays = ()) -> Task:
    """HIPS autograd."""
    from autograd import value_and_grad

    pull = value_and_grad(f, argnum=tuple(range(len(parameters))))
    step = lambda: pull(*parameters, *data)
    return _task(step, step)


def mygrad(f: Loss, parameters: Arrays, data: Arrays = ()) -> Task:
    """MyGrad."""
    import mygrad as mg

    leaves = [mg.tensor(p) for p in parameters]

    def step() -> Any:
        for leaf in leaves:
            leaf.null_grad()
        loss = f(*leaves, *data)
        loss.backward()
        return loss

    return _task(step, lambda: (step().item(), [leaf.grad for leaf in leaves]))
