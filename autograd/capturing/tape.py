"""The tape: what a function does to arrays, noted while it runs.

Ops, derivative rules and sums of cotangents are noted with the arrays that they read and made; what
the outside sees (an optimizer's step, a mask that is drawn, a gradient that is put where it
belongs) is noted as an effect. An array that nothing on the tape has made is one of the call's
inputs, or a tensor's, or a constant: it is known by which object it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import CaptureError
from ..graph import Parts
from ..modes import _Mode, modes, user_line
from ..op import Op
from ..tensor import _handle as handle
from .outside import Gradient, Write
from .program import Array, Program, Step
from .refusals import CURES, READ

__all__ = ["Tape", "ValuesMet", "taping"]


NUMBERS = (np.ndarray, np.floating, np.integer)
"""What a rule may give as a cotangent: of no axes, NumPy makes a scalar of an array."""
ABOUT = (np.shape, np.ndim, np.size, np.result_type)
"""What asks about an array, and not about its numbers."""


class ValuesMet(CaptureError):
    """A function computes with values, and not with tensors alone."""


class Tape:
    """A recording of one call.

    Parameters
    ----------
    inputs : sequence of numpy.ndarray
        The arrays among the arguments.
    """

    def __init__(self, inputs: Sequence[np.ndarray]) -> None:
        self.program = Program()
        self.modules: dict[int, Any] = {}
        """Modules that were called."""
        self._known: dict[int, Array] = {}
        self._held: list[Array] = []
        # Effects that have written to tensors so far; when each array of a tensor was written, and
        # when each op ran that made an array, by ids.
        self._writes = 0
        self._written: dict[int, int] = {}
        self._ran: dict[int, int] = {}
        # Gradients that were read, each with what was handed out, and which of those are stale.
        self._gradients: list[tuple[np.ndarray, np.ndarray]] = []
        self._stale: set[int] = set()
        # What is known by its id has to live for as long.
        self._alive: list[Any] = []
        for k, x in enumerate(inputs):
            array = self._enter(x, Array(x, "input", k))
            self.program.inputs.append(array)

    # Arrays --------------------------------------------------------------------------------------

    def _enter(self, x: Any, array: Array) -> Array:
        self._known[id(x)] = array
        self._alive.append(x)
        return array

    def _made(self, x: Any) -> Array | None:
        """The array for a result; a result that is an operand as it was is that operand."""
        if not isinstance(x, NUMBERS):
            return None
        found = self._known.get(id(x))
        return found if found is not None else self._enter(x, Array(np.asarray(x)))

    def _operand(self, x: Any) -> Any:
        """An operand of a step: an array of the program, or what it is."""
        if id(x) in self._stale:
            self.refuse("a gradient that was changed in place since it was read, as by clipping,")
        if isinstance(x, np.ndarray) or id(x) in self._known:
            found = self._known.get(id(x))
            return found if found is not None else self._enter(x, Array(x, "constant"))
        return x

    def held(self, tensor: Any, x: np.ndarray) -> Array:
        """The array of a tensor from outside."""
        found = self._known.get(id(x))
        if found is None:
            found = self._enter(x, Array(x, "held", tensor, tensor.label or ""))
            self._held.append(found)
        return found

    def _now(self) -> list[tuple[int, int]]:
        """What tensors hold, so that a write shows."""
        return [(id(x.holder._data), x.holder._version) for x in self._held]

    def _note_writes(self, before: list[tuple[int, int]]) -> None:
        """Remember which tensors an effect has written to."""
        changed = [x for x, a, b in zip(self._held, before, self._now(), strict=False) if a != b]
        self._writes += bool(changed)
        self._written.update((id(x), self._writes) for x in changed)

    def origin(self, tensor: Any) -> str:
        """Where a tensor comes from that is about to be written to in place.

        ``made`` by the function itself; an ``input`` of the call; ``outside``.
        """
        found = self._known.get(id(tensor._data))
        if found is None:
            return "outside"
        if found.kind == "held":
            # Another tensor of the same array leaves that alone when it is written to.
            return "outside" if found.holder is tensor else "made"
        return "input" if found.kind == "input" else "made"

    def is_computed(self, tensor: Any) -> bool:
        """Whether a tensor's numbers may be others in the next call."""
        found = self._known.get(id(tensor._data))
        return found is None or found.kind != "constant"

    def plain(self, x: Any) -> Any:
        """A tensor's array, and anything else as it is; for those who note that they read it."""
        data = getattr(x, "_data", x)
        if data is not x and id(data) not in self._known:
            self.held(x, data)
        return data

    def output(self, x: np.ndarray) -> Array:
        """The array of something that the function returned."""
        if id(x) not in self._known:
            raise CaptureError(
                f"the function returned an array of shape {x.shape} that nothing in it has made: a "
                "replay would return the numbers of this call. Compute what it returns with ops "
                "on tensors; a tensor from outside can be returned as `w * 1`"
            )
        return self._known[id(x)]

    # Steps ---------------------------------------------------------------------------------------

    def _note(self, step: Step) -> None:
        step.line = user_line()
        scope = modes.scope
        while scope is not None:
            module = scope[1]
            if not isinstance(module, str):
                self.modules.setdefault(id(module), module)
            scope = scope[0]
        self.program.steps.append(step)

    def op(
        self, op: Op, args: Sequence[Any], raw: list[Any], params: dict[str, Any], outs: Any
    ) -> None:
        """An op ran: ``args`` as they were given, ``raw`` as its forward saw them."""
        operands = []
        for given, x in zip(args, raw, strict=True):
            if isinstance(x, np.ndarray) and id(x) not in self._known:
                data = getattr(given, "_data", given)
                if isinstance(data, np.ndarray):
                    source = self._operand(data) if given is data else self.held(given, data)
                    if data is not x:
                        self._converted(source, x)
            operands.append(self._operand(x))
        several = isinstance(outs, tuple)
        results = tuple(map(self._made, outs if several else (outs,)))
        self._ran.update((id(x), self._writes) for x in results)
        self._note(Step("op", op.name, op.forward, tuple(operands), dict(params), results, several))

    def _converted(self, source: Array, x: np.ndarray) -> None:
        """An operand was copied, or changed its dtype, on its way into an op."""
        if x.dtype == source.dtype:
            # So that nobody outside changes it before the backward walk; a replay goes at once.
            self._known[id(x)] = source
            self._alive.append(x)
            return
        made = self._enter(x, Array(x))
        self._note(Step("numpy", "astype", _converted, (source,), {"dtype": x.dtype}, (made,)))

    def look(self, function: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> Any:
        """A NumPy function looks at numbers and has no gradient: a comparison, a search."""
        if function in ABOUT:
            return function(*map(self.plain, args), **kwargs)
        with taping(None):
            result = function(*map(self.plain, args), **kwargs)
        several = isinstance(result, tuple)
        arrays = [np.asarray(x) for x in (result if several else (result,))]
        operands = tuple(self._operand(self.plain(x)) for x in args)
        made = tuple(map(self._made, arrays))
        self._note(Step("numpy", function.__name__, function, operands, kwargs, made, several))
        tensors = tuple(handle(x, None) for x in arrays)
        return tensors if several else tensors[0]

    def copied(self, data: Any, made: np.ndarray) -> None:
        """A new tensor was made of an array, which it copied, or of numbers."""
        if isinstance(data, np.ndarray):
            self._converted(self._operand(data), made)
        else:
            self._operand(made)

    def deposit(self, leaf: Any, g: np.ndarray) -> None:
        """A gradient has reached a leaf; a replay hands out an array that nobody else holds."""
        with taping(None):
            leaf.keep(np.array(g))
        held, operand = (*self._held,), self._operand(g)
        last = self.program.steps[-1] if self.program.steps else None
        if last is not None and isinstance(last.function, Deposits):
            # All that one walk brings, in one call.
            last.function.leaves.append(leaf)
            last.operands += (operand,)
        else:
            self._note(Step("effect", "grad", Deposits(leaf), (operand,), {}, (), False, held))

    def rule(self, op: Op, g: Any, node: Any, wanted: Sequence[Any]) -> Sequence[Any]:
        """Run a node's rule, and note it."""
        marks = [None if w is None else True for w in wanted]
        cotangents = tuple(
            # A number handed on may be another one next time: a branch, on numbers alone.
            c.copy() if isinstance(c, np.generic) and id(c) in self._known else c
            for c in op.vjp(g, node.data, node.args, node.params, wanted)
        )
        function = Rule(op, node.params, marks, len(g) if type(g) is tuple else None)
        operands = tuple(map(self._operand, function.flat(g, node.data, node.args)))
        data = node.data[0] if isinstance(node.data, tuple) else node.data
        ran = self._ran.get(id(self._operand(data)), 0)
        for x in operands:
            if isinstance(x, Array) and self._written.get(id(x), 0) > ran:
                raise CaptureError(
                    f"backward through {op.name}, at {user_line()}, whose operand of shape "
                    f"{x.shape} has been written to since: a replay would take the new numbers "
                    "for the old. Call backward() before the optimizer's step"
                )
        results = tuple(map(self._made, cotangents))
        self._note(Step("rule", op.name, function, operands, {}, results, True))
        return cotangents

    def add(self, a: Any, b: Any) -> Any:
        """The sum of two cotangents."""
        if type(a) is Parts:
            parts = Parts(a)
            for k, part in b.items():
                parts[k] = self.add(parts[k], part) if k in parts else part
            return parts
        total = np.asarray(a + b)
        operands = (self._operand(a), self._operand(b))
        self._note(Step("numpy", "add", np.add, operands, {}, (self._made(total),)))
        return total

    def write(self, tensor: Any, function: Callable[..., Any], *operands: Any) -> None:
        """Write to a tensor from outside with ``function(tensor, *operands)``."""
        held = tensor._data
        if id(held) not in self._known:
            self.held(tensor, held)
        # With what it held as an operand, so that it shows which tensor it is.
        plain = [self.plain(x) for x in operands]
        self.effect(Write(function, tensor), (held, *plain))

    def gradient(self, leaf: Any) -> Any:
        """The gradient that a leaf holds when it is asked for, as a tensor of its own."""
        if leaf._node is None or leaf._node.grad is None:
            return None
        if leaf._node.op is not None:
            self.refuse(".grad of a tensor that is computed")
        if id(leaf._data) not in self._known:
            self.held(leaf, leaf._data)
        g = self.effect(Gradient(leaf), (leaf._data,))
        g._data.flags.writeable = False  # a write would not reach the leaf's
        self._gradients.append((leaf._node.grad, g._data))
        return g

    def _note_changed_gradients(self) -> None:
        """A gradient that was read and then changed where it is: what was read is out of date."""
        for now, read in self._gradients:
            if not np.array_equal(now, read, equal_nan=True):
                self._stale.add(id(read))

    def effect(self, function: Callable[..., Any], operands: Sequence[Any]) -> Any:
        """Call a function for what it does, off the tape, and note the call."""
        noted = tuple(map(self._operand, operands))
        before = self._now()
        with taping(None):
            result = function(*operands)
        self._note_writes(before)
        self._note_changed_gradients()
        if result is not None and not isinstance(result, np.ndarray):
            raise CaptureError(
                f"an effect gives an array or None, and {_name(function)} gave "
                f"{type(result).__name__}"
            )
        if result is not None and id(result) in self._known:
            # It may hand back what it was given in this call, and something else in another.
            result = result.view()
        results = () if result is None else (self._made(result),)
        # It may write to whatever tensors hold.
        step = Step("effect", _name(function), function, noted, {}, results, False, (*self._held,))
        self._note(step)
        # A tensor of the array itself, so that what is done with it is noted too.
        return result if result is None else handle(result, None)

    def met_values(self) -> None:
        """Say that the function computes with values, which are recorded in another way."""
        raise ValuesMet(
            f"values and tensors inside a captured function, at {user_line()}: capture a function "
            "of one kind or of the other"
        )

    def refuse(self, what: str) -> None:
        """Say that a number left the graph, so that a replay would know nothing of it."""
        cure = CURES.get(what, READ)
        raise CaptureError(
            f"{what} inside a captured function, at {user_line()}: a replay would know nothing of "
            f"it, or keep the numbers of this call for all later ones. {cure}. For what has to "
            "happen in each call as it is there is autograd.extend.effect(function, *tensors)"
        )


class Deposits:
    """Gradients on their way to leaves."""

    __slots__ = ("leaves",)

    def __init__(self, leaf: Any) -> None:
        self.leaves = [leaf]

    def __call__(self, *gradients: np.ndarray) -> None:
        # No leaf asks for a tape here: a replay has none.
        for leaf, g in zip(self.leaves, gradients):
            if leaf.grad is None:
                leaf.grad = g
            else:
                leaf.keep(g)


class Rule:
    """An op's derivative rule as a function of arrays: cotangents, results, and what it was given.

    Parameters
    ----------
    op, params
        What ran.
    wanted : list
        ``None`` for the operands that are to get no cotangent.
    several : int, optional
        How many results the op has; one alone, and no tuple, unless given.
    """

    __slots__ = ("op", "params", "several", "wanted")

    def __init__(
        self, op: Op, params: dict[str, Any], wanted: list[Any], several: int | None
    ) -> None:
        self.op = op
        self.params = params
        self.wanted = wanted
        self.several = several

    def flat(self, g: Any, out: Any, args: Sequence[Any]) -> tuple[Any, ...]:
        """The operands in a row."""
        return (g, out, *args) if self.several is None else (*g, *out, *args)

    def __call__(self, *operands: Any) -> Sequence[Any]:
        n = self.several
        if n is None:
            g, out, *args = operands
        else:
            g, out, args = operands[:n], operands[n : 2 * n], list(operands[2 * n :])
        return self.op.vjp(g, out, tuple(args), self.params, self.wanted)


def _converted(x: np.ndarray, dtype: np.dtype) -> np.ndarray:
    return np.array(x, dtype=dtype)


def _name(function: Any) -> str:
    function = getattr(function, "func", function)  # a partial's
    return getattr(function, "__qualname__", type(function).__name__)


class taping(_Mode):
    """Note on ``tape`` what this thread does; on ``None``, nowhere."""

    def __init__(self, tape: Tape | None) -> None:
        super().__init__(tape=tape, watched=True)
