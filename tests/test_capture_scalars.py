"""Graphs of values computed again on arrays: the numbers of the graph itself, every time."""

from __future__ import annotations

import gc
import math
import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd import Value
from autograd.capturing.scalars import ScalarPlan, captured_values
from autograd.capturing.scalars import captured as captured_module
from autograd.capturing.scalars import groups as groups_module
from autograd.capturing.scalars import narrow as narrow_module
from autograd.capturing.scalars import sums as sums_module
from autograd.errors import CaptureError, FreedGraphError
from autograd.modes import modes
from autograd.op import Elementwise
from autograd.ops.registry import all_ops, samples_of


def eager(f, held, inputs):
    """Results and gradients of a fresh graph with these numbers."""
    leaves = [Value(x) for x in held]
    given = [Value(x) for x in inputs]
    roots = f(leaves, given)
    for k, root in enumerate(roots):
        root.backward(1.0 + k)
    return (
        np.array([r.data for r in roots]),
        np.array([p.grad for p in leaves]),
        np.array([x.grad for x in given]),
    )


def assert_replays(f, held, inputs, runs=3, rtol=1e-12, seed=0, cancels=False, **options):
    """A plan of ``f`` gives what ``f`` gives, with numbers that it has not seen."""
    leaves, given = [Value(x) for x in held], [Value(x) for x in inputs]
    plan = ScalarPlan(f(leaves, given), given, **options)
    place = {id(p): k for k, p in enumerate(leaves)}
    rng = np.random.default_rng(seed)
    for run in range(runs):
        if run:
            held = [x * rng.uniform(0.9, 1.1) for x in held]
            inputs = [x * rng.uniform(0.9, 1.1) for x in inputs]
        for p, x in zip(leaves, held, strict=True):
            p.data = x
        with np.errstate(all="ignore"):
            results, held_grads, input_grads = eager(f, held, inputs)
        got = plan.run(inputs)
        scale = max(1.0, plan.largest()) if cancels else 1.0
        close(got, results, rtol, scale)
        of_held, of_inputs = plan.backward([1.0 + k for k in range(len(got))])
        spread = np.zeros(len(leaves))
        spread[[place[id(p)] for p in plan.held]] = of_held
        close(spread, held_grads, rtol, scale)
        close(of_inputs, input_grads, rtol, scale)
    return plan


def close(got, expected, rtol, scale=1.0):
    """Equal to round-off of numbers as large as ``scale``, which may have cancelled."""
    finite = expected[np.isfinite(expected)]
    scale = np.abs(finite).max(initial=scale)
    np.testing.assert_allclose(got, expected, rtol=rtol, atol=rtol * scale)


# Every op --------------------------------------------------------------------------------------

OPS = {
    name: op
    for name, op in all_ops().items()
    if isinstance(op, Elementwise) and op.arity <= 3 and samples_of(op, np.random.default_rng(0))
}


def op_case(op, width, seed):
    """``width`` places to apply an op at, and how."""
    rng = np.random.default_rng(seed)
    samples = [s for s in samples_of(op, rng) if all(np.size(x) for x in s[0])]
    args, params = samples[seed % len(samples)]
    picks = [rng.choice(np.ravel(x), width) for x in args]
    kept = [i for i, p in enumerate(op.partials) if p is not None][:2]
    numbers = np.concatenate([picks[i] for i in kept]).astype(float).tolist()

    def f(held, given):
        leaves = held + given
        out = []
        for k in range(width):
            xs = [x[k].item() for x in picks]
            for position, i in enumerate(kept):
                xs[i] = leaves[position * width + k]
            out.append(op(*xs, **params))
        return out

    return f, numbers


@pytest.mark.parametrize("width", [1, 40])
@pytest.mark.parametrize("name", OPS)
def test_every_op_is_replayed(name, width):
    for seed in range(3):
        f, numbers = op_case(OPS[name], width, seed)
        half = len(numbers) // 2
        # Numbers are not moved: an op's domain may be narrow.
        assert_replays(f, numbers[:half], numbers[half:], runs=1, rtol=1e-11)


EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 750.0, -750.0, 1e308, math.inf, -math.inf, math.nan]


@pytest.mark.parametrize("width", [1, 40])
@pytest.mark.parametrize(
    "name",
    ["add", "subtract", "multiply", "divide", "power", "exp", "log", "sqrt", "tanh", "relu"]
    + ["maximum", "minimum", "absolute", "remainder", "sigmoid", "softplus", "log1p", "arctan"],
)
def test_the_edges_of_floats_are_those_of_the_graph(name, width):
    op = OPS[name]
    pairs = [(x, y) for x in EDGES for y in (EDGES if op.arity == 2 else [1.0])]
    for x, y in pairs:
        if name == "power" and math.isinf(x) and y == 0.0:
            continue  # here the op's own rules for floats and for arrays differ

        # The gate's zero cotangent meets whatever the op's derivative is there.
        def f(held, given):
            out = []
            for k in range(width):
                a, b = held[k], given[k]
                made = op(a, b) if op.arity == 2 else op(a) + b
                out.append(made)
                out.append(ag.where(False, made, b) * 3.0)
            return out

        with np.errstate(all="ignore"):
            assert_replays(f, [x] * width, [y] * width, runs=1)


# Random programs -------------------------------------------------------------------------------

UNARY = ["tanh", "sin", "cos", "arctan", "sigmoid", "negative", "positive", "softplus", "silu"]
BINARY = ["add", "subtract", "multiply", "maximum", "minimum", "hypot", "add", "multiply"]


@st.composite
def value_programs(draw):
    """A function of leaves: ops on anything made before, or on constants."""
    leaves = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    steps = []
    for k in range(draw(st.integers(1, 40))):
        before = st.integers(0, sum(leaves) + k - 1)
        name = draw(st.sampled_from(UNARY + BINARY + ["leaky_relu"]))
        other = draw(st.one_of(before, st.sampled_from([2.0, -0.5, 3, 0.0])))
        steps.append((name, draw(before), other, draw(st.booleans())))
    roots = draw(st.lists(st.integers(0, sum(leaves) + len(steps) - 1), min_size=1, max_size=3))

    def f(held, given):
        made = held + given
        for name, a, b, swapped in steps:
            x = made[a]
            y = made[b] if type(b) is int and b < len(made) and b != 3 else b
            op = OPS[name]
            if op.arity == 1:
                made.append(op(x, 0.2) if name == "leaky_relu" else op(x))
            else:
                made.append(op(y, x) if swapped else op(x, y))
        return [made[r] for r in roots]

    return f, leaves


