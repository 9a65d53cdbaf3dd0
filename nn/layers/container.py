"""Modules that hold modules: one after another, or simply a list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..module import FeatureError, Module

__all__ = ["ModuleList", "Sequential"]


class _Numbered(Module):
    """Children named "0", "1", ... as PyTorch names them in a state dict."""

    def _number(self, layers: Iterable[Any]) -> None:
        layers = tuple(layers)
        for name in [name for name in vars(self) if name.isdigit() or name == "_layers"]:
            del vars(self)[name]
        for i, layer in enumerate(layers):
            if not isinstance(layer, Module):
                kind = type(self).__name__
                cure = "Write activations as modules, such as nn.ReLU()"
                if isinstance(layer, (list, tuple)):
                    cure = f"Unpack it: {kind}(*layers)"
                raise TypeError(
                    f"{kind} holds modules; item {i} is a {type(layer).__name__}. {cure}"
                )
            setattr(self, str(i), layer)
        self._layers = layers  # after the numbers: a module is named by where it is met first

    def append(self, layer: Module) -> None:
        """Add a module at the end."""
        self._number([*self._layers, layer])

    def __len__(self) -> int:
        return len(self._layers)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._layers)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return Sequential(*self._layers[index])
        return self._layers[index]

    def __setitem__(self, index: int, layer: Module) -> None:
        layers = list(self._layers)
        layers[index] = layer
        self._number(layers)


class Sequential(_Numbered):
    """Modules applied one after another.

    Examples
    --------
    >>> import nn
    >>> model = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1))
    >>> list(model.state_dict())
    ['0.weight', '0.bias', '2.weight', '2.bias']
    """

    def __init__(self, *layers: Module) -> None:
        self._number(layers)

    def forward(self, x: Any) -> Any:
        layer = None
        try:
            for layer in self._layers:
                x = layer(x)
        except FeatureError as error:
            error.inside(str(self._layers.index(layer)))
            raise
        return x


class ModuleList(_Numbered):
    """A list of modules, for a ``forward`` of your own.

    A plain list in an attribute works as well; this one can be indexed and printed as a module.
    """

    def __init__(self, layers: Iterable[Module] = ()) -> None:
        self._number(layers)
