"""``python -m benchmarks [names]``: all benchmarks, or those named."""

from __future__ import annotations

import argparse
import dataclasses
import json
import shlex
import sys
from pathlib import Path
from typing import Any

from .baseline import against
from .compare import Comparison, Effort, compare
from .machine import ROOT, cores, describe
from .measures import MEASURES
from .plot import draw
from .report import Section, as_json, markdown, section, summary
from .workloads import WORKLOADS

QUICK = Effort(fleets=1, rounds=3, turn=0.02, budget=5.0)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    known = [*WORKLOADS, *MEASURES]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of: {', '.join(known)}")
    parser.add_argument("--rounds", type=int, help="rounds in each set of processes")
    parser.add_argument("--seed", type=int, default=0, help="of the order of turns")
    parser.add_argument(
        "--quick", action="store_true", help="rough figures; without names, no large sizes"
    )
    parser.add_argument(
        "--threads", type=int, default=1, help="measure the large sizes with so many, too, beside"
    )
    parser.add_argument(
        "--baseline", type=Path, help="JSON of an earlier run: say what of ours got slower since"
    )
    parser.add_argument("--out", type=Path, default=ROOT / ".bench" / "results")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in known]
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(known)}")
    there = len(cores(options.threads))
    if options.threads < 1 or (there and there < options.threads):
        parser.error(f"--threads {options.threads}: there are {there} cores")
    if options.baseline and not options.baseline.is_file():
        parser.error(f"--baseline {options.baseline}: there is no such file")
    if not options.names:
        big = {name for name, workload in WORKLOADS.items() if workload.big}
        options.names = [name for name in known if not (options.quick and name in big)]
    return options


def _run(options: argparse.Namespace) -> tuple[list[Comparison], list[Section]]:
    effort = QUICK if options.quick else Effort()
    if options.rounds:
        effort = dataclasses.replace(effort, rounds=options.rounds)
    all_done: list[Comparison] = []
    sections: list[Section] = []
    for name in options.names:
        if name not in WORKLOADS:
            sections.append(MEASURES[name](effort, _say))
            continue
        threads = [1]
        if options.threads > 1 and WORKLOADS[name].threaded:
            threads.append(options.threads)
        for n in threads:
            done = compare(WORKLOADS[name], effort, options.seed, _say, n)
            all_done.append(done)
            sections.append(section(done))
    if all_done:
        sections.insert(0, summary(all_done))
    return all_done, sections


def _write(
    options: argparse.Namespace,
    machine: dict[str, Any],
    all_done: list[Comparison],
    sections: list[Section],
) -> None:
    text = markdown(machine, sections)
    print(text, end="")
    options.out.mkdir(parents=True, exist_ok=True)
    stem = options.out / machine["date"].replace(":", "").replace("+0000", "Z")
    stem.with_suffix(".md").write_text(text)
    stem.with_suffix(".json").write_text(json.dumps(as_json(machine, sections), indent=1) + "\n")
    _say(f"written to {stem}.md and .json")
    try:
        for picture in draw(all_done, stem):
            _say(f"drawn in {picture}")
    except ImportError as error:
        _say(f"no pictures: {error} (the viz extra has matplotlib)")


def main(arguments: list[str] | None = None) -> int:
    """Run what is named, all by default.

    1 if one of ours failed or gave other results, or got slower than the baseline.
    """
    options = _options(arguments)
    machine = describe() | {"command": shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]])}
    all_done, sections = _run(options)
    slower = 0
    if options.baseline:
        found, slower = against(options.baseline, machine, sections)
        sections.insert(0, found)
        _say(f"{slower} of our figures got slower than in {options.baseline}")
    _write(options, machine, all_done, sections)
    return 1 if slower or any(done.wrong for done in all_done) else 0


if __name__ == "__main__":
    sys.exit(main())
