"""What goes on inside a model while it trains: activations, gradients and updates, by epoch."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import Tensor
from autograd.viz.flowing import Probe

from ..callbacks import Callback, Progress
from ..counting import count
from ..look.forward import watch
from ..module import Module
from .figures import Tally, activation_figures, add_activation, add_parameter, means

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Statistics"]


class Statistics(Callback):
    """Collects figures about every layer and parameter, each averaged over the epoch.

    Pass it to ``nn.fit(callbacks=[...])``, and then look at :meth:`plot` or give it to
    :func:`nn.report`. Figures are taken at every ``every``-th step, from the forward pass of that
    step and from the gradients it ended with (clipped ones, where they are clipped).

    Parameters
    ----------
    every : int
        Steps from one look to the next.
    layers : sequence of str, optional
        Names of the modules whose outputs are looked at, as ``named_modules`` has them. All
        innermost ones that change their input unless given.

    Attributes
    ----------
    epochs : list of int
        The epochs that the lists below have a number for.
    activations : dict
        By layer, lists by figure: ``mean``, ``std``, ``zeros`` (share of zeros), ``dead`` (units,
        or channels, that gave nothing but zeros in all the looks of the epoch), ``units``,
        ``saturated`` (share where the slope of a sigmoid or tanh is below a twentieth of its
        steepest), ``q5``, ``q25``, ``q50``, ``q75``, ``q95``.
    kinds : dict
        The class of each of these layers.
    gradients : dict
        By parameter: ``norm``, ``mean``, ``std``, ``zeros``.
    updates : dict
        By parameter, the norm of a step over the norm of the weights; about 1e-3 is healthy.
    looks : int
        Steps that were looked at.
    seconds : float
        What all the looking took.

    Notes
    -----
    Dead and saturated units follow Glorot and Bengio, *Understanding the difficulty of training
    deep feedforward neural networks* (2010), and Lu et al., *Dying ReLU and initialization* (2019).
    sigmoid' = s (1 - s) is at most 1/4 and tanh' = 1 - t² at most 1; as tanh(z) is
    2 sigmoid(2z) - 1, both are saturated at the same place.

    Examples
    --------
    >>> import numpy as np, nn
    >>> from nn.statistics import Statistics
    >>> model = nn.MLP(2, [4], 1, rng=0)
    >>> with_dead_unit = model[0].bias.data
    >>> with_dead_unit[2] = -100
    >>> x = np.random.default_rng(0).normal(size=(64, 2))
    >>> watch = Statistics(every=1)
    >>> _ = nn.fit(model, x, x[:, :1], loss="mse", epochs=2, callbacks=[watch])
    >>> watch.activations["1"]["dead"][-1] >= 1
    True
    """

    def __init__(self, every: int = 20, layers: Iterable[str] | None = None) -> None:
        if isinstance(layers, str):
            raise TypeError(f"layers is a list of names, such as [{layers!r}]")
        self.every = count("every", every, 1)
        self.layers = None if layers is None else list(layers)
        self._clear()

    def _clear(self) -> None:
        self.epochs: list[int] = []
        self.kinds: dict[str, str] = {}
        self.activations: dict[str, dict[str, list[float | None]]] = {}
        self.gradients: dict[str, dict[str, list[float | None]]] = {}
        self.updates: dict[str, list[float | None]] = {}
        self.looks = 0
        self.seconds = 0.0
        self._tallies: dict[str, dict[str, Tally]] = {"activations": {}, "parameters": {}}
        self._probe: Probe | None = None

    # The run -----------------------------------------------------------------------------------

    def on_start(self, progress: Progress) -> None:
        self._disarm()
        self._clear()
        self._probe = Probe(progress.model, self._note, self.layers)
        self._arm()

    def on_step_end(self, progress: Progress) -> None:
        if self._armed:
            self._look()
        if progress.step % self.every == 0:
            self._arm()

    def on_epoch_end(self, progress: Progress) -> None:
        self.epochs.append(progress.epoch)
        for name, tally in self._tallies["activations"].items():
            _append(
                self.activations.setdefault(name, {}), activation_figures(tally), len(self.epochs)
            )
        for name, tally in self._tallies["parameters"].items():
            figures = means(tally)
            ratios = self.updates.setdefault(name, [])
            ratios += [None] * (len(self.epochs) - 1 - len(ratios)) + [figures.pop("ratio", None)]
            _append(self.gradients.setdefault(name, {}), figures, len(self.epochs))
        for series in (*self.activations.values(), *self.gradients.values(), self.updates):
            _pad(series, len(self.epochs))
        self._tallies = {"activations": {}, "parameters": {}}

    def close(self) -> None:
        self._disarm()
        self._probe = None

    def look_at(self, model: Module, x: Any) -> dict[str, dict[str, float | None]]:
        """The layers' figures for a batch in evaluation mode, added to those of earlier batches.

        Outside of a run: what a trained model does with held-out data.

        Examples
        --------
        >>> import numpy as np, nn
        >>> from nn.statistics import Statistics
        >>> model = nn.Sequential(nn.ReLU())
        >>> figures = Statistics().look_at(model, np.array([[-1.0, 2.0], [-3.0, 0.5]]))
        >>> figures["0"]["dead"], figures["0"]["zeros"]
        (1, 0.5)
        """
        probe = Probe(model, self._note, self.layers)
        for call in watch(model, (x if isinstance(x, Tensor) else Tensor(x),), graph=False).calls:
            probe.see(call.name, call.module, call.outputs)
        tallies = self._tallies["activations"]
        return {name: activation_figures(tally) for name, tally in tallies.items()}

    # One look -------------------------------------------------------------------------------------

    @property
    def _armed(self) -> bool:
        return self._probe is not None and self._probe.before is not None

    def _arm(self) -> None:
        """Have the next forward pass looked at, and remember the weights before its step."""
        if self._probe is not None:
            began = time.perf_counter()
            self._probe.arm()
            self.seconds += time.perf_counter() - began

    def _disarm(self) -> None:
        if self._probe is not None:
            self._probe.disarm()

    def _note(self, name: str, kind: str, array: np.ndarray, axis: int | None, out: Any) -> None:
        began = time.perf_counter()
        self.kinds[name] = kind
        tally = self._tallies["activations"].setdefault(name, {"n": 0})
        add_activation(tally, array, axis, kind)
        self.seconds += time.perf_counter() - began

    def _look(self) -> None:
        """The gradients and the step, which has just been made."""
        probe = self._probe
        assert probe is not None and probe.before is not None
        began = time.perf_counter()
        for source, before in zip(probe.sources, probe.before, strict=True):
            tally = self._tallies["parameters"].setdefault(source.name, {"n": 0})
            add_parameter(tally, source, before)
        probe.disarm()
        self.looks += 1
        self.seconds += time.perf_counter() - began

    # State --------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """All figures as lists, numbers and strings, fit for JSON.

        Examples
        --------
        >>> import json
        >>> from nn.statistics import Statistics
        >>> json.loads(json.dumps(Statistics().to_dict()))["every"]
        20
        """
        return {
            "every": self.every,
            "layers": self.layers,
            "epochs": list(self.epochs),
            "kinds": dict(self.kinds),
            "activations": _copied(self.activations),
            "gradients": _copied(self.gradients),
            "updates": {name: list(series) for name, series in self.updates.items()},
            "looks": self.looks,
            "seconds": self.seconds,
        }

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Statistics:
        """The statistics that :meth:`to_dict` was called on, without what a run still adds."""
        new = cls(state["every"], state["layers"])
        new._take(state)
        return new

    def _take(self, state: dict[str, Any]) -> None:
        self.epochs = [int(epoch) for epoch in state["epochs"]]
        self.kinds = dict(state["kinds"])
        self.activations = _copied(state["activations"])
        self.gradients = _copied(state["gradients"])
        self.updates = {name: list(series) for name, series in state["updates"].items()}
        self.looks, self.seconds = int(state["looks"]), float(state["seconds"])

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run needs: :meth:`to_dict`, and the sums of the epoch at hand."""
        return {
            **self.to_dict(),
            "tallies": {what: _copied(tallies) for what, tallies in self._tallies.items()},
            "armed": self._armed,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where :meth:`state_dict` was taken; the model has its weights of then already."""
        self._take(state)
        self._tallies = {what: _copied(state["tallies"][what]) for what in self._tallies}
        self._disarm()
        if state["armed"]:
            seconds = self.seconds
            self._arm()
            self.seconds = seconds

    def __getstate__(self) -> dict[str, Any]:
        # Hooks and weights belong to a run, and stay with it.
        return {**vars(self), "_probe": None}

    # Looking at it --------------------------------------------------------------------------------

    def plot(self) -> Figure:
        """Gradients by layer and epoch, steps against weights, and silent or saturated units.

        Returns
        -------
        matplotlib.figure.Figure
            A notebook shows it; ``statistics.plot().savefig("inside.png")`` writes it.

        Raises
        ------
        ImportError
            Without matplotlib (``pip install 'blamegraph[viz]'``).
        ValueError
            Before the first epoch has ended.
        """
        from .plot import plot

        return plot(self)

    def __repr__(self) -> str:
        return (
            f"Statistics(every={self.every}: {len(self.epochs)} epochs, {self.looks} looks, "
            f"{self.seconds:.3g} s)"
        )


def _append(series: dict[str, list[float | None]], figures: dict[str, Any], length: int) -> None:
    for name, figure in figures.items():
        own = series.setdefault(name, [])
        own += [None] * (length - 1 - len(own)) + [figure]


def _pad(series: dict[str, list[float | None]], length: int) -> None:
    for own in series.values():
        own += [None] * (length - len(own))


def _copied(x: Any) -> Any:
    if isinstance(x, dict):
        return {k: _copied(v) for k, v in x.items()}
    return [_copied(v) for v in x] if isinstance(x, (list, tuple)) else x
