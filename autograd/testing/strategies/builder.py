"""A program built one instruction at a time, every value known and in bounds.

Each operand is a new input, or something computed before; 0 always stands for a new input. So an
instruction can be shrunk to one that depends on nothing, and what it depended on deleted: a wrong
rule ends as a program of one instruction.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...op import Op
from ..programs import Instruction, Program, call, literal
from .choose import pick
from .decisions import Decisions, Spec
from .fitting import LINEAR, fits, into, is_fine, like
from .inputs import SEEDS, run, samples_at, variables
from .plan import Plan, is_ours, on_numbers, ours
from .probe import is_smooth
from .shapes import narrowed
from .steps import STEPS

__all__ = ["Builder", "build"]

SHAPES = ((2,), (3,), (2, 3), (), (3, 3), (2, 2), (3, 2), (1, 3), (2, 1), (4,), (2, 3, 2))
OPERATORS = {
    "add": "{} + {}",
    "subtract": "{} - {}",
    "multiply": "{} * {}",
    "divide": "{} / {}",
    "power": "{} ** {}",
    "matmul": "{} @ {}",
    "negative": "-{}",
}
REFUSALS = (ArithmeticError, ValueError, TypeError, IndexError)


def build(plan: Plan, specs: Sequence[Spec]) -> Program:
    """The program that a list of integers stands for: an instruction for each."""
    builder = Builder(plan)
    with warnings.catch_warnings():
        # What NumPy warns about is tried, and passed over.
        warnings.simplefilter("ignore")
        for spec in specs:
            builder.step(spec)
    return Program(builder.inputs, builder.instructions)


class Builder:
    """A program in the making.

    Attributes
    ----------
    inputs : dict
        The inputs' values by name.
    known : dict
        Every value, by name, that may be used: floats and arrays.
    decide : Decisions
        Those of the instruction being made.
    """

    decide: Decisions

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.inputs: dict[str, Any] = {}
        self.known: dict[str, Any] = {}
        self.instructions: list[Instruction] = []
        self._results = 0

    def step(self, spec: Spec) -> None:
        """Add the instruction that four integers stand for."""
        kind = self.plan.kinds[spec.kind % len(self.plan.kinds)]
        attempts: list[Callable[[], bool]] = []
        if isinstance(kind, Op):
            attempts.append(lambda: self._op(kind))
            attempts.append(lambda: self._op(kind, new=True))
        else:
            attempts.append(lambda: STEPS[kind](self))
        # A product of new inputs can always be had.
        attempts.append(lambda: self._op(ours()["multiply"], new=True))
        for attempt in attempts:
            self.decide = Decisions(spec)
            inputs, known = len(self.inputs), len(self.known)
            if attempt():
                return
            while len(self.inputs) > inputs:
                self.inputs.popitem()
            while len(self.known) > known:
                self.known.popitem()

    # Names -----------------------------------------------------------------------------------

    def input(self, value: Any) -> str:
        """A new input."""
        name = f"x{len(self.inputs)}"
        self.inputs[name] = value
        if is_fine(value):  # NaN may be what an op is for, and is nothing for the others
            self.known[name] = value
        return name

    def next(self, n: int) -> tuple[str, ...]:
        """The names of the next ``n`` results."""
        return tuple(f"v{self._results + k}" for k in range(n))

    def emit(
        self,
        op: str,
        lines: Sequence[str],
        uses: Sequence[str],
        values: Sequence[Any],
        ops: Sequence[Op] = (),
    ) -> None:
        """Add an instruction that gives values to the next names."""
        names = self.next(len(values))
        self.instructions.append(
            Instruction(op, tuple(lines), tuple(dict.fromkeys(uses)), names, tuple(ops))
        )
        self._results += len(values)
        self.known.update(zip(names, values, strict=True))

    def old(self, fitting: Callable[[Any], bool] | None = None) -> str | None:
        """Something computed or put in before, recent first; ``None`` for a new input."""
        back = self.decide.back()
        if back is None:
            return None
        names = [n for n in reversed(self.known) if fitting is None or fitting(self.known[n])]
        return names[back % len(names)] if names else None

    # Ops -------------------------------------------------------------------------------------

    def _op(self, op: Op, new: bool = False) -> bool:
        arrays = op.samples is not None and "tensor" in self.plan.faces
        if arrays and (op.domain is None or self.decide.choose(0, 1)):
            return self._by_sample(op, new)
        return self._by_domain(op, new)

    def _by_domain(self, op: Op, new: bool) -> bool:
        """Any shapes that broadcast; numbers are brought into the domain where they are not."""
        n = len(op.domain)
        given = [i for i in range(n) if op.differentiable is None or op.differentiable[i]]
        olds: list[str | None] = [None] * n
        for i in given:
            olds[i] = self.old()
            # The first ones stay, and those that fit them.
            if new or not self._together(olds):
                olds[i] = None
        numbers = self._of_numbers(op, olds)
        full: tuple[int, ...] = pick(self.decide.choose, SHAPES)
        shapes = [np.shape(self.known[name]) for name in olds if name is not None]
        if shapes:
            full = np.broadcast_shapes(*shapes)
        texts: list[str] = []
        values: list[Any] = []
        uses: list[str] = []
        for i, (name, domain) in enumerate(zip(olds, op.domain, strict=True)):
            if name is not None:
                brought = into(self.known[name], domain)
                if brought is None:
                    return False
                texts.append(brought[0].format(name))
                values.append(brought[1])
                uses.append(name)
                continue
            shape = narrowed(self.decide.choose, full) if n > 1 else full
            value: Any = self.decide.points(() if numbers else shape, domain)
            value = value.item() if numbers else value
            if i not in given:
                texts.append(literal(value))
            elif shapes and self.decide.choose(0, 5) == 5:
                # A constant of the program.
                value = value if numbers or value.ndim == 0 else value.flat[0].item()
                texts.append(literal(value))
            else:
                texts.append(self.input(value))
                uses.append(texts[-1])
            values.append(value)
        outs = self._evaluate(op, values, given, op.defaults)
        if outs is None:
            return False
        if all(isinstance(values[i], float) for i in given):
            outs = [float(y) for y in outs]
        self._emit_op(op, texts, uses, op.defaults, outs)
        return True

    def _of_numbers(self, op: Op, olds: Sequence[str | None]) -> bool:
        """Whether new inputs are numbers."""
        faces = self.plan.faces
        if len(faces) == 1:
            return faces[0] == "value"
        kinds = {isinstance(self.known[n], float) for n in olds if n is not None}
        if False in kinds or not on_numbers(op):
            return False
        seldom = self.decide.choose(0, 2) == 2
        return seldom if kinds or faces[0] == "tensor" else not seldom

    def _together(self, names: Sequence[str | None]) -> bool:
        try:
            full = np.broadcast_shapes(*(np.shape(self.known[n]) for n in names if n is not None))
        except ValueError:
            return False
        return is_fine(np.broadcast_to(0.0, full))

    def _by_sample(self, op: Op, new: bool) -> bool:
        """One of the op's samples, some arguments replaced by what is there and fits."""
        index = self.decide.choose(0, 127)
        found = samples_at(op, self.decide.choose(0, SEEDS - 1))
        simple = self.decide.choose(0, 1) == 0
        for k in range(len(found)):
            args, params = found[(index + k) % len(found)]
            where = variables(op, args)
            if not where or any(np.size(args[i]) == 0 for i in where):
                continue
            olds: list[str | None] = [None] * len(args)
            for i in where:
                old = self.old(functools.partial(fits, op, args[i], len(where)))
                olds[i] = None if new else old
            short = self._shortened(op, args, where, olds) if simple else None
            for tried in (short, args):
                if tried is not None and self._at_sample(op, tried, params, where, olds):
                    return True
            if not new:
                return False
        return False

    def _shortened(
        self, op: Op, args: tuple, where: Sequence[int], olds: Sequence[str | None]
    ) -> tuple | None:
        """A sample with shorter numbers in their place, which may not suit the op."""
        full = list(args)
        for i in where:
            if olds[i] is None:
                full[i] = like(self.decide, op, args[i])
                if full[i] is None:
                    return None
        return tuple(full)

    def _at_sample(
        self,
        op: Op,
        args: tuple,
        params: dict[str, Any],
        where: Sequence[int],
        olds: Sequence[str | None],
    ) -> bool:
        values = [
            self.known[name] if name is not None else np.asarray(x) if i in where else x
            for i, (x, name) in enumerate(zip(args, olds, strict=True))
        ]
        outs = self._evaluate(op, values, where, params)
        if outs is None:
            return False
        names = {i: olds[i] or self.input(values[i]) for i in where}
        texts = [names[i] if i in names else literal(x) for i, x in enumerate(args)]
        self._emit_op(op, texts, list(names.values()), params, outs)
        return True

    def _evaluate(
        self, op: Op, values: Sequence[Any], where: Sequence[int], params: dict[str, Any]
    ) -> list[Any] | None:
        """The outputs, if the op may be applied here."""

        def at(*xs: Any) -> list[np.ndarray]:
            full = list(values)
            for i, x in zip(where, xs, strict=True):
                full[i] = x
            return run(op, full, params)

        xs = [values[i] for i in where]
        try:
            with np.errstate(all="ignore"):
                outs = at(*xs)
        except REFUSALS:
            return None
        real = [y for y in outs if y.dtype.kind == "f"]
        if not real or not all(map(is_fine, real)):
            return None
        if op.kind not in LINEAR and not is_smooth(at, xs):
            return None
        return outs

    def _emit_op(
        self,
        op: Op,
        texts: Sequence[str],
        uses: Sequence[str],
        params: dict[str, Any],
        outs: Sequence[Any],
    ) -> None:
        ops: list[Op] = []
        text = self._spelled(op, texts, params, ops)
        real = [np.asarray(y).dtype.kind == "f" for y in outs]
        names = iter(self.next(sum(real)))
        # Integer outputs, such as an order, are passed over.
        targets = ", ".join(next(names) if r else "_" for r in real)
        kept = [y for y, r in zip(outs, real, strict=True) if r]
        self.emit(op.name, [f"{targets} = {text}"], uses, kept, ops)

    def _spelled(self, op: Op, texts: Sequence[str], params: dict[str, Any], ops: list[Op]) -> str:
        """The call as an operator, as an op, or as a NumPy function."""
        if is_ours(op):
            form, ufunc = OPERATORS.get(op.name), op.forward
            if form is not None and self.decide.choose(0, 2) < 2:
                return form.format(*map(_operand, texts))
            if isinstance(ufunc, np.ufunc) and self.decide.choose(0, 1):
                return f"np.{ufunc.__name__}({', '.join(texts)})"
        return call(op, texts, params, ops)


def _operand(text: str) -> str:
    whole = text.isidentifier() or text.startswith("np.") or text.replace(".", "").isdigit()
    return text if whole else f"({text})"
