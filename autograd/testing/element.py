"""From a failed check to the element that is wrong, by bisection, and to the words for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from .compare import Comparer, Comparison
from .line import flat
from .report import Evidence, Report, position
from .subject import directions

__all__ = ["confirm"]


def confirm(
    comparer: Comparer,
    u: np.ndarray,
    v: np.ndarray,
    rng: np.random.Generator,
    seed: int,
    title: str,
) -> Report:
    """Narrow a failure down to one (output, input) pair, by bisection.

    The first one that fails says the most to a reader. Where its derivative is too small to be sure
    of, as of a saturated unit, the one with the largest disagreement is looked at instead.
    """
    for strongest in (False, True):
        ins = _bisect(u, lambda part: comparer.compare(part, v, provisional=True), strongest)
        du = _only(u, ins)
        outs = _bisect(v, partial(comparer.compare, du, provisional=True), strongest)
        dv = _only(v, outs)
        found = comparer.compare(du, dv, quick=False)
        if found.verdict == "fail" and (len(ins) > 1 or len(outs) > 1):
            again = directions(rng, u.size) * (du != 0), directions(rng, v.size) * (dv != 0)
            found = comparer.compare(*again, quick=False)
        if found.verdict == "fail":
            return _report(comparer, du, dv, ins, outs, found, seed, title)
    return Report(
        "inconclusive", f"{title}: a disagreement that a second look denies", "not repeatable"
    )


def _only(x: np.ndarray, indices: np.ndarray) -> np.ndarray:
    kept = np.zeros_like(x)
    kept[indices] = x[indices]
    return kept


def _bisect(
    x: np.ndarray, compare: Callable[[np.ndarray], Comparison], strongest: bool
) -> np.ndarray:
    """Halve the support of ``x`` for as long as one half still fails."""
    indices = np.flatnonzero(x)
    while len(indices) > 1:
        failing = []
        for half in (indices[: len(indices) // 2], indices[len(indices) // 2 :]):
            found = compare(_only(x, half))
            if found.verdict == "fail":
                gap = abs(found.analytic - found.numeric.value)
                failing.append((gap if np.isfinite(gap) else np.inf, half))
                if not strongest:
                    break
        if not failing:
            break
        indices = max(failing, key=lambda pair: pair[0])[1]
    return indices


def _report(
    comparer: Comparer,
    u: np.ndarray,
    v: np.ndarray,
    ins: np.ndarray,
    outs: np.ndarray,
    found: Comparison,
    seed: int,
    title: str,
) -> Report:
    subject = comparer.subject
    single = len(ins) == 1 and len(outs) == 1
    scale = float(u[ins[0]] * v[outs[0]]) if single else 1.0
    # Adding 0.0 makes 0 of -0.
    a, n = found.analytic / scale + 0.0, found.numeric.value / scale + 0.0
    error = found.numeric.error / abs(scale)
    which, where = _locate(int(ins[0]), [np.shape(x) for x in subject.xs])
    k, target_at = _locate(int(outs[0]), comparer.shapes)
    name = subject.names[which]
    out = "out" if len(comparer.shapes) == 1 else f"out {k}"
    source, target = f"{name}{position(where)}", f"{out}{position(target_at)}"
    confirmed = "at one element"
    if not single:
        source, target = _several(ins, source), _several(outs, target)
        confirmed = "in a fresh direction"
    value = flat(subject.xs)[ins[0]]
    lines = [
        f"{title}: d/d({name}) is wrong   [confirmed {confirmed}]",
        f"  {source} -> {target}   analytic {a:.10g}   numeric {n:.10g} ± {error:.1g}   (smooth)",
        f"  {comparer.mode} mode, seed {seed}; {name}{position(where)} is {value:.6g}",
    ]
    hint = _hint(a, n, error)
    if hint:
        lines.append(f"  hint: {hint}")
    evidence = Evidence(source, target, a, n, error, hint)
    return Report("fail", "\n".join(lines), evidence=evidence)


def _several(indices: np.ndarray, first: str) -> str:
    return f"{len(indices)} elements from {first}" if len(indices) > 1 else first


def _locate(k: int, shapes: Sequence[tuple[int, ...]]) -> tuple[int, tuple[int, ...]]:
    """Which array, and where in it, the ``k``-th element of all is."""
    for i, shape in enumerate(shapes):
        size = int(np.prod(shape))
        if k < size:
            return i, tuple(int(j) for j in np.unravel_index(k, shape)) if shape else ()
        k -= size
    raise IndexError(k)


def _hint(a: float, n: float, error: float) -> str:
    near = max(8 * error, 1e-6 * abs(n))
    if not np.isfinite(a):
        return "the rule gives nan or inf where the function is smooth"
    if abs(n) <= 8 * error:
        return "the output does not depend on this element: is a transpose or an index mixed up?"
    if abs(a) <= near:
        return "the rule gives nothing here: is a term, or a sum over a broadcast axis, missing?"
    if abs(a + n) <= near:
        return "the sign is wrong"
    if abs(a - n) <= 1e-6 * abs(n):
        return (
            f"they differ in digit {int(-np.log10(abs(a / n - 1))) + 1}: does an iteration stop "
            "early, or is a constant cut short, or a system ill-conditioned?"
        )
    return f"the rule's number is {a / n:.9g} times the right one"
