"""JAX's check_grads, on a ``jax.custom_vjp`` of callbacks to NumPy."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax import test_util

from ..checker import PASS

__all__ = ["check_grads"]


def _like(x: Any) -> Any:
    return jax.ShapeDtypeStruct(np.shape(x), np.asarray(x).dtype)


def _planted(f: Any, rule: Any, inputs: tuple) -> tuple[Any, list[Any]]:
    """The function of the floating inputs alone, and these."""
    where = [i for i, x in enumerate(inputs) if x.dtype.kind == "f"]

    def merged(xs: Any) -> list[Any]:
        # Copies: what JAX hands to a callback cannot be written to.
        full = list(inputs)
        for i, x in zip(where, xs, strict=True):
            full[i] = np.array(x)
        return full

    shape = _like(f(*merged([inputs[i] for i in where])))
    shapes = [_like(inputs[i]) for i in where]

    def pulled(g: Any, *xs: Any) -> Any:
        full = merged(xs)
        found = rule(*full, np.array(g))
        # None means zeros to JAX.
        kept = [np.zeros_like(full[i]) if found[i] is None else found[i] for i in where]
        return tuple(np.asarray(x) for x in kept)

    @jax.custom_vjp
    def planted(*xs: Any) -> Any:
        return jax.pure_callback(lambda *xs: np.asarray(f(*merged(xs))), shape, *xs)

    planted.defvjp(
        lambda *xs: (planted(*xs), xs),
        lambda xs, g: tuple(jax.pure_callback(pulled, tuple(shapes), g, *xs)),
    )
    return planted, [jax.numpy.asarray(inputs[i]) for i in where]


def check_grads() -> Any:
    jax.config.update("jax_enable_x64", True)

    def check(f: Any, rule: Any, inputs: tuple, seed: int) -> str:
        np.random.seed(seed)  # noqa: NPY002 - where the checker draws from
        planted, xs = _planted(f, rule, inputs)
        test_util.check_grads(planted, tuple(xs), order=1, modes=["rev"])
        return PASS

    return check
