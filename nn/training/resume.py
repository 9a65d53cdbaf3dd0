"""A training run saved as it goes, and taken up again as if it had never stopped."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np

from ..checkpoint import Checkpoint, capture_random, pack, restore_random, unpack
from ..losses import Loss
from ..module import Module

__all__ = ["Saved", "Saver"]


class Saver:
    """Writes a run's whole state through a :class:`nn.Checkpoint`."""

    def __init__(self, checkpoint: Any, model: Module) -> None:
        self.files = checkpoint if isinstance(checkpoint, Checkpoint) else Checkpoint(checkpoint)
        _check_folder(self.files.folder)
        self.model = model
        self._about: dict[str, Any] | None = None

    def latest(self) -> Saved | None:
        """The last state that can be read, or None."""
        found = self.files.latest()
        return None if found is None else Saved(unpack(found.arrays, found.state), str(found.path))

    def due(self, step: int) -> bool:
        """Whether it is time to write."""
        return self.files.due(step)

    def remember(self, rng: np.random.Generator) -> Any:
        """The state of the generator that deals the data."""
        return rng.bit_generator.state

    def save(self, run: Any) -> None:
        """Write where ``run`` is: between two steps, wherever that is."""
        if self._about is None:
            self._about = about(run)
        state = run.state
        arrays, rest = pack(
            {
                "about": self._about,
                "start": run.start,
                "order": run.order,
                "random": capture_random(run.model, run.dealer.rng),
                "epoch": state.epoch,
                "step": state.step,
                "loss": state.loss,
                "stop": state.stop,
                "position": run.dealer.position,
                "model": run.model.state_dict(),
                "optimizer": state.optimizer.state_dict(),
                "scheduler": None if state.scheduler is None else state.scheduler.state_dict(),
                "tally": run.tally.state_dict(),
                "history": state.history.to_dict(),
                "callbacks": [
                    c.state_dict() if hasattr(c, "load_state_dict") else None for c in run.callbacks
                ],
            }
        )
        try:
            self.files.write(state.step, arrays, rest)
        except OSError as error:
            # A full disk is no reason to lose the run as well.
            warnings.warn(
                f"no checkpoint was written after step {state.step} ({error}); the run goes on, "
                "and what was written before is still there",
                RuntimeWarning,
                stacklevel=2,
            )


class Saved:
    """A run's state as it was read from a file."""

    def __init__(self, state: dict[str, Any], path: str) -> None:
        self.state = state
        self.path = path

    def rewind(self, rng: np.random.Generator, fresh: bool) -> None:
        """Set the data's generator to where it was when the run began.

        One that is ``fresh`` from a seed has to be there already.
        """
        kind = self.state["start"]["bit_generator"]
        if kind != type(rng.bit_generator).__name__:
            raise ValueError(
                f"{self.path} was saved with random numbers from {kind}, and here they come from "
                f"{type(rng.bit_generator).__name__}: pass the same kind of generator"
            )
        if fresh and rng.bit_generator.state != self.state["start"]:
            raise ValueError(
                f"{self.path} is of another training run: it began with another seed. Make the "
                "call as it was to go on with that run, or give this one a folder of its own"
            )
        rng.bit_generator.state = self.state["start"]

    def restore(self, run: Any) -> bool:
        """Put ``run`` where it was saved; whether that is in the midst of an epoch."""
        saved = self.state
        self._compare(about(run), saved["about"])
        state, dealer = run.state, run.dealer
        run.model.load_state_dict(saved["model"])
        state.optimizer.load_state_dict(saved["optimizer"])
        if state.scheduler is not None:
            state.scheduler.load_state_dict(saved["scheduler"])
        state.history = type(state.history).from_dict(saved["history"])
        state.history.stopped = ""
        state.epoch, state.step = saved["epoch"], saved["step"]
        state.loss, state.stop = saved["loss"], saved["stop"]
        for callback, kept in zip(run.callbacks, saved["callbacks"]):
            if kept is not None:
                callback.load_state_dict(kept)
        amid = state.epoch > len(state.history)
        if amid:
            run.order = saved["order"]
            dealer.rng.bit_generator.state = saved["order"]
            dealer.begin()
            dealer.position = saved["position"]
            run.tally.load_state_dict(saved["tally"])
        restore_random(run.model, dealer.rng, saved["random"])
        return amid

    def _compare(self, now: dict[str, Any], then: dict[str, Any]) -> None:
        differing = [k for k in now if now[k] != then.get(k)]
        if differing:
            pairs = [(k, *_apart(then.get(k), now[k])) for k in differing]
            what = "; ".join(f"{k} was {_short(a)}, now {_short(b)}" for k, a, b in pairs)
            raise ValueError(
                f"{self.path} is of another training run: {what}. Make the call as it was to go on "
                "with that run, or give this one a folder of its own"
            )


def about(run: Any) -> dict[str, Any]:
    """What has to be the same for a run to be the same."""
    dealer = run.dealer
    return {
        "model": {n: [list(t.shape), str(t.dtype)] for n, t in run.model.named_state()},
        "data": _digest(dealer.inputs, dealer.truth, dealer.weights, *(run.held or ())),
        "batch_size": dealer.batch_size,
        "shuffle": bool(dealer.shuffle),
        "layers": {n: _shown(m) for n, m in run.model.named_modules() if not list(m.children())},
        "loss": _shown(run.loss) if isinstance(run.loss, (Loss, Module)) else _name(run.loss),
        "metrics": list(run.metrics),
        "optimizer": run.optimizer_at_start,
        "scheduler": _ADDRESS.sub("", run.schedule_at_start),
        "clip": [run.clip.norm, run.clip.value],
        "stopping": {k: getattr(run.stopping, k) for k in _STOPPING},
        "callbacks": [type(c).__name__ for c in run.callbacks],
    }


_STOPPING = ("patience", "monitor", "min_delta", "mode", "restore_best")
# Where a function lies in memory is another place in each process.
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def _shown(x: Any) -> str:
    return _ADDRESS.sub("", repr(x))


def _apart(then: Any, now: Any) -> tuple[Any, Any]:
    """Of two dicts what they differ in."""
    if not (isinstance(then, dict) and isinstance(now, dict)):
        return then, now
    return (
        {k: v for k, v in then.items() if k not in now or now[k] != v},
        {k: v for k, v in now.items() if k not in then or then[k] != v},
    )


def _check_folder(folder: Any) -> None:
    """A folder that cannot be written in is better known now than when the work is done."""
    import tempfile

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        why = f"no checkpoints can be written here ({error.strerror})"
        raise type(error)(error.errno, why, str(folder)) from None


def _digest(*arrays: Any) -> str:
    import hashlib

    digest = hashlib.sha256()
    for array in arrays:
        if array is not None:
            digest.update(f"{array.shape}{array.dtype}".encode())
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:16]


def _name(x: Any) -> str:
    return getattr(x, "__name__", type(x).__name__)


def _short(x: Any) -> str:
    text = repr(x)
    return text if len(text) <= 120 else f"{text[:117]}..."
