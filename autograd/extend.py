"""Declare your own ops: the same calls that declare the built-in ones.

Say what kind an op is and the rest follows: both modes, any order, ``Value`` and ``Tensor``,
broadcasting, a label in the drawing. Three examples, one for each way a rule can look.

**Elementwise**: the local derivative for each input. Rules are written with ops, so that they can
be differentiated again.

>>> import numpy as np
>>> import autograd as ag
>>> from autograd.extend import elementwise, linear, primitive
>>> gauss = elementwise(lambda x: np.exp(-x * x), lambda out, x: -2 * x * out, name="gauss")
>>> round(ag.grad(gauss)(0.5), 6), round(ag.grad(ag.grad(gauss))(0.5), 6)
(-0.778801, -0.778801)

**Linear**: the op and its transpose, each the other's derivative.

>>> shift = linear(lambda x, k=1: np.roll(x, k), lambda g, x, k: shift(g, -k), name="shift")
>>> ag.jacobian(lambda x: shift(x, 1))(np.zeros(3))
array([[0., 0., 1.],
       [1., 0., 0.],
       [0., 1., 0.]])

**With saved state**: what the forward pass found and the rule needs is a further output
(``multiple=True``); integer outputs, such as an order, have no gradient of their own.

>>> ranked = primitive(
...     lambda x: (np.sort(x), np.argsort(x)),
...     vjp=lambda g, out, x: g[0][np.argsort(out[1])],
...     multiple=True,
...     name="ranked",
... )
>>> weights = np.array([10.0, 20.0, 30.0])
>>> ag.grad(lambda x: (ranked(x)[0] * weights).sum())(np.array([3.0, 1.0, 2.0]))
array([30., 10., 20.])
"""

from .effects import capturing, effect, reads_only
from .op import bilinear, composite, elementwise, fit, gate, linear, mask_like, plain, primitive
from .writing import opened

__all__ = [
    "bilinear",
    "capturing",
    "composite",
    "effect",
    "elementwise",
    "fit",
    "gate",
    "linear",
    "mask_like",
    "opened",
    "plain",
    "primitive",
    "reads_only",
]
