"""Choosing among arrays by conditions, as NumPy's functions do: where, select and piecewise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..op import FACES, composite, plain
from ..op import where as _where
from .index import getitem, setitem
from .samples import uniform
from .shape import arrayed

__all__ = ["piecewise", "select", "where"]


@composite(
    numpy=np.where,
    samples=lambda rng: [
        ((np.array([True, False]), uniform(rng, 2), uniform(rng, 3, 1)), {}),
    ],
)
def where(condition: Any, x: Any = None, y: Any = None, /) -> Any:
    """Choose from ``x`` where ``condition`` holds and from ``y`` elsewhere.

    The branch not taken gets a zero gradient, also where its own derivative is infinite. With the
    condition alone, the indices of the elements where it holds.

    Examples
    --------
    >>> import autograd as ag
    >>> ag.grad(lambda x: ag.where(x > 0, x.sqrt(), 0.0).sum())(ag.array([0.0, 4.0]))
    array([0.  , 0.25])
    """
    if x is None and y is None:
        return np.nonzero(plain(condition))
    if x is None or y is None:
        raise ValueError("either both or neither of x and y should be given")
    return _where(condition, x, y)


@composite(
    numpy=np.select,
    samples=lambda rng: [
        (([np.array([True, False, False]), np.array([[True], [False]])], _pair(rng)), {}),
        (([np.array([True, False])], [uniform(rng, 3, 2)], uniform(rng)), {}),
    ],
)
def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """From several arrays, the elements of the first whose condition holds, else ``default``."""
    if len(condlist) != len(choicelist):
        raise ValueError(
            f"select: {len(condlist)} conditions for {len(choicelist)} choices; give one for each"
        )
    if not condlist:
        raise ValueError("select with an empty condition list is not possible")
    masks = [np.asarray(plain(c)) for c in condlist]
    for i, mask in enumerate(masks):
        if mask.dtype != bool:
            raise TypeError(f"invalid entry {i} in condlist: should be boolean ndarray")
    # As in NumPy, all choices have a say in the dtype, and the conditions one in the shape.
    shape = np.broadcast_shapes(*(mask.shape for mask in masks))
    out = default
    for mask, choice in zip(reversed(masks), reversed(choicelist)):
        out = _where(np.broadcast_to(mask, shape), choice, out)
    return out


def _pair(rng: np.random.Generator) -> list:
    return [uniform(rng, 3), uniform(rng, 2, 3)]


@composite(
    numpy=np.piecewise,
    samples=lambda rng: [
        (
            (
                uniform(rng, 2, 3),
                list(np.array([[[1, 0, 0], [1, 0, 0]], [[0, 0, 0], [1, 1, 0]]], bool)),
                [lambda t: t * t, lambda t: t - t.sum(), 1.5],
            ),
            {},
        ),
        ((uniform(rng, 3), np.array([True, False, True]), [lambda t, a: a * t]), {"a": 3.0}),
    ],
)
def piecewise(
    x: Any, condlist: Any, funclist: Sequence[Callable[..., Any] | Any], *args: Any, **kw: Any
) -> Any:
    """A function in pieces: each of ``funclist`` on the elements where its condition holds.

    One function more than conditions is for the elements where none holds; else those are 0.
    Where several hold, the last one counts.
    """
    x = arrayed(x)
    if type(x) not in FACES and not any(type(f) in FACES for f in funclist):
        return np.piecewise(x, plain(condlist), list(funclist), *args, **kw)
    # In new memory: the recorded reads and writes keep them.
    masks = [np.array(np.broadcast_to(plain(c), x.shape)) for c in _conditions(condlist, x)]
    if len(funclist) == len(masks) + 1:
        masks.append(~np.logical_or.reduce(masks))
    if len(funclist) != len(masks):
        raise ValueError(
            f"piecewise: {len(funclist)} functions for {len(masks)} conditions; give one for each, "
            "and one more for the elements where none holds"
        )
    out: Any = np.zeros_like(plain(x))
    for mask, piece in zip(masks, funclist):
        if mask.any():
            v = piece(getitem(x, mask), *args, **kw) if callable(piece) else piece
            out = setitem(out, v, mask)
    return out


def _conditions(condlist: Any, x: Any) -> list:
    """The conditions as a list; NumPy takes a single one without it."""
    if not isinstance(condlist, (list, tuple)):
        condlist = [condlist]
    elif condlist and isinstance(condlist[0], (bool, np.bool_)) and x.ndim:
        condlist = [np.asarray(condlist)]
    return list(condlist)
