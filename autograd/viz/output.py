"""DOT source into SVG, PNG or PDF, by whatever renderer there is."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import uuid
from pathlib import Path

__all__ = ["RendererNotFoundError", "pipe", "to_svg", "write"]

# Graphviz's library keeps its state in globals.
_lock = threading.Lock()


class RendererNotFoundError(RuntimeError):
    """There is neither pygraphviz nor Graphviz's ``dot`` to draw a picture with."""


def pipe(source: str, format: str) -> bytes:
    """Render DOT source.

    Parameters
    ----------
    source : str
        DOT.
    format : str
        ``svg``, ``png``, ``pdf`` or another of Graphviz's.

    Raises
    ------
    RendererNotFoundError
        If there is nothing to render with.
    """
    try:
        import pygraphviz
    except ImportError:
        return _by_program(source, format)
    with _lock:
        return pygraphviz.AGraph(string=source).draw(format=format, prog="dot")


def _by_program(source: str, format: str) -> bytes:
    dot = shutil.which("dot")
    if dot is None:
        raise RendererNotFoundError(
            "no renderer: pip install blamegraph[viz] (brings Graphviz with it), or install "
            "Graphviz so that its program `dot` is on the path. The DOT source needs neither: "
            "autograd.viz.draw(x).source, or a path ending in .dot"
        )
    done = subprocess.run(
        [dot, f"-T{format}"], input=source.encode(), capture_output=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"dot failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def to_svg(source: str) -> str:
    """Render DOT source as an SVG element that can stand in a page."""
    svg = pipe(source, "svg").decode()
    return svg[max(svg.find("<svg"), 0) :]


def write(data: bytes, path: Path) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(f".{path.name[:40]}-{uuid.uuid4().hex}")
    try:
        with open(temporary, "xb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
