"""Hooks on a model for the length of one training step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np

from ...modes import is_grad_enabled
from .sources import Source, array_of, sources

__all__ = ["Probe", "changes", "kind_of"]

CALLS = 8  # calls of a module without parameters that are told apart

Note: TypeAlias = "Callable[[str, str, np.ndarray, int | None, Any], None]"


class Probe:
    """Looks at the outputs of a model's innermost modules, in one forward pass at a time.

    Parameters
    ----------
    model : module
        Has ``named_modules()``, ``named_parameters()`` and ``register_forward_hook()`` as the
        modules of nn have; one with ``parameters()`` alone is looked at without outputs.
    note : callable
        Called as ``note(name, kind, array, axis, out)`` with each output: the module's name and
        class, the numbers, the axis of the units, and the tensor itself.
    layers : sequence of str, optional
        Names of the modules to look at.

    Attributes
    ----------
    sources : list of Source
        The parameters.
    before : list of array or None
        Their numbers at the beginning of the step that is looked at; None when none is.
    """

    def __init__(self, model: Any, note: Note, layers: Iterable[str] | None = None) -> None:
        self.model = model
        self.note = note
        self.sources: list[Source] = sources(model)
        self.before: list[np.ndarray] | None = None
        self._early = False
        self._calls: dict[str, int] = {}
        self._channels_first = False
        self._handles: list[Any] = []
        hooked = hasattr(model, "named_modules") and hasattr(model, "register_forward_hook")
        modules = list(model.named_modules()) if hooked else []
        wanted = set(changes(modules, self.sources) if layers is None else layers)
        if layers is not None and (unknown := wanted - {name for name, _ in modules}):
            raise ValueError(
                f"the model has no module called {', '.join(map(repr, sorted(unknown)))}; there "
                f"are {', '.join(repr(name) for name, _ in modules if name)}"
            )
        self._wanted = wanted
        self._hooks = [
            (module, self._noting(name))
            for name, module in modules
            if name in wanted or getattr(module, "weight", None) is not None
        ]
        if modules:
            # A step may look at the loss several times; the first time is enough.
            self._hooks.append((model, self._finish))
        self._own = {source.layer for source in self.sources}

    def arm(self, *, early: bool = False) -> None:
        """Have the next forward pass looked at, and remember the weights before its step.

        ``early`` where weights may still be loaded before that pass.
        """
        self.disarm()
        self._calls = {}
        self._channels_first = False
        self._early = early
        self.before = [source.value().copy() for source in self.sources]
        self._handles = [module.register_forward_hook(hook) for module, hook in self._hooks]

    def disarm(self) -> None:
        """Take all hooks away."""
        self._unhook()
        self.before = None

    def _unhook(self) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles = []

    def _finish(self, module: Any, args: tuple[Any, ...], out: Any) -> None:
        if self._counts():
            self._unhook()

    def _counts(self) -> bool:
        """Whether this is a pass to learn from."""
        return bool(getattr(self.model, "training", True)) and is_grad_enabled()

    def _noting(self, name: str) -> Callable[[Any, tuple[Any, ...], Any], None]:
        def look(module: Any, args: tuple[Any, ...], out: Any) -> None:
            if self._counts():
                self._look(name, module, out)

        return look

    def _look(self, name: str, module: Any, out: Any) -> None:
        if self._early:
            self._early = False
            self.before = [source.value().copy() for source in self.sources]
        self.see(name, module, out)

    def see(self, name: str, module: Any, out: Any) -> None:
        """Look at the output of one module."""
        weight = getattr(module, "weight", None)
        dimensions = getattr(weight, "ndim", 0)
        if dimensions > 1:
            self._channels_first = dimensions > 2  # what follows a convolution is channels first
        if name not in self._wanted:
            return
        while isinstance(out, (tuple, list)) and out:
            out = out[0]
        array = array_of(out)
        if array.dtype.kind != "f" or not array.size:
            return
        again = self._calls[name] = self._calls.get(name, 0) + 1
        if 1 < again <= CALLS and name not in self._own:
            name = f"{name} (call {again})"  # one activation used for several layers
        channels_first = array.ndim > 3 or (array.ndim == 3 and self._channels_first)
        axis = 1 if channels_first else array.ndim - 1
        self.note(name, kind_of(module), array, axis if array.ndim > 1 else None, out)


def changes(modules: list[tuple[str, Any]], parameters: list[Source]) -> list[str]:
    """The modules that are innermost, or have matrices, and are no mere switch or new shape."""
    names = {name for name, _ in modules}
    around: set[str] = set()
    for name in names:
        outer = name
        while outer:
            outer = outer.rpartition(".")[0]
            around.add(outer)
    matrices = set()
    for source in parameters:
        owner = source.layer
        while owner not in names and owner:
            owner = owner.rpartition(".")[0]
        if source.node is not None and source.node.ndim > 1:
            matrices.add(owner)
    return [
        name
        for name, module in modules
        if (name not in around or name in matrices) and not _is_switch(type(module).__name__)
    ]


def _is_switch(kind: str) -> bool:
    return kind in ("Flatten", "Unflatten", "Identity", "ModuleList") or kind.startswith("Dropout")


def kind_of(module: Any) -> str:
    """The class of a module; the name of the function, of one that was made of a function."""
    name = type(module).__name__
    if name in ("RNN", "RNNCell") and getattr(module, "nonlinearity", "tanh") != "tanh":
        return f"{name} of {module.nonlinearity}"
    if name != "Function":
        return name
    names = {"relu": "ReLU", "sigmoid": "Sigmoid", "tanh": "Tanh"}
    text: str = module.extra_repr()
    return names.get(text, text)
