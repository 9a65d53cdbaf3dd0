"""Random programs, from Hypothesis or from a generator."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from ...op import Op
from ..programs import Program
from .builder import build
from .decisions import random_spec, specs
from .plan import FACES, Plan, make_plan

__all__ = ["programs", "random_program"]


def programs(
    ops: Iterable[Op] | Mapping[str, Op] | None = None,
    faces: Sequence[str] = FACES,
    max_ops: int = 8,
    min_ops: int = 1,
) -> st.SearchStrategy[Program]:
    """Random programs over a set of declared ops.

    With sharing, broadcasting, reductions, indexing, writes in place, constants, and values and
    tensors mixed. Every value is finite and of moderate size, and away from the kinks and poles of
    the op that takes it, so that a gradient check tells.

    Parameters
    ----------
    ops : iterable or mapping of Op, optional
        What to make programs of; every op has a ``domain`` or ``samples``. All of this package if
        not given. A few of ours (``add``, ``multiply``, ``sum``, ...) connect those of a user's.
    faces : sequence of {"tensor", "value"}
        What inputs may be. With both, values are stacked to tensors and tensors fall into values;
        new inputs are rather of the first.
    max_ops, min_ops : int
        The number of instructions.

    Returns
    -------
    strategy of Program
        Shrinks to few instructions with short inputs.

    Examples
    --------
    >>> from hypothesis import find
    >>> program = find(programs(), lambda p: "tanh" in p.ops)
    >>> print(program.body())
    def f(x0):
        v0 = ag.tanh(x0)
        return v0
    >>> program.inputs
    (array([0.125, 0.25 ]),)
    """
    plan = _checked(ops, faces, min_ops, max_ops)
    instructions = st.lists(specs(len(plan.kinds)), min_size=min_ops, max_size=max_ops)
    return instructions.map(functools.partial(build, plan))


def _checked(ops: Any, faces: Sequence[str], min_ops: int, max_ops: int) -> Plan:
    if not 1 <= min_ops <= max_ops:
        raise ValueError(f"a program has at least one op: min_ops={min_ops}, max_ops={max_ops}")
    return make_plan(ops, faces)


def random_program(
    rng: np.random.Generator,
    ops: Iterable[Op] | Mapping[str, Op] | None = None,
    faces: Sequence[str] = FACES,
    max_ops: int = 8,
    min_ops: int = 1,
) -> Program:
    """A program without Hypothesis, for long runs; see :func:`programs`.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the decisions come from.
    ops, faces, max_ops, min_ops
        As for :func:`programs`.

    Examples
    --------
    >>> import numpy as np
    >>> program = random_program(np.random.default_rng(0), max_ops=3)
    >>> 1 <= len(program.ops) <= 3
    True
    """
    plan = _checked(ops, faces, min_ops, max_ops)
    n = int(rng.integers(min_ops, max_ops + 1))
    return build(plan, [random_spec(rng, len(plan.kinds)) for _ in range(n)])
