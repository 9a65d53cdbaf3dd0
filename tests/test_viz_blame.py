"""Blame of parameters, layers, examples and input elements: laws, closed forms, what is left."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
from autograd import Tensor, Value
from autograd.errors import FreedGraphError
from autograd.extend import elementwise
from autograd.viz import blame, example_blame, saliency
from autograd.viz.blaming.names import named

seeds = st.integers(0, 2**32 - 1)
laws = settings(max_examples=40, deadline=None)


def network(seed: int, dtype: Any = float) -> tuple[dict[str, Tensor], Any]:
    """Parameters in two layers, and a function that computes a smooth loss from them."""
    rng = np.random.default_rng(seed)
    n, hidden = rng.integers(1, 6, 2)
    shapes = {
        "net.0.weight": (3, hidden),
        "net.0.bias": (hidden,),
        "net.1.weight": (hidden, 2),
        "scale": (),
    }
    parameters = {
        name: Tensor(rng.normal(size=shape), requires_grad=True, dtype=dtype)
        for name, shape in shapes.items()
    }
    x = rng.normal(size=(n, 3)).astype(dtype)
    y = rng.normal(size=(n, 2)).astype(dtype)

    def losses() -> Tensor:
        w, b, v, scale = parameters.values()
        return ((np.tanh(x @ w + b) @ v * scale - y) ** 2).sum(axis=1)

    return parameters, losses


def shares(ranking: Any) -> dict[str, float]:
    return {row.name: row.share for row in ranking.rows}


# Parameters ---------------------------------------------------------------------------------------


@laws
@given(seeds)
def test_shares_are_squared_gradient_norms_and_add_up_to_one(seed: int) -> None:
    parameters, losses = network(seed)
    loss = losses().mean()
    ranking = blame(loss, parameters, lr=0.1)
    loss.backward()
    squares = {name: float((p.grad**2).sum()) for name, p in parameters.items()}
    total = sum(squares.values())
    for row in ranking.rows:
        assert row.share == pytest.approx(squares[row.name] / total, rel=1e-12)
        assert row.norm == pytest.approx(squares[row.name] ** 0.5, rel=1e-12)
        assert row.change == pytest.approx(-0.1 * squares[row.name], rel=1e-12)
    assert sum(row.share for row in ranking.rows) == pytest.approx(1.0, abs=1e-12)
    assert ranking.rows[-1].together == pytest.approx(1.0, abs=1e-12)
    assert ranking.change == pytest.approx(-0.1 * total, rel=1e-12)
    sizes = [row.share for row in ranking.rows]
    assert sizes == sorted(sizes, reverse=True)


@laws
@given(seeds, seeds)
def test_shares_of_any_step_add_up_to_one_and_are_signed(seed: int, other: int) -> None:
    parameters, losses = network(seed)
    rng = np.random.default_rng(other)
    step = {name: rng.normal(size=p.shape) for name, p in parameters.items()}
    loss = losses().sum()
    ranking = blame(loss, parameters, step=step)
    loss.backward()
    parts = {name: float((p.grad * step[name]).sum()) for name, p in parameters.items()}
    total = sum(parts.values())
    largest = max(abs(x / total) for x in parts.values())
    for row in ranking.rows:
        assert row.change == pytest.approx(parts[row.name], rel=1e-10, abs=1e-12)
        assert row.share == pytest.approx(parts[row.name] / total, rel=1e-9, abs=1e-9 * largest)
    assert sum(row.share for row in ranking.rows) == pytest.approx(1.0, abs=1e-12 * max(1, largest))


@laws
@given(seeds)
def test_layers_add_up_their_parameters(seed: int) -> None:
    parameters, losses = network(seed)
    ranking = blame(losses().mean(), parameters)
    part = shares(ranking)
    inner = {row.name: row for row in ranking.layers}
    assert set(inner) == {"net.0", "net.1", "(top)"}
    both = part["net.0.weight"] + part["net.0.bias"]
    assert inner["net.0"].share == pytest.approx(both, rel=1e-12)
    assert inner["net.0"].size == 4 * parameters["net.0.bias"].size
    outer = {row.name: row.share for row in ranking.at_depth(1)}
    assert outer == pytest.approx({"net": 1 - part["scale"], "(top)": part["scale"]}, abs=1e-12)
    with pytest.raises(ValueError, match="from 1"):
        ranking.at_depth(0)


@laws
@given(seeds, st.booleans())
def test_the_prediction_is_what_small_moves_measure(seed: int, single: bool) -> None:
    parameters, losses = network(seed, np.float32 if single else float)
    step = {name: p.numpy() * 0.5 + 0.1 for name, p in parameters.items()}
    check = blame(lambda: losses().mean(), parameters, step=step).check()
    assert set(check.measured) == {*parameters, "all together"}
    assert check.worst < (0.03 if single else 1e-6)


def test_a_wrong_rule_does_not_pass_the_check() -> None:
    wrong = elementwise(np.sin, partials=lambda out, x: -np.cos(x), name="wrong_sine")
    w, b = Tensor(0.3, requires_grad=True), Tensor(0.4, requires_grad=True)
    check = blame(lambda: wrong(w) + b, {"w": w, "b": b}).check()
    square = np.cos(0.3) ** 2
    assert check.worst == pytest.approx(2 * square / (1 + square), rel=1e-6)
    assert check.measured["b"] == pytest.approx(check.predicted["b"], rel=1e-6)
    assert check.measured["w"] == pytest.approx(square, rel=1e-6) == -check.predicted["w"]


def test_a_whole_step_is_measured_with_its_curvature() -> None:
    w = Tensor(3.0, requires_grad=True)
    ranking = blame(lambda: w**2, {"w": w}, lr=0.1)
    check = ranking.check(size=1.0)
    assert check.predicted["w"] == pytest.approx(-3.6)
    assert check.measured["w"] == pytest.approx(2.4**2 - 9)
    half = ranking.check(size=0.5)
    assert half.predicted["w"] == half.predicted["all together"] == pytest.approx(-1.8)
    assert half.measured["all together"] == pytest.approx(2.7**2 - 9)
    assert "after 0.5 of the step" in str(half)


@pytest.mark.parametrize("fails_at", range(1, 8))
def test_parameters_come_back_to_the_bit_whatever_happens(fails_at: int) -> None:
    w = Tensor(np.array([0.1, -0.0, 1e-310]), requires_grad=True)
    v = Value(0.1)
    array, calls = w.data, 0

    def loss() -> Any:
        nonlocal calls
        calls += 1
        if calls == fails_at + 1:
            raise RuntimeError("out of memory")
        return (w * w).sum() * v + w.sum()

    ranking = blame(loss, [w, v])
    before = w.numpy().tobytes()
    with pytest.raises(RuntimeError, match="out of memory"):
        ranking.check()
    assert w.numpy().tobytes() == before and v.data == 0.1
    assert w.data is array


def test_a_loss_that_is_another_one_is_refused() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)
    ranking = blame((w * w).sum(), {"w": w})
    with pytest.raises(ValueError, match="needs a function"):
        ranking.check()
    with pytest.raises(ValueError, match="gives a loss of 6, and 5 was blamed"):
        ranking.check(lambda: (w * w).sum() + 1.0)
    with pytest.raises(ValueError, match=r"shape \(2,\)"):
        ranking.check(lambda: w * w)
    assert ranking.check(lambda: (w * w).sum()).worst < 1e-8


def test_nothing_is_left_behind() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True, label="w")
    v = Value(3.0, label="v")
    seen: list[Any] = []
    hidden = np.exp(w)
    w.register_hook(seen.append)
    hidden.register_hook(lambda g: g * 100)
    hidden.retain_grad()
    loss = hidden.sum() * v
    before = w.numpy().copy()
    found = blame(loss)
    assert w.grad is None and v.grad == 0.0 and hidden.grad is None and not seen
    assert np.allclose(found.gradients["w"], 3 * np.exp(before))
    example_blame(hidden * v, [w, v])
    saliency(lambda x: (x * w).sum(axis=1), np.ones((3, 2)))
    assert w.grad is None and v.grad == 0.0 and hidden.grad is None and not seen
    w.grad = np.array([7.0, 8.0])
    blame(lambda: (w * w).sum(), [w]).check()
    assert np.array_equal(w.grad, [7.0, 8.0])


def test_a_root_alone_ranks_the_leaves_of_its_graph() -> None:
    a, b, c, d = Value(1.0, label="a"), Value(2.0), Value(3.0, label="a"), Value(0.5)
    w = Tensor([1.0, 1.0], requires_grad=True, label="w")
    ranking = blame(((a * b + c) * d + w).sum())
    assert set(shares(ranking)) == {"a", "v1", "a (2)", "v5", "w"}
    assert ranking.gradients["v5"] == pytest.approx(10.0)
    assert ranking.gradients["a (2)"] == pytest.approx(1.0)
    assert shares(blame(a)) == {"a": 1.0}


def test_names_come_from_models_containers_and_labels() -> None:
    layer = nn.Linear(2, 3)
    assert set(named(layer)) == {"weight", "bias"}
    w, b = Tensor(1.0, requires_grad=True, label="w"), Tensor(1.0, requires_grad=True)
    assert set(named([w, b, w])) == {"w", "1"}
    assert set(named({"net": [{"w": w}, {"b": b}]})) == {"net.0.w", "net.1.b"}
    assert len(named(nn.scalar.MLP(2, [3, 1]))) == 13
    with pytest.raises(ValueError, match=r"frozen or made without requires_grad=True"):
        named({"w": Tensor(1.0)})
    with pytest.raises(TypeError, match="An array is in no graph"):
        named({"w": np.ones(2)})
    with pytest.raises(ValueError, match="no parameters"):
        named([])


def test_parameters_the_loss_does_not_use_have_no_part() -> None:
    w, unused = Tensor(2.0, requires_grad=True), Tensor([1.0, 2.0], requires_grad=True)
    ranking = blame(w * w, {"unused": unused, "w": w})
    assert [row.name for row in ranking.rows] == ["w", "unused"]
    assert shares(ranking) == {"w": 1.0, "unused": 0.0}


def test_removing_and_partial_steps() -> None:
    w, b = Tensor(2.0, requires_grad=True), Tensor(-1.0, requires_grad=True)
    loss = 3.0 * w + b
    removed = blame(loss, {"w": w, "b": b}, step="remove")
    assert shares(removed) == {"w": 1.2, "b": -0.2} and removed.change == -5.0
    assert shares(blame(loss, {"w": w, "b": b}, step={"b": 5.0})) == {"w": 0.0, "b": 1.0}
    assert shares(blame(loss, [w, b], step=[1.0, 1.0])) == {"0": 0.75, "1": 0.25}
    with pytest.raises(KeyError, match="did you mean 'w'"):
        blame(loss, {"w": w}, step={"ww": 1.0})
    with pytest.raises(ValueError, match=r"shape \(2,\), the parameter \(\)"):
        blame(loss, {"w": w}, step={"w": np.ones(2)})
    with pytest.raises(ValueError, match="each of the 2 parameters"):
        blame(loss, [w, b], step=[1.0])
    with pytest.raises(ValueError, match='"remove"'):
        blame(loss, [w], step="double")


def test_layers_of_a_relu_network_without_biases_have_equal_parts_in_being_scaled() -> None:
    # f is homogeneous in each weight, so <dL/dw, w> is <dL/df, f> for all of them (Euler).
    nn.manual_seed(0)
    layers = [nn.Linear(5, 4, bias=False, dtype=float), nn.Linear(4, 3, bias=False, dtype=float)]
    model = nn.Sequential(layers[0], nn.ReLU(), layers[1])
    x = np.random.default_rng(0).normal(size=(6, 5))
    ranking = blame(model, loss=(model(x) ** 2).sum(), step="remove")
    assert shares(ranking) == pytest.approx({"0.weight": 0.5, "2.weight": 0.5}, rel=1e-12)


def test_tiny_and_huge_gradients_have_shares() -> None:
    for scale, dtype in ((1e-30, np.float32), (1e200, float), (1e-200, float)):
        w = Tensor([3.0, 0.0], requires_grad=True, dtype=dtype)
        b = Tensor(1.0, requires_grad=True, dtype=dtype)
        ranking = blame(((w * 2.0).sum() + b) * scale, {"w": w, "b": b})
        assert shares(ranking) == pytest.approx({"w": 8 / 9, "b": 1 / 9}, rel=1e-5)
        both = example_blame((w * 2.0) * scale, {"w": w})
        assert both.shares == pytest.approx([0.5, 0.5], rel=1e-5)


def test_no_shares_where_there_are_none() -> None:
    w, b = Tensor(0.0, requires_grad=True), Tensor(1.0, requires_grad=True)
    flat = blame(w * w, {"w": w})
    assert shares(flat) == {"w": 0.0} and "does not change the loss" in str(flat)
    cancel = blame(w + b, {"w": w, "b": b}, step={"w": 1.0, "b": -1.0})
    assert np.isnan(list(shares(cancel).values())).all() and "cancel" in str(cancel)
    broken = blame(np.sqrt(w) + b, {"w": w, "b": b})
    assert "the gradient of w holds NaN or infinity" in str(broken)
    assert "the gradient of w" in broken._repr_html_()
    assert broken.plot().axes[0].patches[0].get_width() == 0
    none = example_blame(w * np.zeros(3), w)
    assert not none.shares.any() and "the gradient is zero" in str(none)
    assert "NaN" in str(example_blame(np.sqrt(w * np.ones(2)), w))


def test_a_freed_graph_says_so() -> None:
    for leaf in (Value(2.0), Tensor(2.0, requires_grad=True)):
        loss = (leaf * 3.0) ** 2
        loss.backward(retain_graph=False)
        with pytest.raises(FreedGraphError, match="run the forward computation again"):
            blame(loss, [leaf])
        with pytest.raises(FreedGraphError, match="retain_graph=True"):
            example_blame([loss], [leaf])


def test_what_cannot_be_blamed_says_why() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(ValueError, match="ask example_blame"):
        blame(w * w)
    with pytest.raises(ValueError, match="leads to no parameters"):
        blame(Tensor(1.0))
    with pytest.raises(TypeError, match="needs the loss too"):
        blame(nn.Linear(2, 1))
    with pytest.raises(TypeError, match="goes with a model"):
        blame(w.sum(), loss=w.sum())
    with pytest.raises(TypeError, match="got 3"):
        blame(3.0)


def test_a_chain_of_a_hundred_thousand_values() -> None:
    w = Value(1.0, label="w")
    x = w
    for _ in range(100_000):
        x = x * 1.00001
    ranking = blame(x)
    assert ranking.gradients["w"] == pytest.approx(1.00001**100_000)
    assert example_blame([x, x * 2.0], w).shares == pytest.approx([1 / 3, 2 / 3])


def test_values_and_tensors_in_one_graph() -> None:
    v = Value(0.5)
    w = Tensor([1.0, -2.0], requires_grad=True)
    ranking = blame(lambda: np.tanh(w * v).sum(), {"v": v, "w": w})
    assert ranking.check().worst < 1e-8
    assert sum(shares(ranking).values()) == pytest.approx(1.0, abs=1e-12)


def test_checkpoints_keep_the_ranking() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True, label="w")
    v = Tensor([3.0, 4.0], requires_grad=True, label="v")
    inner = autograd.checkpoint(lambda v: v * v * w)
    ranking = blame(lambda: inner(v).sum())
    assert ranking.gradients["w"].tolist() == [9.0, 16.0]
    assert ranking.check().worst < 1e-8 and w.grad is None and v.grad is None
    assert example_blame(inner(v)).shares == pytest.approx(np.array([117, 512]) / 629)


def test_only_leaves_can_be_moved() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)
    hidden = np.exp(w)
    ranking = blame(hidden.sum(), {"hidden": hidden})
    assert shares(ranking) == {"hidden": 1.0}
    with pytest.raises(ValueError, match="hidden is computed from others"):
        ranking.check(lambda: np.exp(w).sum())


def test_plots_are_paid_for_by_those_who_plot() -> None:
    code = (
        "import sys, autograd.viz as b, autograd; w = autograd.Value(1.0); "
        "str(b.blame(w * w)); b.saliency(lambda x: x, [[1.0]]); print('matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_table_and_its_html() -> None:
    w = [Tensor(float(k), requires_grad=True, label=f"<b>{k}</b>\n$x$") for k in range(25)]
    ranking = blame(sum(x * x for x in w), w)
    text = str(ranking)
    lines = text.splitlines()
    assert len(lines) == 23 and lines[2].startswith("<b>24</b> $x$") and "█" * 20 in lines[2]
    assert "… and 5 more with" in text and "100.0 %" not in text
    assert len(ranking.table(top=None).splitlines()) == 27
    page = ranking._repr_html_()
    assert "<b>" not in page and "&lt;b&gt;24" in page and page.count("<tr>") == 21
    signed = blame(w[1] - w[2], w[1:3], step=[3.0, 1.0])
    assert "░" in str(signed) and "dashed" in signed._repr_html_()


def test_bars_are_signed_and_in_order() -> None:
    pytest.importorskip("matplotlib")
    w, b = Tensor(2.0, requires_grad=True), Tensor(-1.0, requires_grad=True)
    figure = blame(3.0 * w + b, {"a$w$": w, "b": b}, step="remove").plot()
    up, down = figure.axes[0].patches
    assert (up.get_width(), down.get_width()) == pytest.approx((1.2, -0.2))
    assert up.get_facecolor() != down.get_facecolor() and down.get_hatch()
    assert figure.axes[0].get_yticklabels()[0].get_text() == r"a\$w\$  scalar"
    figure.draw_without_rendering()


# Examples -----------------------------------------------------------------------------------------


@laws
@given(seeds)
def test_shares_of_examples_add_up_to_one(seed: int) -> None:
    parameters, losses = network(seed)
    found = example_blame(losses(), parameters)
    tolerance = 1e-10 * max(1.0, np.abs(found.shares).max())
    assert found.shares.sum() == pytest.approx(1.0, abs=tolerance)
    mean = blame(losses().mean(), parameters)
    for name, g in found.gradient.items():
        assert np.allclose(g, mean.gradients[name], rtol=1e-10, atol=1e-12)
    # Each share against its definition, from the gradient of that example alone.
    for i, share in enumerate(found.shares):
        alone = blame(losses()[i] / len(found), parameters).gradients
        inner = sum(float((alone[n] * g).sum()) for n, g in found.gradient.items())
        assert share == pytest.approx(inner / found.gradient_norm**2, rel=1e-7, abs=tolerance)
        length = sum(float((g**2).sum()) for g in alone.values()) ** 0.5
        assert found.norms is not None and found.norms[i] == pytest.approx(length, rel=1e-9)
        cosine = inner / length / found.gradient_norm if length else 0.0
        assert found.cosines[i] == pytest.approx(cosine, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_linear_regression_is_residual_times_input(reduction: str) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(7, 3)), rng.normal(size=7)
    w = Tensor(rng.normal(size=3), requires_grad=True)

    def losses(x: Any, y: Any) -> Tensor:
        return (x @ w - y) ** 2 / 2

    weight = 1 / 7 if reduction == "mean" else 1.0
    own = weight * (x @ w.numpy() - y)[:, None] * x
    g = own.sum(axis=0)
    for found in (
        example_blame(losses(x, y), w, reduction=reduction),
        example_blame(losses, w, batch=(x, y), reduction=reduction),
        example_blame(lambda: losses(x, y), w, reduction=reduction),
        example_blame(list(losses(x, y)), w, reduction=reduction),
    ):
        assert np.allclose(found.shares, own @ g / (g @ g), rtol=1e-12)
        assert np.allclose(found.norms, np.linalg.norm(own, axis=1), rtol=1e-12)
        assert found.gradient_norm == pytest.approx(np.linalg.norm(g))
    order = np.argsort(-(own @ g))
    assert np.array_equal(found.most(3), order[:3])
    assert np.array_equal(found.least(2), order[::-1][:2])


def test_losses_of_values_and_constants_among_them() -> None:
    w = Value(2.0)
    found = example_blame([w * 3.0, 1.0, w * -1.0], w, reduction="sum")
    assert found.shares == pytest.approx([1.5, 0.0, -0.5])
    assert found.norms == pytest.approx([3.0, 0.0, 1.0])
    assert found.losses == pytest.approx([6.0, 1.0, -2.0])


def test_one_tensor_of_several() -> None:
    parameters, losses = network(3)
    one = parameters["net.1.weight"]
    found = example_blame(losses(), one)
    assert found.shares.sum() == pytest.approx(1.0, abs=1e-10)
    rest = example_blame(losses(), parameters, norms=False)
    assert rest.norms is None and not np.allclose(found.shares, rest.shares)
    with pytest.raises(ValueError, match="norms=True"):
        rest.cosines


def test_what_is_no_loss_of_each_example_says_so() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)
    for losses in (w.sum(), w * np.ones((2, 2))):
        with pytest.raises(ValueError, match='reduction="none"'):
            example_blame(losses)
    with pytest.raises(ValueError, match="no examples"):
        example_blame(w[:0], w)
    with pytest.raises(ValueError, match="lead to no parameters"):
        example_blame(Tensor([1.0]))
    with pytest.raises(TypeError, match="batch= is what to call"):
        example_blame(w, batch=(w,))
    with pytest.raises(ValueError, match="gave 2 losses"):
        example_blame(lambda x: w * 1.0, w, batch=np.ones(2))
    with pytest.raises(ValueError, match="got 'max'"):
        example_blame(w, reduction="max")


# Digits -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def digits() -> tuple[Any, np.ndarray, np.ndarray]:
    nn.manual_seed(0)
    data = nn.data.load_digits()
    x, y = (data.x[:300].reshape(300, 64) / 16).astype(np.float32), np.array(data.y[:300])
    # One label is wrong.
    y[7] = (y[7] + 1) % 10
    model = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 10))
    optimizer = nn.optim.Adam(model.parameters(), lr=0.02)
    model.eval()
    for _ in range(30):
        optimizer.zero_grad()
        nn.losses.cross_entropy(model(x), y).backward(retain_graph=False)
        optimizer.step()
    optimizer.zero_grad()
    return model, x, y


def test_a_trained_model_is_checked_and_its_wrong_label_found(digits: Any) -> None:
    model, x, y = digits
    ranking = blame(model, loss=lambda: nn.losses.cross_entropy(model(x), y), lr=0.1)
    assert {row.name for row in ranking.layers} == {"0", "3"}
    check = ranking.check()
    assert check.worst < 0.01
    assert check.predicted["all together"] == pytest.approx(ranking.change)
    found = example_blame(
        lambda x, y: nn.losses.cross_entropy(model(x), y, reduction="none"), model, batch=(x, y)
    )
    assert 7 in found.most(5) and found.shares.sum() == pytest.approx(1.0, abs=1e-10)
    whole = example_blame(nn.losses.cross_entropy(model(x), y, reduction="none"), model)
    assert np.allclose(found.norms, whole.norms, rtol=1e-3, atol=1e-7)
    assert all(p.grad is None for p in model.parameters())
    text = str(found)
    assert len(text.splitlines()) == 19 and "284 more" in text and "284 more" in found._repr_html_()
    pytest.importorskip("matplotlib")
    figure = found.plot(x, image_shape=(8, 8), labels=y, k=5)
    first = found.most(1)[0]
    assert len(figure.axes) == 10 and figure.axes[0].get_title().startswith(f"#{first}: ")
    assert np.array_equal(figure.axes[0].images[0].get_array(), x[first].reshape(8, 8))
    assert len(found.plot(k=3).axes[0].patches) == 6
    with pytest.raises(ValueError, match="2 images for 300"):
        found.plot(x[:2])


def test_saliency_is_the_derivative_and_leaves_the_model_alone(digits: Any) -> None:
    model, x, _ = digits
    model.train()
    model[0].eval()
    before = [m.training for m in model.modules()]
    found = saliency(model, x[:5])
    assert [m.training for m in model.modules()] == before
    model.eval()
    assert found.values.shape == (5, 64) and np.array_equal(found.outputs, model(x[:5]).numpy())
    assert np.array_equal(found.target, found.outputs.argmax(axis=1))
    assert all(p.grad is None for p in model.parameters())
    w0, b0, w1, _ = (p.numpy() for p in model.parameters())
    slope = ((x[:5] @ w0.T + b0 > 0) * w1[found.target]) @ w0
    assert np.allclose(found.gradient, slope, rtol=1e-4, atol=1e-6)
    assert np.allclose(found.times_input, slope * x[:5], rtol=1e-4, atol=1e-6)
    other = saliency(model, x[:5], target=3)
    assert np.allclose(other.gradient, ((x[:5] @ w0.T + b0 > 0) * w1[3]) @ w0, atol=1e-5)
    pytest.importorskip("matplotlib")
    figure = found.plot(image_shape=(8, 8))
    assert len(figure.axes) == 10
    assert np.allclose(figure.axes[5].images[0].get_array(), found.values[0].reshape(8, 8))
    assert len(found.plot(times_input=True, k=2).axes) == 4
    with pytest.raises(ValueError, match="does not fit"):
        found.plot((3, 5))


# Saliency -----------------------------------------------------------------------------------------


def test_noise_is_averaged_as_the_paper_says() -> None:
    x = np.array([[1.0, 3.0], [0.0, 0.5]])
    found = saliency(lambda x: (x**3).sum(axis=1), x, samples=7, noise=0.1, seed=5)
    rng = np.random.default_rng(5)
    noisy = [x + 0.1 * np.array([[2.0], [0.5]]) * rng.standard_normal((2, 2)) for _ in range(7)]
    assert np.allclose(found.gradient, np.mean([3 * z**2 for z in noisy], axis=0))
    again = saliency(lambda x: (x**3).sum(axis=1), x, samples=7, noise=0.1, seed=5)
    assert np.array_equal(found.gradient, again.gradient)
    assert np.array_equal(saliency(lambda x: (x**3).sum(axis=1), x).gradient, 3 * x**2)
    with pytest.raises(ValueError, match="not negative"):
        saliency(lambda x: x, x, samples=-1)


def test_the_largest_output_stays_the_target_under_noise() -> None:
    x = np.array([[1.0, 1.001]])
    found = saliency(lambda x: x, x, samples=20, noise=100.0)
    assert np.array_equal(found.gradient, [[0.0, 1.0]])


def test_targets_of_every_kind() -> None:
    w = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, 0.0]])
    x = np.ones((2, 3))

    def linear(x: Any) -> Any:
        return x @ w.T

    assert np.array_equal(saliency(linear, x, target=[1, 0]).gradient, w[::-1])
    assert np.array_equal(saliency(linear, x, target=-1).gradient, w[[1, 1]])
    total = saliency(linear, x, target=lambda out: out.sum())
    assert np.array_equal(total.gradient, [w.sum(axis=0)] * 2) and total.target is None
    assert np.array_equal(saliency(linear, x[0], target=0).gradient, w[0])
    assert np.array_equal(saliency(lambda x: x @ w[0], x).gradient, w[[0, 0]])
    assert np.asarray(saliency(linear, np.ones((1, 3), int))).tolist() == [[0.0, 3.0, 0.0]]
    with pytest.raises(ValueError, match="target 2, but the model has 2 outputs"):
        saliency(linear, x, target=2)
    with pytest.raises(ValueError, match="one for each of the 2 examples"):
        saliency(linear, x, target=[0, 1, 1])
    with pytest.raises(ValueError, match="one output for each example"):
        saliency(lambda x: x @ w[0], x, target=1)
    with pytest.raises(ValueError, match=r"shape \(2, 3, 1\)"):
        saliency(lambda x: x[:, :, None], x)
    with pytest.raises(ValueError, match="does not depend on the input"):
        saliency(lambda x: x.detach(), x)
    with pytest.raises(TypeError, match="needs a Tensor"):
        saliency(lambda x: x.numpy(), x)
    with pytest.raises(TypeError, match="array of examples"):
        saliency(linear, "x")


def test_saliency_works_inside_no_grad() -> None:
    with autograd.no_grad():
        found = saliency(lambda x: (x * x).sum(axis=1), np.array([[1.0, 2.0]]))
    assert np.array_equal(found.gradient, [[2.0, 4.0]])


def test_colour_pictures_show_their_strongest_channel() -> None:
    pytest.importorskip("matplotlib")
    x = np.random.default_rng(0).random((2, 3, 4, 5))
    weight = np.zeros((3, 4, 5))
    weight[1, 2, 3] = -2.0
    found = saliency(lambda x: (x * weight).sum(axis=(1, 2, 3)), x)
    figure = found.plot()
    heat = figure.axes[2].images[0].get_array()
    assert heat.shape == (4, 5) and heat[2, 3] == 2.0 and heat.sum() == 2.0
    assert figure.axes[0].images[0].get_array().shape == (4, 5, 3)
