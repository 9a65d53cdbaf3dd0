"""The planted bugs: mistakes that people make in gradient rules, each beside the right rule."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .bug import Bug

__all__ = ["BUGS"]

BUGS: list[Bug] = []


def _bug(name: str, **parts: Any) -> None:
    BUGS.append(Bug(name, **parts))


def normal(*shapes: tuple[int, ...]) -> Any:
    """Inputs drawn from the normal distribution."""
    return lambda rng: tuple(np.asarray(rng.standard_normal(s)) for s in shapes)


def uniform(low: float, high: float, *shapes: tuple[int, ...]) -> Any:
    """Inputs drawn evenly from an interval."""
    return lambda rng: tuple(np.asarray(rng.uniform(low, high, s)) for s in shapes)


def single(inputs: Any) -> Any:
    """The same inputs in single precision."""
    return lambda rng: tuple(x.astype(np.float32) for x in inputs(rng))


def spread(low: float, high: float, n: int) -> Any:
    """Numbers of either sign whose sizes are spread over many powers of ten."""

    def draw(rng: np.random.Generator) -> Any:
        sizes = 10.0 ** rng.permutation(np.linspace(low, high, n) + rng.uniform(-0.2, 0.2, n))
        return (sizes * rng.choice([-1.0, 1.0], n),)

    return draw


# Elementwise ----------------------------------------------------------------------------------


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def d_sigmoid(x: Any) -> Any:
    return sigmoid(x) * sigmoid(-x)


def d_tanh(x: Any) -> Any:
    return np.cosh(np.clip(x, -88, 88)) ** -2.0


def gelu(x: Any) -> Any:
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def d_gelu(x: Any, c: float = 0.044715) -> Any:
    inner = math.sqrt(2 / math.pi) * (x + c * x**3)
    slope = math.sqrt(2 / math.pi) * (1 + 3 * c * x**2)
    return 0.5 * (1 + np.tanh(inner)) + 0.5 * x * d_tanh(inner) * slope


_erf = np.vectorize(math.erf, otypes=[float])


def times(d: Any) -> Any:
    """The rule of an elementwise function with derivative ``d``."""
    return lambda x, g: (g * d(x),)


_bug(
    "sign of cos' forgotten",
    f=np.cos,
    right=times(lambda x: -np.sin(x)),
    wrong=times(np.sin),
    inputs=normal((2, 3)),
)
_bug(
    "tanh' = 1 - y",
    f=np.tanh,
    right=times(d_tanh),
    wrong=times(lambda x: 1 - np.tanh(x)),
    inputs=normal((2, 3)),
)
_bug(
    "sigmoid' = y, where y is small",
    f=sigmoid,
    right=times(d_sigmoid),
    wrong=times(sigmoid),
    inputs=uniform(-9, -7, (4,)),
)
_bug(
    "gelu with 0.044 for 0.044715",
    f=gelu,
    right=times(d_gelu),
    wrong=times(lambda x: d_gelu(x, 0.044)),
    inputs=normal((2, 3)),
)
_bug(
    "erf' with 1.128 for 2/sqrt(pi)",
    f=_erf,
    right=times(lambda x: 2 / math.sqrt(math.pi) * np.exp(-(x**2))),
    wrong=times(lambda x: 1.128 * np.exp(-(x**2))),
    inputs=normal((3,)),
)
for _factor in (1e-2, 1e-4, 1e-6):
    _bug(
        f"1 + {_factor:.0e} times the gradient",
        f=np.sin,
        right=times(np.cos),
        wrong=times(lambda x, by=1 + _factor: by * np.cos(x)),
        inputs=normal((2, 3)),
    )
_bug(
    "computed in single precision inside",
    f=np.sin,
    right=times(np.cos),
    wrong=times(lambda x: np.cos(x.astype(np.float32)).astype(float)),
    inputs=normal((2, 3)),
)
_bug(
    "wrong sign, outputs of 1e-6",
    f=lambda x: 1e-6 * np.sin(x),
    right=times(lambda x: 1e-6 * np.cos(x)),
    wrong=times(lambda x: -1e-6 * np.cos(x)),
    inputs=normal((2, 3)),
)
_bug(
    "factor 2, gradients of 1e-7",
    f=lambda x: 1e-7 * x**3,
    right=times(lambda x: 3e-7 * x**2),
    wrong=times(lambda x: 6e-7 * x**2),
    inputs=normal((2, 3)),
)
_bug(
    "wrong for x < -2.5 only",
    f=lambda x: x * sigmoid(x),
    right=times(lambda x: sigmoid(x) + x * d_sigmoid(x)),
    wrong=times(lambda x: np.where(x < -2.5, 0.0, sigmoid(x) + x * d_sigmoid(x))),
    inputs=lambda rng: (rng.permutation(np.append(rng.standard_normal(5), rng.uniform(-4, -3))),),
)
_bug(
    "softplus' = 1 beyond 2",
    f=lambda x: np.logaddexp(0.0, x),
    right=times(sigmoid),
    wrong=times(lambda x: np.where(x > 2, 1.0, sigmoid(x))),
    inputs=lambda rng: (rng.permutation(np.append(rng.standard_normal(5), rng.uniform(2.5, 4))),),
)
_bug(
    "clip lets the gradient through outside",
    f=lambda x: np.clip(x, -1, 1),
    right=times(lambda x: (np.abs(x) < 1).astype(float)),
    wrong=times(np.ones_like),
    inputs=lambda rng: (np.append(rng.uniform(-0.9, 0.9, 3), rng.uniform(1.1, 3, 2)),),
)
_bug(
    "log' = 1 / (x + 1e-8), near 0",
    f=np.log,
    right=times(lambda x: 1 / x),
    wrong=times(lambda x: 1 / (x + 1e-8)),
    inputs=lambda rng: (np.abs(spread(-6, -3, 4)(rng)[0]),),
)
_bug(
    "sqrt' = 1 / (2 y + 1e-7), near 0",
    f=np.sqrt,
    right=times(lambda x: 0.5 / np.sqrt(x)),
    wrong=times(lambda x: 1 / (2 * np.sqrt(x) + 1e-7)),
    inputs=lambda rng: (np.abs(spread(-8, -5, 4)(rng)[0]),),
)
_bug(
    "small inputs taken for 0, sizes 1e-4 to 1e4",
    f=np.square,
    right=times(lambda x: 2 * x),
    wrong=times(lambda x: np.where(np.abs(x) < 1e-3, 0.0, 2 * x)),
    inputs=spread(-4, 4, 5),
)
_bug(
    "one of sizes 1e-4 to 1e4 off by 1 %",
    f=lambda x: x * np.abs(x),
    right=times(lambda x: 2 * np.abs(x)),
    wrong=times(lambda x: 2 * np.abs(x) * np.where(np.abs(x) == np.min(np.abs(x)), 1.01, 1.0)),
    inputs=spread(-4, 4, 5),
)
_bug(
    "power: x ** p for x ** (p - 1)",
    f=lambda x: x**3.0,
    right=times(lambda x: 3 * x**2.0),
    wrong=times(lambda x: 3 * x**3.0),
    inputs=normal((2, 3)),
)
_bug(
    "power: no logarithm for the exponent",
    f=np.power,
    right=lambda x, p, g: (g * p * x ** (p - 1), g * x**p * np.log(x)),
    wrong=lambda x, p, g: (g * p * x ** (p - 1), g * x**p * x),
    inputs=uniform(0.5, 3, (4,), (4,)),
)
_bug(
    "quotient: sign of the denominator's",
    f=np.divide,
    right=lambda a, b, g: (g / b, -g * a / b**2),
    wrong=lambda a, b, g: (g / b, g * a / b**2),
    inputs=lambda rng: (rng.standard_normal(4), rng.uniform(0.5, 3, 4)),
)
_bug(
    "arctan2: inputs swapped",
    f=np.arctan2,
    right=lambda y, x, g: (g * x / (x * x + y * y), -g * y / (x * x + y * y)),
    wrong=lambda y, x, g: (-g * y / (x * x + y * y), g * x / (x * x + y * y)),
    inputs=uniform(0.5, 3, (4,), (4,)),
)
_bug(
    "where: branches swapped",
    f=lambda x, y: np.where(x > y, x * x, y),
    right=lambda x, y, g: (np.where(x > y, 2 * g * x, 0.0), np.where(x > y, 0.0, g)),
    wrong=lambda x, y, g: (np.where(x > y, 0.0, 2 * g * x), np.where(x > y, g, 0.0)),
    inputs=normal((6,), (6,)),
)


def d_sinc(x: Any) -> Any:
    """Series near 0, where the quotient cancels."""
    t = np.pi * x
    with np.errstate(all="ignore"):
        quotient = (t * np.cos(t) - np.sin(t)) / (np.pi * x**2)
    series = np.pi * (-t / 3 + t**3 / 30 - t**5 / 840 + t**7 / 45360)
    return np.where(np.abs(t) < 0.1, series, quotient)


def d_sinc_quotient(x: Any) -> Any:
    """NaN at 0."""
    t = np.pi * x
    with np.errstate(all="ignore"):
        return (t * np.cos(t) - np.sin(t)) / (np.pi * x**2)


_bug(
    "sinc: nan at 0",
    f=np.sinc,
    right=times(d_sinc),
    wrong=times(d_sinc_quotient),
    inputs=lambda rng: (np.append(rng.standard_normal(3), 0.0),),
)


def _zeroed(x: Any, at: int) -> Any:
    mask = np.ones_like(x)
    mask[at] = 0.0
    return mask


_bug(
    "one element of 1,000 zeroed",
    f=lambda x: np.sin(x).reshape(10, 100).sum(axis=1),
    right=lambda x, g: (np.repeat(g, 100) * np.cos(x),),
    wrong=lambda x, g: (np.repeat(g, 100) * np.cos(x) * _zeroed(x, 637),),
    inputs=normal((1000,)),
)
_bug(
    "one element of 10,000 zeroed",
    f=lambda x: np.sum(np.sin(x)),
    right=times(np.cos),
    wrong=times(lambda x: np.cos(x) * _zeroed(x, 6371)),
    inputs=normal((10_000,)),
    most=4,
)

# Broadcasting, reductions ---------------------------------------------------------------------

_bug(
    "broadcast sum missing",
    f=np.multiply,
    right=lambda x, b, g: (g * b, (g * x).sum(axis=0)),
    wrong=lambda x, b, g: (g * b, g * x),
    inputs=normal((3, 2), (2,)),
    side_effect="shape",
)
_bug(
    "broadcast sum over the wrong axis",
    f=np.multiply,
    right=lambda x, b, g: (g * b, (g * x).sum(axis=0)),
    wrong=lambda x, b, g: (g * b, (g * x).sum(axis=1)),
    inputs=normal((3, 3), (3,)),
)
_bug(
    "broadcast: first row for the sum",
    f=np.add,
    right=lambda x, b, g: (g, g.sum(axis=0)),
    wrong=lambda x, b, g: (g, g[0]),
    inputs=normal((3, 2), (2,)),
)
_bug(
    "mean over an axis divided by the size",
    f=lambda x: x.mean(axis=1),
    right=lambda x, g: (np.broadcast_to(g[:, None] / x.shape[1], x.shape).copy(),),
    wrong=lambda x, g: (np.broadcast_to(g[:, None] / x.size, x.shape).copy(),),
    inputs=normal((3, 4)),
)
_bug(
    "variance with n - 1, n = 1,000",
    f=np.var,
    right=lambda x, g: (g * 2 * (x - x.mean()) / x.size,),
    wrong=lambda x, g: (g * 2 * (x - x.mean()) / (x.size - 1),),
    inputs=normal((1000,)),
)
_bug(
    "cumsum not reversed",
    f=np.cumsum,
    right=lambda x, g: (np.cumsum(g[::-1])[::-1].copy(),),
    wrong=lambda x, g: (np.cumsum(g),),
    inputs=normal((5,)),
)
_bug(
    "product: divided by a factor that is 0",
    f=np.prod,
    right=lambda x, g: (g * np.array([np.prod(np.delete(x, i)) for i in range(x.size)]),),
    wrong=lambda x, g: (g * np.prod(x) / np.where(x == 0, 1.0, x),),
    inputs=lambda rng: (np.append(rng.uniform(0.5, 2, 3), 0.0),),
)


def _one_hot(x: Any, at: Any) -> Any:
    return (np.arange(x.size) == at).astype(float)


_bug(
    "max: place off by one",
    f=np.max,
    right=lambda x, g: (g * _one_hot(x, np.argmax(x)),),
    wrong=lambda x, g: (g * _one_hot(x, (np.argmax(x) + 1) % x.size),),
    inputs=normal((5,)),
)
_bug(
    "max: what is nearly equal shares",
    f=np.max,
    right=lambda x, g: (g * _one_hot(x, np.argmax(x)),),
    wrong=lambda x, g: (
        g * np.isclose(x, np.max(x), atol=0) / np.isclose(x, x.max(), atol=0).sum(),
    ),
    inputs=lambda rng: (np.append(rng.uniform(-2, 2, 3), [3.0, 3.0 + 3e-6]),),
)
_bug(
    "norm not divided by",
    f=lambda x: np.sqrt(np.sum(x * x)),
    right=lambda x, g: (g * x / np.sqrt(np.sum(x * x)),),
    wrong=lambda x, g: (g * x,),
    inputs=normal((5,)),
)


# Softmax and normalisation --------------------------------------------------------------------


def softmax(x: Any, axis: int = -1) -> Any:
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def logsumexp(x: Any) -> Any:
    top = x.max(axis=-1, keepdims=True)
    return (top + np.log(np.exp(x - top).sum(axis=-1, keepdims=True)))[..., 0]


def softmax_vjp(x: Any, g: Any) -> Any:
    y = softmax(x)
    return (y * (g - (g * y).sum(axis=-1, keepdims=True)),)


_bug(
    "softmax without the sum",
    f=softmax,
    right=softmax_vjp,
    wrong=lambda x, g: (softmax(x) * g,),
    inputs=normal((3, 4)),
)
_bug(
    "softmax: sum over the wrong axis",
    f=softmax,
    right=softmax_vjp,
    wrong=lambda x, g: (softmax(x) * (g - (g * softmax(x)).sum(axis=0, keepdims=True)),),
    inputs=normal((3, 3)),
)
_bug(
    "log softmax: cotangents taken to sum to 1",
    f=lambda x: x - logsumexp(x)[..., None],
    right=lambda x, g: (g - softmax(x) * g.sum(axis=-1, keepdims=True),),
    wrong=lambda x, g: (g - softmax(x),),
    inputs=normal((3, 4)),
)
_bug(
    "logsumexp: softmax over the wrong axis",
    f=logsumexp,
    right=lambda x, g: (g[:, None] * softmax(x),),
    wrong=lambda x, g: (g[:, None] * softmax(x, axis=0),),
    inputs=normal((3, 4)),
)


def cross_entropy(x: Any, k: Any) -> Any:
    return np.mean(logsumexp(x) - x[np.arange(len(x)), k])


def _probabilities_less_truth(x: Any, k: Any) -> Any:
    return softmax(x) - np.eye(x.shape[1])[k]


_bug(
    "cross-entropy not divided by the batch",
    f=cross_entropy,
    right=lambda x, k, g: (g * _probabilities_less_truth(x, k) / len(x), None),
    wrong=lambda x, k, g: (g * _probabilities_less_truth(x, k), None),
    inputs=lambda rng: (rng.standard_normal((4, 3)), rng.integers(3, size=4)),
)


def layer_norm(x: Any) -> Any:
    d = x - x.mean(axis=-1, keepdims=True)
    return d / np.sqrt((d * d).mean(axis=-1, keepdims=True) + 1e-5)


def layer_norm_vjp(x: Any, g: Any, mean: bool = True, variance: bool = True) -> Any:
    d = x - x.mean(axis=-1, keepdims=True)
    s = np.sqrt((d * d).mean(axis=-1, keepdims=True) + 1e-5)
    total = g
    if mean:
        total = total - g.mean(axis=-1, keepdims=True)
    if variance:
        total = total - d / s**2 * (g * d).mean(axis=-1, keepdims=True)
    return (total / s,)


_bug(
    "layer norm without the mean's term",
    f=layer_norm,
    right=layer_norm_vjp,
    wrong=lambda x, g: layer_norm_vjp(x, g, mean=False),
    inputs=normal((3, 5)),
)
_bug(
    "layer norm without the variance's term",
    f=layer_norm,
    right=layer_norm_vjp,
    wrong=lambda x, g: layer_norm_vjp(x, g, variance=False),
    inputs=normal((3, 5)),
)

# Linear algebra, shapes -----------------------------------------------------------------------

_bug(
    "matmul: transpose forgotten",
    f=np.matmul,
    right=lambda a, b, g: (g @ b.T, a.T @ g),
    wrong=lambda a, b, g: (g @ b, a.T @ g),
    inputs=normal((3, 3), (3, 3)),
)
_bug(
    "matmul: factors in the wrong order",
    f=np.matmul,
    right=lambda a, b, g: (g @ b.T, a.T @ g),
    wrong=lambda a, b, g: (b.T @ g, a.T @ g),
    inputs=normal((3, 3), (3, 3)),
)
_bug(
    "cotangents swapped",
    f=lambda x, y: np.sin(x) * y,
    right=lambda x, y, g: (g * y * np.cos(x), g * np.sin(x)),
    wrong=lambda x, y, g: (g * np.sin(x), g * y * np.cos(x)),
    inputs=normal((4,), (4,)),
)
_ORDER = np.array([2, 0, 3, 1])
_bug(
    "permutation not inverted",
    f=lambda x: x[_ORDER],
    right=lambda x, g: (g[np.argsort(_ORDER)],),
    wrong=lambda x, g: (g[_ORDER],),
    inputs=normal((4,)),
)
_bug(
    "order of three axes not inverted",
    f=lambda x: x.transpose(1, 2, 0),
    right=lambda x, g: (g.transpose(2, 0, 1).copy(),),
    wrong=lambda x, g: (g.transpose(1, 2, 0).copy(),),
    inputs=normal((2, 2, 2)),
)
_bug(
    "cotangent ignored",
    f=np.exp,
    right=times(np.exp),
    wrong=lambda x, g: (np.exp(x),),
    inputs=normal((2, 3)),
)
_bug(
    "convolution: kernel not flipped",
    f=lambda x, w: np.convolve(x, w, "valid"),
    right=lambda x, w, g: (np.convolve(g, w[::-1], "full"), np.convolve(x[::-1], g, "valid")),
    wrong=lambda x, w, g: (np.convolve(g, w, "full"), np.convolve(x[::-1], g, "valid")),
    inputs=normal((7,), (3,)),
)


def _every_second(x: Any, g: Any, start: int = 0) -> Any:
    found = np.zeros_like(x)
    found[start : start + 2 * len(g) : 2] = g
    return (found,)


_bug(
    "stride: gradients one place off",
    f=lambda x: x[:-1:2] * 1.0,
    right=_every_second,
    wrong=lambda x, g: _every_second(x, g, 1),
    inputs=normal((6,)),
)


def _scattered(x: Any, g: Any) -> Any:
    found = np.zeros_like(x)
    np.add.at(found, [0, 2, 2], g)
    return (found,)


def _overwritten(x: Any, g: Any) -> Any:
    found = np.zeros_like(x)
    found[[0, 2, 2]] = g
    return (found,)


_bug(
    "index taken twice: = for +=",
    f=lambda x: x[[0, 2, 2]],
    right=_scattered,
    wrong=_overwritten,
    inputs=normal((4,)),
)
_bug(
    "concatenate: parts swapped",
    f=lambda x, y: np.concatenate([x, y]),
    right=lambda x, y, g: (g[: len(x)], g[len(x) :]),
    wrong=lambda x, y, g: (g[len(y) :], g[: len(y)]),
    inputs=normal((3,), (3,)),
)


def _matrix(rng: np.random.Generator) -> Any:
    return (rng.uniform(-1, 1, (3, 3)) + 3 * np.eye(3),)


def _inverse_vjp(a: Any, g: Any) -> Any:
    t = np.linalg.inv(a).T
    return (-t @ g @ t,)


def _inverse_untransposed(a: Any, g: Any) -> Any:
    t = np.linalg.inv(a)
    return (-t @ g @ t,)


_bug(
    "inverse: transposes forgotten",
    f=np.linalg.inv,
    right=_inverse_vjp,
    wrong=_inverse_untransposed,
    inputs=_matrix,
)
_bug(
    "determinant: transpose forgotten",
    f=np.linalg.det,
    right=lambda a, g: (g * np.linalg.det(a) * np.linalg.inv(a).T,),
    wrong=lambda a, g: (g * np.linalg.det(a) * np.linalg.inv(a),),
    inputs=_matrix,
)

# Single precision -----------------------------------------------------------------------------

_bug(
    "single precision, 1 % off",
    f=np.tanh,
    right=times(d_tanh),  # 1 - y ** 2 has no digit left where y is nearly 1
    wrong=times(lambda x: x.dtype.type(1.01) * d_tanh(x)),
    inputs=single(normal((2, 3))),
)
_bug(
    "single precision, sum over the wrong axis",
    f=np.multiply,
    right=lambda x, b, g: (g * b, (g * x).sum(axis=0)),
    wrong=lambda x, b, g: (g * b, (g * x).sum(axis=1)),
    inputs=single(normal((3, 3), (3,))),
)
_bug(
    "single precision in, double out",
    f=np.tanh,
    right=times(d_tanh),
    wrong=lambda x, g: ((g * d_tanh(x)).astype(float),),
    inputs=single(normal((2, 3))),
    side_effect="dtype",
)

# Beside the numbers ---------------------------------------------------------------------------


def _writes_to_cotangent(x: Any, g: Any) -> Any:
    g *= np.cos(x)
    return (g,)


def _writes_to_input(x: Any, g: Any) -> Any:
    found = g * np.cos(x)
    x += 1.0
    return (found,)


def _adds_up() -> Any:
    """The rule keeps its result and adds to it when it is called again."""
    total = 0.0

    def rule(x: Any, g: Any) -> Any:
        nonlocal total
        total = total + g * np.cos(x)
        return (total,)

    return np.sin, rule


def _stale() -> Any:
    """The rule reads what the function kept of its last call, wherever that was."""
    kept: dict[str, Any] = {}

    def f(x: Any) -> Any:
        kept["out"] = np.tanh(x)
        return kept["out"]

    return f, lambda x, g: (g * (1 - kept["out"] ** 2),)


_bug(
    "writes to the cotangent",
    f=np.sin,
    right=times(np.cos),
    wrong=_writes_to_cotangent,
    inputs=normal((2, 3)),
    side_effect="writes",
)
_bug(
    "writes to the input",
    f=np.sin,
    right=times(np.cos),
    wrong=_writes_to_input,
    inputs=normal((2, 3)),
    side_effect="writes",
)
_bug(
    "adds up over calls",
    f=np.sin,
    right=times(np.cos),
    wrong=_adds_up,
    makes=True,
    inputs=normal((2, 3)),
    side_effect="state",
)
_bug(
    "stale: reads what the last call left",
    f=np.tanh,
    right=times(d_tanh),
    wrong=_stale,
    makes=True,
    inputs=normal((2, 3)),
    side_effect="state",
)
_bug(
    "None for an input",
    f=np.multiply,
    right=lambda x, y, g: (g * y, g * x),
    wrong=lambda x, y, g: (g * y, None),
    inputs=normal((3,), (3,)),
    side_effect="shape",
)
_bug(
    "cotangent in the output's shape",
    f=lambda x: x.T,
    right=lambda x, g: (g.T.copy(),),
    wrong=lambda x, g: (g,),
    inputs=normal((3, 2)),
    side_effect="shape",
)
