"""Layers as functions: linear, embedding, dropout, normalisation and attention."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..effects import effect, reads_only
from ..modes import no_grad, note_draw
from ..op import FACES, Op, bilinear, composite, elementwise, plain, primitive, where
from .index import scatter
from .linalg_products import matmul, product
from .reduce import softmax
from .samples import uniform
from .shape import arrayed, transpose

__all__ = [
    "batch_norm",
    "dropout",
    "embedding",
    "layer_norm",
    "linear",
    "scaled_dot_product_attention",
]


# Linear -----------------------------------------------------------------------------------------


def _rows(x: Any) -> Any:
    """An array as a matrix whose rows are its last axis."""
    return x if x.ndim == 2 else x.reshape((math.prod(x.shape[:-1]), x.shape[-1]))


def _project(x: Any, weight: Any) -> Any:
    try:
        if x.ndim == 2 == weight.ndim:
            return x.dot(weight.T)
        if weight.ndim != 2:
            raise ValueError
        return _rows(x).dot(weight.T).reshape((*x.shape[:-1], len(weight)))
    except (ValueError, IndexError):
        raise _linear_error(x, weight) from None


def _affine(x: Any, weight: Any, bias: Any) -> Any:
    out = _project(x, weight)
    if bias.shape != out.shape[-1:]:
        raise ValueError(
            f"linear: weight of shape {weight.shape} gives {out.shape[-1]} features, and bias has "
            f"shape {bias.shape}; it takes one number for each, shape {out.shape[-1:]}"
        )
    if bias.dtype == out.dtype:
        out += bias
        return out
    return out + bias


def _linear_error(x: Any, weight: Any) -> ValueError:
    if x.ndim == 0 or weight.ndim != 2:
        return ValueError(
            f"linear: x of shape {x.shape} and weight of shape {weight.shape}; it takes x of shape "
            "(..., in_features) and weight of shape (out_features, in_features)"
        )
    features = weight.shape[1]
    cure = "check the sizes of the layers"
    if weight.shape[0] == x.shape[-1]:
        cure = "weight has shape (out_features, in_features): pass weight.T"
    elif math.prod(x.shape[1:]) == features:
        cure = f"flatten x first: x.reshape(len(x), {features})"
    return ValueError(
        f"linear: x of shape {x.shape} has {x.shape[-1]} features in its last axis, weight of "
        f"shape {weight.shape} takes {features}; {cure}"
    )


def _linear_x(g: Any, x: Any, weight: Any) -> Any:
    if x.ndim == 2:
        return product(g, weight)
    return product(_rows(g), weight).reshape(x.shape)


def _linear_weight(g: Any, x: Any, weight: Any) -> Any:
    rows, x = (g, x) if x.ndim == 2 else (_rows(g), _rows(x))
    if type(rows) in FACES or type(x) in FACES or type(weight) in FACES or _by_rows(weight):
        return product(rows.T, x)
    # In the layout of the weight, for updates over arrays of two layouts take four times as long.
    if len(x) == 1:
        # The product is elementwise, and matmul would not ask BLAS for it.
        return np.multiply(rows.T, x, order="F")
    if weight.size > _FEW or not weight.T.flags.c_contiguous:
        return np.matmul(rows.T, x, order="F")
    # Of small matrices dot takes 0.7 us less.
    made = np.empty_like(weight, dtype=rows.dtype)
    np.dot(x.T, rows, out=made.T)
    return made


def _by_rows(weight: Any) -> bool:
    """Whether the rows of a matrix lie one after another, and not its columns."""
    long, short = weight.strides
    return long >= short


def _linear_bias(g: Any) -> Any:
    if g.ndim == 1:
        return g
    rows = _rows(g)
    if type(rows) not in FACES and rows.size <= _FEW:
        # A product with ones takes a fifth of the time of a small sum over the first axis.
        return np.dot(ones_of(len(rows), rows.dtype), rows)
    return rows.sum(axis=0)


_FEW = 1 << 14


@functools.lru_cache(maxsize=64)
def ones_of(n: int, dtype: Any) -> np.ndarray:
    return np.ones(n, dtype)


def _linear_jvp(tangents: Any, out: Any, x: Any, weight: Any, bias: Any) -> Any:
    tx, tw, tb = tangents
    terms = []
    if tx is not None:
        terms.append(_linear(tx, weight))
    if tw is not None:
        terms.append(_linear(x, tw))
    if tb is not None:
        terms.append(tb)
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total if total.shape == out.shape else total + np.zeros_like(plain(out))


_SHAPES = ((4, 3), (3,), (2, 2, 3), (0, 3))

_linear = bilinear(
    _project,
    (_linear_x, _linear_weight),
    name="_linear",
    label="linear",
    doc="``x @ weight.T`` along the last axis of ``x``.",
    samples=lambda rng: [((uniform(rng, *s), uniform(rng, 2, 3)), {}) for s in _SHAPES],
    reference=lambda x, weight: matmul(x, transpose(weight)),
)
_linear_with_bias = primitive(
    _affine,
    vjp=(
        lambda g, out, x, weight, bias: _linear_x(g, x, weight),
        lambda g, out, x, weight, bias: _linear_weight(g, x, weight),
        lambda g, out, x, weight, bias: _linear_bias(g),
    ),
    jvp=_linear_jvp,
    name="_linear_with_bias",
    label="linear",
    doc="``x @ weight.T + bias`` along the last axis of ``x``.",
    samples=lambda rng: [
        ((uniform(rng, *s), uniform(rng, 2, 3), uniform(rng, 2)), {}) for s in _SHAPES
    ],
    reference=lambda x, weight, bias: matmul(x, transpose(weight)) + bias,
)


@composite(
    samples=lambda rng: [
        ((uniform(rng, 4, 3), uniform(rng, 2, 3), uniform(rng, 2)), {}),
        ((uniform(rng, 4, 3), uniform(rng, 2, 3)), {}),
    ],
)
def linear(x: Any, weight: Any, bias: Any = None) -> Any:
    """``x @ weight.T + bias`` in one op, along the last axis of ``x``.

    Parameters
    ----------
    x : array of shape (..., in_features)
    weight : array of shape (out_features, in_features)
    bias : array of shape (out_features,), optional
    """
    if bias is None:
        return _linear(arrayed(x), arrayed(weight))
    kind = type(weight)
    if kind is type(bias) and kind in FACES and (type(x) is kind or type(x) is np.ndarray):
        # The layers of a network: no argument needs a second look.
        return FACES[kind].apply(_linear_with_bias, (x, weight, bias), {})
    return _linear_with_bias(arrayed(x), arrayed(weight), arrayed(bias))


# Embedding and dropout --------------------------------------------------------------------------


def _look_up(weight: Any, indices: Any) -> Any:
    indices = _index(indices)
    if indices.dtype.kind not in "iu":
        raise TypeError(
            f"embedding: indices of dtype {indices.dtype}; they number rows of weight, so convert "
            "them with .astype(int)"
        )
    # In the words that a captured step can look at again.
    if indices.size and not ((indices >= 0).all() and (indices < len(weight)).all()):
        raise IndexError(
            f"embedding: indices from {indices.min()} to {indices.max()} for weight of shape "
            f"{weight.shape}, whose rows are 0 to {len(weight) - 1}"
        )
    return weight[indices]


embedding: Op = primitive(
    _look_up,
    vjp=(lambda g, out, weight, indices: scatter(g, _index(indices), tuple(weight.shape)), None),
    jvp=lambda tangents, out, weight, indices: embedding(tangents[0], indices),
    name="embedding",
    promotes=False,
    samples=lambda rng: [
        ((uniform(rng, 4, 2), np.array([1, 3, 1])), {}),
        ((uniform(rng, 4, 2), np.array([[0, 3], [2, 2]])), {}),
        ((uniform(rng, 4, 2), np.zeros((0,), dtype=int)), {}),
    ],
    doc="Rows of ``weight`` by number; the gradient adds up over repeated indices.",
)


def _index(indices: Any) -> Any:
    """Row numbers as an array; one already stays as it is, so that a stand-in goes through."""
    indices = plain(indices)
    return indices if hasattr(indices, "dtype") else np.asarray(indices)


_dropped = elementwise(
    lambda x, mask: x * mask,
    (lambda out, x, mask: mask, None),
    name="_dropped",
    label="dropout",
    doc="``x`` with the elements dropped where ``mask`` is 0.",
    samples=lambda rng: [
        ((uniform(rng, *s), np.float32(2.0) * rng.integers(0, 2, s).astype(np.float32)), {})
        for s in ((3,), (2, 4), (0, 3))
    ],
)


@composite(
    samples=lambda rng: [
        ((uniform(rng, 3, 4),), {"p": 0.0}),
        ((uniform(rng, 3, 4),), {"p": 0.5, "rng": 7}),
        ((uniform(rng, 3, 4),), {"p": 1.0}),
    ],
)
def dropout(x: Any, p: float = 0.5, rng: np.random.Generator | int | None = None) -> Any:
    """Set elements to 0 with probability ``p`` and scale the others by 1 / (1 - p).

    Srivastava et al. 2014, in the inverted form, which leaves the mean as it was and prediction
    without a factor.

    Parameters
    ----------
    x : array
    p : float
        Probability of dropping an element, from 0 to 1.
    rng : numpy.random.Generator or int, optional
        What draws the mask; a number seeds a new generator.
    """
    if type(p) in FACES:
        raise TypeError("dropout: p is a plain number; there is no gradient with respect to it")
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout: p={p} is a probability, from 0 to 1")
    x = arrayed(x)
    if p == 0.0:
        return x * 1
    generator = np.random.default_rng(rng)
    note_draw(generator)
    return _dropped(x, effect(_mask, generator, x.shape, p, x.dtype))


@reads_only
def _mask(generator: np.random.Generator, shape: tuple, p: float, dtype: np.dtype) -> np.ndarray:
    """What to multiply with: 0 with the probability ``p``, else what keeps the mean."""
    keep = generator.random(shape, dtype=np.float32) >= p
    return np.multiply(keep, 1.0 / (1.0 - p) if p < 1.0 else 0.0, dtype=dtype)


# Normalisation ----------------------------------------------------------------------------------


def _standardize(x: Any, axis: Any = (-1,), eps: float = 1e-5) -> tuple:
    n = math.prod([x.shape[a] for a in axis])
    mean = np.add.reduce(x, axis=axis, keepdims=True) / n
    d = x - mean
    var = np.add.reduce(d * d, axis=axis, keepdims=True) / n
    d /= np.sqrt(var + eps)
    return d, mean, var


def _standardize_vjp(g: Any, out: Any, x: Any, axis: Any, eps: float) -> Any:
    (gy, gmean, gvar), (y, _, var) = g, out
    n = math.prod([x.shape[a] for a in axis])
    scale = 1 / (var + eps) ** 0.5
    # Of all that is subtracted, only the first term below has the size of x.
    shift = gmean / n - scale * (gy.sum(axis=axis, keepdims=True) / n)
    slope = 2.0 * gvar / n / scale - scale * ((gy * y).sum(axis=axis, keepdims=True) / n)
    return gy * scale + y * slope + shift


def _standardize_reference(x: Any, axis: Any, eps: float) -> tuple:
    n = math.prod([x.shape[a] for a in axis])
    mean = x.sum(axis=axis, keepdims=True) / n
    d = x - mean
    var = (d * d).sum(axis=axis, keepdims=True) / n
    return d / (var + eps) ** 0.5, mean, var


standardize = primitive(
    _standardize,
    vjp=_standardize_vjp,
    name="standardize",
    multiple=True,
    samples=lambda rng: [
        ((uniform(rng, 3, 4),), {"axis": (-1,), "eps": 1e-5}),
        ((uniform(rng, 2, 3, 4),), {"axis": (0, 2), "eps": 0.1}),
    ],
    reference=_standardize_reference,
    doc="``(x - mean) / sqrt(var + eps)`` over axes, with the mean and the variance.",
)


def _expect(name: str, what: str, given: Any, shape: tuple[int, ...], x: Any) -> None:
    if given is not None and tuple(given.shape) != shape:
        raise ValueError(
            f"{name}: {what} of shape {tuple(given.shape)} for x of shape {tuple(x.shape)}; it "
            f"takes shape {shape}"
        )


@composite(
    samples=lambda rng: [
        ((uniform(rng, 3, 4),), {}),
        ((uniform(rng, 3, 4), uniform(rng, 4), uniform(rng, 4)), {}),
        ((uniform(rng, 2, 3, 2), uniform(rng, 3, 2), uniform(rng, 3, 2)), {"eps": 0.1}),
    ],
)
def layer_norm(x: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Standardise over the last axes, then scale and shift (Ba, Kiros and Hinton 2016).

    Parameters
    ----------
    x : array
    weight, bias : array, optional
        As many last axes as ``weight`` (or ``bias``) has are normalised; one if neither is given.
    eps : float
        Added to the variance.
    """
    x = arrayed(x)
    shaped = weight if weight is not None else bias
    k = 1 if shaped is None else len(shaped.shape)
    shape = tuple(x.shape[x.ndim - k :])
    _expect("layer_norm", "weight", weight, shape, x)
    _expect("layer_norm", "bias", bias, shape, x)
    y = standardize(x, axis=tuple(range(-k, 0)), eps=eps)[0]
    if weight is not None:
        y = y * weight
    return y if bias is None else y + bias


