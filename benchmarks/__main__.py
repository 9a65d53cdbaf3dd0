"""``python -m benchmarks [names] [--rounds N] [--quick] [--out DIR]``."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path

from .compare import Effort, compare
from .machine import ROOT, describe
from .measures import MEASURES
from .report import Section, as_json, markdown, section
from .workloads import WORKLOADS

QUICK = Effort(fleets=1, rounds=3, turn=0.02)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Run what is named, all by default; 1 if a contender failed or gave other results."""
    known = [*WORKLOADS, *MEASURES]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of: {', '.join(known)}")
    parser.add_argument("--rounds", type=int, help="rounds in each set of processes")
    parser.add_argument("--seed", type=int, default=0, help="of the order of turns")
    parser.add_argument("--quick", action="store_true", help="rough figures within a minute")
    parser.add_argument("--out", type=Path, default=ROOT / ".bench" / "results")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in known]
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(known)}")
    effort = QUICK if options.quick else Effort()
    if options.rounds:
        effort = dataclasses.replace(effort, rounds=options.rounds)
    machine = describe()
    sections: list[Section] = []
    failed = False
    for name in options.names or known:
        if name in WORKLOADS:
            done = compare(WORKLOADS[name], effort, options.seed, _say)
            failed = failed or bool(done.wrong)
            sections.append(section(done))
        else:
            sections.append(MEASURES[name](effort, _say))
    text = markdown(machine, sections)
    print(text, end="")
    options.out.mkdir(parents=True, exist_ok=True)
    stem = options.out / machine["date"].replace(":", "").replace("+0000", "Z")
    stem.with_suffix(".md").write_text(text)
    stem.with_suffix(".json").write_text(json.dumps(as_json(machine, sections), indent=1) + "\n")
    _say(f"written to {stem}.md and .json")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
