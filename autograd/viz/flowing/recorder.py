"""``FlowRecorder``: gradients, steps and activations of a model, layer by layer, as it trains."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from ...tensor import plain_array
from ..plotting import png
from .frames import frames
from .looks import add_gradient, look_at_output, look_at_parameter, number
from .probe import Probe
from .records import Record, from_json, to_json
from .series import Series

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .flag import Flag

__all__ = ["FlowRecorder"]

EVERY = 80
KEEP = 120
VERSION = 1


class FlowRecorder:
    """Records how gradients flow through a model while it trains.

    By hand, one line makes it and one line follows each step of the optimizer::

        flow = FlowRecorder(model)
        for x, y in batches:
            ...
            optimizer.step()
            flow.step(loss)

    Through ``nn.fit`` it is a callback: ``nn.fit(model, x, y, callbacks=[flow])``. Afterwards
    ``flow.plot()`` draws it, and ``flow.report()`` says what is wrong, if anything.

    Parameters
    ----------
    model : module, optional
        Anything with ``named_modules()``, ``named_parameters()`` and ``register_forward_hook()``;
        of one with ``parameters()`` alone, such as ``nn.scalar.MLP``, the parameters are recorded.
        ``nn.fit`` fills in its own model where none is given.
    every : int
        Steps from one record to the next; the first step is recorded. At the default, recording
        takes less than a tenth of the training time even of very small networks.
    histograms : bool
        Whether to count outputs and their gradients into bins, the same ones at all times.
    keep : int
        The most records to keep. When there are more, every other one goes and ``interval``
        doubles, so that the whole run stays covered in bounded memory: about 2 kB for each layer
        and record, 8 MB for 32 layers, whatever the length of the run.

    Attributes
    ----------
    records : list of Record
        The recorded steps.
    steps : int
        The steps so far.
    interval : int
        Steps from one record to the next by now.
    seconds : float
        What all the recording took.

    Notes
    -----
    Of a step that passes through the model several times the first pass in training mode that
    records a graph is looked at. Gradients are those that the optimizer saw, clipped ones where
    they were clipped.

    Examples
    --------
    >>> import numpy as np, nn
    >>> from autograd.viz import FlowRecorder
    >>> x = np.random.default_rng(0).normal(size=(64, 2))
    >>> model = nn.MLP(2, [8], 1, rng=0)
    >>> optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    >>> flow = FlowRecorder(model, every=5)
    >>> for _ in range(20):
    ...     loss = nn.losses.mse_loss(model(x), x[:, :1])
    ...     optimizer.zero_grad()
    ...     loss.backward()
    ...     optimizer.step()
    ...     flow.step(loss)
    >>> [record.step for record in flow.records]
    [0, 5, 10, 15]
    >>> print(flow.report())
    4 records of 20 steps: gradients, steps and activations look healthy
    """

    def __init__(
        self, model: Any = None, every: int = EVERY, *, histograms: bool = True, keep: int = KEEP
    ) -> None:
        for name, given, least in (("every", every, 1), ("keep", keep, 2)):
            if not isinstance(given, (int, np.integer)) or given < least:
                raise ValueError(f"{name} is a whole number of at least {least}, got {given!r}")
        self.every = self.interval = int(every)
        self.keep = int(keep)
        self._histograms = bool(histograms)
        self.records: list[Record] = []
        self.kinds: dict[str, str] = {}
        self.owners: dict[str, str] = {}
        self.labels: dict[str, list[str]] = {}
        self.steps = 0
        self.seconds = 0.0
        self._looks: dict[str, dict[str, Any]] = {}
        self._probe: Probe | None = None
        if model is not None:
            self._watch(model)
            self._arm(early=True)

    def _watch(self, model: Any) -> None:
        self._probe = Probe(model, self._note)
        self.owners = {source.name: source.layer for source in self._probe.sources}
        self.labels = {s.name: s.labels for s in self._probe.sources if s.labels}

    # While it trains ------------------------------------------------------------------------------

    def step(self, loss: Any = None) -> None:
        """Say that the optimizer has made a step; call it before the gradients are zeroed.

        Parameters
        ----------
        loss : float, Value or Tensor, optional
            The loss of this step.
        """
        probe = self._probe
        if probe is None:
            raise RuntimeError("which model? Make it FlowRecorder(model) to use it by hand")
        if probe.before is not None:
            self._record(probe, loss)
        self.steps += 1
        if self.steps % self.interval == 0:
            self._arm()

    def on_start(self, progress: Any) -> None:
        """For ``nn.fit``: the run begins, or another one that goes on with the same model."""
        if self._probe is None:
            self._watch(progress.model)
        elif self._probe.model is not progress.model:
            raise ValueError(
                "this FlowRecorder watches another model than the one that is trained: make it "
                "FlowRecorder(model) with that model, or FlowRecorder() to take the one of nn.fit"
            )
        if self.steps % self.interval == 0:
            self._arm()

    def on_step_end(self, progress: Any) -> None:
        """For ``nn.fit``: a step has been made."""
        self.step(progress.loss)

    def close(self) -> None:
        """Take all hooks off the model; the records stay."""
        if self._probe is not None:
            self._probe.disarm()
        self._looks = {}

    def __enter__(self) -> FlowRecorder:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def _arm(self, early: bool = False) -> None:
        assert self._probe is not None
        began = time.perf_counter()
        self._looks = {}
        self._probe.arm(early=early)
        self.seconds += time.perf_counter() - began

    def _note(self, name: str, kind: str, array: np.ndarray, axis: int | None, out: Any) -> None:
        """An output of the forward pass; its gradient comes later, by a hook."""
        if name in self._looks:
            return
        began = time.perf_counter()
        self.kinds[name] = kind
        with np.errstate(all="ignore"):
            look = look_at_output(array, axis, kind, histograms=self._histograms)
        self._looks[name] = look
        if getattr(out, "requires_grad", False):
            out.register_hook(lambda g: self._arrived(look, g))
        self.seconds += time.perf_counter() - began

    def _arrived(self, look: dict[str, Any], g: Any) -> None:
        began = time.perf_counter()
        with np.errstate(all="ignore"):
            add_gradient(look, np.asarray(plain_array(g)), histograms=self._histograms)
        self.seconds += time.perf_counter() - began

    def _record(self, probe: Probe, loss: Any) -> None:
        began = time.perf_counter()
        assert probe.before is not None
        record = Record(self.steps, number(loss), self._looks)
        with np.errstate(all="ignore"):
            for source, before in zip(probe.sources, probe.before, strict=True):
                record.parameters[source.name] = look_at_parameter(source, before)
        self._looks = {}
        probe.disarm()
        self.records.append(record)
        while len(self.records) > self.keep:
            self.interval *= 2
            self.records = [r for r in self.records if r.step % self.interval == 0]
        self.seconds += time.perf_counter() - began

    # What it found --------------------------------------------------------------------------------

    def series(self) -> Series:
        """The records as arrays by layer."""
        return Series(self)

    def flags(self) -> list[Flag]:
        """What is wrong, the worst first: see :class:`Flag`. None on a healthy network."""
        from .flags import find

        return find(self.series())

    def report(self) -> str:
        """What is wrong and what to try, in plain words."""
        from .flags import report

        return report(self)

    def frames(self) -> list[dict[str, Any]]:
        """The recorded steps as plain dicts, such as ``to_html(loss, path, history=...)`` takes.

        Returns
        -------
        list of dict
            For each recorded step ``{"step": 20, "loss": 0.31, "grad": {...}, "value": {...}}``:
            by the name of the parameter its gradient and its numbers before the step, nested lists
            in its own shape where it has up to 16 numbers, else ``{"norm": 0.8}``. The
            ``Value``s of a scalar network come one by one, by label, as plain numbers. ``None``
            stands for a gradient or loss that is missing; numbers may be ``nan`` or ``inf``.
        """
        return frames(self)

    def plot(self) -> Figure:
        """All of it in one figure: heat maps, steps against weights, loss, shares, histograms."""
        from .overview import overview

        return overview(self)

    def heatmap(self, of: str = "parameters") -> Figure:
        """Layer by step, log10 of the gradient's norm: of the ``"parameters"`` or ``"outputs"``."""
        from .single import heatmap

        return heatmap(self, of)

    def ratios(self) -> Figure:
        """Norm of each step over the norm of the weights, with the healthy band."""
        from .single import ratios

        return ratios(self)

    def histograms(self, layer: str) -> Figure:
        """A layer's outputs, and the loss's gradients with respect to them, over time."""
        from .single import histograms

        return histograms(self, layer)

    # State ----------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """All of it as lists, numbers and strings, fit for JSON.

        Examples
        --------
        >>> import json
        >>> from autograd.viz import FlowRecorder
        >>> FlowRecorder.from_dict(json.loads(json.dumps(FlowRecorder(every=7).to_dict()))).every
        7
        """
        return {
            "version": VERSION,
            "every": self.every,
            "interval": self.interval,
            "keep": self.keep,
            "histograms": self._histograms,
            "steps": self.steps,
            "seconds": self.seconds,
            "kinds": dict(self.kinds),
            "owners": dict(self.owners),
            "labels": {name: list(labels) for name, labels in self.labels.items()},
            "records": [to_json(record) for record in self.records],
        }

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> FlowRecorder:
        """The recorder that :meth:`to_dict` was called on, which watches no model any more."""
        new = cls(None, state["every"], histograms=state["histograms"], keep=state["keep"])
        new._take(state)
        return new

    def _take(self, state: dict[str, Any]) -> None:
        if state.get("version") != VERSION:
            raise ValueError(
                f"this is version {state.get('version')!r} of a FlowRecorder's state; "
                f"version {VERSION} can be read here"
            )
        self.interval, self.steps = int(state["interval"]), int(state["steps"])
        self.seconds = float(state["seconds"])
        self.kinds, self.owners = dict(state["kinds"]), dict(state["owners"])
        self.labels = {name: list(labels) for name, labels in state["labels"].items()}
        self.records = [from_json(record) for record in state["records"]]

    def state_dict(self) -> dict[str, Any]:
        """For checkpoints of ``nn.fit``: what a resumed run goes on from."""
        return self.to_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where :meth:`state_dict` was taken; the model has its weights of then already."""
        self._take(state)
        self.close()
        if self._probe is not None and self.steps % self.interval == 0:
            self._arm()

    def __getstate__(self) -> dict[str, Any]:
        # Hooks and weights belong to a run, and stay with it.
        return {**vars(self), "_probe": None, "_looks": {}}

    def _repr_png_(self) -> bytes | None:
        try:
            return png(self.plot())
        except Exception:  # no matplotlib, or nothing recorded: a notebook has the text
            return None

    def __repr__(self) -> str:
        return (
            f"FlowRecorder(every={self.every}: {len(self.records)} records of {self.steps} steps, "
            f"{self.seconds:.3g} s)"
        )
