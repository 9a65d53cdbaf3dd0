"""Make the pictures in docs/images from the code in the README and the guides.

Usage: python tools/make_images.py [folder]
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import autograd
from autograd import viz
from autograd.testing import gradcheck

ROOT = Path(__file__).parent.parent
DPI = 144  # sharp on dense screens, and small enough for a page


def run(page: str, pattern: str) -> dict[str, Any]:
    """The names that one of a page's examples leaves behind."""
    text = (ROOT / page).read_text(encoding="utf-8")
    (code,) = re.findall(rf"^```python\n((?:(?!```).)*?{pattern}.*?)^```", text, re.M | re.S)
    names: dict[str, Any] = {"np": np, "ag": autograd, "gradcheck": gradcheck}
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        exec(code, names)
    return names


def neuron() -> Any:
    """The README's example of a drawing."""
    return viz.draw(run("README.md", r"viz\.draw")["out"])


def blame() -> Any:
    """The testing guide's example of a failure."""
    loss = run("docs/testing.md", r"softsign = ")["loss"]
    inputs = np.array([[0.5, -1.0]]), np.array([[1.5], [0.25]])
    return gradcheck(loss, *inputs, raise_exception=False).draw()


def main(folder: str | Path = ROOT / "docs" / "images") -> None:
    """Write the pictures into ``folder``."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for draw in (neuron, blame):
        picture = draw()
        picture.attr("graph", dpi=str(DPI))
        print(viz.render(picture, target / f"{draw.__name__}.png"))


if __name__ == "__main__":
    main(*sys.argv[1:])
