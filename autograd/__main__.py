"""``python -m autograd``: see :mod:`autograd.command`."""

import sys

from .command import main

if __name__ == "__main__":
    sys.exit(main(prog="python -m autograd"))
