"""Every module of ``nn`` with inputs to try it on, one file for each family of layers.

Each file has ``MODULES``, a dict from a module's class to a list of :class:`Case`. A new file is
found by being there, and ``test_nn_gradients`` fails while a module has no case.
"""

from __future__ import annotations

import importlib
import pkgutil

from .case import Case, X

__all__ = ["MODULES", "X", "Case"]

MODULES: dict[type, list[Case]] = {}
for _info in pkgutil.iter_modules(__path__):
    for _kind, _cases in getattr(
        importlib.import_module(f"{__name__}.{_info.name}"), "MODULES", {}
    ).items():
        assert _kind not in MODULES, f"{_kind.__name__} has cases in two files"
        MODULES[_kind] = _cases
