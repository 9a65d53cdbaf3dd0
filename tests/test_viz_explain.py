"""The chain rule in words: every path counted, the largest found, and all of them the gradient."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd import Tensor, Value
from autograd.errors import FreedGraphError
from autograd.viz import build, draw, explain
from autograd.viz.explaining.latex import name
from autograd.viz.explaining.text import count_text

BINARY = (
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / (b * b + 1.0),
    lambda a, b: a.max(b),
)
UNARY = (
    lambda a: a.tanh(),
    lambda a: a * 0.0,
    lambda a: a.relu(),
    lambda a: a.sin(),
    lambda a: 2.0 - a,
    lambda a: a.leaky_relu(0.3),
)


@st.composite
def graphs(draw: Any) -> tuple[Value, list[Value]]:
    """A value computed from two leaves, with shared and parallel edges."""
    numbers = st.floats(-3, 3).map(lambda x: round(x, 3))
    leaves = [Value(draw(numbers), label="x"), Value(draw(numbers), label="w")]
    made = list(leaves)
    for _ in range(draw(st.integers(1, 9))):
        # Of the latest, so that most of what is made is used, by several.
        pick = st.sampled_from(made[-3:])
        if draw(st.booleans()):
            made.append(draw(st.sampled_from(BINARY))(draw(pick), draw(pick)))
        else:
            made.append(draw(st.sampled_from(UNARY))(draw(pick)))
    return made[-1], leaves


def all_products(root: Any, leaf: Any) -> list[float]:
    """The product of every path, by walking them all."""
    found = []
    stack = [(root, 1.0)]
    while stack:
        node, product = stack.pop()
        if node is leaf:
            found.append(product)
        elif node.op is not None:
            stack += [
                (x, product * d) for x, d in ((node.a, node.da), (node.b, node.db)) if d is not None
            ]
    return found


def neuron() -> tuple[Value, Value]:
    x, w, b = Value(2.0, label="x"), Value(-3.0, label="w"), Value(6.5, label="b")
    z = x * w + b
    z.label = "z"
    p = z.sigmoid()
    p.label = "p"
    return p, w


def doubled(n: int) -> tuple[Value, Value]:
    x = Value(0.5, label="x")
    y = x
    for _ in range(n):
        y = y + y
    return y, x


def network(dtype: Any = float) -> tuple[Tensor, Tensor, Tensor]:
    rng = np.random.default_rng(1)
    x = Tensor(rng.normal(size=(5, 2)).astype(dtype))
    w = Tensor(rng.normal(size=(2, 3)).astype(dtype), requires_grad=True, label="W")
    b = Tensor(np.zeros(3, dtype), requires_grad=True, label="b")
    h = np.tanh(x @ w + b)
    return ((h * h).sum(axis=1) + h.mean()).mean(), w, b


# The laws ----------------------------------------------------------------------------------------


@given(graphs(), st.integers(1, 12))
def test_paths_are_counted_and_the_largest_found(graph, k):
    root, leaves = graph
    for leaf in leaves:
        products = all_products(root, leaf)
        told = explain(root, leaf, k=k)
        assert told.count == len(products)
        largest = sorted((abs(p) for p in products), reverse=True)[:k]
        assert [abs(p.product) for p in told.paths] == pytest.approx(largest, rel=1e-12, abs=1e-300)
        routes = {(p.nodes, p.positions) for p in told.paths}
        assert len(routes) == len(told.paths) == min(k, len(products))
        for path in told.paths:
            assert path.nodes[0] is root and path.nodes[-1] is leaf
            for above, below, position in zip(path.nodes, path.nodes[1:], path.positions):
                assert above.parents[position] is below
            assert math.prod(path.factors) == pytest.approx(path.product, rel=1e-12)


@given(graphs())
def test_all_paths_add_up_to_what_backward_gives(graph):
    root, leaves = graph
    before = [leaf.grad for leaf in leaves]
    told = [explain(root, leaf, k=10_000) for leaf in leaves]
    assert [leaf.grad for leaf in leaves] == before
    root.backward()
    for leaf, e in zip(leaves, told, strict=True):
        scale = math.fsum(abs(p.product) for p in e.paths)
        assert abs(e.total - leaf.grad) <= 1e-12 * scale
        assert abs(e.remainder) <= 1e-12 * scale
        if e.total:
            share = math.fsum(p.share for p in e.paths)
            assert share == pytest.approx(1.0, abs=1e-12 * scale / abs(e.total))


@given(graphs())
def test_every_graph_can_be_told(graph):
    root, leaves = graph
    for leaf in leaves:
        e = explain(root, leaf)
        assert str(e) and repr(e) and e._repr_markdown_()
        assert e.latex.count("{") == e.latex.count("}")


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_shares_of_arrays_add_up(dtype):
    loss, w, b = network(dtype)
    told = [explain(loss, leaf, k=10) for leaf in (w, b)]
    assert w.grad is None
    loss.backward()
    tolerance = 1e-12 if dtype is np.float64 else 1e-5
    for leaf, e in zip((w, b), told, strict=True):
        assert not e.scalar and e.count == e.examined == len(e.paths) == 3
        np.testing.assert_allclose(e.total, leaf.grad, rtol=tolerance)
        np.testing.assert_allclose(sum(p.product for p in e.paths), leaf.grad, rtol=tolerance)
        np.testing.assert_allclose(e.remainder, 0, atol=tolerance)
        assert sum(p.share for p in e.paths) == pytest.approx(1, rel=tolerance)
        sizes = [abs(p.share) for p in e.paths]
        assert sizes == sorted(sizes, reverse=True)
        for p in e.paths:
            c, g = p.product.astype(float), leaf.grad.astype(float)
            assert p.share == pytest.approx((c * g).sum() / (g * g).sum(), rel=1e-5)
            assert p.factors[0] == 1 and p.factors[-1] == pytest.approx(np.linalg.norm(c), rel=1e-5)


def test_the_largest_shares_are_found_whatever_their_sign():
    t = Tensor([1.0, 2.0], requires_grad=True, label="t")
    root = (t * 0.5 + t * 2.0 - t * 6.0 + t * 1.0 + t * 4.0).sum()
    assert [p.share for p in explain(root, t, k=5).paths] == pytest.approx(
        [-4, 8 / 3, 4 / 3, 2 / 3, 1 / 3]
    )
    told = explain(root, t, k=2)
    assert [p.share for p in told.paths] == pytest.approx([-4, 8 / 3])
    assert "3 other paths, share 2.333" in str(told)
    assert told.remainder.tolist() == [3.5, 3.5]


def test_paths_cross_between_values_and_tensors():
    t = Tensor([1.0, 2.0, -3.0], requires_grad=True, label="t")
    a, b, c = t.to_values()
    root = (Tensor([a * b, b.exp(), c * 2.0])[1:] * 3.0).sum().to_values() * a
    e = explain(root, t, k=10)
    root.backward()
    assert e.count == 5
    np.testing.assert_allclose(e.total, t.grad, rtol=1e-14)
    np.testing.assert_allclose(sum(p.product for p in e.paths), t.grad, rtol=1e-14)


def test_paths_run_through_each_output_of_an_op():
    a = Tensor(np.random.default_rng(0).normal(size=(3, 3)), requires_grad=True, label="A")
    q, r = np.linalg.qr(a)
    root = q.sum() + r.sum()
    e = explain(root, a)
    root.backward()
    assert e.count == 2
    np.testing.assert_allclose(sum(p.product for p in e.paths), a.grad, rtol=1e-9)


def test_tensors_of_one_element_have_factors():
    q = Tensor(2.0, requires_grad=True, label="q")
    e = explain(np.exp(q) * q, "q")
    assert e.scalar
    assert [p.factors for p in e.paths] == [(2.0, math.exp(2)), (math.exp(2),)]


# Size --------------------------------------------------------------------------------------------


def test_an_astronomical_number_of_paths_is_counted():
    y, x = doubled(100)
    e = explain(y, x, k=50)
    assert e.count == 2**100
    assert e.total == 2.0**100 and e.shown == 50
    assert len({p.positions for p in e.paths}) == 50
    assert "the sum over 1.27e+30 paths" in str(e)
    assert "[dv97/dv3, 94 steps]" in str(e)
    assert r"1.27 \cdot 10^{30}\text{ other paths}" in e.latex


@pytest.mark.parametrize(
    ("n", "text"),
    [(7, "7"), (12_345, "12,345"), (10**6, "1.00e+06"), (9_999_999, "1.00e+07")],
)
def test_counts_are_short(n, text):
    assert count_text(n) == text


def test_counts_beyond_floats():
    assert count_text(2**40_000) == "1.58e+12041"


def test_the_largest_of_astronomically_many():
    x = Value(1.0, label="x")
    y = x
    for i in range(60):
        y = y * 0.5 + y * (0.25 if i else 3.0)
    e = explain(y, x, k=3)
    sizes = [p.product for p in e.paths]
    assert sizes == [3 * 0.5**59, 3 * 0.5**60, 3 * 0.5**60]
    assert e.count == 2**60


def test_a_long_chain_is_told_in_short():
    x = y = Value(1.0, label="x")
    for _ in range(100_000):
        y = y * 1.00001
    e = explain(y, x)
    y.backward()
    assert e.total == pytest.approx(x.grad, rel=1e-15)
    assert len(e.paths[0].factors) == 100_000
    text = str(e)
    assert "99,994 steps" in text and "= 2.718" in text
    assert len(text.splitlines()) < 20 and max(map(len, text.splitlines())) <= 100


def test_a_long_chain_of_arrays():
    x = y = Tensor([1.0, 2.0], requires_grad=True, label="x")
    for _ in range(5_000):
        y = y * 1.0
    e = explain(y.sum(), x)
    np.testing.assert_array_equal(e.total, [1.0, 1.0])
    assert "4,995 steps" in str(e)


def test_the_limit_is_said():
    t = s = Tensor([1.0, 2.0], requires_grad=True, label="t")
    for _ in range(12):
        s = s * 0.5 + np.tanh(s)
    e = explain(s.sum(), t, max_paths=100)
    assert e.count == 4096 and e.examined == 100
    assert "100 of the 4,096 paths were compared (max_paths)" in str(e)
    assert "compared" not in str(explain(s.sum(), t, max_paths=4096))


# Words -------------------------------------------------------------------------------------------


def test_one_path_is_one_equation():
    p, w = neuron()
    assert str(explain(p, w)) == (
        "dp/dw = dp/dz · dz/dv2 · dv2/dw = 0.235 × 1 × 2 = 0.47\n"
        "\n"
        "where\n"
        "  p  = σ(z)   = 0.6225\n"
        "  z  = v2 + b = 0.5\n"
        "  v2 = x × w  = -6\n"
        "  b           = 6.5\n"
        "  x           = 2\n"
        "  w           = -3"
    )
    assert explain(p, w, digits=2).paths[0].product == explain(p, w).paths[0].product
    assert "= 0.24 × 1 × 2 = 0.47" in str(explain(p, w, digits=2))


def test_several_paths_and_the_rest():
    x = Value(3.0, label="x")
    y = x * x * x - x
    y.label = "y"
    text = str(explain(y, x, k=2))
    assert text.startswith("dy/dx = 26, the sum over 4 paths\n")
    rows = [line.split("=")[-1].strip() for line in text.splitlines() if " = " in line][1:6]
    assert rows == ["9", "9", "18", "8", "26"]
    assert "these 2 together" in text and "2 other paths" in text
    assert "dv1/dx(1st)" in text and "dv1/dx(2nd)" in str(explain(y, x))


def test_negative_factors_stand_in_parentheses():
    x = Value(3.0, label="x")
    assert " = (-1) × 2 = -2" in str(explain(1.0 - x * 2.0, x))


def test_names_are_those_of_the_table():
    """``v7`` is ``v7`` in the drawing's table too."""
    for root in (neuron()[0], doubled(3)[0], network()[0]):
        titles = {id(v.data): v.title for v in build(root).vertices if v.kind == "op"}
        leaf = next(v for v in build(root).vertices if v.kind == "leaf").name
        for path in explain(root, leaf, k=9).paths:
            for node, title in zip(path.nodes[:-1], path.names, strict=False):
                assert titles[id(node.data)] == title