@pytest.mark.parametrize("reorder", [True, False])
@pytest.mark.parametrize("one_by_one", [0, 16])
@settings(max_examples=60, deadline=None)
@given(case=value_programs(), seed=st.integers(0, 1000))
def test_random_programs_are_replayed(case, seed, one_by_one, reorder):
    f, (held, given) = case
    rng = random.Random(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(narrow_module, "MOST", one_by_one)
        assert_replays(
            lambda p, x: f(list(p), list(x)),
            [rng.uniform(-2, 2) for _ in range(held)],
            [rng.uniform(-2, 2) for _ in range(given)],
            seed=seed,
            cancels=True,
            reorder=reorder,
        )


def test_arithmetic_in_the_recorded_order_is_exact():
    def f(held, given):
        rows = [sum(w * x for w, x in zip(held, given[k:])) for k in range(40)]
        return [sum((r / 3.0 - r * r).relu() for r in rows)]

    rng = random.Random(1)
    held, given = ([rng.uniform(-1, 1) for _ in range(n)] for n in (7, 60))
    leaves, inputs = [Value(x) for x in held], [Value(x) for x in given]
    plan = ScalarPlan(f(leaves, inputs), inputs, reorder=False)
    moved = [rng.uniform(-1, 1) for _ in given]
    assert plan.run(moved)[0] == eager(f, held, moved)[0][0]


# Shapes of graphs ------------------------------------------------------------------------------


def network(widths, samples, bend="tanh"):
    """A function of weights and samples, written number by number."""

    def f(held, given):
        out = []
        for s in range(samples):
            x, at = given[s * widths[0] : (s + 1) * widths[0]], 0
            for m, n in pairwise(widths):
                layer = []
                for _ in range(n):
                    *w, b = held[at : at + m + 1]
                    layer.append(getattr(sum((wi * xi for wi, xi in zip(w, x)), b), bend)())
                    at += m + 1
                x = layer
            out.append(x[0])
        return [sum((1.0 - o) ** 2 for o in out) * (1 / samples) + 0.1 * sum(p * p for p in held)]

    rng = random.Random(0)
    n = sum((a + 1) * b for a, b in pairwise(widths))
    held = [rng.uniform(-1, 1) for _ in range(n)]
    return f, held, [rng.uniform(-1, 1) for _ in range(widths[0] * samples)]


def test_a_layer_on_many_samples_is_a_product_of_matrices():
    plan = assert_replays(*network([3, 8, 8, 1], 50))
    assert [shape for kind, shape in plan.groups if kind == "Matrix"] == [(8, 50), (8, 50)]
    assert len(plan.groups) < 12


@pytest.mark.parametrize("samples", [1, 2, 30])
def test_networks_of_all_widths_are_replayed(samples):
    for bend in ("relu", "tanh", "sigmoid"):
        assert_replays(*network([5, 7, 3, 2, 1], samples, bend))


def test_a_zero_cotangent_stays_zero_against_infinite_numbers():
    f, held, given = network([4, 8, 1], 40, "relu")
    held = [abs(w) + 0.1 for w in held]
    given[:4] = [-math.inf] * 4  # the first sample switches all neurons off
    plan = assert_replays(f, held, given, runs=1)
    assert ("Matrix", (8, 40)) in plan.groups
    plan.run(given)
    assert np.isfinite(plan.backward([1.0])[0]).all()


def test_signs_in_sums_belong_to_their_terms():
    def f(held, given):
        rows = [given[5 * k : 5 * k + 5] for k in range(120)]
        out = [
            held[0] * x[0] - (held[1] * x[1] - (x[2] * held[2] - -x[3])) + 2.0 - 3.0 * x[4]
            for x in rows
        ]
        return [sum(out[:30]) - sum(o * o for o in out[30:])]

    rng = random.Random(3)
    plan = assert_replays(f, [1.5, -2.0, 0.3], [rng.uniform(-2, 2) for _ in range(600)])
    assert ("Matrix", (1, 90)) in plan.groups  # the first 30 dissolve in the last sum


def test_a_sum_that_is_used_twice_is_kept():
    def f(held, given):
        s = held[0] * given[0] + held[1] * given[1] + held[0]
        return [s * s + (s + s + s), s]

    assert_replays(f, [1.5, -2.0], [0.3, 0.7])


def test_a_result_inside_a_longer_sum_keeps_its_number():
    def f(held, given):
        s = held[0] * given[0] + held[1] * given[1]
        return [s + held[0] * given[1] + held[1], s]

    assert_replays(f, [1.5, -2.0], [0.3, 0.7])


def test_gradients_go_to_the_values_among_floats():
    f = captured_values(lambda x, y, z: x * x * y * z)
    for k in (1.0, 2.0, 3.0):
        v = Value(k)
        f(5.0, v, 2.0).backward()
        assert v.grad == 50.0


def test_equal_sums_share_a_place_and_all_get_their_gradient():
    def f(held, given):
        rows = [
            sum(w * x for w, x in zip(held[8 * r : 8 * r + 8], given[8 * c : 8 * c + 8]))
            for _ in range(2)
            for r in range(8)
            for c in range(10)
        ]
        return [sum(k * row.tanh() for k, row in enumerate(rows))]

    rng = random.Random(3)
    plan = assert_replays(
        f, [rng.uniform(-1, 1) for _ in range(64)], [rng.uniform(-1, 1) for _ in range(80)]
    )
    assert ("Matrix", (8, 10)) in plan.groups


@pytest.mark.parametrize("reorder", [True, False])
def test_a_chain_of_a_hundred_thousand_ops(reorder):
    def f(held, given):
        y = given[0]
        for k in range(33_333):
            y = (y * held[0]).tanh() + (0.5 if k % 2 else -0.5)
        return [y]

    assert_replays(f, [0.999], [1.0], runs=2, reorder=reorder)


def test_a_wide_sum_and_a_diamond():
    def f(held, given):
        y = held[0]
        for _ in range(20):
            y = (y + y) * 0.5 + y.sin() * 0.01
        return [sum(given[k % 3] * y for k in range(20_000)) - sum(given)]

    assert_replays(f, [0.4], [1.0, 2.0, 3.0])


def test_results_may_be_leaves_constants_or_the_same():
    p, x, c = Value(2.0), Value(3.0), Value(5.0)
    y = p * x
    plan = ScalarPlan([p, x, c, y, y], [x], constants=[c])
    p.data, c.data = 4.0, 50.0
    assert plan.run([10.0]).tolist() == [4.0, 10.0, 5.0, 40.0, 40.0]
    held, inputs = plan.backward([1.0, 1.0, 1.0, 1.0, 2.0])
    assert (plan.held, held.tolist(), inputs.tolist()) == ([p], [31.0], [13.0])


def test_constants_fold_and_zero_keeps_its_sign():
    x = Value(1.0)
    c = Value(3.0)
    y = 1.0 / ((c * 2.0 + 1.0) * 0.0 * x) + 1.0 / (x * -0.0)
    assert math.isnan(ScalarPlan([y], [x], constants=[c]).run([1.0])[0])
    assert ScalarPlan([1.0 / (x * -0.0)], [x]).run([1.0])[0] == -math.inf


def test_a_wrong_number_of_inputs_is_refused():
    x = Value(1.0)
    with pytest.raises(ValueError, match="1 inputs"):
        ScalarPlan([x * 2], [x]).run([1.0, 2.0])


def test_values_out_of_tensors_are_refused():
    t = ag.tensor([1.0, 2.0], requires_grad=True)
    a, b = t.to_values()
    with pytest.raises(CaptureError, match="arrays"):
        ScalarPlan([a * b], [])


# Planted errors --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "module, name, wrong",
    [
        (sums_module, "_SIGNS", {k: tuple(map(abs, v)) for k, v in sums_module._SIGNS.items()}),
        (groups_module, "_times", lambda g, p, careful: np.multiply(g, p) * 1.0000001),
        (narrow_module, "_rule", lambda op, i: op.local if callable(op) else 1.0),
    ],
)
def test_planted_errors_are_caught(monkeypatch, module, name, wrong):
    def f(held, given):
        rows = [held[0] * x - held[1] + (x * held[2]).tanh() for x in given]
        return [sum(r.sigmoid() for r in rows) - held[0].exp() * held[1]]

    rng = random.Random(0)
    case = f, [0.4, 0.7, -0.3], [rng.uniform(-1, 1) for _ in range(40)]
    assert_replays(*case)
    monkeypatch.setattr(module, name, wrong)
    with pytest.raises((AssertionError, TypeError)):
        assert_replays(*case)


