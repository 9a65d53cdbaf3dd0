"""What each pass of a captured step gains: ``python -m benchmarks.ablation``.

For each workload a Markdown table has the time of a step and the bytes of its plan with all passes,
without each of them in turn, with none, and op by op. All are timed in one process in turns, so
that what else the machine does falls on all of them; medians and quartiles are over the rounds. A
last table says what the recording costs, in steps run op by op.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from time import perf_counter
from typing import Any

import numpy as np

__all__ = ["CASES", "Measured", "main", "measure", "recording", "table"]

Step = Callable[[], Any]
Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]
AS_IT_IS: Wrap = lambda f: f
TURN = 2e-3
"""Seconds that one turn of a variant takes at least."""


@dataclass(frozen=True)
class Case:
    """A step to be captured."""

    name: str
    build: Callable[[Wrap], tuple[Callable[..., Any], tuple]]
    """Gives the step, wrapped, and its arguments."""
    values: bool = False
    """Whether it computes with values, which have no passes but one choice: ``reorder``."""


@dataclass(frozen=True)
class Measured:
    """One variant: seconds a step in each round, and its plan's size."""

    name: str
    seconds: list[float]
    bytes: int | None = None
    steps: int | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def mlp(sizes: Sequence[int], batch: int, adam: bool = False) -> Callable[[Wrap], tuple]:
    """A training step of a classifier."""

    def build(wrap: Wrap) -> tuple:
        import nn

        rng = np.random.default_rng(0)
        x = rng.normal(size=(batch, sizes[0])).astype(np.float32)
        labels = rng.integers(0, sizes[-1], batch)
        model = nn.MLP(sizes[0], list(sizes[1:-1]), sizes[-1], rng=0)
        kind = nn.optim.Adam if adam else nn.optim.SGD
        return wrap(_training(model, kind(model.parameters(), lr=1e-3), labels)), (x,)

    return build


def _training(model: Any, optimizer: Any, labels: Any = None) -> Callable[[Any], Any]:
    import nn

    def step(x: Any) -> Any:
        optimizer.zero_grad()
        out = model(x)
        out = out[0] if isinstance(out, tuple) else out
        loss = (out**2).mean() if labels is None else nn.losses.cross_entropy(out, labels)
        loss.backward(retain_graph=False)
        optimizer.step()
        return loss

    return step


def elementwise(n: int) -> Callable[[Wrap], tuple]:
    """``sum(tanh(x) * exp(-x*x) + log1p(x*x))`` and its gradient."""

    def build(wrap: Wrap) -> tuple:
        import autograd as ag

        x = ag.Tensor(np.random.default_rng(5).normal(size=n), requires_grad=True)

        def step() -> Any:
            x.zero_grad()
            loss = (ag.tanh(x) * ag.exp(-x * x) + ag.log1p(x * x)).sum()
            loss.backward(retain_graph=False)
            return loss

        return wrap(step), ()

    return build


def layer(name: str, shape: tuple[int, ...], *args: Any, **options: Any) -> Callable:
    """A training step of one layer of ``nn``."""

    def build(wrap: Wrap) -> tuple:
        import nn

        model = getattr(nn, name)(*args, rng=0, **options)
        x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
        return wrap(_training(model, nn.optim.SGD(model.parameters(), lr=1e-3))), (x,)

    return build


def moons(samples: int) -> Callable[[Wrap], tuple]:
    """A network of neurons on values, forward and backward."""

    def build(wrap: Wrap) -> tuple:
        from autograd import Value

        rng = random.Random(0)
        sizes = (2, 16, 1)
        draw = lambda: Value(rng.uniform(-1.0, 1.0))
        net = [[([draw() for _ in range(m)], draw()) for _ in range(n)] for m, n in pairwise(sizes)]
        points = [(rng.uniform(-1, 1), rng.uniform(-1, 1)) for _ in range(samples)]

        def loss() -> Any:
            total = Value(0.0)
            for point in points:
                h: list[Any] = list(point)
                for neurons in net:
                    h = [sum((w * x for w, x in zip(ws, h)), b).tanh() for ws, b in neurons]
                total = total + (1.0 - h[0]) ** 2
            return total

        forward = wrap(loss)

        def step() -> Any:
            found = forward()
            found.backward()
            return found

        step.captured = forward  # type: ignore[attr-defined]
        return step, ()

    return build


