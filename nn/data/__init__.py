"""Data: the digits that ship with the package, readers for files, and batches."""

from typing import TYPE_CHECKING, Any

from .batches import batches, one_hot, standardise, train_test_split
from .dataset import Dataset
from .digits import load_digits

if TYPE_CHECKING:
    from .readers import read, read_csv, read_idx, read_npz

__all__ = [
    "Dataset",
    "batches",
    "load_digits",
    "one_hot",
    "read",
    "read_csv",
    "read_idx",
    "read_npz",
    "standardise",
    "train_test_split",
]


def __getattr__(name: str) -> Any:
    # The readers load csv, gzip and zipfile: as much again as the rest of nn.
    if name in __all__:
        from . import readers

        return getattr(readers, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
