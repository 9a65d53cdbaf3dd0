"""Every declared op obeys every law: a new op is tested by being declared."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import autograd as ag
from autograd.op import NUMPY, Op
from autograd.ops.registry import all_ops, samples_of
from autograd.testing import numeric_directional
from autograd.testing.battery import check_op
from autograd.testing.laws.case import directions, dot, pull, size

from .declared import DECLARED, cases_of, is_helper
from .independent import slope

# Where a law says too much, with the reason.
BUT = {
    "einsum (composite)": {
        "exceptions_agree": "NumPy lets 'ii->i' of shape (0, 3) pass",
    },
    "piecewise (composite)": {
        "integers_are_numbers": "NumPy cuts off what the pieces of an integer array give",
        "exceptions_agree": "conditions of another shape are an IndexError in NumPy",
    },
    "trapezoid (composite)": {
        "integers_are_numbers": "the sum of two booleans is their or, in NumPy as well",
    },
    "scaled_dot_product_attention (composite)": {
        "integers_are_numbers": "a boolean mask chooses, a floating one is added"
    },
    "softmax_cross_entropy (composite)": {
        "integers_are_numbers": "integer labels are classes, floating ones probabilities"
    },
}


@pytest.mark.parametrize("name", DECLARED)
def test_op_obeys_every_law(name):
    skip = [*BUT.get(name, ())]
    if is_helper(name):
        skip.append("exceptions_agree")
    report = check_op(DECLARED[name], skip=skip)
    assert "inconclusive" not in report.message


@pytest.mark.parametrize("name", DECLARED)
def test_has_samples(name):
    found = samples_of(DECLARED[name], np.random.default_rng(0))
    assert found, f"{name} declares neither samples= nor domain=, so no law tests it"


@pytest.mark.parametrize("name", DECLARED)
def test_the_kit_agrees_with_independent_differences(name):
    """Gradient, the kit's ladder and a plain Ridders table: three that must give one number."""
    for case in cases_of(name):
        if not case.varies:
            continue
        t, g = directions(case)

        def line(h, case=case, t=t, g=g):
            moved = [np.array(x) for x in case.xs]
            for x, d in zip(moved, t, strict=True):
                x += h * d  # in place: ravel(order="K") minds the layout of a sum
            outs = case.plain_floats(*moved)
            return dot(g, outs), size(g, outs)

        with np.errstate(all="ignore"):
            ladder = numeric_directional(case.floats, case.xs, t, tuple(g))
            theirs, error = slope(line)
            pulled = pull(case, case.xs, g)
        scale = max(size(pulled, t), 1e-3)
        assert error <= 1e-6 * scale, f"{case!r} is near a kink or a pole"
        for ours in (ladder.value, dot(pulled, t)):
            assert abs(ours - theirs) <= 4 * (error + ladder.error) + 1e-11 * scale, f"{case!r}"


def test_no_op_escapes_the_registry():
    known = {id(op) for op in all_ops().values()}
    hidden = {
        x.name
        for x in gc.get_objects()
        if isinstance(x, Op) and x.__module__.startswith("autograd.ops.") and id(x) not in known
    }
    assert not hidden, f"declared where the registry does not look: {sorted(hidden)}"


def test_every_numpy_function_is_also_ours_by_name():
    names = {f.__name__ for f in NUMPY if getattr(np, f.__name__, None) is f}
    missing = {name for name in names if not hasattr(ag, name)}
    assert not missing, f"np.f(tensor) works and autograd.f does not exist: {sorted(missing)}"
