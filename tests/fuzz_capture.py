"""Random programs, captured and not, on the same numbers: ``python -m tests.fuzz_capture N``.

Some inputs are arguments and some are parameters; a call computes the program and the gradients of
its parameters. Numbers are new in each call, among them NaN, infinities and both zeros.
"""

from __future__ import annotations

import argparse
import collections
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd as ag
from autograd.containers import flatten
from autograd.errors import CaptureError
from autograd.op import plain
from autograd.testing.programs import Program
from autograd.testing.strategies import random_program

__all__ = ["agree", "compare"]

CALLS = 6
# LAPACK may never come back from an infinity.
MATRIX = {"cofactor", "det", "slogdet", "inv", "pinv", "svd", "eigh", "solve", "norm", "cholesky"}
SPECIAL = (np.nan, np.inf, -np.inf, 0.0, -0.0, 1e300, -1e-320)


class Trial:
    """A program with some inputs as parameters, whose gradients each call leaves behind."""

    def __init__(self, program: Program, inputs: list[Any], held: list[bool]) -> None:
        self.program = program
        self.held = held
        self.leaves = [
            ag.tensor(x, requires_grad=True) if h else None for x, h in zip(inputs, held)
        ]

    def __call__(self, *given: Any) -> Any:
        for leaf in self.leaves:
            if leaf is not None:
                leaf.zero_grad()
        rest = iter(given)
        out = self.program(*(next(rest) if leaf is None else leaf for leaf in self.leaves))
        total: Any = 0.0
        for k, x in enumerate(flatten(out)[0]):
            if isinstance(x, ag.Tensor) and x.dtype.kind == "f":
                total = total + (k + 1.5) * ag.sum(ag.sin(x))
        if isinstance(total, ag.Tensor) and total.requires_grad:
            total.backward()
        return out

    def outcome(self, call: Callable[..., Any], inputs: list[Any]) -> Any:
        """What a call gives: arrays and gradients, or the error's type."""
        for leaf, x in zip(self.leaves, inputs):
            if leaf is not None:
                leaf.data = x
        given = [x for x, h in zip(inputs, self.held) if not h]
        try:
            out = call(*given)
        except CaptureError:
            raise
        except Exception as error:
            return type(error)
        grads = [leaf.grad for leaf in self.leaves if leaf is not None]
        return [np.array(plain(x)) for x in flatten(out)[0]] + [
            None if g is None else np.array(g) for g in grads
        ]


def same(a: Any, b: Any) -> bool:
    """Bit for bit; one NaN is as good as another."""
    if a is None or b is None or isinstance(a, type) or isinstance(b, type):
        return a is b
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if a.dtype.kind != "f":
        return bool(np.array_equal(a, b))
    nan = np.isnan(a)
    return bool(np.array_equal(nan, np.isnan(b))) and bool(
        np.where(nan, 0, a).tobytes() == np.where(nan, 0, b).tobytes()
    )


def moved(x: Any, rng: np.random.Generator, special: bool) -> Any:
    """New numbers for an input."""
    made = np.asarray(x * rng.uniform(0.8, 1.2, np.shape(x)), dtype=np.asarray(x).dtype)
    if special and made.size:
        flat = made.reshape(-1)
        for _ in range(rng.integers(1, 3)):
            flat[rng.integers(flat.size)] = rng.choice(SPECIAL)
    return made


def compare(program: Program, rng: np.random.Generator) -> str:
    """``same``, ``refused`` or ``raised``: or ``different``, with what was."""
    inputs: list[Any] = [np.array(x) for x in program.inputs]
    # Empty arrays, where the program takes them; NumPy's einsum reads beyond those of "ii".
    if rng.random() < 0.1 and "einsum" not in " ".join(program.ops):
        inputs = [x[:0] if x.ndim else x for x in inputs]
    if rng.random() < 0.15:
        inputs = [x.astype(np.float32) for x in inputs]
    held = [bool(rng.random() < 0.6) for _ in inputs]
    plainly, replayed = Trial(program, inputs, held), Trial(program, inputs, held)
    captured = ag.capture(replayed.__call__)
    tame = any(op in MATRIX or "linalg" in op or "eig" in op or "sv" in op for op in program.ops)
    early = rng.random() < 0.2  # special numbers in the recorded calls too
    seen = "raised"
    for k in range(CALLS):
        numbers = [
            moved(x, rng, special=not tame and (early or k > 2) and rng.random() < 0.6)
            for x in inputs
        ]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # Tensors, as a captured function gets them: NumPy's own functions go other ways.
            expected = plainly.outcome(lambda *xs: plainly(*map(ag.tensor, xs)), numbers)
            try:
                found = replayed.outcome(captured, numbers)
            except CaptureError as error:
                shapes = "depends on the numbers" in str(error)
                return f"refused, {'shapes' if shapes else 'recording'}"
        if not same(expected, found):
            return f"different in call {k}: held {held}, {expected}\n{found}\nat {numbers}"
        if not isinstance(expected, type):
            seen = "same"
    return seen


def agree(program: Program, seed: int) -> bool:
    """Whether a program is the same captured, or refused."""
    verdict = compare(program, np.random.default_rng(seed))
    if verdict.startswith("different"):
        raise AssertionError(f"{verdict}\n{program}")
    return verdict == "same"


def main() -> int:
    """Compare many programs; how many came to what."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n", type=int)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    counts: collections.Counter[str] = collections.Counter()
    for k in range(options.n):
        rng = np.random.default_rng([options.seed, k])
        faces = ("tensor", "value") if rng.random() < 0.1 else ("tensor",)
        program = random_program(rng, faces=faces)
        try:
            with np.errstate(all="ignore"):
                verdict = compare(program, rng)
        except Exception as error:
            verdict = f"different: {type(error).__name__}: {error}"
        counts[verdict.split(":")[0].split(" in ")[0]] += 1
        if verdict.startswith("different"):
            print(f"--- program {k}: {verdict}\n{program.body()}", flush=True)
    print(dict(counts))
    return int(counts["different"] > 0)


if __name__ == "__main__":
    raise SystemExit(main())
