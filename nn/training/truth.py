"""What a loss takes as the truth, and so when an output is right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["Truth", "truth_of"]

_KINDS = {
    "cross_entropy": "classes",
    "nll_loss": "classes",
    "multi_margin_loss": "classes",
    "binary_cross_entropy_with_logits": "logit",
    "binary_cross_entropy": "probability",
    "hinge_loss": "sign",
    "soft_margin_loss": "sign",
}


class Truth:
    """Class numbers, yes and no, signs, or (``kind`` is empty) quantities."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __bool__(self) -> bool:
        return bool(self.kind)

    def correct(self, outputs: np.ndarray, truth: np.ndarray) -> tuple[int, int]:
        """How many decisions are right, of how many."""
        if self.kind == "classes":
            chosen = outputs.argmax(axis=-1)
            if chosen.shape != truth.shape:  # one output more for each label: layers before a loss
                chosen = chosen.reshape(truth.shape)
            # Labels to be ignored are negative.
            counted = truth.size if truth.min(initial=0) >= 0 else np.count_nonzero(truth >= 0)
            return int(np.count_nonzero(chosen == truth)), int(counted)
        if self.kind == "sign":
            yes = (truth > 0).reshape(outputs.shape)
            return int(np.count_nonzero((outputs > 0) == yes)), truth.size
        cut = 0.5 if self.kind == "probability" else 0.0
        yes = (truth > 0.5).reshape(outputs.shape)
        return int(np.count_nonzero((outputs > cut) == yes)), truth.size


def truth_of(loss: Callable[..., Any], truth: np.ndarray) -> Truth:
    """What ``loss`` makes of ``truth``; accuracy means nothing where that is not a decision."""
    function = getattr(type(loss), "function", loss)
    kind = _KINDS.get(getattr(function, "__name__", ""), "")
    if kind == "classes" and truth.dtype.kind == "f":
        kind = ""  # probabilities of the classes
    if kind in ("logit", "probability") and not ((truth == 0) | (truth == 1)).all():
        kind = ""
    return Truth(kind)
