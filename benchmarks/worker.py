"""A contender's process: reads requests, one JSON object a line, and answers each with one.

``{"workload": W, "contender": C}`` builds it and answers with its results and versions;
``{"run": n}`` runs n steps and answers with the seconds a step took; ``{"memory": true}`` answers
with the bytes it had before and at most. Run by path, not as a module: see ``main``.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

ROOT = str(Path(__file__).resolve().parent.parent)


def _load(workload: str, contender: str, threads: int) -> tuple[Any, dict[str, Any]]:
    from benchmarks.memory import forget_peak, resident_memory
    from benchmarks.workloads import WORKLOADS

    entry = next(c for c in WORKLOADS[workload].contenders if c.name == contender)
    try:
        task = entry.build()
    except (ImportError, AttributeError) as error:
        return None, {"absent": f"{type(error).__name__}: {error}"}
    version = importlib.metadata.version(entry.package) if entry.package else "this checkout"
    if not entry.package:
        import autograd

        if not str(autograd.__file__).startswith(ROOT):
            raise RuntimeError(f"measuring {autograd.__file__}, which is not this checkout")
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)
    built = resident_memory()
    result = task.result()
    forget_peak()
    return task, {
        "result": result,
        "built": built,
        "note": task.note() if task.note else "",
        "version": version,
        "python": platform.python_version(),
        "numpy": importlib.metadata.version("numpy"),
    }


def _run(step: Any, n: int) -> float:
    # The collector is on, as users have it, and goes on from where the last turn left it: a
    # collection before each turn would spare those who leave it much to do.
    start = perf_counter()
    for _ in range(n):
        step()
    return (perf_counter() - start) / n


def main() -> None:
    # HIPS autograd has our import name: in a peer's process its packages come first, and this
    # checkout, where the workloads are, last.
    if sys.argv[1] == "ours":
        sys.path.insert(0, ROOT)
    else:
        sys.path.append(ROOT)
    # Replies have a channel of their own: what a library prints must not end up among them.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    task, built = None, 0
    for line in sys.stdin:
        request = json.loads(line)
        if "run" in request:
            reply: dict[str, Any] = {"seconds": _run(task.step, request["run"])}
        elif "memory" in request:
            from benchmarks.memory import peak_memory

            reply = {"built": built, "peak": peak_memory()}
        else:
            task, reply = _load(**request)
            built = reply.pop("built", 0)
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


if __name__ == "__main__":
    main()
