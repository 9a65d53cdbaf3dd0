"""Every declared op obeys every law: a new op is tested by being declared."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import autograd as ag
from autograd.op import NUMPY, Op
from autograd.ops.registry import all_ops

from .laws.cases import DECLARED, cases_of
from .laws.checks import CALCULUS, LAWS


@pytest.mark.parametrize("name", DECLARED)
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_law(law, name):
    for case in cases_of(name):
        if law in CALCULUS and not (case.xs and case.floats(*case.xs)):
            continue
        with np.errstate(all="ignore"):
            try:
                law(case)
            except Exception as error:
                error.add_note(f"at {case!r}")
                raise


@pytest.mark.parametrize("name", DECLARED)
def test_has_samples(name):
    assert cases_of(name), f"{name} declares neither samples= nor domain=, so no law tests it"


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
