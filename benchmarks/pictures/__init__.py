"""A run as pictures: everybody beside ours, curves over sizes, and what an op costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..report import Section
from . import growth, overview, sizes

__all__ = ["PICTURES", "draw"]

PICTURES: dict[str, Callable[[Sequence[Section]], Any]] = {
    "overview": overview.figure,
    "sizes": sizes.figure,
    "growth": growth.figure,
}


def draw(sections: Sequence[Section], prefix: str, dpi: int = 110) -> list[Path]:
    """Write ``{prefix}overview.png`` and the others, those that there is something for.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    written = []
    for name, figure in PICTURES.items():
        made = figure(sections)
        if made is not None:
            written.append(Path(f"{prefix}{name}.png"))
            made.savefig(written[-1], dpi=dpi)
    return written
