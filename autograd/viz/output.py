"""A drawing as SVG, PNG or PDF, by whatever renderer there is.

Graphviz draws best and is asked first: through pygraphviz, whose wheel brings it along, then as the
program ``dot``. It runs in a child process under a time limit, for there are graphs that it needs
minutes for, and some that crash it. What it cannot draw is laid out here, and written as SVG or, by
matplotlib, as PNG and PDF.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .checks import check_folder

__all__ = ["RendererNotFoundError", "fluid", "pipe", "to_svg", "write"]

TIME_LIMIT = 20.0
"""Seconds that one renderer may take."""
MOST_EDGES = 1_500
MOST_STEPS = 1_500
"""Larger graphs go to the layout here at once. The steps are those of all edges from rank to rank.
Graphviz's time grows with them faster than with their square where many edges are long: on one core
a chain of n nodes, half of which also used the first, took it 0.3 s for n = 60 (900 steps), 4 s for
80 (1,700), 27 s for 100 (2,600); a tangle of 1,000 nodes and 1,300 edges 0.8 s (2,000). The layout
here takes 0.03 s for 100 nodes and 0.3 s for 1,000."""
NOT_PYGRAPHVIZ = ("webp",)
"""What the Graphviz that comes with pygraphviz was built without."""
STARTUP = (
    "import sys; sys.path.append(sys.argv[1]); import pygraphviz; "
    "graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode()); "
    "sys.stdout.buffer.write(graph.draw(format=sys.argv[2], prog='dot'))"
)
"""What a child does with pygraphviz. Starting it takes about 0.07 s, which a crash would be dear
at: Graphviz's library takes Python with it."""


class RendererNotFoundError(RuntimeError):
    """There is neither pygraphviz, nor Graphviz's ``dot``, nor what else could draw the picture."""


def pipe(drawing: Any, format: str) -> bytes:
    """Render a drawing.

    Parameters
    ----------
    drawing : Drawing, graphviz.Digraph or str
        What to draw, or its DOT source. The drawing of a graph always renders as SVG, and as PNG
        or PDF where matplotlib is.
    format : str
        ``svg``, ``png``, ``pdf`` or another of Graphviz's.

    Raises
    ------
    RendererNotFoundError
        If there is nothing to render with.
    RuntimeError
        If every renderer failed.

    Warns
    -----
    RuntimeWarning
        If a renderer failed and another one drew the picture.
    """
    data, failures = _render(drawing, format)
    for failure in failures:
        warnings.warn(failure, RuntimeWarning, stacklevel=2)
    return data


def to_svg(drawing: Any) -> str:
    """Render a drawing as an SVG element that can stand in a page, as wide as there is room."""
    data, _ = _render(drawing, "svg")
    svg = data.decode()
    return fluid(svg[max(svg.find("<svg"), 0) :])


def fluid(svg: str) -> str:
    """An SVG element of a fixed size, made as wide as there is room and no wider than it was.

    Examples
    --------
    >>> fluid('<svg width="90px" height="40px" viewBox="0 0 75 33"/>')
    '<svg width="100%" style="max-width:90px;height:auto" viewBox="0 0 75 33"/>'
    """
    return re.sub(
        r'^<svg width="([\d.]+p[tx])" height="[\d.]+p[tx]"',
        r'<svg width="100%" style="max-width:\1;height:auto"',
        svg,
    )


def _render(drawing: Any, format: str) -> tuple[bytes, list[str]]:
    """The picture, and a line for each renderer that failed before."""
    source = drawing if isinstance(drawing, str) else drawing.source
    model = getattr(drawing, "model", None) if _drawn_here(format) else None
    too_large = "" if model is None else _too_large(model)
    failures: list[str] = []
    if not too_large:
        for name, command in _renderers(format):
            try:
                data = _run(command, source.encode())
            except (OSError, RuntimeError) as error:
                failures.append(f"{name} {error}")
                continue
            return _noted(data, failures, format), _said(failures, name)
    if model is None:
        painter = getattr(drawing, "painter", None)
        painted = None if painter is None else painter(format)
        if painted is None:
            raise _no_picture(format, failures)
        return painted, _said(failures, "the drawing itself")
    own = "the layout of Blamegraph's own"
    if format != "svg":
        from .raster import draw_raster

        try:
            data = draw_raster(model, format, **drawing.options)
        except Exception as error:  # whatever matplotlib may raise
            failures.append(f"matplotlib failed: {type(error).__name__}: {error}"[:200])
            raise _no_picture(format, failures) from error
        return data, _said(failures, f"{own}, with matplotlib")
    from .svg import draw_svg

    # Why Graphviz did not draw it is left in the file for who wonders.
    remarks = failures or [too_large or "neither pygraphviz nor dot is installed"]
    head = '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
    drawn = draw_svg(model, **drawing.options, remarks=tuple(_said(remarks, own)))
    return (head + drawn).encode(), _said(failures, own)


