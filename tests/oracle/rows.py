"""What each op is called on both sides, and where it may be applied.

A row holds two templates of Python source, so that a disagreement can be shown as code to paste.
``{a} {b} {c}`` are inputs, the other names in braces come from ``choose``; ``dtype`` is the
program's, float32 or float64. The text for JAX follows from ours (``rows_jax.py``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["DOMAINS", "GUARDS", "ROWS", "Row"]

Choose = Callable[[np.random.Generator, list[np.ndarray]], dict[str, Any] | None]

# Inputs are brought into a function's domain by the same text on both sides; ``m`` is the module.
DOMAINS = {
    "any": "{x}",
    "small": "(1.5 * {m}.tanh({x}))",
    "positive": "({x} * {x} + 0.5)",
    "inside": "(0.8 * {m}.tanh({x}))",
    "above": "({x} * {x} + 1.2)",
    "unit": "(0.1 + 0.8 * {m}.sigmoid({x}))",
    "apart": "{x}",
}

GAP = 1e-3


def _gaps(x: np.ndarray) -> bool:
    return bool(x.size < 2 or np.min(np.diff(np.sort(x, axis=None))) > GAP)


GUARDS: dict[str, Callable[..., bool]] = {
    "nonzero": lambda *xs: all(np.min(np.abs(x), initial=1.0) > GAP for x in xs),
    "distinct": lambda *xs: all(_gaps(np.asarray(x)) for x in xs),
    "differ": lambda x, y: bool(np.min(np.abs(x - y), initial=1.0) > GAP),
    "between": lambda *xs: all(
        np.min(np.abs(np.asarray(x) * 2 - np.round(np.asarray(x) * 2)), initial=1.0) > GAP
        for x in xs
    ),
    "tenths": lambda x: bool(np.min(np.abs(x * 20 - np.round(x * 20)), initial=1.0) > GAP),
    "quotient": lambda x, y: bool(
        np.min(np.abs(y), initial=1.0) > 0.05
        and np.min(np.abs(x / y - np.round(x / y)), initial=1.0) > GAP
    ),
    "thirds": lambda x: bool(
        np.min(np.abs(x), initial=1.0) > GAP
        and np.min(np.abs(x - 2 / 3), initial=1.0) > GAP
        and np.min(np.abs(x + 2), initial=1.0) > GAP
    ),
    # The second derivative jumps at ±2.
    "bends": lambda x: bool(
        np.min(np.abs(x), initial=1.0) > GAP and np.min(np.abs(np.abs(x) - 2), initial=1.0) > GAP
    ),
    "knees": lambda x: bool(
        np.min(np.abs(np.abs(x) - 1), initial=1.0) > GAP
        and np.min(np.abs(np.abs(x) - 0.5), initial=1.0) > GAP
        and np.min(np.abs(x), initial=1.0) > GAP
    ),
    "well conditioned": lambda x: bool(np.linalg.cond(x).max(initial=0) < 30),
    "spread": lambda x: _spread(x),
}


def _spread(x: np.ndarray) -> bool:
    s = np.linalg.svd(x, compute_uv=False)
    return bool(np.min(s) > 0.1 and (s.shape[-1] < 2 or np.min(-np.diff(s, axis=-1)) > 0.1))


@dataclasses.dataclass
class Row:
    """One way to apply an op."""

    name: str
    ours: str
    theirs: str
    inputs: int
    elementwise: bool
    domains: tuple[str, ...]
    guard: str | None = None
    choose: Choose = lambda rng, xs: {}


ROWS: list[Row] = []


def _unary(names: str, domain: str = "any", guard: str | None = None) -> None:
    """``ours=theirs`` or one name for both."""
    for name in names.split():
        ours, _, theirs = name.partition("=")
        ROWS.append(
            Row(
                ours,
                f"ag.{ours}({{a}})",
                f"{theirs if '.' in theirs else 'torch.' + (theirs or ours)}({{a}})",
                1,
                True,
                (domain,),
                guard,
            )
        )


def _binary(
    name: str, ours: str, theirs: str, domains: str = "any any", guard: str | None = None
) -> None:
    ROWS.append(Row(name, ours, theirs, 2, True, tuple(domains.split()), guard))


def _array(
    name: str,
    ours: str,
    theirs: str,
    choose: Choose,
    domains: str = "any",
    guard: str | None = None,
) -> None:
    spread = tuple(domains.split())
    ROWS.append(Row(name, ours, theirs, len(spread), False, spread, guard, choose))


# Elementwise -----------------------------------------------------------------------------------

_unary("negative=neg positive square sin cos tanh arctan=atan arcsinh=asinh sigmoid expit=sigmoid")
_unary("exp exp2 expm1 sinh cosh", "small")
_unary("log log2 log10 log1p sqrt gammaln=lgamma digamma", "positive")
_unary("arcsin=asin arccos=acos arctanh=atanh tan", "inside")
_unary("arccosh=acosh", "above")
_unary("logit", "unit")
_unary("absolute=abs abs fabs=abs sign reciprocal", "apart", "nonzero")
_unary("floor ceil rint=round trunc", "any", "between")
_unary("deg2rad rad2deg erf erfc i0")
_unary("sinc", guard="nonzero")  # PyTorch's second derivative at 0 is NaN
_unary("log_sigmoid=F.logsigmoid silu=F.silu mish=F.mish")
_unary("relu=F.relu leaky_relu=F.leaky_relu elu=F.elu selu=F.selu", guard="nonzero")
_unary("softsign=F.softsign", guard="nonzero")
_unary("hardtanh=F.hardtanh", guard="knees")
ROWS += [
    # By default PyTorch takes x for softplus(x) above 20, with a derivative of exactly 1.
    Row("softplus", "ag.softplus({a})", "F.softplus({a}, threshold=700)", 1, True, ("any",)),
    Row("cbrt", "ag.cbrt({a})", "({a} ** (1 / 3))", 1, True, ("positive",)),
    Row("gelu", "ag.gelu({a})", "F.gelu({a})", 1, True, ("any",)),
    Row(
        "gelu",
        "ag.gelu({a}, approximate='tanh')",
        "F.gelu({a}, approximate='tanh')",
        1,
        True,
        ("any",),
    ),
    Row(
        "clip", "ag.clip({a}, -0.5, 1.0)", "torch.clamp({a}, -0.5, 1.0)", 1, True, ("any",), "knees"
    ),
    Row("nan_to_num", "ag.nan_to_num({a})", "torch.nan_to_num({a})", 1, True, ("any",)),
    Row("power", "{a} ** 3", "{a} ** 3", 1, True, ("small",)),
    Row("power", "{a} ** -1.5", "{a} ** -1.5", 1, True, ("positive",)),
    Row("power", "2.0 ** {a}", "2.0 ** {a}", 1, True, ("small",)),
    Row("subtract", "1.5 - {a}", "1.5 - {a}", 1, True, ("any",)),
    Row("divide", "2.0 / {a}", "2.0 / {a}", 1, True, ("positive",)),
    Row("multiply", "{a} * -0.75", "{a} * -0.75", 1, True, ("any",)),
]
_binary("add", "{a} + {b}", "{a} + {b}")
_binary("subtract", "{a} - {b}", "{a} - {b}")
_binary("multiply", "{a} * {b}", "{a} * {b}")
_binary("divide", "{a} / {b}", "{a} / {b}", "any positive")
_binary("power", "{a} ** {b}", "{a} ** {b}", "positive small")
_binary("float_power", "ag.float_power({a}, {b})", "torch.float_power({a}, {b})", "positive small")
_binary("maximum", "ag.maximum({a}, {b})", "torch.maximum({a}, {b})", guard="differ")
_binary("minimum", "ag.minimum({a}, {b})", "torch.minimum({a}, {b})", guard="differ")
_binary("fmax", "ag.fmax({a}, {b})", "torch.fmax({a}, {b})", guard="differ")
_binary("fmin", "ag.fmin({a}, {b})", "torch.fmin({a}, {b})", guard="differ")
_binary("hypot", "ag.hypot({a}, {b})", "torch.hypot({a}, {b})", "positive any")
_binary("arctan2", "ag.arctan2({a}, {b})", "torch.atan2({a}, {b})", "positive any")
_binary("logaddexp", "ag.logaddexp({a}, {b})", "torch.logaddexp({a}, {b})")
_binary("logaddexp2", "ag.logaddexp2({a}, {b})", "torch.logaddexp2({a}, {b})")
_binary("copysign", "ag.copysign({a}, {b})", "torch.copysign({a}, {b})", guard="nonzero")
_binary("remainder", "{a} % {b}", "{a} % {b}", "any any", "quotient")
_binary("fmod", "ag.fmod({a}, {b})", "torch.fmod({a}, {b})", "any any", "quotient")
# PyTorch's // has no derivative at all.
_binary(
    "floor_divide",
    "{a} // {b}",
    "torch.div({a}, {b}, rounding_mode='floor')",
    "any any",
    "quotient",
)
_binary("prelu", "ag.prelu({a}, {b})", "torch.where({a} > 0, {a}, {a} * {b})", guard="nonzero")
_binary(
    "where",
    "ag.where({a} > {b}, {a} * {a}, {b})",
    "torch.where({a} > {b}, {a} * {a}, {b})",
    guard="differ",
)
_binary(
    "where",
    "ag.where({a} > 0, ag.log(ag.absolute({a})) * {b}, {b})",
    "torch.where({a} > 0, torch.log(torch.abs({a})) * {b}, {b})",
    guard="nonzero",
)


# Reductions and scans --------------------------------------------------------------------------


def _axis(rng: np.random.Generator, xs: list[np.ndarray]) -> dict[str, Any] | None:
    ndim = xs[0].ndim
    if not ndim or not xs[0].size:
        return None
    return {"axis": int(rng.integers(-ndim, ndim)), "keepdims": bool(rng.random() < 0.4)}


def _axes(rng: np.random.Generator, xs: list[np.ndarray]) -> dict[str, Any] | None:
    ndim = xs[0].ndim
    if not ndim or not xs[0].size:
        return None
    k = int(rng.integers(1, ndim + 1))
    axes = tuple(int(a) for a in rng.permutation(ndim)[:k])
    return {"axis": axes, "keepdims": bool(rng.random() < 0.4)}


def _whole(rng: np.random.Generator, xs: list[np.ndarray]) -> dict[str, Any] | None:
    return {} if xs[0].size else None


def _several(rng: np.random.Generator, xs: list[np.ndarray]) -> dict[str, Any] | None:
    """An axis along which there are at least two elements."""
    found = _axis(rng, xs)
    return found if found and xs[0].shape[found["axis"]] > 1 else None


_KEEP = "axis={axis}, keepdims={keepdims}"
_DIM = "dim={axis}, keepdim={keepdims}"
_array("sum", "ag.sum({a})", "torch.sum({a})", _whole)
for _f, _t in (("sum", "sum"), ("mean", "mean"), ("logsumexp", "logsumexp")):
    _array(_f, f"ag.{_f}({{a}}, {_KEEP})", f"torch.{_t}({{a}}, {_DIM})", _axes)
_array("mean", "{a}.mean()", "{a}.mean()", _whole)
_array("prod", f"np.prod({{a}}, {_KEEP})", f"torch.prod({{a}}, {_DIM})", _axis, "small")
_array("prod", "np.prod({a})", "torch.prod({a})", _whole, "small")
for _f in ("var", "std"):
    _array(
        _f,
        f"np.{_f}({{a}}, {_KEEP}, ddof=1)",
        f"torch.{_f}({{a}}, {_DIM}, correction=1)",
        _several,
        "any",
        "distinct",
    )
    _array(
        _f,
        f"ag.{_f}({{a}}, {_KEEP})",
        f"torch.{_f}({{a}}, {_DIM}, correction=0)",
        _several,
        "any",
        "distinct",
    )
for _f in ("max", "min"):
    _array(_f, f"np.{_f}({{a}}, {_KEEP})", f"torch.a{_f}({{a}}, {_DIM})", _axes, "any", "distinct")
_array("ptp", "np.ptp({a})", "({a}.max() - {a}.min())", _whole, "any", "distinct")
_array("nansum", f"np.nansum({{a}}, {_KEEP})", f"torch.nansum({{a}}, {_DIM})", _axes)
_array("nanmean", f"np.nanmean({{a}}, {_KEEP})", f"torch.nanmean({{a}}, {_DIM})", _axes)
_array("cumsum", "np.cumsum({a}, axis={axis})", "torch.cumsum({a}, dim={axis})", _axis)
_array("cumprod", "np.cumprod({a}, axis={axis})", "torch.cumprod({a}, dim={axis})", _axis, "small")
_array("diff", "np.diff({a}, axis={axis})", "torch.diff({a}, dim={axis})", _several)
_array(
    "diff",
    "np.diff({a}, n=2, axis={axis})",
    "torch.diff({a}, n=2, dim={axis})",
    lambda rng, xs: (f := _several(rng, xs)) and (f if xs[0].shape[f["axis"]] > 2 else None),
)
_array("trapezoid", "np.trapezoid({a}, axis={axis})", "torch.trapezoid({a}, dim={axis})", _several)
_array(
    "trapezoid",
    "np.trapezoid({a}, dx=0.5, axis={axis})",
    "torch.trapezoid({a}, dx=0.5, dim={axis})",
    _several,
)
_array("gradient", "np.gradient({a}, axis={axis})", "torch.gradient({a}, dim={axis})[0]", _several)
_array("softmax", "ag.softmax({a}, axis={axis})", "torch.softmax({a}, dim={axis})", _axis)
_array(
    "log_softmax", "ag.log_softmax({a}, axis={axis})", "torch.log_softmax({a}, dim={axis})", _axis
)
_array("median", "np.median({a})", "torch.quantile({a}, 0.5)", _whole, "any", "distinct")
_array(
    "quantile",
    "np.quantile({a}, {q}, axis={axis})",
    "torch.quantile({a}, {q}, dim={axis})",
    lambda rng, xs: (f := _axis(rng, xs)) and {**f, "q": round(float(rng.random()), 3)},
    "any",
    "distinct",
)
_array(
    "sort",
    "np.sort({a}, axis={axis})",
    "torch.sort({a}, dim={axis}).values",
    _axis,
    "any",
    "distinct",
)
_array("norm", "np.linalg.norm({a})", "torch.linalg.norm({a})", _whole, "any", "nonzero")
_array(
    "vector_norm",
    "np.linalg.vector_norm({a}, ord={p}, axis={axis})",
    "torch.linalg.vector_norm({a}, ord={p}, dim={axis})",
    lambda rng, xs: (f := _axis(rng, xs)) and {**f, "p": rng.choice([1, 2, 3, 4]).item()},
    "any",
    "nonzero",
)
_array(
    "vector_norm",
    "np.linalg.vector_norm({a}, ord=np.inf)",
    "torch.linalg.vector_norm({a}, ord=float('inf'))",
    _whole,
    "positive",
    "distinct",
)


# Shape -----------------------------------------------------------------------------------------


def _reshapes(rng: np.random.Generator, xs: list[np.ndarray]) -> dict[str, Any] | None:
    n = xs[0].size
    if not n:
        return None
    shapes = [(n,), (1, n), (n, 1), (-1,), *((k, n // k) for k in (2, 3) if n % k == 0)]
    return {"shape": shapes[int(rng.integers(len(shapes)))]}


def _permutes(rng: np.random.Generator, xs: list[np.ndarray]) -> dict[str, Any]:
    return {"axes": tuple(int(a) for a in rng.permutation(xs[0].ndim))}


def _two_axes(rng: np.random.Generator, xs: list[np.ndarray]) -> dict[str, Any] | None:
    n = xs[0].ndim
    return {"i": int(rng.integers(-n, n)), "j": int(rng.integers(-n, n))} if n else None


def _expands(rng: np.random.Generator, xs: list[np.ndarray]) -> dict[str, Any] | None:
    n = xs[0].ndim
    return {"axis": int(rng.integers(-n - 1, n + 1))} if n < 4 else None


def _at_least(ndim: int) -> Choose:
    return lambda rng, xs: {} if xs[0].ndim >= ndim and xs[0].size else None


def _matrix(rng: np.random.Generator, xs: list[np.ndarray]) -> dict[str, Any] | None:
    if xs[0].ndim != 2 or not xs[0].size:
        return None
    return {"k": int(rng.integers(-1, 2))}


def _vector(rng: np.random.Generator, xs: list[np.ndarray]) -> dict[str, Any] | None:
    return {"k": int(rng.integers(-1, 2))} if xs[0].ndim == 1 and xs[0].size else None


_array("reshape", "{a}.reshape({shape})", "{a}.reshape({shape})", _reshapes)
_array("ravel", "np.ravel({a})", "torch.ravel({a})", _whole)
_array("transpose", "ag.transpose({a}, {axes})", "torch.permute({a}, {axes})", _permutes)
_array("transpose", "{a}.T", "{a}.T", lambda rng, xs: {} if xs[0].ndim == 2 else None)
_array("swapaxes", "np.swapaxes({a}, {i}, {j})", "torch.swapaxes({a}, {i}, {j})", _two_axes)
_array("moveaxis", "np.moveaxis({a}, {i}, {j})", "torch.movedim({a}, {i}, {j})", _two_axes)
_array("expand_dims", "np.expand_dims({a}, {axis})", "torch.unsqueeze({a}, {axis})", _expands)
_array("squeeze", "np.squeeze({a})", "torch.squeeze({a})", _whole)
_array(
    "broadcast_to",
    "ag.broadcast_to({a}, {shape})",
    "torch.broadcast_to({a}, {shape})",
    lambda rng, xs: {"shape": (2, *xs[0].shape)} if xs[0].ndim < 3 else None,
)
_array(
    "tile",
    "np.tile({a}, (2, 1, 2))",
    "torch.tile({a}, (2, 1, 2))",
    lambda rng, xs: {} if xs[0].size < 12 else None,
)
_array(
    "repeat",
    "np.repeat({a}, 2, axis={axis})",
    "torch.repeat_interleave({a}, 2, dim={axis})",
    lambda rng, xs: _axis(rng, xs) if xs[0].size < 12 else None,
)
_array(
    "repeat",
    "np.repeat({a}, {r}, axis=0)",
    "torch.repeat_interleave({a}, torch.tensor({r}), dim=0)",
    lambda rng, xs: (
        {"r": [int(r) for r in rng.integers(0, 3, xs[0].shape[0])]}
        if xs[0].ndim and xs[0].size < 12
        else None
    ),
)
_array("flip", "np.flip({a}, axis={axis})", "torch.flip({a}, dims=({axis},))", _axis)
_array("roll", "np.roll({a}, 1, axis={axis})", "torch.roll({a}, 1, dims={axis})", _axis)
_array("roll", "np.roll({a}, -2)", "torch.roll({a}, -2)", _whole)
_array("rot90", "np.rot90({a}, {k})", "torch.rot90({a}, {k})", _matrix)
_array("fliplr", "np.fliplr({a})", "torch.fliplr({a})", _at_least(2))
_array("flipud", "np.flipud({a})", "torch.flipud({a})", _at_least(1))
_array("tril", "np.tril({a}, {k})", "torch.tril({a}, {k})", _matrix)
_array("triu", "np.triu({a}, {k})", "torch.triu({a}, {k})", _matrix)
_array("diag", "np.diag({a}, {k})", "torch.diag({a}, {k})", _matrix)
_array("diag", "np.diag({a}, {k})", "torch.diag({a}, {k})", _vector)
_array("diagflat", "np.diagflat({a}, {k})", "torch.diagflat({a}, {k})", _vector)
_array("diagonal", "np.diagonal({a}, {k})", "torch.diagonal({a}, {k})", _matrix)
_array("trace", "np.trace({a})", "torch.trace({a})", _matrix)
_array(
    "pad",
    "np.pad({a}, {w})",
    "F.pad({a}, {v})",
    lambda rng, xs: (
        {"w": ((1, 0), (0, 2)), "v": (0, 2, 1, 0)} if xs[0].ndim == 2 and xs[0].size < 20 else None
    ),
)
for _mode, _name in (("reflect", "reflect"), ("edge", "replicate"), ("wrap", "circular")):
    _array(
        "pad",
        f"np.pad({{a}}, ((0, 0), (1, 1)), mode={_mode!r})",
        f"F.pad({{a}}, (1, 1), mode={_name!r})",
        lambda rng, xs: {} if xs[0].ndim == 2 and xs[0].shape[1] > 1 else None,
    )
_array("atleast_2d", "np.atleast_2d({a})", "torch.atleast_2d({a})", _whole)
_array("atleast_3d", "np.atleast_3d({a})", "torch.atleast_3d({a})", _whole)
_array(
    "split",
    "np.split({a}, 2, axis=-1)[1]",
    "torch.tensor_split({a}, 2, dim=-1)[1]",
    lambda rng, xs: {} if xs[0].ndim and xs[0].shape[-1] % 2 == 0 and xs[0].size else None,
)
_array("array_split", "np.array_split({a}, 2)[0]", "torch.tensor_split({a}, 2)[0]", _at_least(1))
_array("unstack", "ag.unstack({a})[-1]", "torch.unbind({a})[-1]", _at_least(1))
_array(
    "sliding_window_view",
    "np.lib.stride_tricks.sliding_window_view({a}, 2, axis=-1)",
    "{a}.unfold(-1, 2, 1)",
    lambda rng, xs: {} if xs[0].ndim and xs[0].shape[-1] > 1 else None,
)
_array("copy", "{a}.copy()", "{a}.clone()", _whole)
_array("astype", "{a}.astype(float).astype(dtype)", "{a}.double().to(dtype)", _whole)


# Joining ---------------------------------------------------------------------------------------


def _same_shape(rng: np.random.Generator, xs: list[np.ndarray]) -> dict[str, Any] | None:
    if xs[0].shape != xs[1].shape or xs[0].size > 12:
        return None
    return {"axis": int(rng.integers(-xs[0].ndim - 1, xs[0].ndim + 1))}


def _joinable(rng: np.random.Generator, xs: list[np.ndarray]) -> dict[str, Any] | None:
    x, y = xs
    if not x.ndim or x.ndim != y.ndim or x.size + y.size > 24:
        return None
    axes = [
        i for i in range(x.ndim) if x.shape[:i] + x.shape[i + 1 :] == y.shape[:i] + y.shape[i + 1 :]
    ]
    return {"axis": int(rng.choice(axes))} if axes else None


def _both(test: Callable[[np.ndarray, np.ndarray], bool]) -> Choose:
    return lambda rng, xs: {} if test(xs[0], xs[1]) else None


_array(
    "stack",
    "ag.stack([{a}, {b}], axis={axis})",
    "torch.stack([{a}, {b}], dim={axis})",
    _same_shape,
    "any any",
)
_array(
    "concatenate",
    "np.concatenate([{a}, {b}], axis={axis})",
    "torch.cat([{a}, {b}], dim={axis})",
    _joinable,
    "any any",
)
for _f in ("hstack", "vstack", "dstack", "column_stack"):
    _array(
        _f,
        f"np.{_f}([{{a}}, {{b}}])",
        f"torch.{_f}([{{a}}, {{b}}])",
        _both(lambda x, y: x.shape == y.shape and x.ndim < 3 and 0 < x.size < 12),
        "any any",
    )
_array(
    "meshgrid",
    "np.meshgrid({a}, {b})[0]",
    "torch.meshgrid({a}, {b}, indexing='xy')[0]",
    _both(lambda x, y: x.ndim == y.ndim == 1),
    "any any",
)
_array(
    "broadcast_arrays",
    "np.broadcast_arrays({a}, {b})[0]",
    "torch.broadcast_tensors({a}, {b})[0]",
    _both(lambda x, y: _broadcastable(x.shape, y.shape)),
    "any any",
)


def _broadcastable(*shapes: tuple[int, ...]) -> bool:
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        return False
    return len(shape) <= 4 and int(np.prod(shape)) <= 36


# Indexing --------------------------------------------------------------------------------------


def _index(rng: np.random.Generator, xs: list[np.ndarray]) -> dict[str, Any] | None:
    x = xs[0]
    if not x.ndim or not x.size:
        return None
    n = x.shape[0]
    ints = [int(i) for i in rng.integers(-n, n, 3)]
    mask = [bool(b) for b in rng.random(n) < 0.6]
    choices = [
        str(int(rng.integers(-n, n))),
        "1:",
        "::2",
        "..., :1",
        "None, ...",
        str(ints),
        f"np.array({[ints[:2], ints[1:]]})",  # nested lists mean a tuple to PyTorch
        str(mask),
    ]
    if x.ndim >= 2:
        m = x.shape[1]
        other = [int(i) for i in rng.integers(-m, m, 3)]
        choices += [f"{ints}, {other}", f":, {other}", f"{ints}, 0", f"1:, {other[0]}"]
        choices += [f"{[[i] for i in ints[:2]]}, {other[:2]}"]
    return {"index": choices[int(rng.integers(len(choices)))]}


def _assign(rng: np.random.Generator, xs: list[np.ndarray]) -> dict[str, Any] | None:
    found = _index(rng, xs[:1])
    if found is None:
        return None
    target = eval(f"x[{found['index']}]", {"x": xs[0], "np": np})
    index = found["index"]
    if "[" in index and "True" not in index and "False" not in index:
        return None  # repeated indices: which write wins is undefined in PyTorch
    return found if _fits(xs[1].shape, np.shape(target)) else None


def _fits(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    """Whether an array of a shape can be written to a place of another."""
    return _broadcastable(shape, target) and np.broadcast_shapes(shape, target) == target


_array("getitem", "{a}[{index}]", "{a}[{index}]", _index)
_array("getitem", "{a}[{index}]", "{a}[{index}]", _index)
_array(
    "take",
    "np.take({a}, {i}, axis={axis})",
    "torch.index_select({a}, {axis}, torch.tensor({i}) % {a}.shape[{axis}])",
    lambda rng, xs: (
        (f := _axis(rng, xs))
        and {**f, "i": [int(i) for i in rng.integers(0, xs[0].shape[f["axis"]], 3)]}
    ),
)
_array(
    "take_along_axis",
    "np.take_along_axis({a}, np.array({i}), axis=-1)",
    "torch.take_along_dim({a}, torch.tensor({i}), dim=-1)",
    lambda rng, xs: (
        {"i": rng.integers(0, xs[0].shape[-1], xs[0].shape).tolist()}
        if xs[0].ndim and xs[0].size
        else None
    ),
)
_array(
    "setitem",
    "assigned({a}, np.s_[{index}], {b})",
    "assigned({a}, np.s_[{index}], {b})",
    _assign,
    "any any",
)
_array(
    "setitem",
    "assigned({a}, np.s_[{index}], {b})",
    "assigned({a}, np.s_[{index}], {b})",
    _assign,
    "any any",
)
_array(
    "in-place",
    "added({a}, np.s_[{index}], {b})",
    "added({a}, np.s_[{index}], {b})",
    _assign,
    "any any",
)
_array(
    "in-place",
    "used_before({a}, np.s_[{index}], {b})",
    "used_before({a}, np.s_[{index}], {b})",
    _assign,
    "any any",
)
_array(
    "in-place",
    "through_view({a}, {b})",
    "through_view({a}, {b})",
    _both(lambda x, v: x.ndim > 0 and x.shape[0] > 1 and _fits(v.shape, x.shape[1:])),
    "any any",
)
_array(
    "in-place",
    "through_transpose({a}, {b})",
    "through_transpose({a}, {b})",
    _both(lambda x, v: x.ndim > 1 and _fits(v.shape, x.shape[:-2] + x.shape[-1:])),
    "any any",
)
_array(
    "in-place",
    "seen_by_view({a}, {b})",
    "seen_by_view({a}, {b})",
    _both(lambda x, v: x.ndim > 0 and _fits(v.shape, x.shape)),
    "any any",
)
_array(
    "in-place",
    "masked({a})",
    "masked({a})",
    lambda rng, xs: {} if xs[0].ndim and xs[0].size else None,
    "any",
    "thirds",
)
_array(
    "border",
    "ag.stack({a}.to_values())",
    "({a} * 1)",
    lambda rng, xs: {} if xs[0].ndim == 1 and xs[0].size else None,
)
_array("delete", "np.delete({a}, 0, axis=0)", "{a}[1:]", _at_least(1))
_array(
    "append",
    "np.append({a}, {b})",
    "torch.cat([{a}.ravel(), {b}.ravel()])",
    _both(lambda x, y: x.size + y.size < 24),
    "any any",
)
_array(
    "scatter_add",
    "ag.scatter_add({a}, {i}, {b})",
    "torch.index_add({a}, 0, torch.tensor({i}), {b})",
    lambda rng, xs: (
        {"i": [int(i) for i in rng.integers(0, xs[0].shape[0], xs[1].shape[0])]}
        if xs[0].ndim
        and xs[0].ndim == xs[1].ndim
        and xs[0].shape[1:] == xs[1].shape[1:]
        and xs[0].size
        else None
    ),
    "any any",
)


# Linear algebra --------------------------------------------------------------------------------


def _multiplies(x: np.ndarray, y: np.ndarray) -> bool:
    try:
        return x.size > 0 and y.size > 0 and (x @ y).size <= 36
    except ValueError:
        return False


def _square(rng: np.random.Generator, xs: list[np.ndarray]) -> dict[str, Any] | None:
    x = xs[0]
    good = x.ndim >= 2 and x.shape[-1] == x.shape[-2] and 0 < x.shape[-1] <= 4
    return {} if good else None


_array("matmul", "{a} @ {b}", "{a} @ {b}", _both(_multiplies), "any any")
_array("matmul", "{a} @ {b}", "{a} @ {b}", _both(_multiplies), "any any")
_array(
    "dot",
    "np.dot({a}, {b})",
    "{a} @ {b}",
    _both(lambda x, y: max(x.ndim, y.ndim) <= 2 and _multiplies(x, y)),
    "any any",
)
_array(
    "inner",
    "np.inner({a}, {b})",
    "torch.inner({a}, {b})",
    _both(
        lambda x, y: x.ndim > 0 < y.ndim and x.shape[-1] == y.shape[-1] and x.size * y.size < 100
    ),
    "any any",
)
_array(
    "outer",
    "np.outer({a}, {b})",
    "torch.outer({a}.ravel(), {b}.ravel())",
    _both(lambda x, y: x.size * y.size <= 36),
    "any any",
)
_array(
    "kron",
    "np.kron({a}, {b})",
    "torch.kron({a}, {b})",
    _both(lambda x, y: x.ndim == y.ndim and 0 < x.size * y.size <= 36),
    "any any",
)
_array(
    "vdot",
    "np.vdot({a}, {b})",
    "torch.vdot({a}.ravel(), {b}.ravel())",
    _both(lambda x, y: x.size == y.size > 0),
    "any any",
)
_array(
    "vecdot",
    "np.vecdot({a}, {b})",
    "torch.linalg.vecdot({a}, {b})",
    _both(lambda x, y: x.ndim > 0 and x.shape == y.shape),
    "any any",
)
_array(
    "cross",
    "np.cross({a}, {b})",
    "torch.linalg.cross({a}, {b})",
    _both(lambda x, y: x.ndim > 0 < y.ndim and x.shape == y.shape and x.shape[-1] == 3),
    "any any",
)
_array(
    "tensordot",
    "np.tensordot({a}, {b}, axes=1)",
    "torch.tensordot({a}, {b}, dims=1)",
    _both(lambda x, y: x.ndim > 0 < y.ndim and x.shape[-1] == y.shape[0] and x.size * y.size < 150),
    "any any",
)
for _s, _n in (
    ("ij->ji", 2),
    ("ii", 2),
    ("ii->i", 2),
    ("i,i->i", 1),
    ("...i->...", 1),
    ("ij->j", 2),
):
    _k = 2 if "," in _s else 1
    _array(
        "einsum",
        f"np.einsum({_s!r}, {', '.join(['{a}', '{b}'][:_k])})",
        f"torch.einsum({_s!r}, {', '.join(['{a}', '{b}'][:_k])})",
        lambda rng, xs, _n=_n, _s=_s: (
            {}
            if all(x.ndim == _n for x in xs)
            and xs[0].size
            and len({x.shape for x in xs}) == 1
            and ("ii" not in _s or xs[0].shape[0] == xs[0].shape[1])
            else None
        ),
        " ".join(["any"] * _k),
    )
_array(
    "einsum",
    "np.einsum('ij,jk->ik', {a}, {b})",
    "torch.einsum('ij,jk->ik', {a}, {b})",
    _both(lambda x, y: x.ndim == y.ndim == 2 and _multiplies(x, y)),
    "any any",
)
_array(
    "einsum",
    "np.einsum('...ij,...jk', {a}, {b})",
    "torch.einsum('...ij,...jk', {a}, {b})",
    _both(lambda x, y: x.ndim >= 2 <= y.ndim and _multiplies(x, y)),
    "any any",
)
_array(
    "einsum",
    "np.einsum('ij,ij,j->i', {a}, {a}, {b})",
    "torch.einsum('ij,ij,j->i', {a}, {a}, {b})",
    _both(lambda x, y: x.ndim == 2 and y.ndim == 1 and x.shape[1] == y.shape[0]),
    "any any",
)
_array("inv", "np.linalg.inv({a})", "torch.linalg.inv({a})", _square, "any", "well conditioned")
_array(
    "pinv",
    "np.linalg.pinv({a})",
    "torch.linalg.pinv({a})",
    lambda rng, xs: {} if xs[0].ndim >= 2 and xs[0].size else None,
    "any",
    "well conditioned",
)
_array("det", "np.linalg.det({a})", "torch.linalg.det({a})", _square, "any", "well conditioned")
_array(
    "slogdet",
    "np.linalg.slogdet({a})[1]",
    "torch.linalg.slogdet({a})[1]",
    _square,
    "any",
    "well conditioned",
)
_array(
    "solve",
    "np.linalg.solve({a}, {b})",
    "torch.linalg.solve({a}, {b})",
    lambda rng, xs: (
        {}
        if _square(rng, xs) is not None
        and xs[0].ndim == 2
        and xs[1].ndim in (1, 2)
        and xs[1].shape[0] == xs[0].shape[0]
        and np.linalg.cond(xs[0]) < 30
        else None
    ),
    "any any",
)
_array(
    "lstsq",
    "np.linalg.lstsq({a}, {b}, rcond=None)[0]",
    "(torch.linalg.pinv({a}) @ {b})",
    lambda rng, xs: (
        {}
        if xs[0].ndim == 2
        and xs[0].shape[0] >= xs[0].shape[1] > 0
        and xs[1].ndim in (1, 2)
        and xs[1].shape[0] == xs[0].shape[0]
        and np.linalg.cond(xs[0]) < 30
        else None
    ),
    "any any",
)
_GRAM = "({a} @ {a}.swapaxes(-1, -2) + 0.5 * {eye})"


def _gram(rng: np.random.Generator, xs: list[np.ndarray]) -> dict[str, Any] | None:
    if _square(rng, xs) is None or not GUARDS["spread"](xs[0]):
        return None
    return {"n": xs[0].shape[-1]}


_OURS = _GRAM.replace("{eye}", "np.eye({n}, dtype=dtype)")
_THEIRS = _GRAM.replace("{eye}", "torch.eye({n}, dtype=dtype)")
_array("cholesky", f"np.linalg.cholesky({_OURS})", f"torch.linalg.cholesky({_THEIRS})", _gram)
_array("eigvalsh", f"np.linalg.eigvalsh({_OURS})", f"torch.linalg.eigvalsh({_THEIRS})", _gram)
_array(
    "eigh", f"(np.linalg.eigh({_OURS})[1] ** 2)", f"(torch.linalg.eigh({_THEIRS})[1] ** 2)", _gram
)
_array(
    "svdvals",
    "np.linalg.svdvals({a})",
    "torch.linalg.svdvals({a})",
    lambda rng, xs: {} if xs[0].ndim >= 2 and xs[0].size else None,
    "any",
    "spread",
)
_array(
    "svd",
    "(np.linalg.svd({a}, full_matrices=False)[0] ** 2)",
    "(torch.linalg.svd({a}, full_matrices=False)[0] ** 2)",
    lambda rng, xs: {} if xs[0].ndim >= 2 and xs[0].size else None,
    "any",
    "spread",
)
_array(
    "qr",
    "np.linalg.qr({a})[1] ** 2",
    "torch.linalg.qr({a})[1] ** 2",
    lambda rng, xs: {} if xs[0].ndim >= 2 and xs[0].shape[-2] >= xs[0].shape[-1] > 0 else None,
    "any",
    "well conditioned",
)
for _o in ("'fro'", "'nuc'", "1", "-1", "2", "-2"):
    _array(
        "matrix_norm",
        f"np.linalg.matrix_norm({{a}}, ord={_o})",
        f"torch.linalg.matrix_norm({{a}}, ord={_o})",
        lambda rng, xs: (
            {}
            if xs[0].ndim == 2 and xs[0].size and GUARDS["nonzero"](xs[0]) and _no_ties(xs[0])
            else None
        ),
        "any",
        "spread",
    )
_array(
    "matrix_power",
    "np.linalg.matrix_power({a}, {n})",
    "torch.linalg.matrix_power({a}, {n})",
    lambda rng, xs: {"n": int(rng.integers(-2, 4))} if _square(rng, xs) is not None else None,
    "small",
    "well conditioned",
)
_array(
    "multi_dot",
    "np.linalg.multi_dot([{a}, {b}, {a}])",
    "torch.linalg.multi_dot([{a}, {b}, {a}])",
    _both(lambda x, y: x.ndim == y.ndim == 2 and x.shape == y.shape[::-1]),
    "any any",
)
_array("cond", "np.linalg.cond({a})", "torch.linalg.cond({a})", _square, "any", "spread")
_array("matrix_transpose", "np.matrix_transpose({a})", "{a}.mT", _at_least(2))


def _no_ties(x: np.ndarray) -> bool:
    return _gaps(np.abs(x).sum(axis=0)) and _gaps(np.abs(x).sum(axis=1))


# Networks --------------------------------------------------------------------------------------


def _layer(rng: np.random.Generator, xs: list[np.ndarray]) -> dict[str, Any] | None:
    x, w, b = xs
    good = x.ndim >= 1 and w.ndim == 2 and x.shape[-1] == w.shape[1] and b.shape == (w.shape[0],)
    return {} if good and x.size else None


def _logits(rng: np.random.Generator, xs: list[np.ndarray]) -> dict[str, Any] | None:
    if xs[0].ndim != 2 or not xs[0].size:
        return None
    return {"labels": [int(i) for i in rng.integers(0, xs[0].shape[1], xs[0].shape[0])]}


def _binary_targets(rng: np.random.Generator, xs: list[np.ndarray]) -> dict[str, Any] | None:
    return {"t": (rng.random(xs[0].shape) < 0.5).astype(float).tolist()} if xs[0].size else None


_array("linear", "ag.linear({a}, {b}, {c})", "F.linear({a}, {b}, {c})", _layer, "any any any")
_array(
    "linear",
    "ag.linear({a}, {b})",
    "F.linear({a}, {b})",
    _both(lambda x, w: x.ndim > 0 and w.ndim == 2 and x.shape[-1] == w.shape[1] and x.size > 0),
    "any any",
)
_array(
    "softmax_cross_entropy",
    "ag.softmax_cross_entropy({a}, {labels})",
    "F.cross_entropy({a}, torch.tensor({labels}))",
    _logits,
)
_array(
    "binary_cross_entropy_with_logits",
    "ag.binary_cross_entropy_with_logits({a}, np.array({t}, dtype))",
    "F.binary_cross_entropy_with_logits({a}, torch.tensor({t}, dtype=dtype))",
    _binary_targets,
)
_array(
    "layer_norm",
    "ag.layer_norm({a}, {b}, {b})",
    "F.layer_norm({a}, {b}.shape, {b}, {b})",
    _both(lambda x, w: x.ndim >= 2 and w.ndim == 1 and x.shape[-1:] == w.shape and w.size > 1),
    "any any",
    "distinct",
)
# PyTorch's gradient is wrong for a weight that is a strided view, such as a diagonal.
_array(
    "batch_norm",
    "ag.batch_norm({a}, weight={b}, bias={b})",
    "F.batch_norm({a}, None, None, {b}.contiguous(), {b}.contiguous(), training=True)",
    _both(lambda x, w: x.ndim == 2 and x.shape[0] > 1 and x.shape[1:] == w.shape),
    "any any",
    "distinct",
)
_array(
    "embedding",
    "ag.embedding({a}, np.array({i}))",
    "F.embedding(torch.tensor({i}), {a})",
    lambda rng, xs: (
        {"i": rng.integers(0, xs[0].shape[0], (2, 2)).tolist()}
        if xs[0].ndim == 2 and xs[0].size
        else None
    ),
)
_array(
    "scaled_dot_product_attention",
    "ag.scaled_dot_product_attention({a}, {b}, {c})",
    "F.scaled_dot_product_attention({a}, {b}, {c})",
    lambda rng, xs: (
        {}
        if all(x.ndim == 3 for x in xs)
        and xs[0].shape[-1] == xs[1].shape[-1]
        and xs[1].shape[-2] == xs[2].shape[-2]
        and len({x.shape[0] for x in xs}) == 1
        else None
    ),
    "any any any",
)


# The rest of NumPy's names, spelled out where PyTorch has no function of its own ---------------

_array("atleast_1d", "np.atleast_1d({a})", "torch.atleast_1d({a})", _whole)
_array(
    "flatten",
    "{a}.flatten('F')",
    "torch.flatten({a}.permute(tuple(range({a}.ndim))[::-1]))",
    _whole,
)
_array("rollaxis", "np.rollaxis({a}, {i})", "torch.movedim({a}, {i}, 0)", _two_axes)
_array(
    "resize", "np.resize({a}, (2, 4))", "torch.tile({a}.ravel(), (8,))[:8].reshape(2, 4)", _whole
)
for _f, _t, _n in (("hsplit", "hsplit", 2), ("vsplit", "vsplit", 2), ("dsplit", "dsplit", 3)):
    _array(_f, f"np.{_f}({{a}}, [1])[0]", f"torch.{_t}({{a}}, [1])[0]", _at_least(_n))
_array(
    "block",
    "np.block([[{a}, {b}], [{b}, {a}]])",
    "torch.cat([torch.cat([{a}, {b}], -1), torch.cat([{b}, {a}], -1)], -2)",
    _both(lambda x, y: x.ndim == 2 and x.shape == y.shape and x.size <= 6),
    "any any",
)
_array(
    "compress",
    "np.compress([True, False, True], {a}, axis=-1)",
    "{a}[..., [0, 2]]",
    lambda rng, xs: {} if xs[0].ndim and xs[0].shape[-1] == 3 else None,
)
_array(
    "extract",
    "np.extract(np.array({m}), {a})",
    "torch.masked_select({a}, torch.tensor({m}, dtype=bool))",
    lambda rng, xs: {"m": (rng.random(xs[0].shape) < 0.6).tolist()} if xs[0].ndim else None,
)
_array(
    "choose",
    "np.choose({i}, [{a}, {b}])",
    "torch.where(torch.tensor({i}) == 0, {a}, {b})",
    lambda rng, xs: (
        {"i": rng.integers(0, 2, xs[0].shape).tolist()} if xs[0].shape == xs[1].shape else None
    ),
    "any any",
)
_array(
    "insert",
    "np.insert({a}, 1, {b}, axis=0)",
    "torch.cat([{a}[:1], {b}[None], {a}[1:]])",
    _both(lambda x, y: x.ndim > 0 and x.shape[1:] == y.shape and x.size < 20),
    "any any",
)
_array(
    "average",
    "np.average({a}, axis=-1, weights={b})",
    "(({a} * {b}).sum(-1) / {b}.sum())",
    _both(lambda x, y: y.ndim == 1 and x.ndim > 0 and x.shape[-1:] == y.shape),
    "any positive",
)
for _f, _t in (("nanmax", "amax"), ("nanmin", "amin")):
    _array(_f, f"np.{_f}({{a}}, {_KEEP})", f"torch.{_t}({{a}}, {_DIM})", _axes, "any", "distinct")
_array("nanprod", f"np.nanprod({{a}}, {_KEEP})", f"torch.prod({{a}}, {_DIM})", _axis, "small")
for _f, _t in (("nancumsum", "cumsum"), ("nancumprod", "cumprod")):
    _array(_f, f"np.{_f}({{a}}, axis={{axis}})", f"torch.{_t}({{a}}, dim={{axis}})", _axis, "small")
for _f, _t in (("nanvar", "var"), ("nanstd", "std")):
    _array(
        _f,
        f"np.{_f}({{a}}, {_KEEP})",
        f"torch.{_t}({{a}}, {_DIM}, correction=0)",
        _several,
        "any",
        "distinct",
    )
_array(
    "nanmedian",
    "np.nanmedian({a}, axis={axis})",
    "torch.quantile({a}, 0.5, dim={axis})",
    _axis,
    "any",
    "distinct",
)
for _f in ("percentile", "nanpercentile"):
    _array(
        _f,
        f"np.{_f}({{a}}, 30, axis={{axis}})",
        "torch.quantile({a}, 0.3, dim={axis})",
        _axis,
        "any",
        "distinct",
    )
_array(
    "nanquantile", "np.nanquantile({a}, 0.7)", "torch.quantile({a}, 0.7)", _whole, "any", "distinct"
)
_array(
    "partition",
    "np.partition({a}, 0, axis=-1)[..., 0]",
    "torch.amin({a}, dim=-1)",
    _at_least(1),
    "any",
    "distinct",
)
_array(
    "linspace",
    "np.linspace({a}, {b}, 4)",
    "torch.stack([torch.lerp({a}, {b}, t) for t in (0, 1 / 3, 2 / 3, 1.0)])",
    _both(lambda x, y: x.shape == y.shape and x.size < 12),
    "any any",
)
_array(
    "logspace",
    "np.logspace({a}, {b}, 3)",
    "torch.stack([10 ** torch.lerp({a}, {b}, t) for t in (0, 0.5, 1.0)])",
    _both(lambda x, y: x.shape == y.shape and x.size < 12),
    "small small",
)
_array(
    "geomspace",
    "np.geomspace({a}, {b}, 3)",
    "torch.stack([{a} ** (1 - t) * {b} ** t for t in (0, 0.5, 1.0)])",
    _both(lambda x, y: x.shape == y.shape and x.size < 12),
    "positive positive",
)
_array(
    "matvec",
    "ag.matvec({a}, {b})",
    "torch.mv({a}, {b})",
    _both(lambda x, y: x.ndim == 2 and y.ndim == 1 and x.shape[1] == y.shape[0]),
    "any any",
)
_array(
    "vecmat",
    "ag.vecmat({b}, {a})",
    "torch.mv({a}.T, {b})",
    _both(lambda x, y: x.ndim == 2 and y.ndim == 1 and x.shape[0] == y.shape[0]),
    "any any",
)
_array(
    "tensorsolve",
    "np.linalg.tensorsolve({a}, {b})",
    "torch.linalg.tensorsolve({a}, {b})",
    lambda rng, xs: (
        {}
        if _square(rng, xs) is not None
        and xs[0].ndim == 2
        and xs[1].shape == xs[0].shape[:1]
        and np.linalg.cond(xs[0]) < 30
        else None
    ),
    "any any",
)
_array(
    "tensorinv",
    "np.linalg.tensorinv({a}, ind=1)",
    "torch.linalg.tensorinv({a}, ind=1)",
    lambda rng, xs: _square(rng, xs) if xs[0].ndim == 2 else None,
    "any",
    "well conditioned",
)
ROWS += [
    Row("round", "ag.round({a}, 1)", "torch.round({a}, decimals=1)", 1, True, ("any",), "tenths"),
    Row(
        "heaviside",
        "ag.heaviside({a}, 0.5)",
        "({a} * 0 + ({a}.detach() > 0).to(dtype))",
        1,
        True,
        ("any",),
        "nonzero",
    ),
    Row("polygamma", "ag.polygamma(2, {a})", "torch.polygamma(2, {a})", 1, True, ("positive",)),
    Row(
        "square_nonlinearity",
        "ag.square_nonlinearity({a})",
        "torch.where({a} > 2, 1.0, torch.where({a} > 0, {a} - {a} ** 2 / 4, "
        "torch.where({a} > -2, {a} + {a} ** 2 / 4, -1.0)))",
        1,
        True,
        ("any",),
        "bends",
    ),
]
