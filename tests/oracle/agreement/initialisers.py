"""Initialisers: bounds, spreads and gains beside PyTorch's formulas.

The generators differ, so the numbers do. What is compared is the factor each library puts before
its own uniform or normal numbers: the same seed drawn twice, once through the initialiser.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag
import nn

from .row import Row, apart, to_torch

__all__ = ["ROWS"]

SHAPES = ((30, 20), (4, 6, 5), (8, 3, 3, 2))


def _drawn(name: str, shape: tuple[int, ...], **settings: Any) -> np.ndarray:
    tensor = ag.Tensor(np.zeros(shape))
    return getattr(nn.init, name)(tensor, **settings, rng=5).numpy()


def _drawn_there(name: str, shape: tuple[int, ...], **settings: Any) -> np.ndarray:
    import torch

    torch.manual_seed(5)
    tensor = torch.zeros(shape, dtype=torch.float64)
    return getattr(torch.nn.init, name + "_")(tensor, **settings).numpy()


def _line(y: np.ndarray, x: np.ndarray) -> tuple[float, float]:
    """The a and b of y = a x + b, which holds to round-off."""
    i, j = x.argmax(), x.argmin()
    a = (y.flat[i] - y.flat[j]) / (x.flat[i] - x.flat[j])
    b = y.flat[i] - a * x.flat[i]
    np.testing.assert_allclose(y, a * x + b, atol=1e-13)
    return float(a), float(b)


def factors(name: str, theirs: str | None = None, also: Any = None, **settings: Any) -> float:
    """How far apart the factors are, for weights of several shapes."""
    base = "normal" if name.endswith("normal") else "uniform"
    there = settings if also is None else also
    worst = 0.0
    for shape in SHAPES:
        ours = _line(_drawn(name, shape, **settings), _drawn(base, shape))
        other = _line(_drawn_there(theirs or name, shape, **there), _drawn_there(base, shape))
        worst = max(worst, apart(np.array(ours), np.array(other)))
    return worst


def _gains() -> float:
    import torch

    names = (
        "linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d",
        "conv_transpose3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu",
    )  # fmt: skip
    theirs = torch.nn.init.calculate_gain
    pairs = [(nn.init.calculate_gain(name), theirs(name)) for name in names]
    pairs += [(nn.init.calculate_gain("leaky_relu", a), theirs("leaky_relu", a)) for a in (0, 0.3)]
    return max(abs(a - b) for a, b in pairs)


def _constants() -> float:
    import torch

    worst = 0.0
    for name, args in (("zeros", ()), ("ones", ()), ("constant", (0.3,)), ("eye", ())):
        for shape in ((3, 4), (4, 3)):
            ours = getattr(nn.init, name)(ag.Tensor(np.full(shape, 7.0)), *args)
            theirs = getattr(torch.nn.init, name + "_")(to_torch(np.full(shape, 7.0)), *args)
            worst = max(worst, apart(ours, theirs))
    return worst


def _orthogonal() -> float:
    """Both are orthogonal with the same gain along the same axis."""
    worst = 0.0
    for shape in ((5, 5), (7, 3), (3, 7), (3, 2, 4)):
        products = []
        for q in (
            _drawn("orthogonal", shape, gain=1.5),
            _drawn_there("orthogonal", shape, gain=1.5),
        ):
            q = q.reshape(shape[0], -1)
            products.append(q @ q.T if q.shape[0] < q.shape[1] else q.T @ q)
        worst = max(worst, apart(*products))
    return worst


# The starting weights of layers, by their bounds: the largest of many uniform numbers comes close.
def _starts() -> float:
    import torch

    cases: list[tuple[str, tuple]] = [
        ("Linear", (50, 40)),
        ("Bilinear", (20, 10, 15)),
        ("LSTM", (30, 40)),
        ("GRUCell", (30, 40)),
        ("MultiheadAttention", (40, 2)),
        ("Embedding", (60, 50)),
        ("PReLU", (3,)),
        ("BatchNorm1d", (5,)),
    ]
    worst = 0.0
    for name, args in cases:
        torch.manual_seed(0)
        plain = name in ("PReLU", "BatchNorm1d")
        ours = getattr(nn, name)(*args, **({} if plain else {"rng": 0})).state_dict()
        theirs = getattr(torch.nn, name)(*args).state_dict()
        assert list(ours) == list(theirs), f"{name}: {list(ours)} and {list(theirs)}"
        for key, array in ours.items():
            # The spread of a sample of n numbers is itself uncertain by about 1/sqrt(2n).
            spread = theirs[key].double().std(correction=0).item() if array.size > 1 else 0.0
            gap = abs(array.std() - spread) * (2 * array.size) ** 0.5 / max(spread, 1e-12)
            worst = max(worst, gap if spread else float(np.ptp(array)))
    return worst


ROWS = [
    Row("init", "uniform(a, b)", lambda: factors("uniform", a=-0.3, b=1.7)),
    Row("init", "normal(mean, std)", lambda: factors("normal", mean=-0.3, std=1.7)),
    *(
        Row("init", f"{name}, gain={gain}", lambda n=name, g=gain: factors(n, gain=g))
        for name in ("xavier_uniform", "xavier_normal")
        for gain in (1.0, 5 / 3)
    ),
    *(
        Row("init", f"{name}, {settings}", lambda n=name, s=settings: factors(n, **s))
        for name in ("kaiming_uniform", "kaiming_normal")
        for settings in (
            {},
            {"a": 0.5},
            {"mode": "fan_out", "nonlinearity": "relu"},
            {"nonlinearity": "tanh"},
        )
    ),
    *(
        Row(
            "init",
            f"lecun_{kind} as kaiming_{kind} of a linear layer",
            lambda k=kind: factors(f"lecun_{k}", f"kaiming_{k}", also={"nonlinearity": "linear"}),
        )
        for kind in ("uniform", "normal")
    ),
    Row("init", "calculate_gain", _gains, bound=0.0),
    Row("init", "zeros, ones, constant, eye", _constants, bound=0.0),
    Row("init", "orthogonal", _orthogonal),
    # In standard errors of the difference of two samples' spreads, about 1.4 times the one above.
    Row("init", "starting weights of the layers, in standard errors", _starts, bound=4.0),
]