def test_labels_that_occur_twice_are_told_apart():
    x = Value(3.0, label="x")
    a, b = x * 2.0, x * 3.0
    a.label = b.label = "h"
    names = {n for p in explain(a + b, x).paths for n in p.names}
    assert {"h#2", "h#4"} <= names


def test_a_drawing_can_light_the_paths():
    x = Value(3.0, label="x")
    y = x * x + x
    e = explain(y, x, k=1)
    assert [node.label for node in e.nodes] == [None, None, "x"]
    assert sum(v.marked for v in draw(y, mark=e.nodes).model.vertices) == 3


def test_the_end_of_a_dotted_name_will_do():
    model = nn.MLP(3, [4], 2, rng=0)
    loss = (model(np.ones((2, 3), np.float32)) ** 2).sum()
    assert explain(loss, "0.bias").leaf is model[0].bias._node
    with pytest.raises(ValueError, match=r"2 names .* end in 'weight': 'mlp.2.weight', 'mlp.0.w"):
        explain(loss, "weight")


def test_swapped_arguments_are_named_as_in_the_drawing():
    w = Value(2.0, label="w")
    out = (w * 3.0).exp()
    title = build(out).vertices[-1].title
    assert f"{title} was computed from w, not the other way" in str(explain(w, out))


def test_a_checkpoint_that_closes_over_a_model_is_explained():
    model = nn.MLP(3, [4], 2, activation="tanh", rng=0)
    loss = (ag.checkpoint(model)(np.ones((2, 3), np.float32)) ** 2).sum()
    e = explain(loss, model[0].bias)
    loss.backward()
    assert np.allclose(e.total, model[0].bias.grad)