# Captured functions ----------------------------------------------------------------------------


def trained(loss, model, steps=8):
    losses = []
    for _ in range(steps):
        total = loss()
        model.zero_grad()
        total.backward()
        for p in model.parameters():
            p.data -= 0.05 * p.grad
        losses.append(total.data)
    return losses, [p.data for p in model.parameters()]


@pytest.mark.parametrize("leaves", ["made inside", "floats"])
def test_a_training_loop_runs_unchanged(leaves):
    def run(wrap):
        model = nn.scalar.MLP(2, [8, 8, 1], rng=0)
        rng = random.Random(0)
        points = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(20)]
        labels = [1.0 if x * y > 0 else -1.0 for x, y in points]

        def loss():
            rows = [list(map(Value, p)) for p in points] if leaves == "made inside" else points
            scores = [model(row) for row in rows]
            hinges = [(1 + -y * s).relu() for y, s in zip(labels, scores)]
            return sum(hinges) * (1 / len(hinges)) + 1e-4 * sum(p * p for p in model.parameters())

        return trained(wrap(loss), model)

    (losses, weights), (expected, eager_weights) = run(captured_values), run(lambda f: f)
    assert losses == pytest.approx(expected, rel=1e-10)
    assert weights == pytest.approx(eager_weights, rel=1e-10)
    assert losses[-1] < losses[0]


