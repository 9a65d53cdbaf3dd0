"""Graphs that grow, recorded, pulled and freed: run as a process, in the interpreter of a peer too.

``python -m benchmarks.measures.chains KIND WHO N`` prints what an op costs as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

from ..memory import forget_peak, peak_memory, resident_memory

__all__ = ["KINDS", "WHO", "Graph", "graph"]

KINDS = {
    "scalar chain": "a chain of scalar products and sums",
    "scalar sum": "a sum of products of scalars",
    "tensor chain": "a chain of products and sums of four numbers",
}
WHO = ("eager", "captured", "torch")
TOGETHER = 100_000  # ops that are there at once while memory is read, so that pages do not count
ENOUGH = 0.1  # seconds of measuring
CALLS = 5  # of something captured, until it replays at its full speed


class Graph:
    """What records ``n`` ops whenever it is asked, and the leaves that they begin with."""

    def __init__(self, leaves: list, forward: Callable[[], Any]) -> None:
        self.leaves = leaves
        self.forward = forward
        self._empty = leaves[0].grad

    def forget(self) -> None:
        """Leave no gradient of an earlier pass."""
        for leaf in self.leaves:
            leaf.grad = self._empty


def _leaf(kind: str, who: str) -> Callable[[float], Any]:
    """What makes a number, or four, of which a gradient is asked."""
    if who == "torch":
        import torch

        def of(x: float) -> Any:
            data = [x] * 4 if kind == "tensor chain" else x
            return torch.tensor(data, dtype=torch.float64, requires_grad=True)

        return of
    import autograd as ag

    if kind == "tensor chain":
        return lambda x: ag.Tensor([x] * 4, requires_grad=True)
    return ag.Value


def graph(kind: str, who: str, n: int) -> Graph:
    """A graph of ``n`` ops, written in the same words for all."""
    leaf = _leaf(kind, who)
    if kind == "scalar sum":
        leaves = [leaf(0.01 * i - 0.3) for i in range(100)]

        def forward() -> Any:
            return sum((leaves[i % 100] * leaves[i % 99] for i in range(n // 2)), leaves[0])

    else:
        leaves = start, a, b = [leaf(1.0), leaf(0.999999), leaf(1e-6)]

        def forward() -> Any:
            x = start
            for _ in range(n // 2):
                x = x * a
                x = x + b
            return x

    if kind == "tensor chain":
        return Graph(leaves, lambda: forward().sum())
    return Graph(leaves, forward)


def _memory(made: Graph, small: Graph, n: int) -> dict[str, float]:
    """Bytes an op: of the graph, and at most while gradients are pulled through it."""
    copies = max(1, TOGETHER // n)
    # Small: of a large one the allocator would keep what the graph then has for nothing.
    small.forward().backward()
    forget_peak()
    before = resident_memory()
    roots = [made.forward() for _ in range(copies)]
    recorded = resident_memory() - before
    for root in roots:
        root.backward()
    peak = peak_memory() - before
    return {"graph": recorded / n / copies, "peak": peak / n / copies}


def _eager(made: Graph, n: int) -> dict[str, float]:
    parts = {"record": 0.0, "backward": 0.0, "free": 0.0}
    rounds = 0
    while not rounds or sum(parts.values()) < ENOUGH:
        made.forget()
        start = perf_counter()
        root = made.forward()
        recorded = perf_counter()
        root.backward()
        pulled = perf_counter()
        del root
        parts["free"] += perf_counter() - pulled
        parts["record"] += recorded - start
        parts["backward"] += pulled - recorded
        rounds += 1
    return {name: seconds / rounds / n for name, seconds in parts.items()}


def _step(made: Graph, kind: str) -> Callable[[], Any]:
    import autograd as ag

    if kind != "tensor chain":
        # Of values the loss alone is captured; its gradients are pulled through the plan.
        found = ag.capture(made.forward)

        def of_values() -> None:
            made.forget()
            found().backward()

        return of_values

    @ag.capture
    def whole() -> Any:
        made.forget()
        loss = made.forward()
        loss.backward(retain_graph=False)
        return loss

    return whole


def _captured(made: Graph, kind: str, n: int) -> dict[str, float]:
    warm = _step(graph(kind, "captured", 10), kind)  # what is imported then is no part of it
    for _ in range(CALLS):
        warm()
    step = _step(made, kind)
    forget_peak()
    before = resident_memory()
    first = []
    for _ in range(CALLS):
        start = perf_counter()
        step()
        first.append(perf_counter() - start)
    rounds, start = 0, perf_counter()
    while not rounds or perf_counter() - start < ENOUGH:
        step()
        rounds += 1
    replay = (perf_counter() - start) / rounds
    return {
        "replay": replay / n,
        "recording": max(sum(first) - CALLS * replay, 0.0) / n,
        "graph": (resident_memory() - before) / n,
        "peak": (peak_memory() - before) / n,
    }


def measured(kind: str, who: str, n: int) -> dict[str, float]:
    """Seconds and bytes an op."""
    made = graph(kind, who, n)
    if who == "captured":
        return _captured(made, kind, n)
    memory = _memory(made, graph(kind, who, 10), n)
    return _eager(made, n) | memory


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
