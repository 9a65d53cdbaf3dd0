"""Hypothesis strategies for derivatives: points, shapes, tensors, indices, matrices and programs.

They draw points where a derivative exists and a check can tell, and shrink to numbers such as
0.125. ``kink_points`` and ``tail_points`` are for the rest.

>>> from hypothesis import given
>>> import numpy as np
>>> from autograd.testing import gradcheck, strategies
>>> @given(strategies.tensors(), strategies.cotangents((3,)))
... def test_square(x, v):
...     assert gradcheck(np.square, x)
>>> test_square()
"""

try:
    import hypothesis as _hypothesis  # noqa: F401
except ImportError as error:
    raise ImportError(
        "autograd.testing.strategies needs Hypothesis: pip install 'blamegraph[test]'"
    ) from error

from .arrays import arrays, cotangents, layouts, layouts_of, tensors
from .generate import programs, random_program
from .indexing import indices
from .inputs import op_inputs
from .matrices import matrices
from .points import kink_points, smooth_points, tail_points, values
from .shapes import broadcastable_shapes, shapes

__all__ = [
    "arrays",
    "broadcastable_shapes",
    "cotangents",
    "indices",
    "kink_points",
    "layouts",
    "layouts_of",
    "matrices",
    "op_inputs",
    "programs",
    "random_program",
    "shapes",
    "smooth_points",
    "tail_points",
    "tensors",
    "values",
]
