"""What trains a tensor writes to its memory: once for each parameter and step, so in few calls."""

from __future__ import annotations

import numpy as np

from .inplace import _check_writeable, _hold, _shared
from .tensor import Tensor

__all__ = ["opened"]


def opened(t: Tensor) -> tuple[np.ndarray, np.ndarray] | None:
    """The memory of a leaf, to be written to now, and its gradient; ``None`` if it has none.

    For optimizers. The array counts as written to once it is handed out; what was computed from
    the tensor before keeps its numbers. It is not to be kept: the tensor may hold another later.

    Parameters
    ----------
    t : Tensor
        A leaf.

    Examples
    --------
    >>> from autograd import tensor
    >>> from autograd.extend import opened
    >>> p = tensor([1.0, 2.0], requires_grad=True)
    >>> (p * p).sum().backward()
    >>> data, g = opened(p)
    >>> data -= 0.25 * g
    >>> p
    Tensor([0.5, 1. ], requires_grad=True)
    """
    node = t._node
    if t._base is not None or node is None or node.op is not None:
        # A view that is a leaf is written through, as ``.data`` is.
        g = t.grad
        return None if g is None else (t.data, g)
    g = node.grad
    if g is None:
        return None
    if not t._pinned and _shared(t):
        # A graph that was kept has to find what it was computed from.
        _hold(t, t._data.copy("K"))
    _check_writeable(t)
    t._version += 1
    return t._data, g
