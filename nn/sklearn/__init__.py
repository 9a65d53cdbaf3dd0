"""Multi-layer perceptrons as scikit-learn's estimators, for its pipelines and searches.

:class:`MLPClassifier` and :class:`MLPRegressor` have the parameters, attributes and methods of
scikit-learn's estimators of those names. With the same settings and ``random_state`` they take the
same steps from the same weights, only faster; and they have what those have not: dropout,
normalisation, any activation, loss, optimizer or schedule, class weights, gradient clipping,
callbacks, and validation data of one's own.

They need scikit-learn, which the extra ``sklearn`` brings.
"""

from importlib.util import find_spec

if find_spec("sklearn") is None:
    raise ModuleNotFoundError(
        "nn.sklearn needs scikit-learn, which the extra brings: pip install 'blamegraph[sklearn]'",
        name="sklearn",
    )

from .classifier import MLPClassifier
from .parameters import InvalidParameterError
from .regressor import MLPRegressor

__all__ = ["InvalidParameterError", "MLPClassifier", "MLPRegressor"]
