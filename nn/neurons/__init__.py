"""Three neurons and what each added to the one before it.

:class:`McCullochPitts` (1943) computes with zeros and ones and learns nothing. :class:`Perceptron`
(1958) has weights and a rule that finds them, if a straight line can part the two classes.
:class:`SigmoidNeuron` answers smoothly, so that its error has a gradient to go down; of such
neurons all of :mod:`nn` is made. :func:`plot_activation` shows the step beside the smooth one.
"""

from .mcculloch_pitts import McCullochPitts
from .perceptron import ConvergenceWarning, Perceptron
from .picture import plot_activation
from .sigmoid import SigmoidNeuron
from .truth_table import TruthTable, truth_table

__all__ = [
    "ConvergenceWarning",
    "McCullochPitts",
    "Perceptron",
    "SigmoidNeuron",
    "TruthTable",
    "plot_activation",
    "truth_table",
]
