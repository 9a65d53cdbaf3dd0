"""What a reader gives back."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["Dataset"]


class Dataset(NamedTuple):
    """Examples ``x``, their labels ``y`` (0 to classes - 1), the classes' names, and a title.

    For regression ``y`` holds floats, and there are no classes.
    """

    x: np.ndarray
    y: np.ndarray
    classes: tuple[str, ...]
    name: str

    def __repr__(self) -> str:
        classes = f", {len(self.classes)} classes" if self.classes else ""
        return (
            f"Dataset({self.name!r}: x {self.x.shape} {self.x.dtype}, y {self.y.shape} "
            f"{self.y.dtype}{classes})"
        )
