"""A function's gradient as a property: drawn, shrunk, counted, repeated."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.database import InMemoryExampleDatabase
from hypothesis.errors import Flaky

import autograd as ag
import nn
from autograd.extend import elementwise
from autograd.testing import GradientError, Report, gradcheck
from autograd.testing.property import gradient_test, seed_of
from autograd.testing.tally import InconclusiveError, Tally, collecting, conclusive, counting

wrong_tanh = elementwise(np.tanh, lambda out, x: 1 - out, name="wrong_tanh")


def tallied(test: Any, **options: Any) -> dict[str, int]:
    """Run a test; what it counted."""
    with collecting(Tally(**options)) as tally:
        test()
    return tally.take()


def drawn_by(test_of: Any, n: int = 20, seed: int = 0, **options: Any) -> list[tuple]:
    """The arguments that a test of a function draws."""
    seen: list[tuple] = []

    def vjp(*args: Any) -> Any:
        if not any(all(map(np.array_equal, args[:-1], old)) for old in seen):
            seen.append(args[:-1])
        return tuple(np.zeros_like(x) if np.ndim(x) else 0.0 for x in args[:-1])

    tallied(gradient_test(test_of, vjp=vjp, **options), max_examples=n, seed=seed)
    return seen


def constant(x: Any, y: Any) -> float:
    return 2.0


# Functions of every kind -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "options"),
    [
        (lambda x, w: np.sum(np.tanh(x * w) ** 2), dict(domain=(-2, 2))),
        (np.tanh, {}),
        (np.maximum, dict(order=2)),
        (np.matmul, dict(shapes=[("n", "k"), ("k", "m")])),
        (np.log, dict(domain=(0, np.inf))),
        (ag.log, {}),
        (ag.multiply, {}),
        (nn.MLP(2, 3, 1, dtype=np.float64), dict(shapes=(4, 2))),
        (lambda *xs: xs[0] * xs[1], dict(shapes=[(2,), (2,)])),
        (lambda x, y: x / y, dict(domain={"y": ((-4, -1), (1, 4))})),
        (lambda x, *, k: x**k, dict(inputs={"k": st.sampled_from([2, 3])})),
        (
            lambda x, *, scale, shift: x * scale + shift,
            dict(shapes={"x": ("n",), "scale": (), "shift": 1}),
        ),
        (np.sin, dict(vjp=lambda x, g: g * np.cos(x), jvp=lambda x, t: t * np.cos(x))),
        (lambda p: p["w"] * p["b"], dict(inputs=st.just({"w": np.array([0.5, 2.0]), "b": 3.0}))),
        (lambda x, y: x @ y, dict(inputs=st.just((np.eye(2), np.ones(2))))),
    ],
)
def test_right_gradients_pass(f: Any, options: dict[str, Any]) -> None:
    counts = tallied(gradient_test(f, **options), max_examples=15)
    assert counts["passed"] == 1
    assert counts["conclusive"] >= 1


@pytest.mark.parametrize(
    ("f", "options", "text"),
    [
        (lambda x, w: np.sum(wrong_tanh(x * w)), {}, "wrong_tanh"),
        (wrong_tanh, {}, "wrong_tanh"),
        (lambda x: wrong_tanh(x), dict(modes=("forward",)), "forward"),
        (np.sin, dict(vjp=lambda x, g: g * np.sin(x)), r"d/d\(x\)"),
        (np.multiply, dict(vjp=lambda x1, x2, g: (g * x2, g * x1)), "shape"),
        (lambda x, *, k: wrong_tanh(x * k), dict(inputs={"k": st.just(2)}), "wrong_tanh"),
    ],
)
def test_wrong_gradients_fail(f: Any, options: dict[str, Any], text: str) -> None:
    with pytest.raises(GradientError, match=text):
        gradient_test(f, **options)()


def test_a_wrong_second_derivative_fails_at_order_two() -> None:
    slope = elementwise(np.cos, lambda out, x: ag.sin(x), name="slope")  # the minus is missing
    wave = elementwise(np.sin, lambda out, x: slope(x), name="wave")
    gradient_test(wave, examples=10)()
    with pytest.raises(GradientError, match="order 2"):
        gradient_test(wave, order=2)()


class Scaled:
    factor = 3.0

    @gradient_test(examples=10)
    def right(self, x: float) -> Any:
        return x * x * self.factor

    @gradient_test(examples=10)
    def wrong(self, x: float) -> Any:
        return wrong_tanh(x * self.factor)


def test_methods() -> None:
    Scaled().right()
    assert Scaled().right(2.0) == 12.0
    with pytest.raises(GradientError, match="wrong_tanh"):
        Scaled().wrong()


def test_called_with_arguments_it_is_the_function() -> None:
    @gradient_test
    def product(x: Any, *, k: Any = 2.0) -> Any:
        """A product."""
        return x * k

    assert product(3.0) == 6.0 and product(3.0, k=5.0) == product(x=3.0, k=5.0) == 15.0
    assert (product.__name__, product.__doc__) == ("product", "A product.")
    assert product() is None


# Arguments -------------------------------------------------------------------------------------


def test_arguments_broadcast_and_share_no_number() -> None:
    shapes = set()
    for x, y in drawn_by(constant, 60):
        np.broadcast_shapes(x.shape, y.shape)
        shapes.add((x.ndim, y.ndim))
        sizes = np.abs(np.concatenate([x.ravel(), y.ravel()]))
        assert len(np.unique(sizes)) == sizes.size and np.all((sizes > 0) & (sizes < 3))
    assert len(shapes) > 4


def test_domains_and_shapes_are_kept() -> None:
    for x, y in drawn_by(
        constant, domain={"x": (1, 2), "y": (-8, -4)}, shapes={"x": ("n", 3), "y": ("n",)}
    ):
        assert x.shape == (len(y), 3)
        assert np.all((x > 1) & (x < 2)) and np.all((y > -8) & (y < -4))


def test_annotated_numbers_are_floats_and_defaults_stay() -> None:
    def f(x: float, y: Any, k: int = 3) -> float:
        assert k == 3
        return 2.0

    seen = drawn_by(f)
    assert all(type(x) is float and isinstance(y, np.ndarray) for x, y in seen)
    assert len(seen) > 5


def test_directions_are_fresh_for_every_example_and_follow_from_it() -> None:
    args = (np.array([0.5, 1.0]), 2.0, {"b": np.ones(3)})
    assert seed_of(args) == seed_of((args[0].copy(), 2.0, {"b": np.ones(3)}))
    others = [(args[0], 2.5, args[2]), (args[0][::-1].copy(), 2.0, args[2]), args[:2]]
    assert len({seed_of(args), seed_of(args, 1), *map(seed_of, others)}) == 5
    found = set()

    def vjp(x: Any, g: Any) -> Any:
        found.add(tuple(np.ravel(g)))
        return g * np.cos(x)

    gradient_test(np.sin, vjp=vjp, shapes=(2,), examples=10)()
    assert len(found) >= 10


# Failures --------------------------------------------------------------------------------------


def test_a_failure_is_shrunk_and_says_what_to_blame() -> None:
    @gradient_test(domain=(-2, 2))
    def loss(x: Any, w: Any) -> Any:
        return np.sum(np.sin(x) + wrong_tanh(x * w))

    with pytest.raises(GradientError) as caught:
        loss()
    error = caught.value
    assert str(error).startswith("check_grads: loss, order 1 (reverse): d/d(")
    assert "to blame: wrong_tanh" in str(error)
    notes = "\n".join(error.__notes__)
    assert "x=array(0." in notes and "w=array(0." in notes, notes
    assert error.report is not None and error.report.culprit is not None
    assert "wrong_tanh" in error.report.draw().source


def test_what_fails_only_far_out_is_found_where_it_fails() -> None:
    far = elementwise(np.sin, lambda out, x: ag.cos(x) * np.where(x < -1.5, 1.01, 1.0), name="far")
    with pytest.raises(GradientError) as caught:
        gradient_test(far)()
    assert "x=array(-" in "\n".join(caught.value.__notes__)


def test_an_error_of_the_functions_own_is_raised_with_the_example() -> None:
    @gradient_test(shapes=("n",))
    def picky(x: Any) -> Any:
        if x.shape[0] > 1:
            raise ValueError("too long")
        return np.sum(x)

    with pytest.raises(ValueError, match="too long") as caught:
        picky()
    assert "array([" in "\n".join(caught.value.__notes__)


def test_a_rule_that_is_wrong_only_at_first_does_not_pass() -> None:
    calls = []

    def vjp(x: Any, g: Any) -> Any:
        calls.append(x)
        return g * np.cos(x) * (1.5 if 10 < len(calls) < 30 else 1.0)

    with pytest.raises((GradientError, Flaky)):
        gradient_test(np.sin, vjp=vjp)()


# Counting --------------------------------------------------------------------------------------


def near_zero(share: int) -> Any:
    """Numbers of which one in so many is zero, where ``abs`` has a kink."""
    return st.integers(0, 10**6).map(lambda i: 0.0 if i % share == 0 else 0.5 + i)


def test_mostly_inconclusive_is_vacuous() -> None:
    @gradient_test
    def logarithm(x: Any) -> Any:
        return np.log(x)

    with pytest.raises(InconclusiveError) as caught:
        logarithm()
    message = str(caught.value)
    assert message.startswith("logarithm: this test is vacuous: of ")
    assert " edge)" in message and "domain=" in message and "smooth_points" in message
    gradient_test(logarithm.function, domain=(0, 3))()


def test_nowhere_conclusive_is_vacuous_too() -> None:
    with pytest.raises(InconclusiveError, match=r"only 0 told anything.*51 kink"):
        gradient_test(np.abs, inputs=st.integers(1, 10**6).map(lambda i: 0.0), examples=50)()


def test_some_inconclusive_examples_are_replaced_by_others() -> None:
    counts = tallied(gradient_test(np.abs, inputs=near_zero(4), examples=40))
    assert counts["passed"] == 1 and counts["conclusive"] == 40
    assert 40 < counts["examples"] < 80


def test_replays_from_the_database_are_not_counted() -> None:
    limit = 233.0 * 233.0  # a product: Hypothesis tries the constants that it finds in a test
    mended = False
    seen: list[float] = []

    def vjp(x: Any, g: Any) -> Any:
        seen.append(x)
        return g * np.sign(x - limit) * (1.0 if mended or x < limit else 1.5)

    database = InMemoryExampleDatabase()
    test = gradient_test(
        lambda x: abs(x - limit),
        vjp=vjp,
        inputs=st.integers(0, 10**6).map(float),
        settings=settings(database=database, deadline=None, max_examples=20),
    )
    with pytest.raises(GradientError):
        test()
    assert any(database.data.values())
    mended = True
    seen.clear()
    counts = tallied(test)
    assert seen[0] == limit + 1  # what failed is tried first
    assert counts == {"passed": 1, "examples": 20, "conclusive": 20}


def test_a_failing_run_counts_no_examples() -> None:
    with collecting(Tally()) as tally, pytest.raises(GradientError):
        gradient_test(wrong_tanh)()
    assert tally.take() == {}


def test_a_seed_repeats_the_examples() -> None:
    first, again, other = (drawn_by(constant, 10, seed) for seed in (1, 1, 2))
    assert len(first) >= 8
    assert str(first) == str(again) != str(other)


def test_how_many_examples() -> None:
    test = gradient_test(np.tanh, examples=7)
    assert tallied(test)["examples"] == 7
    assert tallied(test, max_examples=12)["examples"] == 12
    fewer = gradient_test(np.tanh, settings=settings(max_examples=5, deadline=None))
    assert tallied(fewer)["examples"] == 5


# Tests with @given -----------------------------------------------------------------------------


def inconclusive() -> Report:
    return gradcheck(np.abs, 0.0)


def test_conclusive_looks_elsewhere_under_hypothesis() -> None:
    values = []

    @settings(max_examples=30, database=None)
    @given(near_zero(5))
    def check(x: float) -> None:
        assert conclusive(gradcheck(np.abs, x))
        values.append(x)

    with counting() as examples:
        check()
    assert len(values) == 30 == examples.conclusive and 0.0 not in values
    assert set(examples.reasons) == {"kink"}


def test_conclusive_has_nowhere_else_to_look_outside() -> None:
    with pytest.raises(InconclusiveError, match="kink"):
        conclusive(inconclusive())
    with pytest.raises(GradientError, match="wrong_tanh"):
        conclusive(gradcheck(wrong_tanh, 0.5, raise_exception=False))
    assert conclusive(gradcheck(np.tanh, 0.5))


# Messages --------------------------------------------------------------------------------------


def takes_a_count(x: Any, k: int) -> Any:
    return x * k


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: gradient_test((-2, 2)), "takes a function.*keywords"),
        (lambda: gradient_test(np.tanh, domain={"y": (0, 1)}), "no parameter 'y'; it has x"),
        (
            lambda: gradient_test(np.multiply, shapes=[(2,)]),
            r"2 arguments \(x1, x2\), shapes= has 1",
        ),
        (lambda: gradient_test(takes_a_count), "takes an int as 'k'.*inputs="),
        (lambda: gradient_test(lambda: 2.0), "no parameter to draw"),
        (lambda: gradient_test(lambda x=1.0: x), "those with a default keep it"),
        (lambda: gradient_test(lambda *xs: xs[0]), "does not say what it takes"),
        (lambda: gradient_test(np.tanh, order=0), "order is a positive number"),
        (lambda: gradient_test(np.tanh, modes=("sideways",)), "modes is a sequence of 'reverse'"),
        (lambda: gradient_test(np.tanh, modes="reverse"), "a sequence of .*; got 'reverse'"),
        (lambda: gradient_test(np.tanh, shapes=(-1,)), r"a shape is a tuple of lengths.*\(-1,\)"),
        (lambda: gradient_test(np.tanh, domain=2.0), "a domain is an interval"),
        (lambda: gradient_test(np.tanh, inputs=5), "inputs= is for all parameters of tanh"),
        (lambda: gradient_test(np.tanh, inputs=[5]), "inputs= takes Hypothesis's strategies"),
        (lambda: gradient_test(np.tanh, order=2, vjp=lambda x, g: g), "first order"),
        (
            lambda: gradient_test(np.multiply, inputs=st.just((1.0,)))(),
            "draws tuples of as many",
        ),
    ],
)
def test_mistakes_are_explained(make: Any, text: str) -> None:
    with pytest.raises((TypeError, ValueError), match=text):
        make()


def test_hypothesis_is_wanted_only_where_a_test_is_made() -> None:
    code = """
import sys
sys.modules["hypothesis"] = None
import autograd.testing.tally, autograd.testing.property as p
print("hypothesis" in [name.partition(".")[0] for name, m in sys.modules.items() if m])
try:
    p.gradient_test(abs)
except ImportError as error:
    print(error)
"""
    root = Path(ag.__file__).parent.parent
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True
    )
    loaded, message = run.stdout.splitlines()
    assert loaded == "False" and "pip install 'blamegraph[test]'" in message
