"""An epoch's figures, added up on the way."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import plain
from ..metrics import Metric
from .truth import Truth

__all__ = ["Tally"]


class Tally:
    """Losses and right answers so far, and all outputs where a metric asks for them."""

    def __init__(self, kind: Truth, gather: bool) -> None:
        self.kind = kind
        self.gather = gather
        self.clear()

    @property
    def looks(self) -> bool:
        """Whether it needs the outputs."""
        return bool(self.kind) or self.gather

    def clear(self) -> None:
        """Begin an epoch."""
        self.loss, self.weight = 0.0, 0.0
        self.right, self.decisions = 0, 0
        self.seconds = 0.0
        self.outputs: list[np.ndarray] = []
        self.truth: list[np.ndarray] = []

    def add(self, loss: float, out: Any, truth: np.ndarray, weights: np.ndarray | None) -> None:
        """Count a batch in, whose mean loss is ``loss``."""
        weight = len(truth) if weights is None else float(weights.sum())
        self.loss += loss * weight
        self.weight += weight
        if self.kind:
            right, of = self.kind.correct(plain(out), truth)
            self.right += right
            self.decisions += of
        if self.gather:
            self.outputs.append(np.array(plain(out)))
            self.truth.append(np.array(truth))

    def figures(self, metrics: dict[str, Metric]) -> dict[str, float]:
        """The epoch's means."""
        row = {"loss": self.loss / (self.weight or 1.0)}
        if self.kind:
            row["accuracy"] = self.right / max(self.decisions, 1)
        if metrics:
            outputs, truth = np.concatenate(self.outputs), np.concatenate(self.truth)
            row.update({name: float(metric(outputs, truth)) for name, metric in metrics.items()})
        return row

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run needs."""
        return {k: v for k, v in vars(self).items() if k not in ("kind", "gather")}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from :meth:`state_dict`."""
        vars(self).update(state)
