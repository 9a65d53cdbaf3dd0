"""The op to blame is named, with its line, its smallest case and a picture; so is the engine."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import autograd as ag
import autograd.transforms
import autograd.value
import nn
from autograd.extend import bilinear, elementwise, linear, plain, primitive
from autograd.testing import GradientError, check_grads, gradcheck, locate

X = np.array([[0.5, -1.0, 2.0], [0.25, 1.5, -0.75]])
W = np.array([[1.0, -2.0], [0.5, 0.25], [-1.5, 3.0]])

wrong_tanh = elementwise(np.tanh, lambda out, x: 1 - out, name="wrong_tanh")
wrong_scalar = elementwise(
    lambda x: np.sin(x), lambda out, x: 1.01 * ag.cos(x), scalar=math.sin, name="wrong_scalar"
)
wrong_product = bilinear(
    lambda a, b: a @ b,
    (lambda g, a, b: g @ b.T, lambda g, a, b: (a.T @ g)[::-1]),
    name="wrong_product",
)
half_scaled = linear(lambda x, k=2.0: k * x, lambda g, x, k: 0.5 * k * g, name="half_scaled")
cut_square = elementwise(lambda x: x * x, lambda out, x: 2 * plain(x), name="cut_square")
wrong_forward = primitive(
    lambda x: np.exp(x),
    vjp=lambda g, out, x: g * out,
    jvp=lambda t, out, x: -t[0] * out,
    name="wrong_forward",
)


def model(x: Any, w: Any) -> Any:
    h = wrong_tanh(x @ w)
    return (h * h).sum() + x.mean()


def test_the_op_its_line_and_its_neighbours_are_named() -> None:
    with pytest.raises(GradientError) as caught:
        gradcheck(model, X, W)
    message = str(caught.value)
    assert "to blame: wrong_tanh, wrong at 1 node of 6 checked; the others agree" in message
    assert "test_locate.py:" in message
    assert "h = wrong_tanh(x @ w)" in message
    assert "▶ v3" in message
    culprit = caught.value.report.culprit
    assert (culprit.kind, culprit.op) == ("rule", "wrong_tanh")
    number = culprit.line.rpartition(":")[2]
    assert int(number) == model.__code__.co_firstlineno + 1


def test_the_smallest_case_is_small_and_fails_when_pasted() -> None:
    culprit = locate(model, X, W)
    assert re.search(r"wrong_tanh, np\.array\(\[\[-?\d\.\d\]\]\)\)", culprit.program)
    with pytest.raises(GradientError, match="wrong_tanh"):
        exec(culprit.program, {"wrong_tanh": wrong_tanh})


def test_a_case_that_cannot_be_made_small_is_described() -> None:
    picky = elementwise(
        lambda x: x * x, lambda out, x: (3.0 if x.size == 300 else 2.0) * x, name="picky"
    )
    culprit = locate(lambda x: picky(x).sum(), np.linspace(0.5, 2.0, 300))
    assert "# x: ndarray of shape (300,), float64, too long to be written out" in culprit.program
    assert culprit.program.splitlines()[-1] == "gradcheck(picky, x)"


@pytest.mark.parametrize(
    ("f", "inputs", "op"),
    [
        (lambda x, y: wrong_scalar(x * y) + x, (0.5, 2.0), "wrong_scalar"),
        (lambda x: ag.leaky_relu(wrong_scalar(x), 0.2) * x, (0.5,), "wrong_scalar"),
        (lambda x, w: np.tanh(wrong_product(x, w)).sum(), (X, W), "wrong_product"),
        (lambda x: (half_scaled(x, 3.0) ** 2).sum(), (X,), "half_scaled"),
        (lambda x: sum(ag.stack([wrong_scalar(v) for v in x.to_values()])), (X[0],), None),
    ],
)
def test_both_faces(f: Callable[..., Any], inputs: tuple, op: str | None) -> None:
    found = locate(f, *inputs)
    assert found.kind == "rule"
    assert found.op == (op or "wrong_scalar")
    names = {"wrong_scalar": wrong_scalar, "half_scaled": half_scaled}
    with pytest.raises(GradientError, match=found.op):
        exec(found.program, {**names, "wrong_product": wrong_product})


def test_forward_rules() -> None:
    assert locate(lambda x: wrong_forward(x).sum(), X) is None
    found = locate(lambda x: wrong_forward(x).sum(), X, mode="forward")
    assert found.op == "wrong_forward"
    with pytest.raises(GradientError, match="wrong_forward"):
        exec(found.program, {"wrong_forward": wrong_forward})


def test_parameters_stay_in_the_smallest_case() -> None:
    found = locate(lambda x: half_scaled(x, 3.0).sum(), X)
    assert "half_scaled(x, k=3.0)" in found.program


def test_a_lost_second_derivative_is_the_rules() -> None:
    with pytest.raises(GradientError, match="the derivative rule of cut_square") as caught:
        check_grads(lambda x: (cut_square(x) * x).sum(), X)
    assert caught.value.report.culprit.op == "cut_square"
    assert "test_locate.py" in caught.value.report.culprit.line


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * x.detach(),
        lambda x: np.sin(x) * float(x.sum().item()),
        lambda x: x * np.asarray(x.data).max(),
    ],
)
def test_a_cut_graph_is_told(f: Callable[..., Any]) -> None:
    found = locate(f, X)
    assert found.kind == "cut"
    assert found.op == "multiply"
    assert "operand 2 of multiply changes with the inputs" in found.message


def test_nothing_is_blamed_for_right_derivatives() -> None:
    assert locate(lambda x, w: np.sort(np.tanh(x @ w), axis=0).sum(), X, W) is None
    assert locate(lambda x, y: ag.log(x * y) ** 2 / y, 0.5, 2.0) is None
    assert locate(lambda x: 3.0, X) is None


# The engine -----------------------------------------------------------------------------------


@contextlib.contextmanager
def planted(pull: Callable[..., Any]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (autograd.transforms, autograd.value):
            patch.setattr(module, "pull", pull)
        patch.setattr(autograd.value, "pull_scalars", lambda root: False)
        yield


def forgetful(order: Any, seeds: Any, *, keep: Any = (), deposit: bool = False, **_: Any) -> dict:
    """A walk that keeps the last of several cotangents in place of their sum."""
    found, kept, result = dict(seeds), set(keep), {}
    for node in [*order, *kept]:
        g = found.pop(node, None)
        if g is None:
            continue
        if deposit:
            node.deposit(g, False)
        if node in kept:
            result[node] = g
        elif node.parents:
            for parent, ct in zip(node.parents, node.pull(g, node.parents, False)):
                if parent is not None and ct is not None:
                    found[parent] = ct
    for node, g in found.items():
        if deposit:
            node.deposit(g, False)
        if node in kept:
            result[node] = g
    return result


@pytest.mark.parametrize(
    ("f", "x"), [(lambda x: (np.sin(x) * x).sum(), X), (lambda x: ag.sin(x) * x, 0.5)]
)
def test_a_wrong_sum_is_the_engines(f: Callable[..., Any], x: Any) -> None:
    with planted(forgetful):
        report = gradcheck(f, x, raise_exception=False)
    assert report.verdict == "fail"
    assert report.culprit.kind == "engine"
    assert "2 uses" in report.message
    assert gradcheck(f, x)


# Models ---------------------------------------------------------------------------------------


class Sloppy(nn.Module):
    """A layer with a wrong op in it."""

    def __init__(self) -> None:
        self.inner = nn.Linear(3, 2, dtype=np.float64)

    def forward(self, x: Any) -> Any:
        """Compute the output."""
        return wrong_tanh(self.inner(x))


def test_parameters_of_a_module_are_checked() -> None:
    right = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    before = right.state_dict()
    report = gradcheck(right, X.astype(np.float32))
    assert report
    for name, value in right.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
    assert all(p.grad is None for p in right.parameters())
    assert check_grads(right, X)


def test_a_parameter_that_gets_no_gradient_is_named() -> None:
    class Deaf(nn.Module):
        def __init__(self) -> None:
            self.scale = ag.Tensor([1.0, 2.0, 3.0], requires_grad=True)

        def forward(self, x: Any) -> Any:
            return x * self.scale.detach()

    with pytest.raises(GradientError, match=r"d/d\(scale\) is wrong"):
        gradcheck(Deaf(), X)


def test_the_op_in_a_layer_is_named() -> None:
    with pytest.raises(GradientError, match=r"to blame: wrong_tanh(.|\n)*wrong_tanh\(self.inner"):
        gradcheck(Sloppy(), X)


def test_parameters_of_a_closure_are_checked() -> None:
    layer = Sloppy()
    labels = np.array([0, 1])

    def loss() -> Any:
        return nn.losses.cross_entropy(layer(X), labels)

    with pytest.raises(GradientError, match=r"d/d\(inner\.(weight|bias)\) is wrong"):
        gradcheck(loss, parameters=layer)
    with pytest.raises(GradientError, match="wrong"):
        gradcheck(loss, parameters=layer.parameters())


def test_parameters_and_a_rule_of_ones_own_do_not_mix() -> None:
    with pytest.raises(TypeError, match="pass the parameters as inputs"):
        gradcheck(Sloppy(), X, vjp=lambda x, g: g)


# Pictures -------------------------------------------------------------------------------------


def test_the_node_stands_out_in_the_drawing() -> None:
    report = gradcheck(model, X, W, raise_exception=False)
    source = report.draw().source
    assert source.count("to blame") == 1
    assert "#B00020" in source
    bundle = report._repr_mimebundle_()
    assert "to blame: wrong_tanh" in bundle["text/plain"]


def test_of_a_large_graph_the_part_around_the_node_is_shown() -> None:
    def deep(x: Any) -> Any:
        for _ in range(60):
            x = x * 0.99
        x = wrong_tanh(x)
        for _ in range(60):
            x = x + 0.01
        return x

    report = gradcheck(deep, X, raise_exception=False)
    assert "▶" in report.message
    assert "hidden" in report.message
    assert len(report.message.splitlines()) < 40


def test_there_is_nothing_to_draw_without_a_graph() -> None:
    report = gradcheck(np.sin, X, vjp=lambda x, g: g, raise_exception=False)
    with pytest.raises(ValueError, match="no op to blame"):
        report.draw()
    assert list(report._repr_mimebundle_()) == ["text/plain"]
