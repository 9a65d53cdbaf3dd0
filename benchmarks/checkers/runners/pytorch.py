"""PyTorch's gradcheck, on a ``torch.autograd.Function`` that calls NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ..checker import FAIL, PASS

__all__ = ["fast", "slow"]


def _planted(f: Any, rule: Any) -> Any:
    class Planted(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *xs: Any) -> Any:
            ctx.save_for_backward(*xs)
            return torch.from_numpy(np.array(f(*(x.detach().numpy() for x in xs))))

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            # Memory is shared: a rule that writes to what it is given does so here too.
            found = rule(*(x.detach().numpy() for x in ctx.saved_tensors), g.numpy())
            return tuple(None if x is None else torch.from_numpy(np.array(x)) for x in found)

    return Planted.apply


def _check(fast_mode: bool) -> Any:
    torch.set_num_threads(1)

    def check(f: Any, rule: Any, inputs: tuple, seed: int) -> str:
        torch.manual_seed(seed)
        xs = [
            torch.tensor(x.astype(float), requires_grad=True)
            if x.dtype.kind == "f"
            else torch.tensor(x)
            for x in inputs
        ]
        right = torch.autograd.gradcheck(_planted(f, rule), xs, fast_mode=fast_mode)
        return PASS if right else FAIL

    return check


def slow() -> Any:
    """With all elements of the Jacobian."""
    return _check(False)


def fast() -> Any:
    """With one projection of it."""
    return _check(True)
