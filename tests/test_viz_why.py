"""``why_zero`` names what kills a gradient, at the node that does, and accuses nothing healthy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor, Value, no_grad
from autograd.extend import elementwise, primitive
from autograd.viz import blame, build, draw, explain, to_text
from autograd.viz.why import Diagnosis, why_zero

Plant = Callable[[Any], tuple[Any, Any]]
FACES = ("value", "tensor")
HERE = Path(__file__).name


def leaf_of(face: str, rng: np.random.Generator, label: str = "leaf") -> Any:
    if face == "value":
        return Value(rng.uniform(0.2, 0.9), label=label)
    return Tensor(rng.uniform(0.2, 0.9, size=(5, 4)), requires_grad=True, label=label)


def node_of(x: Any) -> Any:
    return x._node if isinstance(x, Tensor) else x


GENTLE: list[Callable[[Any], Any]] = [
    lambda x: x * 0.8,
    lambda x: x + 0.3,
    lambda x: 1.1 - x,
    lambda x: np.tanh(x),
    lambda x: np.exp(x * 0.4),
    lambda x: x / 1.3,
    lambda x: ag.sigmoid(x) + x,
    lambda x: x * x * 0.5 + x,
]


def wander(x: Any, rng: np.random.Generator) -> Any:
    """A few ops that lose no gradient."""
    for k in rng.integers(len(GENTLE), size=rng.integers(4)):
        x = GENTLE[k](x)
    return x


def total(x: Any) -> Any:
    return x.sum() if isinstance(x, Tensor) else x


def planted(face: str, plant: Plant, seed: int) -> tuple[Any, Any, Any]:
    """A random graph with one bad place in it: (root, leaf, what is to blame)."""
    rng = np.random.default_rng(seed)
    leaf, other = leaf_of(face, rng), leaf_of(face, rng, "other")
    with np.errstate(all="ignore"):
        bad, culprit = plant(wander(leaf, rng))
        # What is not finite may be finite again after tanh, and is a different case then.
        rest = wander(bad, rng) if np.isfinite(bad.data).all() else bad * 0.8 + 0.3
        root = total(rest) * 0.9 + total(wander(other * 1.2, rng))
    return root, leaf, culprit


def same(f: Callable[[Any], Any]) -> Plant:
    """The result itself is to blame."""

    def plant(h: Any) -> tuple[Any, Any]:
        bad = f(h)
        return bad, bad

    return plant


def at_numbers(h: Any) -> Any:
    return h.data if isinstance(h, Value) else h.numpy()


def zeros(h: Any) -> Any:
    zero = Value(0.0) if isinstance(h, Value) else Tensor(np.zeros((5, 4)), requires_grad=True)
    zero.label = "nought"
    return zero


PLANTS: list[tuple[str, str, Plant]] = [
    ("relu", "dead_relu", same(lambda h: ag.relu(-(h * h) - 0.1))),
    ("maximum with 0", "dead_relu", same(lambda h: np.maximum(-(h * h) - 0.1, 0.0))),
    ("sigmoid, to 0", "saturated", same(lambda h: ag.sigmoid(h - 900.0))),
    ("sigmoid, nearly", "saturated", same(lambda h: ag.sigmoid(h + 30.0))),
    ("tanh, to 0", "saturated", same(lambda h: np.tanh(h + 900.0))),
    ("tanh, nearly", "saturated", same(lambda h: np.tanh(h - 20.0))),
    ("times 0", "zero_factor", same(lambda h: h * 0.0)),
    ("times a zero node", "zero_factor", same(lambda h: zeros(h) * h)),
    ("zero divided", "zero_factor", same(lambda h: 0.0 / h)),
    ("times little", "small_factor", same(lambda h: h * 1e-12)),
    ("clip", "clip", same(lambda h: np.clip(h, 50.0, 60.0))),
    ("hardtanh", "clip", same(lambda h: ag.hardtanh(h + 50.0))),
    ("maximum", "branch", same(lambda h: np.maximum(h, 99.0))),
    ("minimum", "branch", same(lambda h: np.minimum(-99.0, h))),
    ("where", "branch", same(lambda h: ag.where(np.zeros(np.shape(h), bool)[()], h, 1.0))),
    ("floor", "step", same(lambda h: np.floor(h))),
    ("round", "step", same(lambda h: np.round(h))),
    ("sign", "step", same(lambda h: np.sign(h))),
    ("square at 0", "stationary", same(lambda h: (h - at_numbers(h)) ** 2)),
    ("own product at 0", "stationary", same(lambda h: (lambda d: d * d)(h - at_numbers(h)))),
    ("cosine at 0", "stationary", same(lambda h: np.cos(h - at_numbers(h)))),
    ("underflow", "underflow", lambda h: (lambda a: ((a * 1e-200), a))(h * 1e-200)),
    ("exp of much less", "underflow", same(lambda h: np.exp(h - 1e4))),
    ("terms cancel", "cancellation", lambda h: (h * 0.7 - h * 0.7, h)),
    ("log of 0", "log_of_zero", same(lambda h: np.log(h * 0.0))),
    ("root of 0", "sqrt_at_zero", same(lambda h: np.sqrt(h * 0.0))),
    ("through 0", "division_by_zero", same(lambda h: 1.0 / (h * 0.0))),
    ("0 / 0", "division_by_zero", same(lambda h: (h * 0.0) / (h * 0.0))),
    ("log of less", "invalid", same(lambda h: np.log(h * h * -1.0))),
    ("exp of much", "overflow", same(lambda h: np.exp(h + 1e4))),
]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(("kind", "plant"), [p[1:] for p in PLANTS], ids=[p[0] for p in PLANTS])
def test_what_was_planted_is_named_where_it_is(
    kind: str, plant: Plant, face: str, seed: int
) -> None:
    root, leaf, culprit = planted(face, plant, seed)
    found = why_zero(root, leaf)
    assert [c.kind for c in found.causes] == [kind], str(found)
    (cause,) = found.causes
    assert cause.node is node_of(culprit), str(found)
    assert found.nodes == [node_of(culprit)]
    expected = {"zero", "tiny"}
    if kind in ("log_of_zero", "sqrt_at_zero", "division_by_zero", "invalid", "overflow"):
        expected = {"nonfinite"}
    assert found.verdict in expected
    assert cause.message in str(found)
    assert cause.cure in str(found)


TENSOR_PLANTS: list[tuple[str, str, Plant]] = [
    ("matmul with zeros", "zero_factor", same(lambda h: h @ np.zeros((4, 3)))),
    (
        "einsum with zeros",
        "zero_factor",
        same(lambda h: np.einsum("ij,jk->ik", h, np.zeros((4, 3)))),
    ),
    (
        "linear with zeros",
        "zero_factor",
        same(lambda h: ag.linear(h, np.zeros((3, 4)), np.ones(3))),
    ),
    (
        "a product with zeros",
        "zero_factor",
        same(lambda h: np.prod(h * np.array([0, 0, 1.0, 1.0]), axis=1)),
    ),
]


@pytest.mark.parametrize(
    ("kind", "plant"), [p[1:] for p in TENSOR_PLANTS], ids=[p[0] for p in TENSOR_PLANTS]
)
@pytest.mark.parametrize("seed", range(4))
def test_products_of_arrays_are_named(kind: str, plant: Plant, seed: int) -> None:
    root, leaf, culprit = planted("tensor", plant, seed)
    found = why_zero(root, leaf)
    assert [(c.kind, c.node) for c in found.causes] == [(kind, node_of(culprit))], str(found)


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("face", FACES)
def test_healthy_graphs_are_not_accused(face: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    xs = [leaf_of(face, rng, f"x{k}") for k in range(3)]
    pool = list(xs)
    for _ in range(rng.integers(3, 12)):
        a, b = (pool[k] for k in rng.integers(len(pool), size=2))
        pool.append(wander(a, rng) + wander(b, rng) * rng.uniform(0.2, 0.6))
        if face == "tensor" and rng.random() < 0.3:
            pool.append(ag.relu(pool[-1] - 0.5) + 0.1 * pool[-1])
    root = total(pool[-1]) + sum((total(x) * 0.01 for x in xs), start=0.0)
    before = [x.grad for x in xs]
    found = [why_zero(root, x) for x in xs]
    assert [f.verdict for f in found] == ["alive"] * 3
    assert [f.causes for f in found] == [[]] * 3
    assert [x.grad for x in xs] == before  # none was touched
    root.backward()
    for f, x in zip(found, xs, strict=True):
        np.testing.assert_allclose(f.gradient, x.grad, rtol=1e-12)
        assert f"{f.size:.4g}" in str(f)


def relu_net() -> tuple[Tensor, Tensor, Tensor]:
    rng = np.random.default_rng(0)
    w = Tensor(rng.normal(size=(3, 4)), requires_grad=True, label="w")
    bias = Tensor([0.0, -100.0, 0.0, -100.0], requires_grad=True, label="bias")
    h = ag.relu(rng.normal(size=(50, 3)) @ w + bias)
    h.label = "h"
    return h.sum(), w, h


def test_some_dead_units_of_a_layer_are_counted() -> None:
    root, w, h = relu_net()
    found = why_zero(root, w)
    assert (found.verdict, [c.kind for c in found.causes]) == ("partly", ["dead_relu"])
    assert found.nodes == [h._node]
    assert "2 of 4 units" in str(found)
    assert "6 of 12 of its elements get no gradient" in str(found)


def test_a_dead_layer_is_counted() -> None:
    x = np.ones((6, 2))
    w = Tensor(-np.ones((2, 3)), requires_grad=True)
    text = str(why_zero(ag.relu(x @ w).sum(), w))
    assert (
        "18 of 18 inputs are negative or 0 (all 3 units for every example), from -2 to -2" in text
    )


def test_only_the_elements_that_a_gradient_reaches_count() -> None:
    x = Tensor([[1.0, -1.0]], requires_grad=True, label="x")
    found = why_zero(ag.relu(x)[0, 1], x)
    assert found.causes[0].kind == "dead_relu"
    assert "1 of 1 inputs where a gradient arrives (1 of 2 elements)" in str(found)


def test_balanced_examples_cancel() -> None:
    rng = np.random.default_rng(0)
    half = rng.normal(size=(4, 3))
    w = Tensor(rng.normal(size=(3, 2)), requires_grad=True, label="w")
    out = np.concatenate([half, -half]) @ w
    found = why_zero(out.sum(), w)
    assert [(c.kind, c.node) for c in found.causes] == [("cancellation", out._node)]


def test_a_broadcast_operand_whose_terms_cancel() -> None:
    b = Tensor([0.5, 0.5], requires_grad=True, label="b")
    out = b + np.zeros((2, 2))
    found = why_zero((out * np.array([[3.0], [-3.0]])).sum(), b)
    assert [(c.kind, c.node) for c in found.causes] == [("cancellation", out._node)]
    assert "b was broadcast, and the 4 terms of its gradient, up to 3, add up to 0" in str(found)


def test_a_bias_before_a_normalisation() -> None:
    rng = np.random.default_rng(0)
    layer = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    out = layer(Tensor(rng.normal(size=(8, 3)).astype(np.float32)))
    weights = rng.normal(size=(8, 4)).astype(np.float32)
    found = why_zero((out * weights).sum(), dict(layer.named_parameters())["0.bias"], model=layer)
    assert [c.kind for c in found.causes] == ["cancellation"], str(found)
    assert "0.bias" in str(found)


def test_contributions_that_cancel_are_listed_with_their_signs() -> None:
    x = Value(2.0, label="x")
    a, b = x * 3.0, x * -3.0
    a.label, b.label = "up", "down"
    text = str(why_zero(a + b, x))
    assert "its contributions add up to 0: 3 through up, -3 through down" in text


def test_softmax_and_its_sum() -> None:
    x = Tensor([[0.1, 0.2, -0.4]], requires_grad=True)
    p = ag.softmax(x)
    found = why_zero(p.sum(), x)
    assert [(c.kind, c.node) for c in found.causes] == [("cancellation", p._node)]
    sure = ag.softmax(x * 5000.0)
    found = why_zero(sure[0, 0], x)
    assert [(c.kind, c.node) for c in found.causes] == [("saturated", sure._node)]


def test_elements_that_a_maximum_did_not_choose() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True, label="x")
    largest = np.max(np.concatenate([x, Tensor([99.0])]))
    found = why_zero(largest, x)
    assert [(c.kind, c.node) for c in found.causes] == [("branch", largest._node)]


def test_an_operand_that_was_not_indexed() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True, label="x")
    y = Tensor([1.0, 2.0], requires_grad=True, label="y")
    both = np.concatenate([x, y])
    found = why_zero(both[:2].sum(), y)
    assert [(c.kind, c.node) for c in found.causes] == [("not_chosen", both._node)]


def test_what_was_overwritten() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True, label="x")
    buffer = x * 2.0
    buffer[:] = 7.0
    found = why_zero(buffer.sum(), x)
    assert [(c.kind, c.node) for c in found.causes] == [("overwritten", buffer._node)]


# Not in the graph ----------------------------------------------------------------------------


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("seed", range(3))
def test_a_detached_leaf(face: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    leaf, other = leaf_of(face, rng), leaf_of(face, rng, "other")
    used = leaf.detach() * other
    found = why_zero(total(wander(used, rng)), leaf)
    assert (found.verdict, found.gradient) == ("disconnected", None)
    if face == "value":  # a new leaf with the same number
        assert [(c.kind, c.node) for c in found.causes] == [("copy", used.a)]
    else:
        assert [(c.kind, c.node) for c in found.causes] == [("detached", node_of(used))]


def test_numbers_taken_out_of_the_graph() -> None:
    w, v = Value(0.37, label="w"), Value(2.0, label="v")
    out = v * w.data
    found = why_zero(out + 1.0, w)
    assert [(c.kind, c.node) for c in found.causes] == [("detached", out)]
    t = Tensor([0.3, 0.4], requires_grad=True)
    out = np.ones(2) * Tensor([1.0, 1.0], requires_grad=True) * t.numpy()
    assert [(c.kind, c.node) for c in why_zero(out.sum(), t).causes] == [("detached", out._node)]


def test_a_link_cut_further_on_is_suspected_at_the_constant() -> None:
    w = Tensor([0.3, 0.4], requires_grad=True, label="w")
    v = Tensor([1.0, 2.0], requires_grad=True, label="v")
    out = (w * 3.0).detach() * v
    found = why_zero(out.sum(), w)
    assert [(c.kind, c.node) for c in found.causes] == [("not_in_graph", out._node)]
    assert "it depends on v" in str(found)
    assert "may be cut at the constant operand 1" in str(found)


@pytest.mark.parametrize(
    ("f", "what"),
    [
        (lambda x: x.astype(int), "astype"),
        (lambda x: x > 0, "comparison"),
        (lambda x: np.sign(x).detach(), "sign"),
        (lambda x: np.argsort(x, axis=-1), "argsort"),
    ],
)
def test_steps_out_of_the_graph_are_recognised(f: Callable[[Any], Any], what: str) -> None:
    x = Tensor([[1.4, -2.6, 3.3]], requires_grad=True, label="x")
    out = f(x) * Tensor([1.0, 2.0, 3.0], requires_grad=True)
    found = why_zero(out.sum(), x)
    assert [(c.kind, c.node) for c in found.causes] == [("no_derivative", out._node)], str(found)
    assert what in str(found)


def test_a_result_without_history() -> None:
    w = Tensor([1.4, 2.6], requires_grad=True, label="w")
    v = Value(1.5, label="v")
    with no_grad():
        quiet, quiet_value = (w * 2.0).sum(), v * 2.0
    for root, leaf in ((quiet, w), (quiet_value, v), (2.5, v), (w.numpy(), v)):
        found = why_zero(root, leaf)
        assert (found.verdict, [c.kind for c in found.causes]) == ("disconnected", ["no_grad"])
        assert "no_grad()" in str(found)
    assert why_zero(np.argmax(w), w).causes[0].kind == "no_derivative"


def test_a_leaf_that_requires_no_gradient() -> None:
    frozen = Tensor([1.5, 2.5], label="frozen")
    v = Tensor([1.0, 2.0], requires_grad=True, label="v")
    out = frozen * v
    found = why_zero(out.sum(), frozen)
    assert [(c.kind, c.node) for c in found.causes] == [("no_requires_grad", out._node)]
    assert why_zero((frozen * 2.0).sum(), frozen).causes[0].kind == "no_requires_grad"
    whole = Tensor([1, 2])
    assert "its dtype is int64" in str(why_zero((whole * v).sum(), whole))


def test_a_copy_was_used() -> None:
    w = Tensor([1.5, 2.5], requires_grad=True, label="w")
    twin = Tensor(w.numpy(), requires_grad=True)
    found = why_zero((twin * 2.0).sum(), w)
    assert [(c.kind, c.node) for c in found.causes] == [("copy", twin._node)]
    renewed = Tensor([9.0, 9.0], requires_grad=True, label="w")
    assert why_zero((renewed * 2.0).sum(), w).causes[0].kind == "copy"


def test_an_unrelated_leaf() -> None:
    a, b = Value(0.3, label="a"), Value(0.7, label="b")
    found = why_zero(a * 3.0, b)
    assert [(c.kind, c.node) for c in found.causes] == [("not_in_graph", None)]
    assert found.nodes == []
    assert "it depends on a" in str(found)


@pytest.mark.parametrize("face", FACES)
def test_a_freed_graph_is_called_freed(face: str) -> None:
    x = leaf_of(face, np.random.default_rng(0))
    root = total(x * 2.0)
    root.backward(retain_graph=False)
    found = why_zero(root, x)
    assert (found.verdict, found.causes[0].kind) == ("freed", "freed")
    assert "retain_graph" in str(found)


# Several places, depth, numbers that are not finite -------------------------------------------


def test_every_path_is_reported_the_largest_first() -> None:
    x = Value(-1.0, label="x")
    low = x.relu()
    zero = x * 0.0
    out = low * 3.0 + zero * 50.0
    for k in range(6):
        out = out + (x - float(k)).relu() * 0.1
    found = why_zero(out, x, top=2)
    assert [c.node for c in found.causes] == [zero, low]
    assert [c.came for c in found.causes] == [50.0, 3.0]
    assert found.more == 6
    assert "... and 6 more such places" in str(found)


@pytest.mark.parametrize("face", FACES)
def test_vanishing_over_depth(face: str) -> None:
    x = h = leaf_of(face, np.random.default_rng(0))
    for k in range(20):
        h = ag.sigmoid(h)
        h.label = f"h{k}"
    found = why_zero(total(h), x)
    assert (found.verdict, [c.kind for c in found.causes]) == ("tiny", ["vanishing"])
    assert "20 factors below 1 (sigmoid)" in str(found)
    assert [s.name for s in found.profile][-2:] == ["h0", "leaf"]
    sizes = [s.size for s in found.profile[-21:]]
    factors = [s.factor for s in found.profile[-20:]]
    np.testing.assert_allclose(np.cumprod(factors) * sizes[0], sizes[1:], rtol=1e-12)
    assert str(found).count("◀ largest drop") == 1
    # Too deep for the numbers themselves: the same, said as underflow.
    for _ in range(600):
        h = ag.sigmoid(h)
    deep = why_zero(total(h), x)
    assert (deep.verdict, [c.kind for c in deep.causes]) == ("zero", ["underflow"])


def test_the_smallest_factor_before_an_underflow_is_named() -> None:
    x = Value(0.5, label="x")
    low = x * 1e-100
    worst = low * 1e-180
    worst.label = "worst"
    found = why_zero(worst * 1e-60, x)
    assert found.causes[0].node is low
    assert "3 factors below 1" in str(found)
    assert "the smallest 1e-180 in worst = multiply" in str(found)


def test_float32_underflows_earlier() -> None:
    x = Tensor(np.ones(3, np.float32), requires_grad=True)
    h = x * np.float32(1e-30)
    found = why_zero((h * np.float32(1e-30)).sum(), x)
    assert [(c.kind, c.node) for c in found.causes] == [("underflow", h._node)]


def test_nan_from_outside() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True, label="x")
    data = Tensor([1.0, np.nan], requires_grad=True, label="data")
    found = why_zero((x * data).sum(), x)
    assert [(c.kind, c.node) for c in found.causes] == [("nonfinite_input", data._node)]
    assert "nan at [1]" in str(found)
    out = x * np.array([np.inf, 1.0])
    found = why_zero(out.sum(), x)
    assert [(c.kind, c.node) for c in found.causes] == [("nonfinite_input", out._node)]


def test_the_first_of_many_nans_is_blamed_and_the_others_not() -> None:
    x = Tensor([-1.0, 4.0], requires_grad=True, label="x")
    with np.errstate(all="ignore"):
        first = np.log(x)
        found = why_zero((np.tanh(first * 2.0) + first).sum(), x)
    assert [(c.kind, c.node) for c in found.causes] == [("invalid", first._node)]
    assert "nan at [0] of -1" in str(found)
    assert "1 of 2 elements (1 nan)" in str(found)


def test_a_result_that_is_nan_though_the_gradient_is_not() -> None:
    x = Value(-2.0, label="x")
    first = x.log()
    found = why_zero(first + 1.0, x)
    assert (found.verdict, found.gradient) == ("nonfinite", -0.5)
    assert [(c.kind, c.node) for c in found.causes] == [("invalid", first)]


def test_a_gradient_lost_inside_a_checkpoint() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True, label="x")
    found = why_zero(ag.checkpoint(lambda h: ag.relu(-h))(x).sum(), x)
    assert [c.kind for c in found.causes] == ["inside"]
    assert why_zero(ag.checkpoint(lambda h: ag.relu(h))(x).sum(), x).verdict == "alive"


def test_dead_channels_of_images_are_counted() -> None:
    x = Tensor(np.ones((2, 3, 4, 4)), requires_grad=True)
    shift = np.array([0.0, -9.0, 0.0])[:, None, None]
    assert "1 of 3 channels" in str(why_zero(ag.relu(x + shift).sum(), x))


@pytest.mark.parametrize("scale", [1e-300, 1e-20, 1.0, 1e20, 1e300])
def test_norms_neither_vanish_nor_overflow(scale: float) -> None:
    x = Tensor([3.0, 4.0], requires_grad=True)
    found = why_zero((x * np.array([3.0, 4.0]) * scale).sum(), x, tiny=0.0)
    assert found.size == pytest.approx(5.0 * scale, rel=1e-12)


def test_terms_that_cancel_but_for_rounding() -> None:
    x = Value(0.7, label="x")
    h = x * 2.0
    found = why_zero((h * 0.1 + h * 0.2) - h * 0.3, x)
    assert found.size > 0
    assert (found.verdict, [(c.kind, c.node) for c in found.causes]) == (
        "tiny",
        [("cancellation", h)],
    )


def test_the_profile_follows_the_largest_term() -> None:
    x = Value(0.7, label="x")
    large, small = x * 5.0, x * 0.1
    for out in (large + small, small + large):
        steps = why_zero(out, x).profile
        assert [s.node for s in steps] == [out, large, x]
        assert [s.size for s in steps] == [1.0, 1.0, pytest.approx(5.1)]


@pytest.mark.parametrize("side", [True, False])
def test_the_branch_that_was_not_taken_is_called_by_its_side(side: bool) -> None:
    x = Value(0.7, label="x")
    found = why_zero(ag.where(not side, *((x, 1.0) if side else (1.0, x))), x)
    word = str(side).lower()
    assert f"x is the branch for {word}, and the condition is not {word}" in str(found)


def test_a_number_as_common_as_one_half_is_no_evidence_of_a_copy() -> None:
    x = Value(0.5, label="x")
    found = why_zero(Value(3.0, label="y") * 0.5, x)
    assert [c.kind for c in found.causes] == ["not_in_graph"]


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("swap", [True, False])
def test_a_gradient_that_two_operands_share_is_not_written_to(first: bool, swap: bool) -> None:
    w = Tensor([0.3, 0.4], requires_grad=True)
    x, z = w * 1.5, w * 2.0
    both = (z + x if swap else x + z) * np.ones(2)
    rest = np.exp(x) + np.tanh(z)
    root = (both + rest if first else rest + both).sum()
    found = why_zero(root, w)
    root.backward()
    np.testing.assert_allclose(found.gradient, w.grad, rtol=1e-14)


@pytest.mark.parametrize("face", FACES)
def test_what_does_not_lead_to_the_leaf_is_not_accused(face: str) -> None:
    rng = np.random.default_rng(0)
    x, other = leaf_of(face, rng), leaf_of(face, rng, "other")
    dead = ag.relu(-x)
    mixed = np.sign(other * 3.0) * 2.0 + dead
    found = why_zero(total(mixed + np.floor(other)), x)
    assert found.nodes == [node_of(dead)]
    assert found.more == 0


def test_operands_that_a_linear_op_did_not_keep() -> None:
    x = Tensor(np.full(10_000, 1e-30, np.float32), requires_grad=True)
    sums = np.cumsum(x)
    with np.errstate(all="ignore"):
        found = why_zero((sums * np.float32(1e36)).sum(), x)
    assert [(c.kind, c.node) for c in found.causes] == [("overflow", sums._node)], str(found)


def test_a_product_with_little_and_some_zeros() -> None:
    x = Tensor(np.ones((2, 2)), requires_grad=True)
    out = x @ np.array([[1e-12, 0.0], [0.0, 2e-12]])
    found = why_zero(out.sum(), x)
    assert [(c.kind, c.node) for c in found.causes] == [("small_factor", out._node)]


def test_minus_infinity_in_a_mask_is_no_offence() -> None:
    x = Tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    masked = ag.softmax(x + np.array([0.0, 0.0, -np.inf]))
    found = why_zero((masked * np.array([1.0, 2.0, 3.0]))[0, :2].sum(), x)
    assert found.verdict == "partly" and found.causes == []
    root = np.sqrt(x * 0.0)
    found = why_zero((masked * np.array([1.0, 2.0, 3.0])).sum() + root.sum(), x)
    assert [(c.kind, c.node) for c in found.causes] == [("sqrt_at_zero", root._node)]


@pytest.mark.parametrize("end", [1.0, 0.0])
def test_a_long_chain(end: float) -> None:
    x = h = Value(1.0, label="x")
    for _ in range(100_000):
        h = h * 1.0
    found = why_zero(h * end, x)
    assert found.verdict == ("alive" if end else "zero")
    assert len(str(found)) < 1000
    if not end:
        assert found.causes[0].message == "it multiplies by 0"


# The form -------------------------------------------------------------------------------------


def test_the_line_is_known_inside_detect_anomaly() -> None:
    x = Value(-1.0, label="x")
    t = Tensor([-1.0], requires_grad=True)
    with ag.detect_anomaly():
        a, b = x.relu(), ag.relu(t).sum()
    for root, leaf in ((a, x), (b, t)):
        found = why_zero(root, leaf)
        assert HERE in (found.causes[0].line or "")
        assert "a, b = x.relu(), ag.relu(t).sum()" in str(found)
        assert "detect_anomaly" not in str(found)
    assert "detect_anomaly" in str(why_zero(x.relu(), x))


def test_names_come_from_the_module() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    weights = dict(model.named_parameters())
    weights["2.weight"].data = np.zeros((1, 3))
    out = model(Tensor(np.ones((4, 2), np.float32))).sum()
    found = why_zero(out, weights["0.weight"], model=model)
    assert [c.kind for c in found.causes] == ["zero_factor"], str(found)
    assert str(found).startswith("the gradient of 0.weight is 0")
    assert "2.weight is 0 everywhere" in str(found)
    assert str(why_zero(out, weights["0.weight"], model=weights)) == str(found)


def test_nodes_can_be_marked_in_a_drawing() -> None:
    x = Value(-1.0, label="x")
    out = x.relu() * 2.0
    assert "to blame" in draw(out, mark=why_zero(out, x).nodes).source


def test_markdown_and_repr() -> None:
    x = Value(-1.0, label="a*b_c`d")
    found = why_zero(x.relu(), x)
    text = found._repr_markdown_()
    assert r"a\*b\_c\`d" in text
    assert "*Cure:* use leaky\\_relu" in text
    assert repr(found) == str(found)
    alive = why_zero(x * 2.0, x)
    assert "```text" in alive._repr_markdown_()


def test_gradients_cross_the_border() -> None:
    t = Tensor([1.0, 2.0, -3.0], requires_grad=True, label="t")
    a, b, c = t.to_values()
    low = (-(a * a)).relu()
    found = why_zero(Tensor([low * b, low * c]).sum() * 0.0 + low, t)
    assert {cause.kind for cause in found.causes} == {"dead_relu", "zero_factor"}
    alive = why_zero(Tensor([a * b, b.exp(), c * 2.0]).sum(), t)
    assert alive.verdict == "alive"
    np.testing.assert_allclose(alive.gradient, [2.0, 1.0 + np.exp(2.0), 2.0])


def test_hooks_do_not_run_and_are_mentioned() -> None:
    calls = []
    x = Tensor([1.0, 2.0], requires_grad=True, label="x")
    y = x * 2.0
    y.label = "y"
    y.register_hook(lambda g: calls.append(g))
    found = why_zero(y.sum(), x)
    assert not calls
    assert "a hook may change the gradient at y" in str(found)


def test_a_rule_that_raises_is_told_and_does_not_raise() -> None:
    def broken(g: Any, out: Any, x: Any) -> Any:
        raise RuntimeError("no such rule")

    op = primitive(lambda x: x * 2.0, vjp=broken, name="broken")
    x = Tensor([1.0], requires_grad=True)
    out = op(x)
    found = why_zero(out.sum(), x)
    assert [(c.kind, c.node) for c in found.causes] == [("broken_rule", out._node)]
    assert "RuntimeError: no such rule" in str(found)


def test_where_a_rule_raises_nothing_is_said_to_be_zero() -> None:
    bad = elementwise(lambda x: x * x, lambda out, x: 1 / 0, name="bad")
    t = Tensor([1.0, 2.0], requires_grad=True, label="t")
    for out in (bad(t).sum(), (bad(t) + t).sum()):
        found = why_zero(out, t)
        assert found.verdict == "unknown"
        assert found.gradient is None
        assert "is 0" not in str(found)
        assert "the gradient of t cannot be known" in str(found)
        assert "ZeroDivisionError" in str(found)
        assert "gradcheck" in str(found)
        # The table and the drawing tell it too, also before any gradient came.
        assert "ZeroDivisionError" in to_text(out)


def test_a_node_has_one_name_everywhere() -> None:
    a, b = Value(2.0), Value(0.0)
    product = a * b
    out = (product * 3.0).relu()
    names = {v.data: v.title for v in build(out).vertices if v.kind == "leaf"}
    found = why_zero(out, a)
    assert found.summary == f"the gradient of {names[2.0]} is 0"
    assert found.causes[0].where == "v5 = relu(v4: multiply)"
    assert explain(out, a).names.leaf == names[2.0]
    assert set(blame(out).nodes) == set(names.values())
    assert [step.name for step in why_zero(out + a, a).profile] == ["v6 (add)", "v0 (leaf = 2)"]


def test_labels_are_accepted_and_the_ends_of_dotted_names() -> None:
    model = nn.MLP(3, [4], 2, activation="tanh", rng=0)
    loss = (model(np.ones((2, 3), np.float32)) ** 2).sum()
    assert why_zero(loss, "mlp.0.weight").leaf is model[0].weight._node
    assert why_zero(loss, "0.bias").leaf is model[0].bias._node
    with pytest.raises(ValueError, match=r"2 names behind the root end in 'bias': 'mlp.2.bias'"):
        why_zero(loss, "bias")
    with pytest.raises(ValueError, match=r"is labelled 'w1'; labels there: 'mlp.2.bias'"):
        why_zero(loss, "w1")


def test_intermediate_results_and_the_root_itself_can_be_asked_about() -> None:
    x = Value(0.5, label="x")
    h = x * 3.0
    out = h.tanh()
    assert why_zero(out, out).gradient == 1.0
    h_found = why_zero(out, h)
    assert h_found.gradient == pytest.approx(1 - np.tanh(1.5) ** 2, rel=1e-12)
    assert why_zero(x, x).verdict == "alive"


def test_plain_data_is_refused_with_the_cure() -> None:
    x = Value(1.0)
    with pytest.raises(TypeError, match="requires_grad=True"):
        why_zero(x * 2.0, np.ones(3))
    with pytest.raises(ValueError, match="top"):
        why_zero(x * 2.0, x, top=0)
    with pytest.raises(TypeError, match="named_parameters"):
        why_zero(x * 2.0, x, model=3)


def test_an_empty_gradient_is_pointed_out() -> None:
    x = Value(1.0, label="x")
    out = x * 2.0
    assert "call backward()" in str(why_zero(out, x))
    out.backward()
    found: Diagnosis = why_zero(out, x)
    assert "call backward()" not in str(found)
    assert x.grad == 2.0