def test_the_users_line_is_told_where_it_is_known():
    x = Value(3.0, label="x")
    with ag.detect_anomaly():
        y = x.exp()
    assert re.search(r"\(.*test_viz_explain\.py:\d+\)", str(explain(y, x)))


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("x", "x"),
        ("w12", "w_{12}"),
        ("loss", r"\text{loss}"),
        ("mlp.0.weight_a", r"\text{mlp.0.weight\_a}"),
        ("50% & {$#}", r"\text{50\% \& \{\$\#\}}"),
        ("a<b>\\c", r"\text{a}\lt{}\text{b}\gt{}\backslash{}c"),
    ],
)
def test_names_in_latex(text, latex):
    assert name(text) == latex.replace(r"\backslash{}c", r"\backslash{}\text{c}")


def test_latex_has_a_line_for_each_path():
    x = Value(3.0, label="x")
    y = x * x - 1e-5 * x
    y.label = "y"
    lines = explain(y, x).latex.splitlines()
    assert lines[1] == (
        r"\frac{d y}{d x} &= \frac{\partial y}{\partial v_{1}} \cdot "
        r"\left.\frac{\partial v_{1}}{\partial x}\right|_{1} && = 1 \times 3 && = 3 \\"
    )
    assert r"\left(-1\right) \times 1 \cdot 10^{-5} && = -1 \cdot 10^{-5} \\" in lines[3]
    assert lines[4] == "&= 6"


