"""The command line: ``python -m autograd``, and the ``blamegraph`` script.

``draw`` and ``explain`` take formulas, ``check`` a function of a user's module.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from . import check, draw, explain, listing
from .failure import CommandError, ExpressionError

__all__ = ["main"]

_COMMANDS = (draw, explain, check, listing)
_EXAMPLES = """examples:
  {prog} draw 'tanh(x1*w1 + x2*w2 + b)' x1=2 w1=-3 x2=0 w2=1 b=6.88 -o neuron.svg
  {prog} explain 'h = tanh(x*w + b); (h - y)**2' x=1 w=2 b=0 y=1 --of w
  {prog} check model.py::loss --domain=-2,2 --shape x=n,3

exit status: 0 done, or the gradient is right; 1 the gradient is wrong; 2 a mistake in what was
given; 3 the check cannot tell"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message}\n`{self.prog} --help` shows what there is")


def _parser(prog: str) -> _Parser:
    parser = _Parser(
        prog=prog,
        description="Draw, explain and check gradients.",
        epilog=_EXAMPLES.format(prog=prog),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="print the version and stop")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for module in _COMMANDS:
        module.add(commands)
    return parser


def main(arguments: Sequence[str] | None = None, prog: str | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows the command's name; ``sys.argv``'s if not given.
    prog : str, optional
        The command's name in messages.

    Returns
    -------
    int
        The exit status: 0 done, 1 a wrong gradient, 2 a mistake in what was given, 3 a check that
        cannot tell.

    Examples
    --------
    >>> from autograd.command import main
    >>> main(["explain", "x * w", "x=3", "w=2", "--of", "w"])
    dout/dw = 3
    <BLANKLINE>
    where
      out = x × w = 6
      x           = 3
      w           = 2
    0
    """
    parser = _parser(prog or "blamegraph")
    try:
        options = parser.parse_args(arguments)
        if options.version:
            import autograd

            print(autograd.__version__)
            return 0
        if options.command is None:
            parser.print_help()
            return 2
        return int(options.run(options))
    except (CommandError, ExpressionError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # Whoever read the output has seen enough; nothing more is to be written on the way out.
        sys.stdout = None
        return 0
    except KeyboardInterrupt:
        print(f"{parser.prog}: stopped", file=sys.stderr)
        return 130
