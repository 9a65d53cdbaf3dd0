"""The backward pass as a moving picture for slides: an animated GIF, or an SVG that moves itself.

Each step is a node in the real reverse order: its gradient arrives, and what it contributes flows
down its edges to its operands, with the chain rule's line and numbers below.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..model import Model, build
from ..output import write
from .stage import Stage, stage
from .style import THEMES, moving_svg

__all__ = ["animate"]

MAX_NODES = 40
MOST_STEPS = 200
"""More would make minutes that nobody watches."""


def animate(
    root: Any,
    path: str | os.PathLike[str],
    *,
    seconds: float = 2.0,
    digits: int = 3,
    max_nodes: int | None = MAX_NODES,
    rankdir: str = "LR",
    theme: str = "light",
    loop: bool = True,
) -> Path:
    """Write the backward pass as an animation.

    Parameters
    ----------
    root : Value, Tensor, Model, or a list of values and tensors
        What ``backward`` was called on, or what :func:`view` made of it.
    path : path
        ``.gif`` (drawn by matplotlib and Pillow, at twice the size), or ``.svg``, which needs
        neither, moves in an ``<img>`` as well, and stands still, with everything shown, for readers
        who asked for reduced motion.
    seconds : float
        For each step; the finished picture stays for twice that.
    digits : int
        Significant digits of numbers.
    max_nodes : int, optional
        Show at most this many nodes, those nearest to the root; ``None`` shows all.
    rankdir : {"LR", "TB", "RL", "BT"}
        The direction of the flow.
    theme : {"light", "dark", "auto"}
        ``"auto"`` follows the reader's choice, in an SVG.
    loop : bool
        Whether to begin again at the end, or to stay there.

    Returns
    -------
    pathlib.Path
        The path written.

    Raises
    ------
    ValueError
        If no gradient has arrived: call ``backward()`` first.

    Examples
    --------
    >>> import tempfile
    >>> from autograd import Value
    >>> from autograd.viz.animating import animate
    >>> x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    >>> y = (x * w + x).tanh()
    >>> y.backward()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     animate(y, folder + "/backward.svg").name
    'backward.svg'
    """
    target = Path(path)
    kind = target.suffix.lower()
    if kind not in (".gif", ".svg"):
        raise ValueError(f"an animation is a .gif or an .svg; got {target.name!r}")
    if theme not in THEMES:
        raise ValueError(f"theme is one of {', '.join(THEMES)}; got {theme!r}")
    if rankdir not in ("LR", "TB", "RL", "BT"):
        raise ValueError(f"rankdir is one of LR, TB, RL, BT; got {rankdir!r}")
    if not 0.1 <= seconds <= 60:
        raise ValueError(f"seconds is the time of one step, from 0.1 to 60; got {seconds!r}")
    model = root if isinstance(root, Model) else build(root, max_nodes)
    made = stage(model, seconds=seconds, digits=digits, rankdir=rankdir, most=MOST_STEPS)
    if kind == ".svg":
        data = moving_svg(made, theme, loop).encode()
    else:
        data = _gif(made, theme, loop)
    write(data, target)
    return target


def _gif(made: Stage, theme: str, loop: bool) -> bytes:
    try:
        from .frames import gif
    except ImportError as error:
        raise ImportError(
            f"a .gif is drawn with matplotlib and Pillow ({error}): pip install blamegraph[viz], "
            "or write an .svg, which needs neither"
        ) from error
    return gif(made, theme, loop)
