"""``functions``: what a formula may call."""

from __future__ import annotations

import argparse
from typing import Any

from .expression import functions

__all__ = ["add"]


def add(commands: Any) -> None:
    """Enter the command."""
    parser = commands.add_parser(
        "functions",
        help="list the functions that formulas may call",
        description="List the functions that formulas may call, with what each takes.",
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    for name, function in functions().items():
        takes = f"{name}({', '.join('xyz'[: function.arity])})"
        print(f"{takes:32} {(function.__doc__ or '').strip().splitlines()[0]}".rstrip())
    return 0
