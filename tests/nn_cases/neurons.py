"""The neuron that is a module."""

from nn.neurons import SigmoidNeuron

from .case import Case

MODULES = {
    SigmoidNeuron: [Case(lambda kind: SigmoidNeuron([0.5, -1.0, 0.25], 0.5, dtype=kind["dtype"]))],
}