@composite(
    samples=lambda rng: [
        ((uniform(rng, 4, 3), None, None, uniform(rng, 3), uniform(rng, 3)), {"training": True}),
        ((uniform(rng, 2, 3, 4),), {"training": True}),
        ((uniform(rng, 4, 3), uniform(rng, 3), uniform(rng, 3, low=0.5), uniform(rng, 3)), {}),
    ],
)
def batch_norm(
    x: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float | Callable[[], float] = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Standardise each feature (axis 1) over the batch, then scale and shift.

    Ioffe and Szegedy 2015, with the arguments of ``torch.nn.functional.batch_norm``.

    Parameters
    ----------
    x : array of shape (batch, features, ...)
    running_mean, running_var : array of shape (features,), optional
        Moved in place towards the batch's mean and unbiased variance while training, used in
        their place otherwise.
    weight, bias : array of shape (features,), optional
    training : bool
        Use the batch's own statistics; so too where no running ones are given.
    momentum : float or callable
        How far the running statistics move.
    eps : float
        Added to the variance.
    """
    x = arrayed(x)
    if x.ndim < 2:
        raise ValueError(
            f"batch_norm: x of shape {tuple(x.shape)}; it takes (batch, features, ...)"
        )
    features = (x.shape[1],)
    for what, given in (
        ("running_mean", running_mean),
        ("running_var", running_var),
        ("weight", weight),
        ("bias", bias),
    ):
        _expect("batch_norm", what, given, features, x)
    column = features + (1,) * (x.ndim - 2)
    if training or running_mean is None or running_var is None:
        axis = (0, *range(2, x.ndim))
        n = math.prod([x.shape[a] for a in axis])
        if n < 2:
            raise ValueError(
                f"batch_norm: x of shape {tuple(x.shape)} has {n} value for each feature; the "
                "batch's own variance takes 2 or more: use larger batches, or training=False"
            )
        y, mean, var = standardize(x, axis=axis, eps=eps)
        if training:
            # Of the variance the unbiased estimate is tracked.
            for running, found, scale in (
                (running_mean, mean, 1.0),
                (running_var, var, n / (n - 1)),
            ):
                if running is not None:
                    effect(functools.partial(_move, running, momentum, scale), found)
    else:
        y = (x - running_mean.reshape(column)) / (running_var.reshape(column) + eps) ** 0.5
    if weight is not None:
        y = y * weight.reshape(column)
    return y if bias is None else y + bias.reshape(column)


def _move(running: Any, momentum: Any, scale: float, target: np.ndarray) -> None:
    """Move running statistics in place part of the way to the batch's."""
    part = momentum() if callable(momentum) else momentum
    with no_grad():
        running += part * (target.reshape(-1) * scale - plain(running))


# Attention --------------------------------------------------------------------------------------


@composite(
    samples=lambda rng: [
        ((uniform(rng, 3, 2), uniform(rng, 4, 2), uniform(rng, 4, 3)), {}),
        ((uniform(rng, 2, 3, 2), uniform(rng, 2, 3, 2), uniform(rng, 2, 3, 2)),
         {"is_causal": True, "scale": 0.5}),
        ((uniform(rng, 2, 2), uniform(rng, 3, 2), uniform(rng, 3, 2), uniform(rng, 2, 3)), {}),
        ((uniform(rng, 2, 2), uniform(rng, 3, 2), uniform(rng, 3, 2),
          np.array([[True, False, True], [False, False, False]])), {}),
    ],
)  # fmt: skip
def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    rng: np.random.Generator | int | None = None,
) -> Any:
    """``softmax(query @ key.T * scale) @ value`` (Vaswani et al. 2017, equation 1).

    Parameters
    ----------
    query : array of shape (..., L, E)
    key : array of shape (..., S, E)
    value : array of shape (..., S, V)
    attn_mask : array that broadcasts to (..., L, S), optional
        Boolean: ``True`` where a query may look at a key; one that may look at none gets zeros.
        Floating: added to the scores.
    dropout_p : float
        Probability of dropping a weight.
    is_causal : bool
        Query ``i`` looks only at keys up to ``i``.
    scale : float, optional
        ``1 / sqrt(E)`` if not given.
    rng : numpy.random.Generator or int, optional
        What draws the dropout.
    """
    query, key, value = arrayed(query), arrayed(key), arrayed(value)
    if min(query.ndim, key.ndim, value.ndim) < 2 or (
        query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]
    ):
        raise ValueError(
            f"scaled_dot_product_attention: query of shape {tuple(query.shape)}, key "
            f"{tuple(key.shape)}, value {tuple(value.shape)}; it takes (..., L, E), (..., S, E) "
            "and (..., S, V)"
        )
    if scale is None:
        scale = 1.0 / math.sqrt(query.shape[-1])
    scores = (query * scale) @ key.mT
    allowed: Any = None
    if attn_mask is not None:
        attn_mask = arrayed(attn_mask)
        if attn_mask.dtype == bool:
            allowed = plain(attn_mask)
        else:
            scores = scores + attn_mask
    if is_causal:
        causal = np.tri(query.shape[-2], key.shape[-2], dtype=bool)
        allowed = causal if allowed is None else allowed & causal
    if allowed is None:
        weights = softmax(scores, axis=-1)
    else:
        some = allowed.any(axis=-1, keepdims=True)
        weights = softmax(where(allowed | ~some, scores, -np.inf), axis=-1)
        if not some.all():
            weights = where(some, weights, 0.0)
    if dropout_p:
        weights = dropout(weights, dropout_p, rng)
    return weights @ value
