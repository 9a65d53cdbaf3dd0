"""What programs are made of: ops, steps between them, and faces."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence

from ...op import Elementwise, Op
from ...ops.registry import all_ops

__all__ = ["FACES", "Plan", "is_ours", "make_plan", "on_numbers", "ours"]

FACES = ("tensor", "value")
FIRST = ("add", "multiply", "tanh")
GLUE = ("add", "multiply", "tanh", "sum", "transpose", "matmul")
"""Our ops that connect those of a user's."""


class Plan:
    """What programs are made of.

    Parameters
    ----------
    kinds : tuple of Op and str
        Ops and steps, as often as they should come up; the simplest first.
    faces : tuple of str
        ``tensor``, ``value`` or both.
    """

    def __init__(self, kinds: tuple[Op | str, ...], faces: tuple[str, ...]) -> None:
        self.kinds = kinds
        self.faces = faces

    def __repr__(self) -> str:
        # Hypothesis shows it with every failure (and all fields of a dataclass).
        ops = [kind.name for kind in dict.fromkeys(self.kinds) if isinstance(kind, Op)]
        named = ", ".join(ops[:8]) + (f" and {len(ops) - 8} more" if len(ops) > 8 else "")
        return f"Plan({named}; {' and '.join(self.faces)})"


def make_plan(ops: Iterable[Op] | Mapping[str, Op] | None, faces: Sequence[str]) -> Plan:
    """Sort out what the user asked for.

    Raises
    ------
    TypeError, ValueError
        If an op or a face cannot be used.
    """
    faces = tuple(faces)
    if not faces or any(face not in FACES for face in faces):
        raise ValueError(f"faces are {' and '.join(FACES)}; got {faces!r}")
    if ops is None:
        return _of_ours(faces)
    chosen = tuple(ops.values() if isinstance(ops, Mapping) else ops)
    for op in chosen:
        if not isinstance(op, Op):
            raise TypeError(
                f"programs are made of ops declared with autograd.extend, got {op!r}; call other "
                "functions yourself and check them with gradcheck"
            )
        if not _has_points(op):
            raise ValueError(
                f"op {op.name!r} says nowhere where it may be tried: declare it with "
                "domain=((low, high), ...) or samples=lambda rng: [(args, params), ...]"
            )
    return _plan(chosen, tuple(ours()[name] for name in GLUE), faces)


@functools.cache
def _of_ours(faces: tuple[str, ...]) -> Plan:
    return _plan(tuple(filter(_has_points, ours().values())), (), faces)


def _plan(ops: tuple[Op, ...], glue: tuple[Op, ...], faces: tuple[str, ...]) -> Plan:
    if "tensor" not in faces:
        ops, glue = (tuple(filter(on_numbers, them)) for them in (ops, glue))
    if not ops:
        raise ValueError(
            "there is no op to make programs of"
            + ("" if "tensor" in faces else ": only elementwise ops with a domain run on values")
        )
    steps: tuple[str, ...] = ()
    if "tensor" in faces:
        steps = ("index", "write", "write")
        steps += ("stack", "spread") if "value" in faces else ()
    # Two thirds are the ops asked for.
    rest: tuple[Op | str, ...] = (*glue, *steps)
    often = max(1, len(ops) // (2 * max(len(rest), 1)))
    again = max(1, 2 * len(rest) // len(ops))
    return Plan(ops * again + rest * often, faces)


@functools.cache
def ours() -> dict[str, Op]:
    """Our own ops by name, the simplest first."""
    ops = all_ops()
    return {name: ops[name] for name in dict.fromkeys((*FIRST, *ops))}


def is_ours(op: Op) -> bool:
    """Whether an op is one of this package, and no other of its name."""
    return ours().get(op.name) is op


def on_numbers(op: Op) -> bool:
    """Whether an op may be tried on single numbers."""
    return isinstance(op, Elementwise) and op.domain is not None and "boolean" not in op.domain


def _has_points(op: Op) -> bool:
    return op.samples is not None or (isinstance(op, Elementwise) and op.domain is not None)
