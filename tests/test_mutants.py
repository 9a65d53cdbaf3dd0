"""Every planted bug is found and named; with nothing planted, nothing is said.

The table is in ``tests/mutants``; ``make mutants`` prints it, with the smallest cases.
"""

from __future__ import annotations

import warnings
from collections import Counter

import numpy as np
import pytest

import autograd as ag
from autograd.extend import elementwise
from autograd.modes import WATCH
from autograd.testing import locate

from .mutants.mutant import Mutant
from .mutants.plant import edit, ops, rules
from .mutants.run import MUTANTS, control, look, shrink
from .mutants.sweep import NO_SUM, SORTS, accused, sweep, without_sums

SHRUNK = (
    "tanh' = 1 - y",
    "max gives all to each of those that tie",
    "the cotangent's own derivative lost",
    "= for +=",
    "x * x counted twice on values",
    "vectorize counts axes from the front",
    "checkpoint runs again with another random state",
)


@pytest.fixture(autouse=True)
def _numpy_may_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_a_mutant_is_found_and_named(mutant: Mutant) -> None:
    assert control(mutant), "a false alarm: nothing is planted"
    outcome = look(mutant)
    assert outcome.found, outcome.report.message
    assert outcome.named == mutant.blamed, outcome.report.message
    assert control(mutant), "the bug is still there"
    assert ag.is_grad_enabled() and not WATCH[0], "a mode is still on"


@pytest.mark.parametrize("mutant", [m for m in MUTANTS if m.name in SHRUNK], ids=lambda m: m.name)
def test_its_smallest_case_is_small(mutant: Mutant) -> None:
    small = shrink(mutant, look(mutant), budget=50)
    assert small is not None
    assert small.ops <= 3
    assert small.elements <= (4 if mutant.draw is None else 12)


def test_the_table_is_large_and_has_no_name_twice() -> None:
    names = Counter(m.name for m in MUTANTS)
    assert max(names.values()) == 1
    assert len(names) >= 150
    assert set(SHRUNK) <= set(names)
    assert len({m.blamed for m in MUTANTS if m.kind == "rule"}) >= 60


# Every op -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SORTS)
def test_a_sort_of_mistake_is_found_in_every_op(name: str) -> None:
    number, survivors = sweep(SORTS[name], ops())
    assert not survivors
    assert number >= 20, f"it can be planted in {number} ops only"


@pytest.mark.parametrize("name", NO_SUM)
def test_a_missing_sum_over_a_broadcast_axis_is_found_in_every_op(name: str) -> None:
    number, survivors = without_sums(NO_SUM[name])
    assert not survivors
    assert number >= 10


def test_no_op_is_accused_of_nothing() -> None:
    assert not accused()


# Who is not to blame ------------------------------------------------------------------------------

wrong_sin = elementwise(np.sin, lambda out, x: 1.1 * ag.cos(x), name="wrong_sin")
X = np.array([[0.5, -1.25, 2.0], [0.75, 1.5, -0.375]])


@pytest.mark.parametrize(
    "f",
    [
        # Its rule takes over what forward computed, at the last numbers it was given.
        lambda x: ag.softmax_cross_entropy(wrong_sin(x), np.array([2, 0])),
        # One triangle is read, and the gradient is that of a symmetric matrix.
        lambda x: np.linalg.cholesky(wrong_sin(x) @ wrong_sin(x).T + 5 * np.eye(2)).sum(),
        # At ties there is a kink, though not in the direction of equal numbers.
        lambda x: np.maximum(wrong_sin(x), wrong_sin(x)),
    ],
)
def test_a_right_rule_is_not_blamed_besides(f) -> None:
    found = locate(f, X)
    assert found is not None
    assert found.op == "wrong_sin"
    assert "the others agree" in found.message


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.linalg.cholesky(x @ x.T + 5 * np.eye(2)).sum(),
        lambda x: ag.stack([x, x]).max(axis=0).sum(),
        lambda x: ag.checkpoint(lambda x: np.tanh(x) * x)(x),
        lambda x: ag.stack([v * v for v in x[0].to_values()]),
    ],
)
@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_nothing_is_blamed_where_all_is_right(f, mode: str) -> None:
    assert locate(f, X, mode=mode) is None


# The instrument itself ------------------------------------------------------------------------


def test_a_mutant_that_fits_nowhere_is_refused() -> None:
    with pytest.raises(AssertionError, match="holds 0 times"), edit("graph:pull", "no such", "")():
        pass


def test_an_op_is_wrong_on_both_faces_and_right_again() -> None:
    x = np.array(0.5)
    right = ag.grad(np.tanh)(x), ag.grad(ag.tanh)(0.5), ag.Value(0.5).tanh()
    with rules("tanh", partials=(lambda out, x: 1 - out,))():
        wrong = ag.grad(np.tanh)(x), ag.grad(ag.tanh)(0.5), ag.Value(0.5).tanh()
    again = ag.grad(np.tanh)(x), ag.grad(ag.tanh)(0.5), ag.Value(0.5).tanh()
    for number in (0, 1):
        assert wrong[number] == pytest.approx(1 - np.tanh(0.5))
        assert right[number] == again[number] == pytest.approx(1 - np.tanh(0.5) ** 2)
    assert wrong[2].da == pytest.approx(1 - np.tanh(0.5))
    assert right[2].da == again[2].da
