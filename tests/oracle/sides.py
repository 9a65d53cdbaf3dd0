"""Run a program on our side, in PyTorch and in JAX, with all the derivatives that are compared."""

from __future__ import annotations

import functools
import importlib.util
import os
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd as ag

from .programs import Program, scope
from .writes import IN_PLACE, JAX

__all__ = ["ORACLES", "SIDES", "Answers", "installed", "prepare", "run_ours", "run_steps"]

Answers = dict[str, list[Any]]
"""Value, gradient, backward(), forward mode and Hessian-vector product, each a list of arrays."""


def function(program: Program, side: str, result: str | None = None) -> Callable[..., Any]:
    """The program as a function for a side; ``result`` as for ``Program.source``."""
    here = _scope(side, program.dtype)
    exec(program.source(side, result), here)
    return here["f"]


def _scope(side: str, dtype: str) -> dict[str, Any]:
    if side == "ours":
        return scope(dtype)
    if side == "PyTorch":
        import torch
        import torch.nn.functional

        names = {"torch": torch, "F": torch.nn.functional, "dtype": getattr(torch, dtype)}
        return {**names, "np": np, **IN_PLACE}
    jax = _jax()
    return {"jax": jax, "jnp": jax.numpy, "np": np, "dtype": np.dtype(dtype), **JAX}


def run_ours(program: Program) -> Answers:
    """Our answers, the gradient by both ways to ask for it."""
    f = function(program, "ours")
    everything = tuple(range(len(program.inputs)))
    value, gradient = ag.value_and_grad(f, argnums=everything)(*program.inputs)
    curvature = ag.hvp(lambda xs: f(*xs))(program.inputs, program.direction)
    if program.scalar:
        leaves: list[Any] = [ag.Value(x) for x in program.inputs]
    else:
        leaves = [ag.tensor(x, requires_grad=True) for x in program.inputs]
    f(*leaves).backward()
    stored = [
        0 * x if leaf.grad is None else leaf.grad
        for leaf, x in zip(leaves, program.inputs, strict=True)
    ]
    forward = ag.jvp(f, tuple(program.inputs), tuple(program.direction))[1]
    return {
        "value": [value],
        "gradient": list(gradient),
        "backward()": stored,
        "forward mode": [forward],
        "Hessian-vector product": list(curvature),
    }


def _run_torch(program: Program, inputs: list[Any]) -> Answers:
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel

    dtype = getattr(torch, program.dtype)
    xs = [torch.tensor(x, dtype=dtype, requires_grad=True) for x in inputs]
    vs = [torch.tensor(v, dtype=dtype) for v in program.direction]

    def filled(found: Any) -> list:
        return [torch.zeros_like(x) if g is None else g for g, x in zip(found, xs, strict=True)]

    with sdpa_kernel(SDPBackend.MATH):
        y = function(program, "PyTorch")(*xs)
        gradient = filled(torch.autograd.grad(y, xs, create_graph=True, allow_unused=True))
        along = sum((g * v).sum() for g, v in zip(gradient, vs, strict=True))
        if along.requires_grad:
            curvature = filled(torch.autograd.grad(along, xs, allow_unused=True))
        else:
            curvature = [torch.zeros_like(x) for x in xs]
    return {
        "value": [y.item()],
        "gradient": [g.detach().numpy(force=True) for g in gradient],
        "backward()": [g.detach().numpy(force=True) for g in gradient],
        "forward mode": [along.item()],
        "Hessian-vector product": [c.numpy(force=True) for c in curvature],
    }


def _prepare_torch(program: Program, careful: bool) -> Callable[[list[Any]], Answers]:
    import torch

    torch.set_num_threads(1)
    return functools.partial(_run_torch, program)


def _prepare_jax(program: Program, careful: bool) -> Callable[[list[Any]], Answers]:
    jax = _jax()
    f = function(program, "JAX")
    gradient = jax.value_and_grad(f, argnums=tuple(range(len(program.inputs))))
    options = {} if careful else _quick()
    everything = jax.jit(lambda xs, vs: jax.jvp(gradient, xs, vs), compiler_options=options)

    def run(inputs: list[Any]) -> Answers:
        (value, first), (forward, second) = everything(tuple(inputs), tuple(program.direction))
        return {
            "value": [float(value)],
            "gradient": [np.asarray(g) for g in first],
            "backward()": [np.asarray(g) for g in first],
            "forward mode": [float(forward)],
            "Hessian-vector product": [np.asarray(c) for c in second],
        }

    return run


@functools.cache
def _jax() -> Any:
    # Read when JAX starts.
    flags = "--xla_cpu_multi_thread_eigen=false"
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {flags}".strip()
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    import jax

    jax.config.update("jax_enable_x64", True)
    return jax


@functools.cache
def _quick() -> dict[str, Any]:
    """Options to compile what runs once: 0.29 s a program against 0.5, and against 0.8 uncompiled.

    They are no public interface, so a version that lacks them does without. With
    ``xla_backend_optimization_level=0`` it would be 0.17, but some gradients are then wrong.
    """
    options = {"xla_cpu_use_fusion_emitters": False}
    jax = _jax()
    try:
        jax.jit(lambda x: x + 1, compiler_options=options)(1.0)
    except RuntimeError:
        return {}
    return options


def run_steps(program: Program, side: str) -> list[np.ndarray]:
    """What each step of a program comes to on a side."""
    results = "[" + ", ".join(step.name for step in program.steps) + "]"
    if side == "PyTorch":
        import torch

        dtype = getattr(torch, program.dtype)
        found = function(program, side, results)(
            *(torch.tensor(x, dtype=dtype) for x in program.inputs)
        )
        return [y.numpy(force=True) for y in found]
    return [np.asarray(y) for y in function(program, side, results)(*program.inputs)]


ORACLES: dict[str, tuple[str, Callable[[Program, bool], Callable[[list[Any]], Answers]]]] = {
    "PyTorch": ("torch", _prepare_torch),
    "JAX": ("jax", _prepare_jax),
}
SIDES = ("ours", *ORACLES)


def installed() -> tuple[str, ...]:
    """The oracles that are here."""
    return tuple(name for name, (module, _) in ORACLES.items() if importlib.util.find_spec(module))


def prepare(program: Program, oracle: str, careful: bool = False) -> Callable[[list[Any]], Answers]:
    """A program in an oracle, as a function from its inputs to the answers.

    ``careful`` leaves all options of the oracle's compiler as its users have them.
    """
    run = ORACLES[oracle][1](program, careful)

    def quietly(inputs: list[Any]) -> Answers:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return run(inputs)

    return quietly
