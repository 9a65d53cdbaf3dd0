"""Graphs of a hundred to a million ops: what an op costs must not grow with their number."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..compare import Effort
from ..machine import interpreter
from ..report import Section, short
from .chains import KINDS, WHO
from .child import ask

__all__ = ["FLAT", "PARTS", "SIZES", "measure"]

SIZES = {kind: [10**k for k in range(2, 6 if kind == "tensor chain" else 7)] for kind in KINDS}
PARTS = ("record", "backward", "free", "replay")
FLAT = 2.0
"""An op of the largest graph may cost so many times one of the smallest, and one in the graph a
tenth as large ``STEP`` times."""
STEP = 1.5
LARGEST_RECORDED = 90.0
"""Seconds: a size is left out if by the one before it recording would take longer."""

Found = dict[str, float]
Curve = dict[int, Found]


def _total(one: Found) -> float:
    """Seconds that an op takes in a step."""
    return sum(one.get(part, 0.0) for part in PARTS)


def _curve(kind: str, who: str, effort: Effort, failures: dict[str, str]) -> Iterator[tuple]:
    python = interpreter("peers" if who == "torch" else "ours")
    if python is None:
        failures[f"{kind}, {who}"] = "not installed (make bench-peers)"
        return
    last: Found = {}
    for n in SIZES[kind]:
        expected = last.get("recording", 0.0) * n
        if expected > LARGEST_RECORDED:
            failures[f"{kind}, {who}, {n:,} ops"] = f"recording would take {expected:.0f} s"
            return
        command = ("-m", "benchmarks.measures.chains", kind, who, str(n))
        # What takes long is not what chance decides, and of a peer the goals ask for bytes alone.
        once = who == "torch" or expected + _total(last) * n > 5.0
        times = 1 if once else effort.fleets
        try:
            runs = [ask(*command, python=python) for _ in range(times)]
        except RuntimeError as error:
            failures[f"{kind}, {who}, {n:,} ops"] = str(error)
            return
        best = min(runs, key=_total)
        last = best | {key: min(run[key] for run in runs) for key in ("graph", "peak")}
        yield n, last


def _row(kind: str, who: str, n: int, one: Found) -> list[str]:
    times = [short(one[part] * 1e9) if part in one else "" for part in (*PARTS, "recording")]
    # Of few captured ops the plan's own objects are the most.
    return [kind, who, f"{n:,}", *times, short(_total(one) * 1e9)] + [
        short(one[key]) for key in ("graph", "peak")
    ]


def _goals(curves: dict[tuple[str, str], Curve]) -> list[tuple[str, float, bool]]:
    goals = []
    for (kind, who), curve in curves.items():
        if who == "torch" or len(curve) < 2:
            continue
        *_, before, last = curve
        first = next(iter(curve))
        per_op = {n: _total(one) for n, one in curve.items()}
        peak = {n: one["peak"] for n, one in curve.items()}
        ratios = [
            (f"one of {last:,} ops ≤ {FLAT:g} × of {first:,}", per_op[last] / per_op[first], FLAT),
            (
                f"one of {last:,} ops ≤ {STEP:g} × of {before:,}",
                per_op[last] / per_op[before],
                STEP,
            ),
            (f"its bytes ≤ {STEP:g} × those", peak[last] / max(peak[before], 1.0), STEP),
        ]
        theirs = curves.get((kind, "torch"), {}).get(last)
        if theirs is not None and who == "eager":
            ratios.append(("its bytes ≤ 1 × torch", peak[last] / theirs["peak"], 1.0))
        goals += [(f"{who}, {kind}: {text}", x, x <= limit) for text, x, limit in ratios]
    return goals


def measure(effort: Effort, say: Callable[[str], None]) -> Section:
    """Each graph in fresh processes; of those the one that was disturbed least."""
    curves: dict[tuple[str, str], Curve] = {}
    failures: dict[str, str] = {}
    for kind in KINDS:
        for who in WHO:
            curve = curves.setdefault((kind, who), {})
            for n, found in _curve(kind, who, effort, failures):
                curve[n] = found
                say(f"growth: {kind}, {who}, {n:,}: {_total(found) * 1e9:.0f} ns an op")
    rows = [_row(*key, n, one) for key, curve in curves.items() for n, one in curve.items()]
    header = ["graph", "who", "ops", *PARTS, "recording once", "ns / op a step"]
    header += ["graph B / op", "peak B / op"]
    data = {
        "curves": [
            {"kind": kind, "who": who, "sizes": list(curve), "found": list(curve.values())}
            for (kind, who), curve in curves.items()
        ]
    }
    notes = ["times in ns an op; recording once is what the first calls cost beyond replays"]
    title = "Growth: what an op costs in graphs of a hundred to a million ops"
    return Section("growth", title, header, rows, _goals(curves), failures, notes, data)
