"""Activations as modules."""

import numpy as np

import nn

from .case import Case, X

# Beyond the kinks of those that are flat far out, on both sides and in between.
WIDE = X * np.array([[1.0], [4.0], [0.5], [3.0]])
# (examples, channels, length): a PReLU with a weight for each channel finds them in axis 1.
CHANNELS = np.stack([X, -0.5 * X])


def _prelu(weights: list[float]):
    def make(kind):
        layer = nn.PReLU(len(weights), dtype=kind["dtype"])
        layer.load_state_dict({"weight": np.array(weights)})
        return layer

    return make


MODULES = {
    nn.Arctan: [Case(lambda kind: nn.Arctan())],
    nn.CELU: [Case(lambda kind: nn.CELU()), Case(lambda kind: nn.CELU(0.7))],
    nn.ELU: [Case(lambda kind: nn.ELU()), Case(lambda kind: nn.ELU(0.7))],
    nn.GELU: [Case(lambda kind: nn.GELU()), Case(lambda kind: nn.GELU("tanh"))],
    nn.Hardtanh: [
        Case(lambda kind: nn.Hardtanh(-1.1, 1.1), (WIDE,)),
        Case(lambda kind: nn.Hardtanh(-2.0, 0.3), (WIDE,)),
    ],
    nn.Identity: [Case(lambda kind: nn.Identity())],
    nn.LeakyReLU: [Case(lambda kind: nn.LeakyReLU()), Case(lambda kind: nn.LeakyReLU(0.3))],
    nn.LogSigmoid: [Case(lambda kind: nn.LogSigmoid())],
    nn.LogSoftmax: [
        Case(lambda kind: nn.LogSoftmax()),
        Case(lambda kind: nn.LogSoftmax(0), batch=None),
    ],
    nn.Mish: [Case(lambda kind: nn.Mish())],
    nn.PReLU: [
        Case(_prelu([0.25])),
        Case(_prelu([0.25, 0.5, 0.75])),
        Case(_prelu([0.25, 0.5, 0.75, -0.5]), (CHANNELS,)),
    ],
    nn.ReLU: [Case(lambda kind: nn.ReLU())],
    nn.ReLU6: [Case(lambda kind: nn.ReLU6(), (2.5 * X,))],
    nn.SELU: [Case(lambda kind: nn.SELU())],
    nn.SQNL: [Case(lambda kind: nn.SQNL(), (WIDE + 0.01,))],
    nn.SiLU: [Case(lambda kind: nn.SiLU())],
    nn.Sigmoid: [Case(lambda kind: nn.Sigmoid())],
    nn.Softmax: [Case(lambda kind: nn.Softmax()), Case(lambda kind: nn.Softmax(0), batch=None)],
    nn.Softplus: [
        Case(lambda kind: nn.Softplus()),
        Case(lambda kind: nn.Softplus(beta=2.0)),
        Case(lambda kind: nn.Softplus(beta=2.0, threshold=None)),
    ],
    nn.Softsign: [Case(lambda kind: nn.Softsign())],
    nn.Tanh: [Case(lambda kind: nn.Tanh())],
    nn.activations.Function: [Case(lambda kind: nn.activations.Function(np.arctan))],
}
