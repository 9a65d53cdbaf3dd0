"""Compare our answers to a program with PyTorch's and JAX's."""

from __future__ import annotations

import dataclasses
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from .programs import Program, generate
from .sides import Answers, installed, prepare, run_ours

__all__ = ["KINDS", "Disagreement", "Result", "check", "compare", "kind_of"]

BLOCK = 25
KINDS = ("mixed", "float32", "JAX")
# Of how many blocks one is of the kind. JAX compiles each program, at ten times the cost of the
# rest.
FLOAT32, JAX = 5, 40

# Relative to the size of what is compared, before conditioning is looked at.
TOLERANCE = {"float64": 1e-11, "float32": 1e-5}
# How far the nearest inputs' answers may be off; what rounding inside does is like that, and more.
AMPLIFIED = 100
# PyTorch's trigamma is off by up to 1.5e-9 (SciPy and ours agree to the last digit), and it is the
# first derivative of one and the second of the other.
INEXACT = {"PyTorch": {"digamma": 1e-7, "gammaln": 1e-7}, "JAX": {}}


@dataclasses.dataclass
class Disagreement:
    """Where two sides differ, with the figures."""

    what: str
    oracle: str
    message: str


@dataclasses.dataclass
class Result:
    """What came of one program."""

    number: int
    kind: str
    program: Program | None = None
    agreed: tuple[str, ...] = ()
    conditioned: bool = False
    recompiled: bool = False
    refused: dict[str, str] = dataclasses.field(default_factory=dict)
    trouble: Disagreement | None = None

    @property
    def ops(self) -> list[str]:
        """The ops of the program, if one could be made."""
        return self.program.ops if self.program else []


def kind_of(number: int) -> str:
    """What the program of a number is made of: any row, JAX's rows, or any row in float32."""
    block = number // BLOCK
    if block % JAX == 1:
        return "JAX"
    return "float32" if block % FLOAT32 == 2 else "mixed"


def check(seed: int, number: int, oracles: tuple[str, ...] | None = None) -> Result:
    """Generate a program, run it on all sides and compare."""
    oracles = installed() if oracles is None else oracles
    result = Result(number, kind_of(number))
    jax = "JAX" in oracles and (result.kind == "JAX" or oracles == ("JAX",))
    dtype = "float32" if result.kind == "float32" else "float64"
    try:
        result.program = generate(seed, number, dtype=dtype, jax=jax)
    except Exception:
        result.trouble = Disagreement("generate", "ours", traceback.format_exc(limit=-4))
        return result
    compare(result.program, tuple(o for o in oracles if o != "JAX" or jax), result)
    return result


def compare(program: Program, oracles: tuple[str, ...], result: Result) -> None:
    """Compare with oracles until one disagrees, and note what came of it."""
    try:
        with np.errstate(all="ignore"):
            ours = run_ours(program)
    except Exception:
        result.trouble = Disagreement("error", "ours", traceback.format_exc(limit=-4))
        return
    wrong = _misfit(program, ours)
    if wrong:
        result.trouble = Disagreement("shape and dtype", "ours", wrong)
    for oracle in oracles:
        if result.trouble is None:
            _compare(program, ours, oracle, result)


def _compare(program: Program, ours: Answers, oracle: str, result: Result) -> None:
    tolerance = TOLERANCE[program.dtype]
    tolerance = max([tolerance, *(INEXACT[oracle].get(op, 0.0) for op in program.ops)])

    def apart(theirs: Answers) -> list[str]:
        limits = {what: tolerance * max(1.0, _size(theirs[what])) for what in theirs}
        return [w for w, limit in limits.items() if not _distance(ours[w], theirs[w]) <= limit]

    try:
        ask = prepare(program, oracle)
        theirs = ask(program.inputs)
        differs = apart(theirs)
        if differs:
            ask = prepare(program, oracle, careful=True)
            theirs = ask(program.inputs)
            result.recompiled = not apart(theirs)
            differs = apart(theirs)
        # What the last digits of the inputs do to the answer is no disagreement.
        noise = _noise(program, oracle, ask, theirs) if differs else {}
    except Exception as error:
        result.refused[oracle] = f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"
        return
    for what in differs:
        distance, scale = _distance(ours[what], theirs[what]), max(1.0, _size(theirs[what]))
        allowed = tolerance * scale + AMPLIFIED * noise[what]
        result.conditioned = True
        if not distance <= allowed:
            result.trouble = Disagreement(
                what,
                oracle,
                f"{what}: ours {ours[what]}\n{oracle}'s {theirs[what]}\n"
                f"(distance {distance:.2e}, scale {scale:.2e}, allowed {allowed:.2e})",
            )
            return
    result.agreed += (oracle,)


def _misfit(program: Program, ours: Answers) -> str | None:
    """What is wrong with the shape or the dtype of a derivative of ours."""
    for what in ("gradient", "backward()", "Hessian-vector product"):
        for i, (g, x) in enumerate(zip(ours[what], program.inputs, strict=True)):
            if program.scalar:
                if not isinstance(g, float):
                    return f"{what}: a float has a {type(g).__name__} for its derivative"
            elif (np.shape(g), np.asarray(g).dtype) != (x.shape, x.dtype):
                return (
                    f"{what}: input {i} is {x.dtype} of shape {x.shape}, its derivative "
                    f"{np.asarray(g).dtype} of shape {np.shape(g)}"
                )
    return None


def _noise(
    program: Program, oracle: str, ask: Callable[[list[Any]], Answers], answers: Answers
) -> dict[str, float]:
    """How far an oracle's answers move with the last digits of the inputs, and of its own sums."""
    rng = np.random.default_rng(0)
    eps = np.finfo(program.dtype).eps
    moved: list[Answers] = []
    for _ in range(4):
        steps = [2 * eps * np.round(rng.uniform(-4, 4, np.shape(x))) for x in program.inputs]
        near = [x * (1 + e) for x, e in zip(program.inputs, steps, strict=True)]
        if not program.scalar:
            near = [np.asarray(x, dtype=program.dtype) for x in near]
        moved.append(ask(near))
    if program.dtype == "float32":
        # Here we can see what rounding inside the oracle does.
        exact = program.cast("float64")
        moved.append(prepare(exact, oracle)(exact.inputs))
    return {what: max(_distance(m[what], answers[what]) for m in moved) for what in answers}


def _size(xs: list[Any]) -> float:
    return max((float(np.max(np.abs(x), initial=0.0)) for x in xs), default=0.0)


def _distance(a: list[Any], b: list[Any]) -> float:
    """The largest difference; infinite where only one is finite, and where shapes differ."""
    worst = 0.0
    for x, y in zip(a, b, strict=True):
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        if x.shape != y.shape:
            return np.inf
        with np.errstate(all="ignore"):
            off = np.where((x == y) | (np.isnan(x) & np.isnan(y)), 0.0, np.abs(x - y))
        worst = max(worst, float(np.max(np.where(np.isnan(off), np.inf, off), initial=0.0)))
    return worst
