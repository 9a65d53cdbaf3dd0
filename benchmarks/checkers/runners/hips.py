"""HIPS autograd's check_grads, on a primitive."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import test_util
from autograd.extend import defvjp, primitive

from ..checker import PASS

__all__ = ["check_grads"]


def check_grads() -> Any:
    def check(f: Any, rule: Any, inputs: tuple, seed: int) -> str:
        np.random.seed(seed)  # noqa: NPY002 - where the checker draws from
        planted = primitive(lambda *xs: f(*xs))
        where = tuple(i for i, x in enumerate(inputs) if x.dtype.kind == "f")
        rules = [lambda ans, *xs, i=i: lambda g: rule(*xs, g)[i] for i in where]
        defvjp(planted, *rules, argnums=where)
        doubles = [x.astype(float) if x.dtype.kind == "f" else x for x in inputs]
        test_util.check_grads(planted, where, modes=["rev"], order=1)(*doubles)
        return PASS

    return check
