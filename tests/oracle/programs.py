"""Random programs over all ops that PyTorch, or PyTorch and JAX, have too."""

from __future__ import annotations

import collections
import dataclasses
import functools
from typing import Any

import numpy as np

import autograd as ag
from autograd.op import plain

from .rows import DOMAINS, GUARDS, ROWS, Row
from .rows_jax import jax_text
from .writes import IN_PLACE

__all__ = ["Program", "Step", "generate"]

SHAPES = ((), (2,), (3,), (2, 3), (3, 2), (3, 3), (2, 2), (2, 3, 3), (2, 3, 2), (1, 3))
LARGEST = 30.0


@dataclasses.dataclass(frozen=True)
class Step:
    """One line of a program: a name for an op's result, with its text on each side."""

    name: str
    op: str
    reads: tuple[str, ...]
    texts: dict[str, str]


@dataclasses.dataclass(frozen=True)
class Program:
    """A function of some inputs as source for all sides, with the point to try it at.

    It returns a sum over ``terms``: the results that no step reads, each with a weight.
    """

    face: str
    dtype: str
    inputs: list[Any]
    steps: list[Step]
    terms: dict[str, float]
    direction: list[Any]

    @property
    def ops(self) -> list[str]:
        """The op of each step."""
        return [step.op for step in self.steps]

    @property
    def scalar(self) -> bool:
        """Whether it is about numbers, not arrays."""
        return self.face == "Value"

    def source(self, side: str, result: str | None = None) -> str:
        """The body of ``f`` as a Python function for a side; ``result`` names another result."""
        names = ", ".join(f"x{i}" for i in range(len(self.inputs)))
        lines = [f"{step.name} = {step.texts[side]}" for step in self.steps]
        # A square makes the curvature of linear programs visible.
        term = "{w} * {n} * {n} + {n}" if self.scalar else "({w} * {n} * {n} + {n}).sum()"
        total = " + ".join(term.format(w=w, n=n) for n, w in self.terms.items())
        body = [*lines, f"return {result or total}"]
        return "\n".join([f"def f({names}):", *(f"    {line}" for line in body)])

    def without(self, terms: set[str]) -> Program:
        """The program with some terms dropped, and with them all steps that nothing reads."""
        kept = {name: w for name, w in self.terms.items() if name not in terms}
        wanted = set(kept)
        steps: list[Step] = []
        for step in reversed(self.steps):
            if step.name in wanted:
                wanted.update(step.reads)
                steps.append(step)
        return dataclasses.replace(self, steps=steps[::-1], terms=kept)

    def upto(self, name: str) -> Program:
        """The program that returns one of its steps."""
        return dataclasses.replace(self, terms={name: 1.0}).without(set())

    def cast(self, dtype: str) -> Program:
        """The same at another precision."""
        if self.scalar or dtype == self.dtype:
            return self
        return dataclasses.replace(
            self,
            dtype=dtype,
            inputs=[x.astype(dtype) for x in self.inputs],
            direction=[v.astype(dtype) for v in self.direction],
        )


@functools.cache
def _by_name(elementwise_only: bool, jax: bool) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = collections.defaultdict(list)
    for row in ROWS:
        if (row.elementwise or not elementwise_only) and (not jax or jax_text(row.ours)):
            found[row.name].append(row)
    return dict(found)


def scope(dtype: str) -> dict[str, Any]:
    """What our texts refer to."""
    return {"ag": ag, "np": np, "dtype": np.dtype(dtype), **IN_PLACE}


def generate(seed: int, number: int, *, dtype: str = "float64", jax: bool = False) -> Program:
    """The ``number``-th program of a seed; ``jax`` draws from what JAX has alone."""
    rng = np.random.default_rng([seed, number])
    scalar = bool(rng.random() < 0.3) and dtype == "float64"
    count = int(rng.integers(1, 5))
    if scalar:
        inputs: list[Any] = [round(float(x), 3) for x in rng.uniform(-2, 2, count)]
    else:
        shapes = [SHAPES[int(i)] for i in rng.integers(len(SHAPES), size=count)]
        inputs = [np.asarray(rng.uniform(-2, 2, s).round(3)) for s in shapes]
    pool = [np.asarray(x) for x in inputs]
    names = [f"x{i}" for i in range(count)]
    steps: list[Step] = []
    used: set[int] = set()
    table = _by_name(scalar, jax)
    titles = list(table)
    target = int(rng.integers(2, 11))
    for _ in range(40 * target):
        if len(steps) >= target:
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
            reads = tuple(names[i] for i in picks)
            made = _apply(row, rng, [pool[i] for i in picks], reads, jax)
            if made is not None:
                value, texts = made
                steps.append(Step(f"v{len(steps)}", row.name, reads, texts))
                used.update(picks)
                pool.append(value)
                names.append(steps[-1].name)
                break
    terms = {
        name: round(float(rng.uniform(0.5, 1.5)) * float(rng.choice([-1, 1])), 3)
        for i, name in enumerate(names)
        if i not in used
    }
    direction = [
        float(rng.uniform(-1, 1)) if scalar else np.asarray(rng.uniform(-1, 1, np.shape(x)))
        for x in inputs
    ]
    program = Program("Value" if scalar else "Tensor", "float64", inputs, steps, terms, direction)
    return program.cast(dtype)


def _apply(
    row: Row, rng: np.random.Generator, xs: list[np.ndarray], names: tuple[str, ...], jax: bool
) -> tuple[np.ndarray, dict[str, str]] | None:
    """The value of a row at some inputs and its text on all sides, if it may be applied."""
    if row.elementwise and len(xs) > 1:
        try:
            if np.prod(np.broadcast_shapes(*(x.shape for x in xs))) > 48:
                return None
        except ValueError:
            return None
    here = {**scope("float64"), **{n: ag.tensor(x) for n, x in zip(names, xs, strict=True)}}
    brought = [DOMAINS[d].format(x=n, m="ag") for d, n in zip(row.domains, names, strict=True)]
    try:
        arrays = [np.asarray(plain(eval(text, here))) for text in brought]
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
    texts = {
        "ours": row.ours.format(**dict(zip("abc", brought, strict=False)), **params),
        "PyTorch": row.theirs.format(**dict(zip("abc", theirs, strict=False)), **params),
    }
    if jax:
        inside = [jax_text(text) for text in brought]
        form = jax_text(row.ours)
        assert form is not None
        texts["JAX"] = form.format(**dict(zip("abc", inside, strict=False)), **params)
    try:
        with np.errstate(all="ignore"):
            value = np.asarray(plain(eval(texts["ours"], here)))
    except Exception as error:
        raise RuntimeError(
            f"{texts['ours']} at shapes {[x.shape for x in arrays]}: {error}"
        ) from error
    if value.ndim > 4 or value.size > 60 or not value.size or value.dtype.kind != "f":
        return None
    if not np.isfinite(value).all() or np.max(np.abs(value)) > LARGEST:
        return None
    return value, texts