def test_markdown_has_no_html_of_a_labels():
    x = Value(3.0, label="<b>|`x`</b>\n\n# x")
    page = explain(x * x, x)._repr_markdown_()
    formula, table = page.split("| name |")
    assert "<" not in formula and r"\lt{}\text{b}\gt{}" in formula
    assert "`<b>\\|'x'</b>  # x`" in table
    assert not re.search("<b>", re.sub("`[^`]*`", "", table))


# Odd cases ---------------------------------------------------------------------------------------


def test_root_itself():
    x = Value(3.0, label="x")
    e = explain(x, x)
    assert e.total == 1 and e.count == 1
    assert str(e) == "dx/dx = 1: it is the same node"


def test_an_intermediate_node_is_a_leaf_too():
    x = Value(3.0, label="x")
    h = x * x
    e = explain(h * h, h)
    assert e.total == 18 and e.count == 2


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda x: (Value(1.0) * 2.0, x), "never used x; detach()"),
        (lambda x: (x.detach() * 2.0, x), "a leaf with the same value was used"),
        (lambda x: (x * 2.0, Value(3.0, label="x")), "another node labelled 'x' was used"),
        (lambda x: (x, x * 2.0), "swap the arguments"),
        (lambda x: (x.exp(), x.exp() * 2.0), "the usual causes"),
        (lambda x: (Tensor(2.0), x), "no_grad()"),
        (lambda x: (x * 2.0, Tensor([1, 2], label="n")), "n is int64: only floating-point"),
        (lambda x: (x * 2.0, Tensor([1.0, 2.0])), "requires_grad=True"),
        (lambda x: (Value(7.0), x), "no history"),
    ],
)
def test_no_path_and_why(make, words):
    root, leaf = make(Value(3.0, label="x"))
    e = explain(root, leaf)
    assert e.count == 0 and not np.any(e.total) and e.paths == e.nodes == []
    assert ": no path leads from" in str(e)
    assert words in " ".join(str(e).split())
    assert e.latex.endswith("= 0") and words in e._repr_markdown_().replace("\\", "")


