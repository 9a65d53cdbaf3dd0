"""How pictures grow with the graph: ``python -m benchmarks.drawing_scale``.

For graphs of 10^2 to 10^6 scalar nodes the Markdown table has the seconds and the memory that
``views`` takes for a model of at most 200 boxes, and the seconds for drawing that as SVG. Each
graph is in a process of its own, on one thread and one pinned core; seconds are the processor's,
memory is the peak of the process beyond what the graph itself takes.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from .machine import ROOT, describe, environment, pin

__all__ = ["GRAPHS", "SIZES", "main", "measure", "table"]

SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)


def scalar_mlp(nodes: int) -> Any:
    """The loss of ``nn.scalar.MLP`` on as many examples as it takes."""
    from nn import scalar

    sizes = (3, [4, 1]) if nodes < 10_000 else (16, [16, 16, 1])
    rng = random.Random(0)
    model = scalar.MLP(*sizes, activation="tanh", rng=rng)
    weights = len(model.parameters())
    examples = max(1, nodes // (2 * weights))
    x = [[rng.uniform(-1, 1) for _ in range(sizes[0])] for _ in range(examples)]
    return scalar.mse_loss([model(row) for row in x], [1.0] * examples)


def chain(nodes: int) -> Any:
    """Sine and tangent in turn."""
    from autograd import Value

    y = Value(0.5)
    for _ in range(nodes // 2):
        y = y.sin().tanh()
    return y


def without_groups(nodes: int) -> Any:
    """A network of plain lists of values, as a user of micrograd would write it."""
    from autograd import Value

    rng = random.Random(0)
    widths = (3, 4, 1) if nodes < 10_000 else (16, 16, 16, 1)
    net = [
        [([Value(rng.uniform(-1, 1)) for _ in range(a)], Value(0.0)) for _ in range(b)]
        for a, b in pairwise(widths)
    ]
    weights = sum((a + 1) * b for a, b in pairwise(widths))
    losses = []
    for _ in range(max(1, nodes // (2 * weights))):
        x = [Value(rng.uniform(-1, 1)) for _ in range(widths[0])]
        for layer in net:
            x = [sum((w * v for w, v in zip(ws, x, strict=True)), b).tanh() for ws, b in layer]
        losses.append((x[0] - 1.0) ** 2)
    return sum(losses)


def tensor_mlp(nodes: int) -> Any:
    """A deep ``nn.MLP`` on arrays: a few nodes for each layer."""
    import numpy as np

    import nn

    layers = max(1, nodes // 5)
    model = nn.MLP(8, [8] * layers, 1, activation="tanh", dtype=float)
    return (model(np.ones((4, 8))) ** 2).mean()


GRAPHS: dict[str, Callable[[int], Any]] = {
    "nn.scalar.MLP": scalar_mlp,
    "chain of sin and tanh": chain,
    "MLP of plain values": without_groups,
    "nn.MLP": tensor_mlp,
}
LARGEST = {"nn.MLP": 10_000}


def _peak() -> float:
    """MiB that the process has taken at most."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def measure(name: str, nodes: int) -> dict[str, float]:
    """Build a graph in this process, and draw it."""
    from autograd.viz.svg import draw_svg
    from autograd.viz.views import view

    loss = GRAPHS[name](nodes)
    loss.backward()
    before = _peak()
    found: dict[str, float] = {}
    for level in ("auto", "layers"):
        started = time.process_time()
        model = view(loss, level=level)
        found[level] = time.process_time() - started
        found[f"{level} boxes"] = sum(v.kind != "constant" for v in model.vertices)
        found["nodes"] = model.total
    found["MiB"] = _peak() - before
    model = view(loss)
    started = time.process_time()
    draw_svg(model)
    found["svg"] = time.process_time() - started
    return found


def measured_apart(name: str, nodes: int) -> dict[str, float]:
    """As :func:`measure`, in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.drawing_scale", "--worker", name, str(nodes)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(),
    )
    pin(process.pid)
    reply, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{name} of {nodes} nodes ended with status {process.returncode}")
    return json.loads(reply)


def table(names: list[str], largest: int) -> str:
    """The Markdown table."""
    lines = [
        "| graph | nodes | auto, s | boxes | layers, s | boxes | MiB | bytes a node | SVG, s |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name in names:
        for size in SIZES:
            if size > min(largest, LARGEST.get(name, largest)):
                continue
            m = measured_apart(name, size)
            lines.append(
                f"| {name} | {m['nodes']:,.0f} | {m['auto']:.3f} | {m['auto boxes']:.0f} "
                f"| {m['layers']:.3f} | {m['layers boxes']:.0f} | {m['MiB']:.1f} "
                f"| {m['MiB'] * (1 << 20) / m['nodes']:,.0f} | {m['svg']:.3f} |"
            )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drawing_scale", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"graphs, of {', '.join(GRAPHS)}; all if none")
    parser.add_argument("--largest", type=int, default=SIZES[-1], help="nodes, at most")
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.worker:
        print(json.dumps(measure(given.worker[0], int(given.worker[1]))))
        return
    if unknown := [name for name in given.names if name not in GRAPHS]:
        parser.error(f"no graph is called {', '.join(unknown)}; there are {', '.join(GRAPHS)}")
    print(table(given.names or list(GRAPHS), given.largest))
    print()
    for key, value in describe().items():
        print(f"{key}: {value}")


if __name__ == "__main__":
    main()
