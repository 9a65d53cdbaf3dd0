"""Run the notebooks and keep their outputs.

``python tools/notebooks [NAME ...]`` reads notebooks/NAME.py (percent format), runs it in a kernel,
and writes notebooks/NAME.ipynb with what came out. ``--check`` runs them and writes nothing. Any
exception fails, and so does a solution that does not run.
"""

from __future__ import annotations

import argparse
import sys
import time

from course import FOLDER, Failure, names, run, write


def main() -> int:
    parser = argparse.ArgumentParser(prog="make notebooks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="these alone, such as 01-neuron")
    parser.add_argument("--check", action="store_true", help="run them, and write nothing")
    given = parser.parse_args()
    unknown = set(given.names) - set(names())
    if unknown:
        parser.error(f"no notebook {', '.join(sorted(unknown))}; there are {', '.join(names())}")
    failed = 0
    for name in given.names or names():
        began = time.perf_counter()
        try:
            notebook = run(name)
        except Failure as failure:
            failed += 1
            print(failure, file=sys.stderr)
            continue
        if not given.check:
            write(notebook, name)
        size = (FOLDER / f"{name}.ipynb").stat().st_size if not given.check else 0
        kept = f", {size / 1e3:,.0f} KB" if size else ""
        print(f"{name}: {time.perf_counter() - began:.1f} s{kept}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
