"""The page put together: template, style, script, picture and numbers in one file."""

from __future__ import annotations

import html
import os
from pathlib import Path
from string import Template
from typing import Any, overload

from ..figures import in_short
from ..model import Model, build
from ..output import write
from ..svg import MOST_VERTICES
from ..svg.nearest import nearest
from ..text import clean, notes
from .data import as_json, page_data
from .history import frames_of
from .picture import colours, picture
from .resources import read
from .steps import backward_steps
from .tables import node_table, step_list
from .wording import seed

__all__ = ["SCRIPTS", "to_html"]

MAX_NODES = 300
SCRIPTS = (
    "view.js",
    "picture.js",
    "groups.js",
    "panel.js",
    "player.js",
    "search.js",
    "training.js",
    "keys.js",
)
THEMES = ("auto", "light", "dark")
OPEN_STEPS = 12
"""As many steps are unfolded where scripts are off; more wait for a click."""


@overload
def to_html(
    root: Any,
    path: None = None,
    *,
    history: Any = (),
    max_nodes: int | None = MAX_NODES,
    rankdir: str = "LR",
    digits: int = 4,
    title: str | None = None,
    theme: str = "auto",
) -> str: ...


@overload
def to_html(
    root: Any,
    path: str | os.PathLike[str],
    *,
    history: Any = (),
    max_nodes: int | None = MAX_NODES,
    rankdir: str = "LR",
    digits: int = 4,
    title: str | None = None,
    theme: str = "auto",
) -> Path: ...


def to_html(
    root: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    history: Any = (),
    max_nodes: int | None = MAX_NODES,
    rankdir: str = "LR",
    digits: int = 4,
    title: str | None = None,
    theme: str = "auto",
) -> str | Path:
    """Backward as a page to play: one file that needs neither network nor Python.

    It steps through the real reverse order; at each step the gradients arrive, and the line of the
    chain rule stands beside them. The picture pans, zooms, is searched, and its groups collapse.
    With scripts off the picture, all steps and all numbers can be read.

    Parameters
    ----------
    root : Value, Tensor, a list of them, or Model
        What was computed; or what :func:`autograd.viz.view` or :func:`autograd.viz.diff` made.
    path : path, optional
        The file to write, whole or not at all.
    history : sequence of frames, optional
        Gradients at training steps, for a second slider: a :class:`FlowRecorder`, snapshots,
        or what :mod:`autograd.viz.page.history` describes.
    max_nodes : int, optional
        Show at most this many nodes. Of a larger graph groups become boxes, as
        :func:`autograd.viz.view` has it, and the nodes nearest to the root are kept if there are no
        groups; so are those of a larger Model. ``None`` shows up to 5,000.
    rankdir : {"LR", "TB", "RL", "BT"}
        The direction of the flow.
    digits : int
        Significant digits of the numbers that are shown; the page has all of them.
    title : str, optional
        The page's.
    theme : {"auto", "light", "dark"}
        Where the page starts; ``auto`` follows the reader's system.

    Returns
    -------
    pathlib.Path or str
        The path written, or the page if there was none.

    Examples
    --------
    >>> from autograd import Value
    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> loss = (a * b).tanh()
    >>> loss.backward()
    >>> page = to_html(loss, title="Two factors")
    >>> page.startswith("<!DOCTYPE html>"), "Two factors" in page
    (True, True)
    """
    if rankdir not in ("LR", "TB", "RL", "BT"):
        raise ValueError(f"rankdir is one of LR, TB, RL, BT; got {rankdir!r}")
    target = None if path is None else Path(path)
    if target is not None and target.suffix.lower() not in (".html", ".htm"):
        raise ValueError(
            f"to_html writes a page, .html; got {target.name!r} (render() writes pictures)"
        )
    if theme not in THEMES:
        raise ValueError(f"theme is one of {', '.join(THEMES)}; got {theme!r}")
    model = nearest(_model(root, max_nodes), MOST_VERTICES)
    backward = backward_steps(model)
    frames = frames_of(history, model, digits)
    data = page_data(model, backward, digits, rankdir, frames)
    data["seed"] = seed(model, backward, digits)
    data["why"] = why = "" if backward.steps else _nothing(model)
    remarks = [*_remarks(model), *([why] if why else [])]
    svg, looks = picture(model, rankdir, digits)
    text = Template(read("page.html")).substitute(
        title=_esc(clean(title or _title(model), 120)),
        theme="" if theme == "auto" else f' data-theme="{theme}"',
        about=_esc(_about(model, digits)),
        colours=colours() + looks,
        style=read("player.css"),
        notes="".join(f'<p class="note">{_esc(remark)}</p>' for remark in remarks),
        picture=svg,
        open=" open" if len(backward.steps) <= OPEN_STEPS else "",
        steps=step_list(model, backward, digits),
        table=node_table(model, digits),
        data=as_json(data),
        script="\n".join(map(read, SCRIPTS)),
    )
    if target is None:
        return text
    write(text.encode(), target)
    return target


def _model(root: Any, max_nodes: int | None) -> Model:
    """All of a graph; if that is too much, its groups, and if it has none, a part to play."""
    if isinstance(root, Model):
        constants = sum(v.kind == "constant" for v in root.vertices)
        return root if max_nodes is None else nearest(root, max_nodes + constants)
    model = build(root, max_nodes)
    if model.hidden and model.groups:
        from ..views import view

        return view(root, max_nodes=max_nodes)
    return model


def _remarks(model: Model) -> list[str]:
    """What a reader must know, each once."""
    return list(dict.fromkeys([*notes(model), *getattr(model, "notes", [])]))


def _nothing(model: Model) -> str:
    """Why there is nothing to play."""
    if model.freed:
        return "Nothing to play: the graph was freed, and what its edges carried is gone."
    if any(v.kind == "group" for v in model.vertices):
        return "Nothing to play: groups stand for the nodes that backward went through."
    if not any(v.kind == "op" for v in model.vertices):
        return "Nothing to play: this was not computed from anything recorded."
    return "Nothing to play: no gradients yet. Call backward() first."


def _title(model: Model) -> str:
    names = [v.name for v in model.vertices if v.root and v.name]
    return f"Backward from {names[0]}" if len(names) == 1 else "Backward, step by step"


def _about(model: Model, digits: int) -> str:
    roots = [v for v in model.vertices if v.root]
    real = [v for v in model.vertices if v.kind != "constant"]
    leaves = sum(v.kind == "leaf" for v in real)
    parts = []
    if len(roots) == 1:
        told = "" if roots[0].data is None else f" = {in_short(roots[0].data, digits)}"
        parts.append(f"L = {clean(roots[0].title, 40)}{told}")
    parts.append(f"{model.total:,} node{'' if model.total == 1 else 's'}")
    if leaves:
        parts.append(f"{leaves} {'leaf' if leaves == 1 else 'leaves'}")
    if model.groups:
        parts.append(f"{len(model.groups)} group{'' if len(model.groups) == 1 else 's'}")
    return " · ".join(parts)


def _esc(text: str) -> str:
    return html.escape(text)
