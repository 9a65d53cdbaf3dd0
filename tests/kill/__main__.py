"""``python -m tests.kill --times 25``: kill a training run, and see that nothing is lost."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from .parent import torment

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.kill", description=__doc__)
    parser.add_argument("--times", type=int, default=25, help="how often (25)")
    parser.add_argument("--seed", type=int, default=0, help="decides the moments (0)")
    asked = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        outcome = torment(asked.times, Path(folder), asked.seed)
    print(f"{outcome} ({time.perf_counter() - began:.0f} s)")
    sys.exit(bool(outcome.different))
