"""Make the pictures in docs/images from the README's own code.

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

from autograd import viz

ROOT = Path(__file__).parent.parent
DPI = 144  # sharp on dense screens, and small enough for a page


def neuron() -> Any:
    """The value that the README's example of a drawing ends in."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n((?:(?!```).)*?viz\.draw.*?)^```", readme, re.M | re.S)
    names: dict[str, Any] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        exec(code, names)
    return names["out"]


def main(folder: str | Path = ROOT / "docs" / "images") -> None:
    """Write ``neuron.png`` into ``folder``."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    picture = viz.draw(neuron())
    picture.attr("graph", dpi=str(DPI))
    print(viz.render(picture, target / "neuron.png"))


if __name__ == "__main__":
    main(*sys.argv[1:])
