"""Modules that hold modules: in a row, in a list, under names, or with a way around them."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any, Self

import numpy as np

from ..module import FeatureError, Module

__all__ = ["ModuleDict", "ModuleList", "Residual", "Sequential"]


class _Holder(Module):
    """Children under names of their own, which are their names in a state dict."""

    _held: dict[str, Module]

    def _hold(self, layers: Mapping[str, Any]) -> None:
        kind = type(self).__name__
        old = vars(self).get("_held", {})
        for name, layer in layers.items():
            if not isinstance(layer, Module):
                cure = "Write activations as modules, such as nn.ReLU()"
                if isinstance(layer, (list, tuple)):
                    cure = f"Unpack it: {kind}(*layers)"
                raise TypeError(
                    f"{kind} holds modules; item {name} is a {type(layer).__name__}. {cure}"
                )
            if not isinstance(name, str) or not name or "." in name:
                raise ValueError(
                    f"{kind}: {name!r} cannot name a module: names are text without dots, which "
                    "separate the names in a state dict"
                )
            if name not in old and hasattr(self, name):
                raise ValueError(f"{kind}: {name!r} cannot name a module: it is an attribute")
        for name in (*old, "_held"):
            vars(self).pop(name, None)
        vars(self).update(layers)
        self._held = dict(layers)  # after them: a module is named by where it is met first

    def __len__(self) -> int:
        return len(self._held)


class _Numbered(_Holder):
    """Children in order, named "0", "1", ... unless names are given."""

    def _number(self, layers: Iterable[Any]) -> None:
        self._hold({str(i): layer for i, layer in enumerate(layers)})

    @property
    def _layers(self) -> list[Module]:
        return list(self._held.values())

    def append(self, layer: Module) -> Self:
        """Add a module at the end; returns the container."""
        return self.extend([layer])

    def extend(self, layers: Iterable[Module]) -> Self:
        """Add modules at the end; returns the container."""
        new = dict(self._held)
        for layer in layers:
            new[_free(new)] = layer
        self._hold(new)
        return self

    def insert(self, index: int, layer: Module) -> None:
        """Put a module before the one at ``index``; all are numbered anew."""
        layers = self._layers
        layers.insert(index, layer)
        self._number(layers)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._layers)

    def __getitem__(self, index: Any) -> Any:
        if not isinstance(index, slice):
            return self._layers[index]
        if isinstance(self, ModuleList):
            return ModuleList(self._layers[index])
        return Sequential(dict(list(self._held.items())[index]))  # with their names, as PyTorch

    def __setitem__(self, index: int, layer: Module) -> None:
        name = list(self._held)[index]
        self._hold({**self._held, name: layer})

    def __delitem__(self, index: int | slice) -> None:
        layers = self._layers
        del layers[index]
        self._number(layers)


def _free(taken: Mapping[str, Any]) -> str:
    """The number of the next item, or the first after it that is not taken."""
    n = len(taken)
    while str(n) in taken:
        n += 1
    return str(n)


class Sequential(_Numbered):
    """Modules applied one after another.

    Parameters
    ----------
    *layers : Module, or one mapping
        A mapping gives each a name of its own.

    Examples
    --------
    >>> import nn
    >>> model = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1))
    >>> list(model.state_dict())
    ['0.weight', '0.bias', '2.weight', '2.bias']
    >>> list(nn.Sequential({"hidden": nn.Linear(2, 1), "bend": nn.ReLU()}).state_dict())
    ['hidden.weight', 'hidden.bias']
    """

    def __init__(self, *layers: Any) -> None:
        if len(layers) == 1 and isinstance(layers[0], Mapping):
            self._hold(layers[0])
        else:
            self._number(layers)

    def forward(self, x: Any) -> Any:
        reached = ""
        try:
            for reached, layer in self._held.items():  # noqa: B007
                x = layer(x)
        except FeatureError as error:
            error.inside(reached)
            raise
        return x


class ModuleList(_Numbered):
    """A list of modules, for a ``forward`` of your own.

    A plain list in an attribute works as well; this one can be indexed and printed as a module.

    Examples
    --------
    >>> import nn
    >>> layers = nn.ModuleList([nn.Linear(2, 3), nn.Linear(3, 1)])
    >>> len(layers[:1]), list(layers.state_dict())
    (1, ['0.weight', '0.bias', '1.weight', '1.bias'])
    """

    def __init__(self, layers: Iterable[Module] = ()) -> None:
        self._number(layers)


class ModuleDict(_Holder):
    """Modules by name, for a ``forward`` of your own.

    A plain dict in an attribute works as well; this one can be printed as a module.

    Examples
    --------
    >>> import nn
    >>> heads = nn.ModuleDict({"mean": nn.Linear(4, 1), "spread": nn.Linear(4, 1)})
    >>> heads["mean"]
    Linear(in_features=4, out_features=1)
    """

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        self._hold({} if modules is None else modules)

    def update(self, modules: Mapping[str, Module]) -> None:
        """Add modules, in the place of those of the same names."""
        self._hold({**self._held, **modules})

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._held.keys()

    def values(self) -> ValuesView[Module]:
        """The modules."""
        return self._held.values()

    def items(self) -> ItemsView[str, Module]:
        """Pairs of name and module."""
        return self._held.items()

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __contains__(self, name: object) -> bool:
        return name in self._held

    def __getitem__(self, name: str) -> Module:
        return self._held[name]

    def __setitem__(self, name: str, module: Module) -> None:
        self.update({name: module})

    def __delitem__(self, name: str) -> None:
        rest = dict(self._held)
        del rest[name]
        self._hold(rest)


class Residual(Module):
    """``x + module(x)``, with a way for the gradient around the module (He et al. 2016).

    Examples
    --------
    >>> import numpy as np, nn
    >>> block = nn.Residual(nn.Sequential(nn.Linear(3, 3), nn.ReLU()))
    >>> block(np.ones((2, 3))).shape
    (2, 3)
    """

    def __init__(self, module: Module) -> None:
        if not isinstance(module, Module):
            raise TypeError(f"Residual goes around a module, not {module!r}; nn.Sequential is one")
        self.module = module

    def forward(self, x: Any) -> Any:
        try:
            change = self.module(x)
        except FeatureError as error:
            error.inside("module")
            raise
        if np.shape(change) != np.shape(x):
            raise FeatureError(
                f"Residual adds what its module makes of x to x: x has shape {np.shape(x)} and "
                f"the module's output {np.shape(change)}"
            )
        return x + change
