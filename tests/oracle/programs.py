"""Random programs over all ops that PyTorch has too, compared in value, gradient and curvature.

``python -m tests.oracle.programs 5000 --seed 0`` runs them in two processes, prints how often each
op was met, and every disagreement as code to paste.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import dataclasses
import functools
import sys
import traceback
import warnings
from typing import Any

import numpy as np

import autograd as ag
from autograd.op import plain

from .rows import DOMAINS, GUARDS, ROWS, Row

__all__ = ["Program", "Result", "check", "generate"]

SHAPES = ((), (2,), (3,), (2, 3), (3, 2), (3, 3), (2, 2), (2, 3, 3), (2, 3, 2), (1, 3))
LARGEST = 30.0
# Relative to the size of what is compared, before conditioning is looked at.
TOLERANCE = 1e-11
# PyTorch's trigamma is off by up to 1.5e-9 (SciPy and ours agree to the last digit), and it is the
# first derivative of one and the second of the other.
INEXACT = {"digamma": 1e-7, "gammaln": 1e-7}


@functools.cache
def _by_name(elementwise_only: bool) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = collections.defaultdict(list)
    for row in ROWS:
        if row.elementwise or not elementwise_only:
            found[row.name].append(row)
    return dict(found)


@dataclasses.dataclass
class Program:
    """A function of some inputs as source for both sides, with the point to try it at."""

    face: str
    inputs: list[Any]
    ours: list[str]
    theirs: list[str]
    ops: list[str]
    direction: list[Any]

    def source(self, side: str) -> str:
        """The body of ``f`` as a Python function."""
        names = ", ".join(f"x{i}" for i in range(len(self.inputs)))
        lines = self.ours if side == "ours" else self.theirs
        return "\n".join([f"def f({names}):", *(f"    {line}" for line in lines)])

    def paste(self) -> str:
        """Code that shows a disagreement."""
        inputs = ", ".join(
            repr(x) if isinstance(x, float) else f"np.array({x.tolist()!r})" for x in self.inputs
        )
        return "\n".join(
            [
                "import autograd as ag, numpy as np, torch, torch.nn.functional as F",
                "from tests.oracle.programs import _assigned, _added",
                f"inputs = [{inputs}]",
                self.source("ours"),
                "print(ag.value_and_grad(f, argnums=tuple(range(len(inputs))))(*inputs))",
                self.source("theirs"),
                "ts = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in inputs]",
                "print(torch.autograd.grad(f(*ts), ts, allow_unused=True))",
            ]
        )


def _assigned(x: Any, index: Any, v: Any) -> Any:
    y = x * 1
    y[index] = v
    return y


def _added(x: Any, index: Any, v: Any) -> Any:
    y = x * 1
    y[index] += v
    y *= 0.5
    return y


def _scope() -> dict[str, Any]:
    return {"ag": ag, "np": np, "_assigned": _assigned, "_added": _added}


def generate(seed: int, number: int) -> Program:
    """The ``number``-th program of a seed."""
    rng = np.random.default_rng([seed, number])
    scalar = bool(rng.random() < 0.3)
    count = int(rng.integers(1, 5))
    if scalar:
        inputs: list[Any] = [round(float(x), 3) for x in rng.uniform(-2, 2, count)]
    else:
        shapes = [SHAPES[int(i)] for i in rng.integers(len(SHAPES), size=count)]
        inputs = [np.asarray(rng.uniform(-2, 2, s).round(3)) for s in shapes]
    pool = [np.asarray(x) for x in inputs]
    names = [f"x{i}" for i in range(count)]
    ours: list[str] = []
    theirs: list[str] = []
    ops: list[str] = []
    used: set[int] = set()
    table = _by_name(scalar)
    titles = list(table)
    target = int(rng.integers(2, 11))
    for _ in range(40 * target):
        if len(ops) >= target:
            break
        rows = table[titles[int(rng.integers(len(titles)))]]
        row = rows[int(rng.integers(len(rows)))]
        for _ in range(8):
            # Recent results are preferred, so that programs are deep as well as shared.
            picks = [
                int(rng.integers(max(0, len(pool) - 3), len(pool)))
                if rng.random() < 0.5
                else int(rng.integers(len(pool)))
                for _ in range(row.inputs)
            ]
            made = _apply(row, rng, [pool[i] for i in picks], [names[i] for i in picks])
            if made is not None:
                value, our_text, their_text = made
                name = f"v{len(ops)}"
                ours.append(f"{name} = {our_text}")
                theirs.append(f"{name} = {their_text}")
                ops.append(row.name)
                used.update(picks)
                pool.append(value)
                names.append(name)
                break
    total = []
    for i, name in enumerate(names):
        if i not in used:
            weight = round(float(rng.uniform(0.5, 1.5)) * float(rng.choice([-1, 1])), 3)
            # A square makes the curvature of linear programs visible.
            total.append(
                f"{weight} * {name} * {name} + {name}"
                if scalar
                else f"({weight} * {name} * {name} + {name}).sum()"
            )
    ours.append("return " + " + ".join(total))
    theirs.append("return " + " + ".join(total))
    direction = [
        float(rng.uniform(-1, 1)) if scalar else np.asarray(rng.uniform(-1, 1, np.shape(x)))
        for x in inputs
    ]
    return Program("Value" if scalar else "Tensor", inputs, ours, theirs, ops, direction)


def _apply(
    row: Row, rng: np.random.Generator, xs: list[np.ndarray], names: list[str]
) -> tuple[np.ndarray, str, str] | None:
    """The value of a row at some inputs and its text on both sides, if it may be applied."""
    if row.elementwise and len(xs) > 1:
        try:
            if np.prod(np.broadcast_shapes(*(x.shape for x in xs))) > 48:
                return None
        except ValueError:
            return None
    inside = {n: ag.tensor(x) for n, x in zip(names, xs, strict=True)}
    brought = [DOMAINS[d].format(x=n, m="ag") for d, n in zip(row.domains, names, strict=True)]
    scope = {**_scope(), **inside}
    try:
        arrays = [np.asarray(plain(eval(text, scope))) for text in brought]
        with np.errstate(all="ignore"):
            if row.guard is not None and any(a.size == 0 for a in arrays):
                return None
            if row.guard is not None and not GUARDS[row.guard](*arrays):
                return None
    except (np.linalg.LinAlgError, ValueError, TypeError):
        return None
    params = row.choose(rng, arrays)
    if params is None:
        return None
    theirs = [DOMAINS[d].format(x=n, m="torch") for d, n in zip(row.domains, names, strict=True)]
    our_text = row.ours.format(**dict(zip("abc", brought, strict=False)), **params)
    their_text = row.theirs.format(**dict(zip("abc", theirs, strict=False)), **params)
    try:
        with np.errstate(all="ignore"):
            value = np.asarray(plain(eval(our_text, scope)))
    except Exception as error:
        raise RuntimeError(f"{our_text} at shapes {[x.shape for x in arrays]}: {error}") from error
    if value.ndim > 4 or value.size > 60 or not value.size or value.dtype.kind != "f":
        return None
    if not np.isfinite(value).all() or np.max(np.abs(value)) > LARGEST:
        return None
    return value, our_text, their_text


# Comparison ------------------------------------------------------------------------------------


@dataclasses.dataclass
class Result:
    """What came of one program."""

    number: int
    face: str
    ops: list[str]
    compared: tuple[str, ...] = ()
    conditioned: bool = False
    trouble: str | None = None
    refused: str | None = None


def _ours(program: Program) -> dict[str, list]:
    scope = _scope()
    exec(program.source("ours"), scope)
    f = scope["f"]
    everything = tuple(range(len(program.inputs)))
    value, gradient = ag.value_and_grad(f, argnums=everything)(*program.inputs)
    curvature = ag.hvp(lambda xs: f(*xs))(program.inputs, program.direction)
    if program.face == "Value":
        leaves: list[Any] = [ag.Value(x) for x in program.inputs]
    else:
        leaves = [ag.tensor(x, requires_grad=True) for x in program.inputs]
    f(*leaves).backward()
    stored = [
        0.0 * x if leaf.grad is None else leaf.grad
        for leaf, x in zip(leaves, program.inputs, strict=True)
    ]
    forward = ag.jvp(f, tuple(program.inputs), tuple(program.direction))[1]
    return {
        "value": [value],
        "gradient": list(gradient),
        "backward()": stored,
        "forward mode": [forward],
        "Hessian-vector product": list(curvature),
    }


def _theirs(program: Program, inputs: list[Any]) -> dict[str, list]:
    import torch
    import torch.nn.functional
    from torch.nn.attention import SDPBackend, sdpa_kernel

    scope = {
        "torch": torch,
        "F": torch.nn.functional,
        "np": np,
        "_assigned": _assigned,
        "_added": _added,
    }
    exec(program.source("theirs"), scope)
    xs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in inputs]
    vs = [torch.tensor(v, dtype=torch.float64) for v in program.direction]

    def filled(found: Any) -> list:
        return [torch.zeros_like(x) if g is None else g for g, x in zip(found, xs, strict=True)]

    with sdpa_kernel(SDPBackend.MATH):
        y = scope["f"](*xs)
        gradient = filled(torch.autograd.grad(y, xs, create_graph=True, allow_unused=True))
        along = sum((g * v).sum() for g, v in zip(gradient, vs, strict=True))
        if along.requires_grad:
            curvature = filled(torch.autograd.grad(along, xs, allow_unused=True))
        else:
            curvature = [torch.zeros_like(x) for x in xs]
    return {
        "value": [y.item()],
        "gradient": [g.detach().numpy(force=True) for g in gradient],
        "backward()": [g.detach().numpy(force=True) for g in gradient],
        "forward mode": [along.item()],
        "Hessian-vector product": [c.numpy(force=True) for c in curvature],
    }


def _distance(a: list, b: list) -> float:
    return max(
        (
            float(np.max(np.abs(np.asarray(x) - np.asarray(y)), initial=0.0))
            for x, y in zip(a, b, strict=True)
        ),
        default=0.0,
    )


def check(seed: int, number: int) -> Result:
    """Generate a program, run it on both sides and compare."""
    try:
        program = generate(seed, number)
    except Exception:
        return Result(number, "?", [], trouble=traceback.format_exc(limit=-4))
    result = Result(number, program.face, program.ops)
    try:
        with np.errstate(all="ignore"):
            ours = _ours(program)
    except Exception:
        result.trouble = traceback.format_exc(limit=-4) + "\n" + program.paste()
        return result
    try:
        theirs = _theirs(program, program.inputs)
    except Exception as error:
        result.refused = f"{type(error).__name__}: {str(error).splitlines()[0]}"
        return result
    rng = np.random.default_rng([seed, number, 1])
    scale = max(1.0, *(float(np.max(np.abs(x), initial=0.0)) for xs in theirs.values() for x in xs))
    tolerance = max([TOLERANCE, *(INEXACT.get(op, 0.0) for op in program.ops)])
    moved: list[dict[str, list]] = []
    for what, expected in theirs.items():
        distance = _distance(ours[what], expected)
        if distance <= tolerance * scale:
            continue
        # What the last digits of the inputs do to the answer is no disagreement.
        if not moved:
            result.conditioned = True
            for _ in range(4):
                nudged = [
                    x * (1 + 4e-16 * np.round(rng.uniform(-4, 4, np.shape(x))))
                    for x in program.inputs
                ]
                moved.append(_theirs(program, nudged))
        noise = max(_distance(m[what], expected) for m in moved)
        if not distance <= tolerance * scale + 100 * noise:
            result.trouble = (
                f"{what}: ours {ours[what]}\n   PyTorch's {expected}\n"
                f"   (distance {distance:.2e}, scale {scale:.2e}, noise {noise:.2e})\n"
                + program.paste()
            )
            return result
    result.compared = tuple(theirs)
    return result


def _many(seed: int, numbers: range) -> list[Result]:
    import torch

    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    return [check(seed, number) for number in numbers]


def main(arguments: list[str] | None = None) -> int:
    """Run the programs and report."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle.programs", description=__doc__)
    parser.add_argument("programs", type=int, nargs="?", default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments)
    step = 25
    chunks = [range(i, min(i + step, options.programs)) for i in range(0, options.programs, step)]
    results: list[Result] = []
    with concurrent.futures.ProcessPoolExecutor(options.processes) as pool:
        for found in pool.map(functools.partial(_many, options.seed), chunks):
            results += found
    return report(results)


def report(results: list[Result]) -> int:
    """Print what was compared; 1 if anything disagrees."""
    for face in ("Value", "Tensor"):
        agreed = [r for r in results if r.face == face and r.compared]
        counts = collections.Counter(op for r in agreed for op in r.ops)
        print(
            f"{face}: {len(agreed)} programs agree, "
            f"{sum(counts.values())} ops of {len(counts)} kinds"
        )
        print("   " + "  ".join(f"{op} {n}" for op, n in sorted(counts.items())))
    refused = collections.Counter(r.refused for r in results if r.refused)
    for message, n in refused.most_common():
        print(f"not comparable, {n} programs: PyTorch says {message}")
    print(
        f"{sum(r.conditioned and not r.trouble for r in results)} agree to their conditioning only"
    )
    troubles = [r for r in results if r.trouble]
    for r in troubles:
        print(f"\n--- program {r.number} ({', '.join(r.ops)})\n{r.trouble}")
    agreed_all = sum(bool(r.compared) for r in results)
    print(
        f"\n{len(results)} programs: {agreed_all} agree, {len(troubles)} disagree, "
        f"{sum(refused.values())} not comparable"
    )
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
