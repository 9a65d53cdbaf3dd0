"""Activations: values and gradients beside PyTorch's, at the kinks and far out as well."""

from __future__ import annotations

from typing import Any

import numpy as np

import nn

from ..beside import modules_apart
from .row import Row

__all__ = ["ROWS"]

# Apart from each other, so that a large answer does not hide an error in a small one.
NEAR = np.linspace(-4.0, 4.0, 41).reshape(-1, 1) + np.array([0.0, 0.0125])  # 0, ±1, ±2, ±3
TINY = np.array([[-1e-3, -1e-8], [-1e-30, 0.0], [1e-30, 1e-8]])
FAR = np.array([[-800.0, -90.0, -30.0], [-20.0, -8.0, -6.0]])
HIGH = np.array([[6.0, 8.0, 19.9, 20.0], [20.1, 30.0, 90.0, 800.0]])
CHANNELS = np.random.default_rng(0).normal(size=(3, 4, 2))

ROWS: list[Row] = []


def same(name: str, *args: Any, ours: Any = None, xs: tuple = (), **settings: Any) -> None:
    """A row for an activation of ours, and PyTorch's of the same name unless ``ours`` is given."""

    def error() -> float:
        import torch

        def make() -> Any:
            if name == "PReLU":
                return nn.PReLU(*args, **settings, dtype=np.float64)
            return getattr(nn, name)(*args, **settings) if ours is None else ours()

        there = getattr(torch, name, None) if ours is not None else None

        def their_side() -> Any:
            if there is None:
                return getattr(torch.nn, name)(*args, **settings)

            class Theirs(torch.nn.Module):
                def forward(self, x: Any) -> Any:
                    return there(x)

            return Theirs()

        return max(
            modules_apart(make(), their_side(), x, again=make)
            for x in (xs or (NEAR, TINY, FAR, HIGH))
        )

    shown = ", ".join([*map(str, args), *(f"{k}={v}" for k, v in settings.items())])
    ROWS.append(Row("activation", f"{name}({shown})", error))


for _name in (
    "ReLU",
    "ReLU6",
    "LeakyReLU",
    "ELU",
    "SELU",
    "CELU",
    "GELU",
    "SiLU",
    "Mish",
    "Softplus",
    "Sigmoid",
    "LogSigmoid",
    "Tanh",
    "Softsign",
    "Hardtanh",
    "Identity",
):
    same(_name)
same("LeakyReLU", 0.3)
same("ELU", 0.7)
same("CELU", 0.5)  # with 0.7 PyTorch 2.13 has its gradient to eight digits only
same("GELU", "tanh")
same("Hardtanh", -2.0, 0.5)
same("Softplus", 2.0)
same("Softplus", 0.5, 3.0)
same("PReLU")
same("PReLU", 2, init=-0.5, xs=(NEAR, TINY))
same("PReLU", 4, xs=(CHANNELS,))
for _dim in (0, 1, -1):
    same("Softmax", dim=_dim, xs=(NEAR, FAR, HIGH, CHANNELS))
    same("LogSoftmax", dim=_dim, xs=(NEAR, FAR, HIGH, CHANNELS))
same("arctan", ours=nn.Arctan)
