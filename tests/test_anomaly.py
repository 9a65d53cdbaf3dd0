"""detect_anomaly names the op, the line and the first place that went wrong."""

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value, detect_anomaly
from autograd.errors import AnomalyError


def test_value_that_is_not_finite():
    x = Tensor([1.0, 0.0], requires_grad=True)
    with (
        detect_anomaly(),
        pytest.raises(AnomalyError, match=r"log gave -inf at \[1\].*test_anomaly"),
    ):
        np.log(x)


def test_gradient_that_is_not_finite():
    x = Tensor([1.0, 0.0], requires_grad=True, label="x")
    with detect_anomaly():
        y = np.sqrt(x)
        with pytest.raises(AnomalyError, match=r"backward of sqrt, called at .*labelled 'x'"):
            (y * 2).sum().backward()


def test_scalar_graphs():
    with detect_anomaly():
        with pytest.raises(AnomalyError, match=r"log gave -inf, called at .*test_anomaly"):
            Value(0.0).log()
        y = Value(0.0).sqrt()
        with pytest.raises(AnomalyError, match="backward of sqrt"):
            y.backward()


def test_forward_outside_is_mentioned():
    x = Tensor([0.0], requires_grad=True)
    y = np.sqrt(x).sum()
    with detect_anomaly(), pytest.raises(AnomalyError, match="Run the forward pass inside"):
        y.backward()


def test_results_are_the_same_inside():
    def run():
        x = Tensor([1.0, 2.0], requires_grad=True)
        v = Value(0.5)
        a, b = ag.linalg.eigh(x * np.eye(2))
        y = (np.exp(x) * v + x[0] ** 2).sum() + a.sum() + (b * b).sum()
        y.backward()
        return x.grad, v.grad

    plain = run()
    with detect_anomaly():
        watched = run()
    np.testing.assert_array_equal(plain[0], watched[0])
    assert plain[1] == watched[1]
