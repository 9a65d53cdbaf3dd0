"""Gradient descent as a picture: the path by closed forms, the words for it, and what is drawn."""

from __future__ import annotations

import numpy as np
import pytest

import autograd as ag
from autograd.viz import descend, descent


@pytest.mark.parametrize("lr", [0.01, 0.3, 0.5, 0.9])
def test_a_parabola_is_followed_as_the_formula_says(lr):
    path = descend(lambda x: 3 + x * x, 2.0, lr, steps=12)
    expected = 2.0 * (1 - 2 * lr) ** np.arange(13)
    np.testing.assert_allclose(path.points[:, 0], expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(path.losses, 3 + expected**2, rtol=1e-12)
    np.testing.assert_allclose(path.slopes[:, 0], 2 * expected, rtol=1e-12, atol=1e-15)


def test_each_coordinate_of_a_bowl_shrinks_at_its_own_rate():
    curvature = np.array([1.0, 10.0])
    path = descend(lambda p: 0.5 * ag.sum(curvature * p * p), [1.0, -1.0], 0.05, steps=9)
    expected = np.array([1.0, -1.0]) * (1 - 0.05 * curvature) ** np.arange(10)[:, None]
    np.testing.assert_allclose(path.points, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("lr", "words"),
    [
        (0.01, "small: it is still on its way"),
        (0.25, "good: it has arrived"),
        (0.9, "large: it swings from side to side"),
        (1.2, "too large: it runs away"),
    ],
)
def test_the_learning_rate_is_judged(lr, words):
    assert descend(lambda x: x * x, 1.0, lr).verdict == words


def test_a_run_that_blows_up_ends_early_and_quietly():
    path = descend(lambda x: x**4, 3.0, 1.0, steps=50)
    assert len(path.points) < 10
    assert path.verdict == "too large: it runs away"


def test_a_curve_has_its_tangents():
    pytest.importorskip("matplotlib")
    figure = descent(lambda x: x * x, 1.0, (0.1, 0.4), steps=5)
    assert [a.get_title(loc="left").partition(":")[0] for a in figure.axes] == [
        "lr = 0.1", "lr = 0.4",
    ]  # fmt: skip
    curve, *rest = figure.axes[0].get_lines()
    np.testing.assert_allclose(curve.get_ydata(), np.array(curve.get_xdata()) ** 2)
    path = descend(lambda x: x * x, 1.0, 0.1, steps=5)
    tangents = rest[:-1]
    assert len(tangents) == len(path.points)
    for line, slope in zip(tangents, path.slopes[:, 0], strict=True):
        (x0, x1), (y0, y1) = line.get_data()
        assert (y1 - y0) / (x1 - x0) == pytest.approx(slope)


def test_a_surface_has_its_path():
    pytest.importorskip("matplotlib")
    bowl = lambda p: p[0] ** 2 + 4 * p[1] ** 2
    figure = descent(bowl, [1.0, 1.0], 0.05, steps=8, low=-2, high=(2, 2))
    (axes,) = figure.axes
    assert axes.get_xlim() == (-2, 2) and axes.get_ylim() == (-2, 2)
    np.testing.assert_allclose(
        np.transpose(axes.get_lines()[0].get_data()), descend(bowl, [1.0, 1.0], 0.05, 8).points
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": np.zeros(3)}, r"of one number or of two, and start has shape \(3,\)"),
        ({"start": [1.0]}, "pass the number itself"),
        ({"lr": 0.0}, "positive number, got lr=0"),
        ({"lr": []}, "no learning rate"),
        ({"steps": 0}, "steps is 1 or more"),
        ({"low": 3.0, "high": 1.0}, "low is below high"),
    ],
)
def test_wrong_use(change, message):
    pytest.importorskip("matplotlib")
    with pytest.raises(ValueError, match=message):
        descent(**{"f": lambda x: x * x, "start": 1.0, "lr": 0.1, **change})


def test_a_path_says_itself_in_one_line():
    text = repr(descend(lambda x: x * x, 1.0, lr=0.25))
    assert text.startswith("<Path: lr=0.25, 21 points, loss 1 → ")
    assert text.endswith("good: it has arrived>")
    assert "\n" not in text
