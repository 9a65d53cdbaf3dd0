"""``draw``: the graph of a formula, with values, gradients and blame."""

from __future__ import annotations

import argparse
import os
import tempfile
import webbrowser
from pathlib import Path
from typing import Any

from ..value import Value
from .failure import CommandError
from .formula import add_formula, computed

__all__ = ["add"]


def add(commands: Any) -> None:
    """Enter the command."""
    parser = commands.add_parser(
        "draw",
        help="draw a formula's graph with values, gradients and blame",
        description="Draw a formula's graph with values, gradients and each way's share of the "
        "blame. Without --output it is a page that plays the backward pass, opened in a browser.",
    )
    add_formula(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="write this file: .svg, .png, .pdf, .html, .dot, .json or .txt (- is the terminal)",
    )
    parser.add_argument(
        "--edges",
        choices=("both", "local", "contribution", "share"),
        help="what is written on edges: local derivative, contribution to the gradient, or both; "
        "the share of it",
    )
    parser.add_argument(
        "--direction", choices=("LR", "TB"), default="LR", help="left to right, or top to bottom"
    )
    parser.add_argument(
        "--mark", action="append", default=[], metavar="NAME", help="draw this one in red"
    )
    parser.add_argument(
        "--open", action="store_true", help="show the file that was written in a browser"
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    out, leaves = computed(options)
    for name in options.mark:
        if name not in leaves:
            raise CommandError(f"--mark {name}: the formula has {', '.join(leaves)}")
    marked = [leaves[name] for name in options.mark]
    if options.output is not None and str(options.output) == "-":
        from .. import viz

        print(viz.to_text(out))
        return 0
    shown = options.output is None or options.open
    target = options.output or _anew()
    try:
        _write(out, target, options, marked)
    except (OSError, ValueError, RuntimeError) as error:
        raise CommandError(str(error)) from None
    print(target)
    if shown and not webbrowser.open(target.resolve().as_uri()):
        print("no browser could be opened here: open that file, or write a picture with -o FILE")
    return 0


def _anew() -> Path:
    """A page that stays when the command has ended, for the browser to read."""
    handle, name = tempfile.mkstemp(prefix="blamegraph-", suffix=".html")
    os.close(handle)
    return Path(name)


def _write(out: Value, target: Path, options: argparse.Namespace, marked: list[Value]) -> None:
    from .. import viz
    from ..viz.output import write

    kind = target.suffix.lower()
    if kind in (".html", ".htm"):
        viz.to_html(out, target, rankdir=options.direction, title=options.formula)
    elif kind == ".json":
        write(viz.to_json(out).encode(), target)
    elif kind == ".txt":
        viz.render(out, target)
    else:
        drawn: dict[str, Any] = {"rankdir": options.direction}
        if options.edges:
            drawn["edges"] = options.edges
        if marked:
            drawn["mark"] = marked
        viz.render(out, target, **drawn)
