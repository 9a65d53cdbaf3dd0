"""Losses: how wrong a model's outputs are, as functions and as classes.

Each takes the outputs first and the truth second. The *loss* is that of one example or element,
``reduction="none"``; the *cost* of a model on data is their mean, ``"mean"``, which is what
training makes small. ``"sum"`` is there as well.
"""

from .base import Loss
from .checks import check_labels, check_probabilities
from .classification import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    MultiLabelSoftMarginLoss,
    NLLLoss,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    multilabel_soft_margin_loss,
    nll_loss,
)
from .distribution import (
    GaussianNLLLoss,
    KLDivLoss,
    PoissonNLLLoss,
    gaussian_nll_loss,
    kl_div,
    poisson_nll_loss,
)
from .margin import (
    CosineEmbeddingLoss,
    HingeEmbeddingLoss,
    HingeLoss,
    MultiMarginLoss,
    SoftMarginLoss,
    TripletMarginLoss,
    cosine_embedding_loss,
    hinge_embedding_loss,
    hinge_loss,
    multi_margin_loss,
    soft_margin_loss,
    triplet_margin_loss,
)
from .names import get, names
from .regression import (
    HalfMSELoss,
    HuberLoss,
    L1Loss,
    MSELoss,
    SmoothL1Loss,
    half_mse_loss,
    huber_loss,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
)

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CosineEmbeddingLoss",
    "CrossEntropyLoss",
    "GaussianNLLLoss",
    "HalfMSELoss",
    "HingeEmbeddingLoss",
    "HingeLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "Loss",
    "MSELoss",
    "MultiLabelSoftMarginLoss",
    "MultiMarginLoss",
    "NLLLoss",
    "PoissonNLLLoss",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "TripletMarginLoss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "check_labels",
    "check_probabilities",
    "cosine_embedding_loss",
    "cross_entropy",
    "gaussian_nll_loss",
    "get",
    "half_mse_loss",
    "hinge_embedding_loss",
    "hinge_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "mse_loss",
    "multi_margin_loss",
    "multilabel_soft_margin_loss",
    "names",
    "nll_loss",
    "poisson_nll_loss",
    "smooth_l1_loss",
    "soft_margin_loss",
    "triplet_margin_loss",
]
