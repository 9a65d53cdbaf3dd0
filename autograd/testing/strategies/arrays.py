"""Arrays and tensors at smooth points, the same numbers in other layouts, and cotangents."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from ...containers import flatten
from ...op import plain
from ...tensor import Tensor
from .choose import Choose, from_draw
from .points import Domain, smooth
from .shapes import draw_shape

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

__all__ = ["arrays", "cotangents", "layouts", "layouts_of", "tensors"]

AWAY = ((-2.0, -0.25), (0.25, 2.0))


@st.composite
def arrays(
    draw: Any, shape: Any = None, dtype: DTypeLike = np.float64, domain: Domain = None
) -> np.ndarray:
    """Arrays of smooth points.

    Parameters
    ----------
    shape : tuple of int or strategy, optional
        The shape; drawn as :func:`shapes` does if not given.
    dtype : dtype
        A floating-point type.
    domain : tuple, optional
        As for :func:`smooth_points`.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(arrays(), lambda x: x.ndim == 2 and x.size > 1)
    array([[0.125, 0.25 ]])
    """
    choose = from_draw(draw)
    if shape is None:
        shape = draw_shape(choose)
    elif isinstance(shape, st.SearchStrategy):
        shape = draw(shape)
    return smooth(choose, tuple(shape), domain, dtype)


def tensors(
    shape: Any = None,
    dtype: DTypeLike = np.float64,
    domain: Domain = None,
    requires_grad: bool = True,
) -> st.SearchStrategy[Tensor]:
    """Tensors at smooth points.

    Parameters
    ----------
    shape, dtype, domain
        As for :func:`arrays`.
    requires_grad : bool
        As for :class:`autograd.Tensor`.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(tensors((2,)), lambda t: t.requires_grad).data
    array([0.125, 0.25 ])
    """
    return arrays(shape, dtype, domain).map(lambda x: Tensor(x, requires_grad=requires_grad))


# Layouts --------------------------------------------------------------------------------------


def layouts_of(array: Any) -> dict[str, np.ndarray]:
    """The same numbers in every memory layout, by name.

    Parameters
    ----------
    array : array_like
        The numbers.

    Returns
    -------
    dict of str to ndarray
        ``C``, ``read-only`` and ``unaligned``; with axes also ``Fortran``, ``strided``,
        ``reversed`` and, where entries along an axis are equal, ``broadcast`` (a stride of zero).

    Examples
    --------
    >>> import numpy as np
    >>> x = np.ones((2, 3))
    >>> {name: y.strides for name, y in layouts_of(x).items() if name in ("C", "broadcast")}
    {'C': (24, 8), 'broadcast': (0, 0)}
    """
    x = np.array(array, order="C")
    frozen = x.copy()
    frozen.flags.writeable = False
    buffer = np.zeros(x.nbytes + 1, np.uint8)
    unaligned = np.ndarray(x.shape, x.dtype, buffer.data, offset=1)
    unaligned[...] = x
    found = {"C": x, "read-only": frozen, "unaligned": unaligned}
    if x.ndim == 0:
        return found
    found["Fortran"] = np.array(x, order="F")
    wide = np.zeros([2 * n for n in x.shape], x.dtype)
    every_second = (slice(None, None, 2),) * x.ndim
    wide[every_second] = x
    found["strided"] = wide[every_second]
    backwards = (slice(None, None, -1),) * x.ndim
    found["reversed"] = x[backwards].copy()[backwards]
    equal = x
    for axis in range(x.ndim):
        first = equal[(slice(None),) * axis + (slice(0, 1),)]
        if equal.shape[axis] and np.array_equal(np.broadcast_to(first, x.shape), x):
            equal = first
    if x.size and equal.shape != x.shape:
        found["broadcast"] = np.broadcast_to(equal, x.shape)
    return found


def layouts(array: Any) -> st.SearchStrategy[np.ndarray]:
    """The same numbers in one memory layout or another; see :func:`layouts_of`.

    Examples
    --------
    >>> import numpy as np
    >>> from hypothesis import find
    >>> find(layouts(np.ones((2, 3))), lambda x: not x.flags.c_contiguous).flags.f_contiguous
    True
    """
    found = layouts_of(array)
    first = ["C", *(["Fortran"] if "Fortran" in found else [])]
    order = first + [name for name in found if name not in first]
    return st.sampled_from(order).map(lambda name: layouts_of(array)[name])


# Cotangents -----------------------------------------------------------------------------------


@st.composite
def cotangents(draw: Any, like: Any) -> Any:
    """Cotangents for a result: distinct numbers of either sign, never all ones.

    Ones see neither a permutation nor a rule that ignores its cotangent.

    Parameters
    ----------
    like : tuple of int, array, node or container of them
        The shape, or the result itself. Floats and ``Value`` results get floats.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(cotangents((2,)), lambda v: True)
    array([0.3125, 0.375 ])
    >>> find(cotangents({"loss": 2.5}), lambda v: True)
    {'loss': 0.3125}
    """
    choose = from_draw(draw)
    if isinstance(like, tuple) and all(type(n) is int for n in like):
        return _weights(choose, like, np.dtype(float))
    leaves, tree = flatten(like)
    drawn: list[Any] = []
    for x in map(plain, leaves):
        dtype = getattr(x, "dtype", np.dtype(float))
        v = _weights(choose, np.shape(x), dtype if dtype.kind == "f" else np.dtype(float))
        drawn.append(v if isinstance(x, np.ndarray) else float(v))
    return tree.build(drawn)


def _weights(choose: Choose, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    v = smooth(choose, shape, AWAY, dtype)
    # A single 1 is all ones.
    return v * dtype.type(1.25) if math.prod(shape) == 1 and abs(v.item()) == 1 else v
