"""Who is to blame: parameters, layers, examples and input elements ranked by their part.

Every ranking comes with a law that its shares obey (they add up to 1), and the ranking of
parameters with a check against what the loss does when they are moved. No ``.grad`` is touched.
"""

from .check import Check
from .examples import ExampleBlame, example_blame
from .inputs import Saliency, saliency
from .parameters import Blame, Row, blame

__all__ = [
    "Blame",
    "Check",
    "ExampleBlame",
    "Row",
    "Saliency",
    "blame",
    "example_blame",
    "saliency",
]