def test_arguments_of_all_kinds_and_results_in_containers():
    w = Value(2.0)

    @captured_values
    def f(x, rows, table, n, flag=True):
        y = sum(w * table[i, j] * r for i in range(n) for j, r in enumerate(rows["r"]))
        return {"y": y + x if flag else y - x, "n": n, "x": (x,)}

    for k in range(4):
        x, rows = Value(1.0 + k), {"r": [0.5 * k, 2.0]}
        table = np.arange(4.0).reshape(2, 2) + k
        for n in (1, 2):
            for flag in (True, False):
                x.grad = w.grad = 0.0
                got = f(x, rows, table, n, flag=flag)
                total = (table[:n] @ np.array(rows["r"])).sum()
                assert got["y"].data == pytest.approx(2.0 * total + x.data * (1 if flag else -1))
                assert got["n"] == n and got["x"][0].data == x.data
                got["y"].backward()
                assert w.grad == pytest.approx(total)
                assert x.grad == (1.0 if flag else -1.0)
    assert len(f.plans) == 4


def test_results_go_on_in_the_graph_and_arguments_come_from_it():
    w = Value(0.5)
    f = captured_values(lambda x, y: (w * x * y, x + w))
    for k in range(4):
        u = Value(1.0 + k)
        a, b = f(u * u, u)
        ((a * b).tanh() + a).backward()
        v, wv = Value(1.0 + k), Value(0.5)
        c, d = wv * (v * v) * v, v * v + wv
        ((c * d).tanh() + c).backward()
        assert u.grad == pytest.approx(v.grad, rel=1e-12)
        assert w.grad == pytest.approx(wv.grad, rel=1e-12)
        w.grad = 0.0


def test_what_was_computed_before_is_not_computed_again():
    w = Value(3.0)
    before = w * w
    f = captured_values(lambda x: before * x + w)
    for k in range(4):
        w.data, w.grad, before.grad = 10.0 * k, 0.0, 0.0
        y = f(2.0)
        assert y.data == 18.0 + w.data
        y.backward()
        assert (before.grad, w.grad) == (2.0, 2.0 * 6.0 + 1.0)


def test_one_value_in_two_places_gets_both_gradients():
    f = captured_values(lambda x, y: x * x * y)
    for k in (1.0, 2.0, 3.0):
        v = Value(k)
        f(v, v).backward()
        assert v.grad == pytest.approx(3 * k * k)


def test_backward_after_another_run_and_after_an_update_uses_its_own_numbers():
    w = Value(3.0)
    f = captured_values(lambda x: w * w * x)
    for _ in range(2):
        f(1.0)
    first, second = f(2.0), f(5.0)
    w.data = 100.0
    first.backward()
    assert w.grad == 12.0
    second.backward()
    assert w.grad == 12.0 + 30.0
    (first + second).backward()
    assert w.grad == 2 * 42.0
    assert f(1.0).data == 10_000.0


def test_a_released_result_says_so():
    w = Value(3.0)
    f = captured_values(lambda x: w * x)
    y = f(2.0)
    y.backward(retain_graph=False)
    assert w.grad == 2.0
    with pytest.raises(FreedGraphError, match="released"):
        y.backward()