def test_zero_gradients_name_the_factor():
    a = Value(-1.2, label="a")
    assert "note: dv3/dv2 = 0, so the path ends there: v3 = relu(v2) at v2 = -3.6" in str(
        explain((a * 3.0).relu() * 2.0, a)
    )
    assert "they add up to 0" in str(explain(a * 2.0 - a * 2.0, a))
    assert "too small for a float" in str(explain(a * 1e-200 * 1e-200, a))
    n = Tensor([-1.0, -2.0], requires_grad=True, label="n")
    text = str(explain(np.maximum(n, 0.0).sum(), n))
    assert "nothing travels back through dv2/dn: v2 = max(n, 0) at n = [-1, -2]" in text
    assert "share" not in text


def test_infinite_gradients_name_the_factor():
    o = Value(0.0, label="o")
    e = explain(o.sqrt() * 3.0, o)
    assert e.total == math.inf
    assert "note: dv1/do = inf: v1 = √o at o = 0" in str(e)
    assert r"\infty" in e.latex
    x = Value(1.0, label="x")
    assert "the product overflows at dv1/dx" in str(explain(x * 1e200 * 1e200, x, k=1)).replace(
        "dv2/dx", "dv1/dx"
    )
    t = Tensor([0.0, 1.0], requires_grad=True, label="t")
    assert "what travels back is not finite from" in str(explain(np.sqrt(t).sum(), t))


def test_an_infinite_path_comes_before_finite_ones_and_zero_stays_zero():
    o = Value(0.0, label="o")
    y = o * 5.0 + o.sqrt() + o.sqrt() * o
    e = explain(y, o, k=4)
    assert [p.product for p in e.paths] == [math.inf, 5.0, 0.0, 0.0]
    assert e.total == math.inf
    (first,) = explain(o.sqrt() * o + o * 5.0, o, k=1).paths
    assert first.product == 5.0


def test_nan_factors_are_shown():
    x = Value(math.nan, label="x")
    e = explain(x * x + x, x)
    assert math.isnan(e.total) and math.isnan(e.paths[0].product)
    assert "dv1/dx = nan: v1 = x × x at x = nan" in str(e)


def test_a_freed_graph_says_so():
    p, w = neuron()
    p.backward(retain_graph=False)
    with pytest.raises(FreedGraphError, match="retain_graph=True"):
        explain(p, w)


def test_hooks_are_not_run_and_that_is_said():
    t = Tensor([1.0, 2.0], requires_grad=True, label="t")
    h = t * 2.0
    seen: list[Any] = []
    h.register_hook(seen.append)
    t.register_hook(seen.append)
    e = explain(h.sum(), t)
    assert not seen and t.grad is None and h.grad is None
    assert "a hook on the way" in str(e)


def test_what_was_asked_wrongly():
    p, w = neuron()
    with pytest.raises(
        ValueError, match="no node behind the root is labelled 'y'; labels there: 'p'"
    ):
        explain(p, "y")
    with pytest.raises(ValueError, match="2 nodes behind the root are labelled 'w'"):
        explain(p * Value(1.0, label="w"), "w")
    with pytest.raises(ValueError, match=r"root of one element.*explain\(y.sum\(\), leaf\)"):
        explain(Tensor([1.0, 2.0], requires_grad=True), w)
    with pytest.raises(TypeError, match=r"as leaf, got float 2.0"):
        explain(p, 2.0)
    with pytest.raises(TypeError, match=r"as root, got str 'p'"):
        explain("p", w)
    for option in ({"k": 0}, {"digits": 0}, {"max_paths": True}):
        with pytest.raises(ValueError, match="whole number of at least 1"):
            explain(p, w, **option)
