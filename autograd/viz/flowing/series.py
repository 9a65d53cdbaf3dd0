"""Records as arrays over time, by layer: what the pictures and the flags are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .measures import of_weights

if TYPE_CHECKING:
    from .recorder import FlowRecorder
    from .records import Record

__all__ = ["Series"]


class Series:
    """A recorder's records as arrays with one number for each record, ``nan`` where none is.

    Attributes
    ----------
    steps : array of int
    loss : array
    layers : list of str
        All layers: those of the forward pass in its order, then those with parameters alone.
    """

    def __init__(self, recorder: FlowRecorder, records: list[Record] | None = None) -> None:
        self._recorder = recorder
        self.records = recorder.records if records is None else records
        self.kinds = recorder.kinds
        self.made = recorder.steps
        self.steps = np.array([r.step for r in self.records], dtype=np.int64)
        self.loss = _floats([r.loss for r in self.records])
        self.seen = {name: None for r in self.records for name in r.layers}
        self.inside: dict[str, list[str]] = {}
        for name in dict.fromkeys(name for r in self.records for name in r.parameters):
            self.inside.setdefault(recorder.owners.get(name, ""), []).append(name)
        self.layers = [*self.seen, *(name for name in self.inside if name not in self.seen)]

    def only(self, records: list[Record]) -> Series:
        """The same of some of the records."""
        return Series(self._recorder, records)

    def title(self, layer: str) -> str:
        """A layer's name with its class, as pictures and texts show it."""
        kind = self.kinds.get(layer, "")
        name = layer or ("" if kind else "(top)")
        return f"{name} {kind}".strip()

    def output(self, layer: str, what: str) -> np.ndarray:
        """A figure of a layer's output."""
        return _floats([r.layers.get(layer, {}).get(what) for r in self.records])

    def parameter(self, name: str, what: str) -> np.ndarray:
        """A figure of a parameter."""
        return _floats([r.parameters.get(name, {}).get(what) for r in self.records])

    def gradients(self, layer: str) -> np.ndarray:
        """The norm of the gradient with respect to all of a layer's parameters."""
        squares = np.zeros(len(self.records))
        found = np.zeros(len(self.records), dtype=bool)
        # Norms may be so small that their squares are zero.
        each = [self.parameter(name, "grad") for name in self.inside.get(layer, ())]
        with np.errstate(all="ignore"):
            largest = np.max([np.nan_to_num(e, nan=0.0) for e in each], axis=0, initial=0.0)
            scale = np.where((largest > 0) & np.isfinite(largest), largest, 1.0)
            for name, norms in zip(self.inside.get(layer, ()), each, strict=True):
                there = np.array(["grad" in r.parameters.get(name, {}) for r in self.records])
                squares[there] += (norms[there] / scale[there]) ** 2
                found |= there
            return np.where(found, np.sqrt(squares) * scale, np.nan)

    def missing(self, layer: str) -> bool:
        """Whether no parameter of a layer ever had a gradient."""
        return not any(
            "grad" in r.parameters.get(name, {})
            for r in self.records
            for name in self.inside.get(layer, ())
        )

    def weighted(self) -> list[str]:
        """The layers with parameters that had gradients, in order."""
        return [name for name in self.layers if name in self.inside and not self.missing(name)]

    def ratios(self) -> dict[str, np.ndarray]:
        """By weight, the norm of each step over the norm of the weights."""
        names = [name for layer in self.layers for name in self.inside.get(layer, ())]
        found = {name: self.parameter(name, "ratio") for name in names}
        return of_weights({n: y for n, y in found.items() if not np.isnan(y).all()})

    def dead(self, layer: str, last: int) -> tuple[int, int]:
        """Of a layer's units those that gave zeros alone in the ``last`` records, and all."""
        alive: Any = 0
        units = 0
        for record in self.records[-last:]:
            look = record.layers.get(layer, {})
            if "alive" in look:
                bits = np.frombuffer(look["alive"], dtype=np.uint8)
                alive = alive | bits if look["units"] == units else bits
                units = look["units"]
        if not units:
            return 0, 0
        return units - int(np.unpackbits(alive, count=units).sum()), units

    def counts(self, layer: str, what: str) -> np.ndarray | None:
        """Histograms over time, a row for each record: of ``"outputs"`` or their ``"grads"``."""
        rows = [r.layers.get(layer, {}).get(what) for r in self.records]
        width = next((len(row) for row in rows if row is not None), 0)
        if not width:
            return None
        return np.array([np.zeros(width, int) if row is None else row for row in rows])


def _floats(xs: Any) -> np.ndarray:
    return np.array([np.nan if x is None else x for x in xs], dtype=float)
