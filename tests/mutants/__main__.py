"""Print the table: ``python -m tests.mutants [-k WORD] [--list] [--no-sweep]``."""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import warnings
from collections.abc import Sequence

from .mutant import Mutant
from .plant import ops
from .run import MUTANTS, Outcome, Smallest, control, look, shrink
from .sweep import NO_SUM, SORTS, sweep, without_sums

ROW = "{:<58} {:<8} {:<26} {:<22} {:>16} {:>7} {:>7}"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the table and print it; 1 if a mutant survives, is misnamed, or nothing is accused."""
    parser = argparse.ArgumentParser(prog="make mutants", description=main.__doc__)
    parser.add_argument("-k", default="", metavar="WORD", help="only those with the word in them")
    parser.add_argument("--list", action="store_true", help="only the names")
    parser.add_argument("--no-sweep", action="store_true", help="leave out the sweep over all ops")
    options = parser.parse_args(argv)
    chosen = [m for m in MUTANTS if options.k in f"{m.name} {m.kind} {m.blamed}"]
    if not chosen:
        parser.error(f"no mutant has {options.k!r} in its name; --list shows them")
    if options.list:
        for m in chosen:
            print(f"{m.kind:<8} {m.blamed:<26} {m.name}")
        return 0
    warnings.simplefilter("ignore")
    good = table(chosen)
    if not options.k and not options.no_sweep:
        good = sweeps() and good
    return 0 if good else 1


def table(chosen: Sequence[Mutant]) -> bool:
    """One line for each mutant, and the totals."""
    print(ROW.format("mutant", "kind", "found by", "named", "shrunk to", "checks", "ms"))
    outcomes: list[Outcome] = []
    cases: list[Smallest] = []
    alarms = 0
    for m in chosen:
        start = time.perf_counter()
        quiet = bool(control(m))
        found = look(m)
        small = shrink(m, found) if found.found else None
        ms = 1e3 * (time.perf_counter() - start)
        alarms += not quiet
        outcomes.append(found)
        cases += [small] if small else []
        print(
            ROW.format(
                m.name,
                m.kind,
                found.found or "NOT FOUND",
                found.named + ("" if found.right else " WRONG"),
                _size(small) + ("" if quiet else " FALSE ALARM"),
                small.checks if small and small.checks else "",
                round(ms),
            ),
            flush=True,
        )
    found_all = sum(bool(o.found) for o in outcomes)
    named = sum(o.right for o in outcomes)
    searches = [c.checks for c in cases if c.checks]
    n = len(chosen)
    print()
    print(f"found {found_all} of {n}, named {named}, shrunk {len(cases)}; false alarms {alarms}")
    if cases:
        print(
            f"smallest cases: {_spread([c.ops for c in cases])} ops on "
            f"{_spread([c.elements for c in cases])} numbers"
        )
    if searches:
        print(f"searches: {_spread(searches)} checks")
    return found_all == named == len(cases) == n and not alarms


def _spread(numbers: Sequence[int]) -> str:
    return f"{statistics.median(numbers):.0f} (at most {max(numbers)})"


def _size(small: Smallest | None) -> str:
    if small is None:
        return "not shrunk"
    return f"{small.ops} op{'s' * (small.ops != 1)}, {small.elements} num"


def sweeps() -> bool:
    """Each sort of mistake in every op, one line for each sort."""
    print()
    total = 0
    survived: list[str] = []
    for name, sort in SORTS.items():
        total += _line(name, *sweep(sort, ops()), survived)
    for name, plant in NO_SUM.items():
        total += _line(name, *without_sums(plant), survived)
    print(f"in all {total} planted, {total - len(survived)} found")
    return not survived


def _line(name: str, number: int, survivors: list[str], survived: list[str]) -> int:
    kept = f"; NOT in {', '.join(survivors)}" if survivors else ""
    print(f"{name:<32} planted in {number:>3} ops, found in {number - len(survivors)}{kept}")
    survived += survivors
    return number


if __name__ == "__main__":
    sys.exit(main())
