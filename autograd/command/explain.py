"""``explain``: the chain rule of a formula, with its numbers."""

from __future__ import annotations

import argparse
from typing import Any

from .failure import CommandError
from .formula import add_formula, computed

__all__ = ["add"]


def add(commands: Any) -> None:
    """Enter the command."""
    parser = commands.add_parser(
        "explain",
        help="print a formula's chain rule with its numbers",
        description="Print the chain rule for the derivative of a formula with respect to each of "
        "its names: every path, its local derivatives, and what they come to.",
    )
    add_formula(parser)
    parser.add_argument(
        "--of", action="append", default=[], metavar="NAME", help="with respect to this name alone"
    )
    parser.add_argument(
        "--paths", type=int, default=3, metavar="N", help="how many paths to show of each (3)"
    )
    parser.add_argument("--digits", type=int, default=4, metavar="N", help="of each number (4)")
    parser.add_argument("--latex", action="store_true", help="as LaTeX, for a paper or a slide")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from .. import viz

    for name in ("paths", "digits"):
        if getattr(options, name) < 1:
            raise CommandError(f"--{name} is a whole number from 1 on")
    out, leaves = computed(options)
    for name in options.of:
        if name not in leaves:
            raise CommandError(f"--of {name}: the formula has {', '.join(leaves)}")
    for k, name in enumerate(options.of or leaves):
        if k:
            print()
        told = viz.explain(out, leaves[name], k=options.paths, digits=options.digits)
        print(told.latex if options.latex else told)
    return 0