def _drawn_here(format: str) -> bool:
    """Whether a graph can be drawn without Graphviz."""
    if format == "svg":
        return True
    from .raster import FORMATS

    return format in FORMATS and _has("matplotlib")


def _has(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ValueError:  # somebody has hidden it
        return False


def _said(failures: list[str], instead: str) -> list[str]:
    return [f"{failure}; drawn by {instead}" for failure in failures]


def _no_picture(format: str, failures: list[str]) -> RuntimeError:
    if failures:
        return RuntimeError(
            f"no {format} could be drawn: {'; '.join(failures)}. Draw less (max_nodes), or draw a "
            "Value or Tensor as .svg, which always works"
        )
    return RendererNotFoundError(
        f"no renderer for {format}: pip install blamegraph[viz] (brings Graphviz with it), or "
        "install Graphviz so that its program `dot` is on the path; for png and pdf of the graph "
        "of a Value or Tensor matplotlib will do, and as .svg, .dot or .txt it needs nothing"
    )


def _too_large(model: Any) -> str:
    """Why Graphviz would take too long, or nothing."""
    edges = [e for e in model.edges if e.target >= 0 and e.source >= 0]
    if len(edges) > MOST_EDGES:
        return f"{len(edges):,} edges are too many for Graphviz (over {MOST_EDGES:,})"
    import numpy as np

    from .layout import ranks

    ids = {v.id: i for i, v in enumerate(model.vertices)}
    source = np.array([ids[e.source] for e in edges], dtype=np.int64)
    target = np.array([ids[e.target] for e in edges], dtype=np.int64)
    rank = ranks(len(ids), source, target)
    steps = int((rank[target] - rank[source]).sum())
    if steps > MOST_STEPS:
        return f"edges of {steps:,} steps are too long for Graphviz (over {MOST_STEPS:,})"
    return ""


# Renderers ------------------------------------------------------------------------------------


def _renderers(format: str) -> Iterator[tuple[str, list[str]]]:
    """What can draw here, by name, each with the command that does."""
    asked = format not in NOT_PYGRAPHVIZ and _has("pygraphviz")
    spec = importlib.util.find_spec("pygraphviz") if asked else None
    if spec is not None and spec.origin is not None and sys.executable:
        place = str(Path(spec.origin).parent.parent)
        # Isolated: a file of the user's that is called random.py is none of its business.
        yield "pygraphviz", [sys.executable, "-I", "-c", STARTUP, place, format]
    dot = shutil.which("dot")
    if dot is not None:
        yield "dot", [dot, f"-T{format}"]


def _run(command: list[str], source: bytes) -> bytes:
    """What a program writes when it is given ``source``, within the time limit."""
    # In a session of its own, so that what it starts can be ended with it.
    child = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    with child:
        try:
            data, complaint = child.communicate(source, timeout=TIME_LIMIT)
        except BaseException as error:
            _end(child)
            if isinstance(error, subprocess.TimeoutExpired):
                raise RuntimeError(f"took longer than {TIME_LIMIT:g} s") from None
            raise
    if child.returncode < 0:
        raise RuntimeError(f"crashed ({_signal_name(-child.returncode)})")
    if child.returncode or not data:
        lines = complaint.decode(errors="replace").strip().splitlines() or ["no output"]
        raise RuntimeError(f"failed: {lines[-1][:200]}")
    return data


def _end(child: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):  # it has just ended
            os.killpg(child.pid, signal.SIGKILL)
    child.kill()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _noted(data: bytes, failures: list[str], format: str) -> bytes:
    """An SVG with the failures before it in a comment."""
    if format != "svg" or not failures:
        return data
    from .svg import comment

    note = "\n" + comment("; ".join(failures))
    return re.sub(rb"(<svg[^>]*>)", lambda m: m[1] + note.encode(), data, count=1)


# Files ----------------------------------------------------------------------------------------


def write(data: bytes, path: Path) -> None:
    """Write a file whole or not at all."""
    check_folder(path)
    temporary = path.with_name(f".{path.name[:40]}-{uuid.uuid4().hex}")
    try:
        with open(temporary, "xb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
