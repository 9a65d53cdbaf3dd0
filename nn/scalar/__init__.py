"""A neural network one number at a time.

:mod:`nn.scalar.network` is the whole of it on one page: ``Neuron``, ``Layer``, ``MLP``. Everything
is a ``Value``, so ``loss.backward()`` finds every gradient and ``loss.draw()`` shows it. Names and
starting values are those of micrograd's ``nn``; :class:`nn.MLP` is the same model on arrays, and
:meth:`MLP.from_tensor` and :meth:`MLP.to_tensor` go from one to the other.

Examples
--------
Exclusive or, which no single neuron can learn:

>>> import random
>>> from nn import scalar
>>> x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
>>> model = scalar.MLP(2, [4, 1], activation="tanh", rng=random.Random(0))
>>> for step in range(100):
...     loss = scalar.binary_cross_entropy_with_logits([model(row) for row in x], y)
...     model.zero_grad()
...     loss.backward()
...     for p in model.parameters():
...         p.data -= 1.0 * p.grad
>>> [model(row).sigmoid().data > 0.5 for row in x]
[False, True, True, False]
"""

from .activations import ACTIVATIONS, softmax
from .losses import (
    LOSSES,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge_loss,
    l1_loss,
    mse_loss,
)
from .network import MLP, Layer, Module, Neuron

__all__ = [
    "ACTIVATIONS",
    "LOSSES",
    "Layer",
    "MLP",
    "Module",
    "Neuron",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "hinge_loss",
    "l1_loss",
    "mse_loss",
    "softmax",
]
