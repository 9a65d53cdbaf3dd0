"""Random programs, captured, are what they are, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd.testing.programs import Instruction, Program
from autograd.testing.strategies import programs

from .fuzz_capture import agree, same


@settings(max_examples=150, deadline=None)
@given(programs(faces=("tensor",), max_ops=5), st.integers(0, 2**32 - 1))
def test_random_programs_are_the_same_captured(program: Program, seed: int) -> None:
    with np.errstate(all="ignore"):
        agree(program, seed)


def test_the_fuzz_sees_other_numbers_and_compares_bits() -> None:
    drawn = Instruction("multiply", ("v0 = x0 * np.random.normal()",), ("x0",), ("v0",))
    with pytest.raises(AssertionError, match="different in call 0"):
        agree(Program({"x0": np.ones(3)}, [drawn]), 1)
    zero = np.zeros(1)
    assert same([zero, None], [zero, None])
    assert not same(zero, -zero)
    assert same(zero / np.ones(1) * np.nan, np.full(1, -np.nan))
