"""``nn`` beside PyTorch: one row for each layer, loss, optimizer, schedule and initialiser.

Each file has ``ROWS``, a list of :class:`Row`; a new file is found by being there.
``test_nn_agreement`` holds every row to its bound, and ``python -m tests.oracle.agreement`` prints
the table.
"""

from __future__ import annotations

import importlib
import pkgutil

from .row import Row, apart, to_torch

__all__ = ["ROWS", "Row", "apart", "to_torch"]

ROWS: list[Row] = []
for _info in pkgutil.iter_modules(__path__):
    if _info.name not in ("__main__", "row"):
        ROWS += importlib.import_module(f"{__name__}.{_info.name}").ROWS
