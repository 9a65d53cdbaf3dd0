"""Our own checker on right rules: every declared op at its sample points, and the right rules here.

A failure is a false alarm, or a bug in an op; either way somebody must look.
"""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

__all__ = ["run"]

Check = tuple[str, Callable[..., Any], tuple, dict[str, Any]]


def _of_arrays(op: Any, params: dict[str, Any], args: tuple) -> tuple[Callable[..., Any], tuple]:
    """The op as a function of its floating arrays, which gives its floating results alone.

    Numbers and what is declared to have no derivative are held constant, as in the law tests.
    """
    from autograd.containers import flatten

    leaves, tree = flatten(args)
    fixed = {i for i, yes in enumerate(getattr(op, "differentiable", None) or ()) if not yes}
    free = [
        i
        for i, x in enumerate(leaves)
        if isinstance(x, np.ndarray) and x.dtype.kind == "f" and i not in fixed
    ]

    def f(*xs: Any) -> Any:
        full = list(leaves)
        for i, x in zip(free, xs, strict=True):
            full[i] = x
        return tuple(y for y in flatten(op(*tree.build(full), **params))[0] if _is_float(y))

    f.__name__ = op.__name__
    return f, tuple(leaves[i] for i in free)


def _is_float(x: Any) -> bool:
    return np.dtype(getattr(x, "dtype", type(x))).kind == "f"


def _checks() -> Iterator[Check]:
    """Right rules without end, each round at other points."""
    from autograd.ops.registry import all_composites, all_ops, samples_of

    from .bugs import BUGS

    declared = {**all_ops(), **{f"{k} (composite)": v for k, v in all_composites().items()}}
    seed = 0
    while True:
        for name, op in declared.items():
            rng = np.random.default_rng([seed, *name.encode()])
            for args, params in samples_of(op, rng):
                f, xs = _of_arrays(op, params, args)
                with np.errstate(all="ignore"):
                    outputs = f(*xs)
                # Samples without an element are there for other tests.
                if any(x.size for x in xs) and any(np.size(y) for y in outputs):
                    yield f"{name}, seed {seed}", f, xs, {"seed": seed}
        for bug in BUGS:
            rng = np.random.default_rng([seed, *bug.name.encode()])
            inputs = bug.inputs(rng)
            yield (
                f"right rule beside '{bug.name}', seed {seed}",
                bug.f,
                inputs,
                {"vjp": bug.right, "seed": seed},
            )
        seed += 1


def run(n: int, say: Callable[[str], None]) -> int:
    """Check ``n`` right rules and print what was not passed; 1 if any failed."""
    from autograd.testing import gradcheck

    met: collections.Counter[str] = collections.Counter()
    doubts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    alarms = []
    for k, (name, f, xs, options) in enumerate(_checks()):
        if k == n:
            break
        if k % 1000 == 999:
            say(f"{k + 1} checks, {len(alarms)} false alarms")
        short = name.rpartition(",")[0]
        met[short] += 1
        try:
            report = gradcheck(f, *xs, raise_exception=False, **options)
            verdict, message, reason = report.verdict, report.message, report.reason
        except Exception as error:
            verdict, message, reason = "fail", f"{type(error).__name__}: {error}", ""
        if verdict == "fail":
            alarms.append(name)
            print(f"false alarm: {name}, {options}, at {xs!r}\n{message}\n")
        elif verdict == "inconclusive":
            doubts[short][reason or "inconclusive"] += 1
    total = sum(sum(c.values()) for c in doubts.values())
    print(
        f"{n} checks of {len(met)} right rules: {len(alarms)} false alarms, {total} inconclusive\n"
    )
    if doubts:
        print("| right rule | inconclusive | reasons |\n| --- | --- | --- |")
        for name, reasons in sorted(doubts.items()):
            share = 100 * sum(reasons.values()) / met[name]
            words = ", ".join(f"{r} {c}" for r, c in reasons.most_common())
            print(f"| {name} | {share:.2g} % of {met[name]} | {words} |")
    return 1 if alarms else 0