def test_no_grad_gives_plain_values():
    w = Value(3.0)
    f = captured_values(lambda x: w * x)
    for x in (1.0, 2.0, 3.0):
        with ag.no_grad():
            assert f(x).op is None
        assert f(x).data == 3.0 * x


def test_transforms_see_through_a_captured_function():
    f = captured_values(lambda x: x * x * x)
    for x in (1.0, 2.0):
        assert ag.grad(f)(Value(x).data) == pytest.approx(3 * x * x)
    with pytest.raises(CaptureError, match="first derivatives only"):
        ag.grad(ag.grad(lambda x: f(x)))(2.0)
    with pytest.raises(CaptureError, match="reverse mode"):
        ag.jvp(f, (2.0,), (1.0,))


def test_a_captured_result_is_drawn():
    w = Value(3.0, label="w")
    assert "captured" in captured_values(lambda x: w * x)(2.0).draw().source


def test_what_cannot_be_replayed_is_refused():
    w = Value(2.0)
    counts = iter(range(3, 20))

    def refuses(f, *args, match, calls=1):
        g = captured_values(f)
        with pytest.raises(CaptureError, match=match):
            for _ in range(calls):
                g(*args)

    refuses(lambda x: w * math.sin(x), 1.0, match="read a number")
    refuses(lambda x: (w * x).backward() or w, 1.0, match="backward")
    refuses(lambda x: w * next(counts), 1.0, match="constant", calls=2)
    refuses(lambda x: w * x if next(counts) % 2 else w + x, 1.0, match="became", calls=2)
    refuses(lambda x: w * x if next(counts) % 2 else w, 1.0, match="operations", calls=2)
    refuses(lambda x: ag.sum(ag.stack([w, x])).to_values(), 1.0, match="tensors")
    refuses(lambda x: w * Value(next(counts)) * x, 1.0, match="leaf", calls=2)
    refuses(lambda x: None, 1.0, match="no value")
    refuses(lambda x: x, ag.tensor([1.0]), match="arrays of floats")


@pytest.mark.skipif(not hasattr(modes, "reads"), reason="reads are not noted here")
@pytest.mark.parametrize(
    "f",
    [
        lambda w, x: w * x if w > 0 else x,
        lambda w, x: w if w * x <= 1.5 else x,
        lambda w, x: w * w.data * x,
        lambda w, x: w * x.item(),
        lambda w, x: w * float(f"{x:.17g}"),
        lambda w, x: w * len(str(x)),
        lambda w, x: w * int(x),
        lambda w, x: w * x if w else x,
        lambda w, x: w.detach() * x,
        lambda w, x: ag.where(w, x, 1.0),
        lambda w, x: max(w * x, x),
    ],
)
def test_numbers_that_are_read_out_are_noticed(f):
    w = Value(2.0)
    with pytest.raises(CaptureError, match="read a number"):
        captured_values(lambda x: f(w, x))(1.0)


def test_a_function_that_assigns_to_a_value_is_refused():
    w = Value(2.0)

    def f(x):
        y = w * x
        w.data = w.data + 1.0
        return y

    with pytest.raises(CaptureError, match="cannot be captured"):
        captured_values(f)(1.0)


def test_an_error_leaves_the_modes_as_they_were():
    def broken(x):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        captured_values(broken)(1.0)
    f = captured_values(lambda x: x * 2.0)
    assert [f(x).data for x in (1.0, 2.0, 3.0)] == [2.0, 4.0, 6.0]


def test_few_plans_are_kept(monkeypatch):
    monkeypatch.setattr(captured_module, "MOST_PLANS", 3)
    f = captured_values(lambda x, n: x * float(n))
    for n in range(10):
        assert f(2.0, n).data == 2.0 * n
    assert len(f.plans) == 3


def test_the_recorded_nodes_are_let_go():
    def values() -> int:
        gc.collect()
        return sum(type(o) is Value for o in gc.get_objects())

    before = values()
    f = captured_values(lambda x: sum((x * k).tanh() for k in range(500)))
    f(1.0), f(2.0)
    assert values() - before < 100