CASES = {
    case.name: case
    for case in (
        Case("mlp 2-16-16-2", mlp([2, 16, 16, 2], 32)),
        Case("mlp 2-16-16-2 Adam", mlp([2, 16, 16, 2], 32, adam=True)),
        Case("mlp 784-128-64-10", mlp([784, 128, 64, 10], 64)),
        Case("elementwise 1e5", elementwise(100_000)),
        Case("transformer layer", layer("TransformerEncoderLayer", (8, 32, 64), 64, 4, 128)),
        Case("lstm", layer("LSTM", (32, 16, 32), 32, 32)),
        Case("two moons, values", moons(50), values=True),
    )
}


def measure(case: Case, rounds: int) -> list[Measured]:
    """Each variant's time, in turns; all passes first, op by op last."""
    variants = {name: case.build(wrap) for name, wrap in _variants(case.values).items()}
    turns: dict[str, tuple[Callable[..., Any], tuple, int]] = {}
    for name, (step, args) in variants.items():
        for _ in range(4):
            step(*args)
        turns[name] = step, args, max(1, math.ceil(TURN / _once(step, args, 1)))
    seconds: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(rounds):
        for name, (step, args, n) in turns.items():
            seconds[name].append(_once(step, args, n))
    return [Measured(name, seconds[name], *_size(step)) for name, (step, _, _) in turns.items()]


def _variants(values: bool) -> dict[str, Wrap]:
    import autograd as ag
    from autograd.capturing.plan import ALL_PASSES

    found: dict[str, Wrap] = {}
    if values:
        found["all"] = ag.capture
        found["sums in their order"] = ag.capture(reorder=False)
    else:
        found["all"] = ag.capture
        for name in ALL_PASSES:
            found[f"without {name}"] = ag.capture(passes=tuple(x for x in ALL_PASSES if x != name))
        found["none"] = ag.capture(passes=())
    found["op by op"] = AS_IT_IS
    return found


def _once(step: Callable[..., Any], args: tuple, n: int) -> float:
    start = perf_counter()
    for _ in range(n):
        step(*args)
    return (perf_counter() - start) / n


def _size(step: Any) -> tuple[int | None, int | None]:
    """The bytes and steps of what was captured, if a plan has them."""
    plans = getattr(getattr(step, "captured", step), "plans", [])
    plan = plans[-1] if plans else None
    steps = getattr(plan, "steps", None)
    return getattr(plan, "bytes", None), None if steps is None else len(steps)


def recording(case: Case, rounds: int) -> tuple[float, float]:
    """Seconds of the calls up to the first replay, and of a step run op by op: the least."""
    import autograd as ag

    firsts, eager = [], []
    plain, args = case.build(AS_IT_IS)
    plain(*args)
    for _ in range(max(rounds, 1)):
        step, args = case.build(ag.capture)
        firsts.append(3 * _once(step, args, 3))
        eager.append(_once(plain, args, 3))
    return min(firsts), min(eager)


def table(found: Sequence[Measured]) -> str:
    """Markdown."""
    whole = found[0].seconds
    lines = [
        "| passes | us a step | quartiles | least | of all | bytes | steps |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for one in found:
        low, high = (np.percentile(one.seconds, q) * 1e6 for q in (25, 75))
        size = "" if one.bytes is None else f"{one.bytes:,}"
        steps = "" if one.steps is None else f"{one.steps:,}"
        # Round by round: what slows one variant down slows its neighbours down as well.
        ratio = statistics.median(a / b for a, b in zip(one.seconds, whole, strict=True))
        lines.append(
            f"| {one.name} | {one.median * 1e6:,.1f} | {low:,.1f} to {high:,.1f} | "
            f"{min(one.seconds) * 1e6:,.1f} | {ratio:.2f} | {size} | {steps} |"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablation", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(CASES)}; all unless given")
    parser.add_argument("--rounds", type=int, default=30, help="turns of each variant")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.names if name not in CASES]:
        parser.error(f"no workload {unknown[0]!r}: there are {', '.join(CASES)}")
    cases = [CASES[name] for name in given.names or CASES]
    for case in cases:
        print(f"## {case.name}\n\n{table(measure(case, given.rounds))}\n", flush=True)
    lines = ["| workload | until the first replay, ms | op by op, ms | in steps |",
             "|---|--:|--:|--:|"]  # fmt: skip
    for case in cases:
        first, eager = recording(case, min(given.rounds, 5))
        lines.append(
            f"| {case.name} | {first * 1e3:.2f} | {eager * 1e3:.3f} | {first / eager:.1f} |"
        )
    print("## Recording\n\n" + "\n".join(lines))


if __name__ == "__main__":
    main()
