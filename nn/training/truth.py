"""What a loss takes as the truth, and so when an output is right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..losses.names import function_name

__all__ = ["Truth", "truth_of"]

_KINDS = {
    "cross_entropy": "classes",
    "nll_loss": "classes",
    "multi_margin_loss": "classes",
    "binary_cross_entropy_with_logits": "logit",
    "multilabel_soft_margin_loss": "logit",
    "binary_cross_entropy": "probability",
    "hinge_loss": "sign",
    "soft_margin_loss": "sign",
}


class Truth:
    """Class numbers, yes and no, signs, or (``kind`` is empty) quantities."""

    def __init__(self, kind: str, axis: int = -1, ignored: int | None = None) -> None:
        self.kind = kind
        self.axis = axis  # of the classes
        self.ignored = ignored  # a label that is no class

    def __bool__(self) -> bool:
        return bool(self.kind)

    def correct(self, outputs: np.ndarray, truth: np.ndarray) -> tuple[int, int]:
        """How many decisions are right, of how many."""
        if self.kind == "classes":
            chosen = outputs.argmax(axis=self.axis)
            if chosen.shape != truth.shape:  # one output more for each label: layers before a loss
                chosen = chosen.reshape(truth.shape)
            if self.ignored is None or self.ignored < 0:  # and so never chosen
                right = int(np.count_nonzero(chosen == truth))
                return right, int(truth.size - np.count_nonzero(truth < 0))
            ignored = (truth < 0) | (truth == self.ignored)
            hits = (chosen == truth) & ~ignored
            return int(np.count_nonzero(hits)), int(truth.size - np.count_nonzero(ignored))
        if self.kind == "sign":
            yes = (truth > 0).reshape(outputs.shape)
            return int(np.count_nonzero((outputs > 0) == yes)), truth.size
        cut = 0.5 if self.kind == "probability" else 0.0
        yes = (truth > 0.5).reshape(outputs.shape)
        return int(np.count_nonzero((outputs > cut) == yes)), truth.size


def truth_of(loss: Callable[..., Any], truth: np.ndarray) -> Truth:
    """What ``loss`` makes of ``truth``; accuracy means nothing where that is not a decision."""
    kind = _KINDS.get(function_name(loss), "")
    if kind == "classes" and truth.dtype.kind == "f":
        kind = ""  # probabilities of the classes
    if kind in ("logit", "probability") and not ((truth == 0) | (truth == 1)).all():
        kind = ""
    if kind == "classes":
        return Truth(kind, getattr(loss, "axis", -1), getattr(loss, "ignore_index", None))
    return Truth(kind)
