"""Data: the digits that ship with the package, data sets made by a recipe, readers, and batches."""

from typing import TYPE_CHECKING

from ..later import later
from .batches import batches
from .coding import one_hot
from .dataset import Dataset
from .digits import load_digits
from .playground import (
    make_circles,
    make_gauss,
    make_moons,
    make_plane,
    make_spirals,
    make_xor,
)
from .scale import Standardiser, standardise
from .split import k_fold, train_test_split, train_validation_test_split
from .synthetic import make_blobs, make_iris_like, make_regression

if TYPE_CHECKING:
    from .readers import read, read_csv, read_idx, read_npz

__all__ = [
    "Dataset",
    "Standardiser",
    "batches",
    "k_fold",
    "load_digits",
    "make_blobs",
    "make_circles",
    "make_gauss",
    "make_iris_like",
    "make_moons",
    "make_plane",
    "make_regression",
    "make_spirals",
    "make_xor",
    "one_hot",
    "read",
    "read_csv",
    "read_idx",
    "read_npz",
    "standardise",
    "train_test_split",
    "train_validation_test_split",
]


# The readers load csv, gzip and zipfile: as much again as the rest of nn.
__getattr__ = later(__name__, {"readers": "read read_csv read_idx read_npz"})


def __dir__() -> list[str]:
    return __all__
