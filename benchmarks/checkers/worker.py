"""One checker's process: ``worker.py CHECKER DRAWS SCALE...`` answers with a JSON object a bug.

Run by path, not as a module: see ``main``.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
import warnings
from pathlib import Path
from time import perf_counter
from typing import Any

ROOT = str(Path(__file__).resolve().parent.parent.parent)


def measure(check: Any, bug: Any, draws: int, scale: float) -> dict[str, Any]:
    """How often a checker catches a bug, and how often it takes the right rule for wrong."""
    import numpy as np

    from benchmarks.checkers.bug import scaled

    wrong: list[str] = []
    right: list[str] = []
    times: list[float] = []
    alarm = ""
    for draw in range(min(draws, bug.most)):
        rng = np.random.default_rng([draw, *bug.name.encode()])
        inputs = scaled(bug.inputs(rng), scale)
        if bug.shows(inputs, rng):
            f, rule = bug.planted()
            wrong.append(_verdict(check, f, rule, inputs, draw)[0])
        if bug.tame(inputs, rng):
            start = perf_counter()
            verdict, message = _verdict(check, bug.f, bug.right, inputs, draw)
            times.append(1e3 * (perf_counter() - start))
            right.append(verdict)
            if verdict == "fail" and not alarm:
                alarm = f"draw {draw}: {message}"
    return {
        "bug": bug.name,
        "scale": scale,
        "wrong": wrong,
        "right": right,
        "ms": times,
        "alarm": alarm,
    }


def _verdict(check: Any, f: Any, rule: Any, inputs: tuple, seed: int) -> tuple[str, str]:
    copies = tuple(x.copy() for x in inputs)
    try:
        return check(f, rule, copies, seed), ""
    except Exception as error:
        return "fail", f"{type(error).__name__}: {error}"[:500]


def main() -> None:
    name, draws, *scales = sys.argv[1:]
    # HIPS autograd has our import name: in a peer's process its packages come first, and this
    # checkout, where the bugs are, last.
    if os.environ["CHECKER_HOME"] == "ours":
        sys.path.insert(0, ROOT)
    else:
        sys.path.append(ROOT)
    # Replies have a channel of their own: what a library prints must not end up among them.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def reply(found: dict[str, Any]) -> None:
        replies.write(json.dumps(found) + "\n")
        replies.flush()

    warnings.simplefilter("ignore")
    import numpy as np

    from benchmarks.checkers.bugs import BUGS
    from benchmarks.checkers.checker import CHECKERS

    np.seterr(all="ignore")
    checker = next(c for c in CHECKERS if c.name == name)
    try:
        check = checker.load()
    except ImportError as error:
        reply({"absent": f"{type(error).__name__}: {error}"})
        return
    version = importlib.metadata.version(checker.package) if checker.package else "this checkout"
    reply({"version": version})
    for scale in map(float, scales):
        for bug in BUGS:
            if not {bug.side_effect, bug.name} & set(checker.cannot):
                reply(measure(check, bug, int(draws), scale))


if __name__ == "__main__":
    main()
