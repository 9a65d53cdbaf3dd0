"""``python -m benchmarks [names]``: all benchmarks, or those named.

``--docs FILE.json`` writes the figures of a run into the documentation in place of running.
"""

from __future__ import annotations

import argparse
import dataclasses
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from . import docs
from .baseline import against
from .compare import Effort, compare
from .machine import ROOT, cores, describe
from .measures import MEASURES
from .pictures import draw
from .report import Section
from .results import Results, load
from .tables import section
from .workloads import WORKLOADS

__all__ = ["Job", "main", "plan"]

QUICK = Effort(fleets=1, rounds=3, turn=0.02, budget=5.0)
THREADED_FLEETS = 2  # sets of processes where it is about several threads, which stand beside
# The most telling first, in case that a run is cut short. The rest follow as they are declared,
# and all that is measured with several threads comes last.
FIRST = (
    *(f"step-{size}-{kind}" for size in ("2", "784-128", "784-256") for kind in ("sgd", "adam")),
    *("step-1024-sgd", "scalar-mlp", "elementwise-100000", "elementwise-1000000"),
    *("attention", "lstm", "convnet-8", "convnet-28", "digits", "small-tensor", "step-2048-sgd"),
    *("elementwise-10000000", "recording", "growth", "hessian", "hvp", "imports", "memory"),
)


@dataclasses.dataclass(frozen=True)
class Job:
    """One section to measure."""

    benchmark: str
    threads: int = 1

    @property
    def name(self) -> str:
        """The section's."""
        return self.benchmark + (f", {self.threads} threads" if self.threads > 1 else "")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _known() -> list[str]:
    everything = [*WORKLOADS, *MEASURES]
    return [*FIRST, *(name for name in everything if name not in FIRST)]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    known = _known()
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
    parser.add_argument(
        "--into",
        type=Path,
        metavar="FILE",
        help="JSON of an earlier run: add what it lacks, and measure anew what is named",
    )
    parser.add_argument("--out", type=Path, default=ROOT / ".bench" / "results")
    parser.add_argument(
        "--docs", type=Path, metavar="FILE", help="JSON of a run: write it into docs/, run nothing"
    )
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in known]
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(known)}")
    there = len(cores(options.threads))
    if options.threads < 1 or (there and there < options.threads):
        parser.error(f"--threads {options.threads}: there are {there} cores")
    for flag in ("baseline", "into", "docs"):
        path = getattr(options, flag)
        if path and not path.is_file():
            parser.error(f"--{flag} {path}: there is no such file")
        try:
            if path:
                load(path)
        except ValueError as error:
            parser.error(f"--{flag}: {error}")
    return options


def plan(names: Sequence[str], quick: bool, threads: int) -> list[Job]:
    """What a run measures, in order; all if nothing is named."""
    if not names:
        big = {name for name, workload in WORKLOADS.items() if workload.big}
        names = [name for name in _known() if not (quick and name in big)]
    jobs = [Job(name) for name in names]
    if threads > 1:
        threaded = [n for n in names if n in WORKLOADS and WORKLOADS[n].threaded]
        jobs += [Job(name, threads) for name in threaded]
    return jobs


def _measure(job: Job, effort: Effort, seed: int) -> tuple[Section, bool]:
    """The section, and whether one of ours is wrong."""
    if job.benchmark in MEASURES:
        return MEASURES[job.benchmark](effort, _say), False
    if job.threads > 1:
        effort = dataclasses.replace(effort, fleets=min(effort.fleets, THREADED_FLEETS))
    done = compare(WORKLOADS[job.benchmark], effort, seed, _say, job.threads)
    return section(done), bool(done.wrong)


def _run(options: argparse.Namespace, results: Results) -> bool:
    """Measure and write down one job after another; whether one of ours was wrong."""
    effort = QUICK if options.quick else Effort()
    if options.rounds:
        effort = dataclasses.replace(effort, rounds=options.rounds)
    jobs = plan(options.names, options.quick, options.threads)
    if not options.names:
        jobs = [job for job in jobs if job.name not in results.names]
    began, wrong = perf_counter(), False
    for i, job in enumerate(jobs):
        start = perf_counter()
        machine = results.machine if options.into is None else describe()
        one, bad = _measure(job, effort, options.seed)
        wrong |= bad
        results.add(one, machine)
        now = perf_counter()
        _say(f"[{i + 1}/{len(jobs)}] {job.name}: {now - start:.0f} s, {(now - began) / 60:.1f} min")
    return wrong


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is named, all by default.

    1 if one of ours failed or gave other results, or got slower than the baseline; 130 if it was
    interrupted, when what was measured is kept.
    """
    options = _options(arguments)
    if options.docs:
        for path in docs.write(options.docs):
            _say(f"written: {path}")
        return 0
    given = sys.argv[1:] if arguments is None else arguments
    machine = describe() | {"command": shlex.join(["python", "-m", "benchmarks", *given])}
    stem = options.out / machine["date"].replace(":", "").replace("+0000", "Z")
    order = [job.name for job in plan([], False, options.threads)]
    results = Results(options.into or stem.with_suffix(".json"), machine, order)
    if options.into:
        results.go_on()
    status = 0
    try:
        status = int(_run(options, results))
    except KeyboardInterrupt:
        _say(f"interrupted: go on with --into {results.path}")
        status = 130
    found = []
    if options.baseline:
        compared, slower = against(options.baseline, machine, results.sections)
        found.append(compared)
        _say(f"{slower} of our figures got slower than in {options.baseline}")
        status = status or int(slower > 0)
    if not results.sections:
        return status
    text = results.text(*found)
    print(text, end="")
    results.path.with_suffix(".md").write_text(text)
    _say(f"written to {results.path} and .md")
    try:
        for picture in draw(results.sections, f"{results.path.with_suffix('')}-"):
            _say(f"drawn in {picture}")
    except ImportError as error:
        _say(f"no pictures: {error} (the viz extra has matplotlib)")
    return status


if __name__ == "__main__":
    sys.exit(main())
