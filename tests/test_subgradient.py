"""At a kink a rule may give any slope between those of the two sides, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd.testing import GradientError
from autograd.testing.subgradient import check_subgradient

KINKS = np.array([0.0, 1.0, -2.0, 0.0])
TIES = np.array([1.0, 3.0, 3.0, 2.0, 3.0])

RIGHT: list[tuple[str, Callable[..., Any], tuple[Any, ...]]] = [
    ("relu", ag.relu, (KINKS,)),
    ("relu of a number", ag.relu, (0.0,)),
    ("abs", np.abs, (KINKS,)),
    ("abs of a number", abs, (0.0,)),
    ("leaky relu", ag.leaky_relu, (KINKS,)),
    ("max", np.max, (TIES,)),
    ("min, concave", np.min, (-TIES,)),
    ("max along an axis", lambda x: np.max(x, axis=1), (np.array([[1.0, 1.0], [2.0, 0.5]]),)),
    ("maximum", np.maximum, (np.array([1.0, 3.0]), np.array([1.0, 2.0]))),
    ("clip", lambda x: ag.clip(x, -1, 1), (np.array([1.0, -1.0, 0.0, 3.0]),)),
    ("sort", np.sort, (np.array([2.0, 1.0, 1.0]),)),
    ("norm", np.linalg.norm, (np.zeros(3),)),
    ("sum of kinks", lambda x: np.abs(x).sum(), (KINKS,)),
    ("neither convex nor concave", lambda x: np.abs(x[0]) - np.abs(x[1]), (np.zeros(2),)),
    ("a kink on a large value", lambda x: 1e5 + ag.relu(x), (np.zeros(1),)),
    ("smooth everywhere", np.tanh, (KINKS,)),
    ("a square, smooth at its kink", lambda x: ag.relu(x) ** 2, (KINKS,)),
    ("single precision", ag.relu, (KINKS.astype(np.float32),)),
]


@pytest.mark.parametrize(("f", "inputs"), [c[1:] for c in RIGHT], ids=[c[0] for c in RIGHT])
def test_the_engines_conventions_are_subgradients(
    f: Callable[..., Any], inputs: tuple[Any, ...]
) -> None:
    assert check_subgradient(f, *inputs)


@pytest.mark.parametrize("slope", [0.0, 0.3, 1.0])
def test_every_slope_between_the_two_sides_is_right(slope: float) -> None:
    assert check_subgradient(ag.relu, KINKS, vjp=lambda x, g: g * np.where(x == 0, slope, x > 0))


def at_zero(slope: float, elsewhere: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda x, g: g * np.where(x == 0, slope, elsewhere(x))


WRONG: list[tuple[str, Callable[..., Any], np.ndarray, Callable[..., Any], str]] = [
    ("relu over 1", ag.relu, KINKS, at_zero(1.1, lambda x: x > 0), "between 0 and 1 "),
    ("relu under 0", ag.relu, KINKS, at_zero(-0.1, lambda x: x > 0), "between 0 and 1 "),
    ("abs over 1", np.abs, KINKS, at_zero(1.5, np.sign), "between -1 and 1 "),
    ("-abs", lambda x: -np.abs(x), KINKS, at_zero(-1.2, lambda x: -np.sign(x)), "between -1 and 1"),
    ("all of a tie", np.max, TIES, lambda x, g: g * (x == x.max()), "random direction"),
    ("more than a tie", np.max, TIES, lambda x, g: 2.0 * g * (x == x.max()), "a[1] -> out "),
    (
        "clip's ends",
        lambda x: np.clip(x, -1, 1),
        np.array([1.0, 0.0]),
        lambda x, g: g * (1 + (np.abs(x) == 1)),
        "x[0] -> out[0]",
    ),
    (
        "smooth point",
        np.abs,
        KINKS,
        lambda x, g: g * np.where(x == 1, 0.5, np.sign(x)),
        "x[1] -> out[1]   analytic 0.5   numeric 1",
    ),
    ("nan at the kink", np.abs, KINKS, at_zero(np.nan, np.sign), "analytic nan"),
]


@pytest.mark.parametrize(
    ("f", "x", "vjp", "told"), [c[1:] for c in WRONG], ids=[c[0] for c in WRONG]
)
def test_other_slopes_are_wrong(
    f: Callable[..., Any], x: np.ndarray, vjp: Callable[..., Any], told: str
) -> None:
    with pytest.raises(GradientError) as caught:
        check_subgradient(f, x, vjp=vjp)
    assert told in str(caught.value)
    report = caught.value.report
    assert report is not None
    assert report.evidence is not None


def test_kinks_that_cancel_are_not_seen_by_the_chain_rule() -> None:
    report = check_subgradient(
        lambda x: ag.relu(x) - ag.relu(-x), np.zeros(1), raise_exception=False
    )
    assert report.verdict == "fail"
    assert "kinks inside it cancel" in report.message


@pytest.mark.parametrize(
    ("f", "reason"), [(np.sqrt, "edge"), (np.sign, "jump")], ids=["edge", "jump"]
)
def test_what_has_no_slopes_is_inconclusive(f: Callable[..., Any], reason: str) -> None:
    report = check_subgradient(f, np.array([0.0, 1.0]))
    assert report.verdict == "inconclusive"
    assert report.reason == reason


def test_shapes_are_checked_before_slopes() -> None:
    with pytest.raises(GradientError, match="shape"):
        check_subgradient(ag.relu, KINKS, vjp=lambda x, g: np.sum(g))


def test_many_inputs_and_outputs_are_sampled() -> None:
    x = np.zeros(100)
    assert check_subgradient(np.abs, x)
    with pytest.raises(GradientError, match="not a subgradient"):
        check_subgradient(np.abs, x, vjp=lambda x, g: 1.5 * g)
