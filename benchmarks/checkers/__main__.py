"""``python -m benchmarks.checkers [--draws N] [--scales S ...] [--out FILE]``, from the root.

``--false-alarms N`` runs our own checker on N right rules in place of that.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from ..machine import ROOT, describe, environment, interpreter
from . import false_alarms
from .checker import CHECKERS, Checker
from .table import Outcome, markdown


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def run(checker: Checker, draws: int, scales: list[float]) -> Outcome:
    """Run one checker in the interpreter that has it."""
    outcome = Outcome(checker)
    python = interpreter(checker.home)
    if python is None:
        outcome.absent = "not installed (make bench-peers)"
        return outcome
    worker = str(ROOT / "benchmarks" / "checkers" / "worker.py")
    draws = min(draws, checker.most)
    with tempfile.TemporaryFile() as errors:
        # -P: the folder of the worker must not come first among the places to import from.
        process = subprocess.Popen(
            [python, "-P", "-s", worker, checker.name, str(draws), *map(str, scales)],
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment() | {"CHECKER_HOME": checker.home},
            text=True,
        )
        assert process.stdout is not None
        for line in process.stdout:
            found = json.loads(line)
            if "bug" in found:
                outcome.found.append(found)
                _say(f"{checker.name}: {found['bug']}, × {found['scale']:g}")
            else:
                outcome.version = found.get("version", "")
                outcome.absent = found.get("absent", "")
        if process.wait():
            errors.seek(0)
            last = errors.read().decode(errors="replace").strip().splitlines()[-1:]
            outcome.absent = f"failed: {''.join(last)}"
    return outcome


def main() -> int:
    """Print the tables; 1 if our own checker missed a bug, raised a false alarm or failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.checkers", description=__doc__)
    parser.add_argument("names", nargs="*", help="checkers, by a part of their names; all of them")
    parser.add_argument("--draws", type=int, default=20, help="points for each bug")
    parser.add_argument("--scales", type=float, nargs="*", default=[1.0, 1e-4, 1e4])
    parser.add_argument("--out", type=Path, help="a JSON file with every verdict")
    parser.add_argument("--false-alarms", type=int, metavar="N", help="check N right rules of ours")
    options = parser.parse_args()
    if options.false_alarms:
        return false_alarms.run(options.false_alarms, _say)
    chosen = [
        c
        for c in CHECKERS
        if not options.names or any(n.lower() in c.name.lower() for n in options.names)
    ]
    if not chosen:
        parser.error(f"no such checker; there are {', '.join(c.name for c in CHECKERS)}")
    if 1.0 not in options.scales:
        parser.error("the scale 1 is what the table is about: name it among the others")
    outcomes = [run(checker, options.draws, options.scales) for checker in chosen]
    print(markdown(outcomes, options.scales), end="")
    ours = [o for o in outcomes if o.checker.make.startswith("ours.")]
    failed = any(bool(o.absent) or _own_goal(o, options.scales) for o in ours)
    if options.out:
        data = {
            "machine": describe(),
            "checkers": [
                {"name": o.checker.name, "version": o.version, "absent": o.absent, "found": o.found}
                for o in outcomes
            ],
        }
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(data, indent=1) + "\n")
        _say(f"written to {options.out}")
    return 1 if failed else 0


def _own_goal(outcome: Outcome, scales: list[float]) -> bool:
    """Say what our own checker missed, and what it took for wrong."""
    failed = False
    for scale in scales:
        for bug, rate in outcome.rates(scale).items():
            if rate < 1:
                _say(f"missed: {bug}, inputs × {scale:g}: caught in {100 * rate:.0f} % of draws")
                failed = True
    for found in outcome.found:
        if found["alarm"]:
            _say(f"false alarm: {found['bug']}, inputs × {found['scale']:g}, {found['alarm']}")
            failed = True
    return failed


if __name__ == "__main__":
    sys.exit(main())
