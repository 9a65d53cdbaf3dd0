"""micrograd's README example and engine tests with the import changed, against PyTorch.

Written from what micrograd's users write (MIT licence, Andrej Karpathy): expressions are theirs.
"""

from __future__ import annotations

import pytest

from autograd import Value

torch = pytest.importorskip("torch", reason="PyTorch is the judge here (make oracle)")

pytestmark = pytest.mark.oracle


def leaf(x):
    return torch.tensor([x], dtype=torch.float64, requires_grad=True)


def readme(a, b):
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return g


def first(x):
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    return h + q + q * x


@pytest.mark.parametrize("f, inputs", [(readme, (-4.0, 2.0)), (first, (-4.0,))])
def test_same_numbers_as_pytorch(f, inputs):
    ours = [Value(x) for x in inputs]
    theirs = [leaf(x) for x in inputs]
    y, expected = f(*ours), f(*theirs)
    y.backward()
    expected.backward()
    assert y.data == pytest.approx(expected.item(), rel=1e-14)
    for a, b in zip(ours, theirs, strict=True):
        assert a.grad == pytest.approx(b.grad.item(), rel=1e-14)


def test_the_numbers_that_the_readme_prints():
    a, b = Value(-4.0), Value(2.0)
    g = readme(a, b)
    assert f"{g.data:.4f}" == "24.7041"
    g.backward()
    assert f"{a.grad:.4f}" == "138.8338"
    assert f"{b.grad:.4f}" == "645.5773"


def test_intermediate_gradients_are_pytorch_s():
    ours, theirs = Value(-4.0), leaf(-4.0)
    z, w = 2 * ours + 2 + ours, 2 * theirs + 2 + theirs
    w.retain_grad()
    (z.relu() + z * ours).backward()
    (w.relu() + w * theirs).backward()
    assert z.grad == w.grad.item()
