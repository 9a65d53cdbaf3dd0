"""Inside a tensor op: the scalars add up to what it computed and to what its rule sends back."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor, Value
from autograd.border import from_nested
from autograd.extend import primitive
from autograd.ops.registry import all_ops
from autograd.viz.model import HIDDEN, Model
from autograd.viz.scalars import zoom, zoomed

from .declared import cases_of

OPS = sorted(all_ops())
K = np.array([4.0, 5.0, 6.0])


def tensors(x: Any) -> list[Tensor]:
    return [t for t in (x if isinstance(x, (tuple, list)) else [x]) if isinstance(t, Tensor)]


def received(model: Model) -> dict[str, float]:
    """What came back to each element of an operand through the op."""
    total = {str(v.name): 0.0 for v in model.vertices if v.kind == "leaf"}
    for edge in model.edges:
        name = model.vertices[edge.source].name
        if model.vertices[edge.source].kind == "leaf":
            assert edge.contribution is not None
            total[str(name)] += edge.contribution
    return total


def element(name: str, i: int, shape: tuple[int, ...]) -> str:
    place = ", ".join(str(int(k)) for k in np.unravel_index(i, shape))
    return f"{name}[{place}]" if shape else name


def results(model: Model, shape: tuple[int, ...]) -> np.ndarray:
    """The elements of the result, by their names."""
    found = {v.name: v.data for v in model.vertices if v.root}
    names = [element("out", k, shape) for k in range(int(np.prod(shape)))]
    assert sorted(names) == sorted(map(str, found))
    return np.array([found[name] for name in names]).reshape(shape)


def kinds(model: Model) -> list[str | None]:
    return [v.symbol for v in model.vertices if v.kind == "op"]


# Every op -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OPS)
def test_the_scalars_of_every_op_add_up_to_its_rule(name: str) -> None:
    rng = np.random.default_rng(0)
    for case in cases_of(name):
        if not case.varies:
            continue
        leaves = [Tensor(x, requires_grad=True, label=f"x{i}") for i, x in enumerate(case.xs)]
        for out in tensors(case.call(*leaves)):
            if not out.requires_grad or out.dtype.kind != "f" or out.size > 120:
                continue
            for leaf in leaves:
                leaf.grad = None
            seed = rng.normal(size=out.shape)
            out.backward(seed)
            model = zoomed(out, 5_000)
            np.testing.assert_array_equal(results(model, out.shape), out.data)
            back = received(model)
            for i, leaf in enumerate(leaves):
                whole = np.zeros(leaf.shape) if leaf.grad is None else leaf.grad
                found = [back.get(element(f"x{i}", k, leaf.shape), 0.0) for k in range(leaf.size)]
                np.testing.assert_allclose(
                    found, whole.ravel(), rtol=1e-10, atol=1e-10, err_msg=f"{case}"
                )
            assert all(e.source < e.target for e in model.edges)
            assert [v.id for v in model.vertices] == list(range(len(model.vertices)))


def test_the_sums_and_products_say_what_the_op_computed() -> None:
    """The values, recomputed from the picture alone."""
    rng = np.random.default_rng(1)
    w = Tensor(rng.normal(size=(2, 3)), requires_grad=True, label="w")
    b = Tensor(rng.normal(size=2), requires_grad=True, label="b")
    x = rng.normal(size=(4, 3))
    out = ag.linear(x, w, b)
    model = zoomed(out)
    into: dict[int, list[float]] = {}
    known: dict[int, float] = {}
    for edge in model.edges:
        into.setdefault(edge.target, []).append(edge.source)
    combine = {"×": np.prod, "Σ": np.sum, "+": np.sum}
    for v in model.vertices:
        known[v.id] = v.data
        if v.kind == "op":
            known[v.id] = float(combine[str(v.symbol)]([known[int(k)] for k in into[v.id]]))
            assert known[v.id] == pytest.approx(v.data, rel=1e-12)
    assert {str(v.symbol) for v in model.vertices if v.root} == {"+"}


# Kinds ----------------------------------------------------------------------------------------


def test_a_matrix_product_is_products_and_sums() -> None:
    a = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True, label="a")
    b = Tensor(np.arange(6.0).reshape(3, 2) + 1, requires_grad=True, label="b")
    out = a @ b
    model = zoomed(out)
    assert kinds(model).count("×") == 12
    assert kinds(model).count("Σ") == 4
    assert len(model.vertices) == 12 + 12 + 4
    first = next(v for v in model.vertices if v.name == "out[0, 0]")
    assert len([e for e in model.edges if e.target == first.id]) == 3


def test_a_broadcast_bias_is_one_element_used_by_many() -> None:
    h = Tensor(np.ones((3, 2)), requires_grad=True, label="h")
    bias = Tensor([0.5, -0.5], requires_grad=True, label="bias")
    out = h + bias
    (out * out).sum().backward()
    model = zoomed(out)
    vertex = next(v for v in model.vertices if v.name == "bias[1]")
    uses = model.uses(vertex)
    assert len(uses) == 3
    assert sum(e.contribution for e in uses) == pytest.approx(vertex.grad)
    assert sum(e.share or 0.0 for e in uses) == pytest.approx(1.0)


def test_the_same_operand_twice_is_two_edges() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True, label="x")
    out = x * x
    out.sum().backward()
    model = zoomed(out)
    assert len(model.vertices) == 4
    assert [e.local for e in model.edges] == [1.0, 1.0, 2.0, 2.0]


def test_what_only_moves_is_a_wire() -> None:
    x = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True, label="x")
    model = zoomed(x[1, ::2])
    assert [v.name for v in model.vertices if v.kind == "leaf"] == ["x[1, 0]", "x[1, 2]"]
    assert [e.local for e in model.edges] == [1.0, 1.0]
    assert model.notes == ["4 of x's 6 elements play no part here"]


def test_padding_is_a_constant() -> None:
    x = Tensor([2.0], requires_grad=True)
    model = zoomed(np.concatenate([np.array([7.0]), x]))
    assert [v.data for v in model.vertices if v.root] == [7.0, 2.0]
    assert [v.kind for v in model.vertices if not v.root] == ["constant", "leaf"]


def test_whole_numbers_are_constants() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    model = zoomed(x * np.array([3, 4]))
    constants = [v for v in model.vertices if v.kind == "constant"]
    assert [v.data for v in constants] == [3, 4]
    assert all(e.local is None for e in model.edges if e.source in {v.id for v in constants})


def test_a_fused_layer_is_taken_apart() -> None:
    layer = nn.Linear(2, 2, dtype=np.float64)
    out = layer(np.array([[1.0, 2.0]]))
    model = zoomed(out)
    assert sorted(map(str, kinds(model))) == ["+", "+", "×", "×", "×", "×", "Σ", "Σ"]
    assert model.notes == []


def test_an_op_that_cannot_be_taken_apart_says_so() -> None:
    x = Tensor([[2.0, 1.0], [0.0, 4.0]], requires_grad=True, label="x")
    out = ag.linalg.inv(x)
    out.sum().backward()
    model = zoomed(out)
    ends = {v.id: v for v in model.vertices}
    came: dict[str, float] = {}
    for e in model.edges:
        name = str(ends[e.source].name)
        came[name] = came.get(name, 0.0) + e.contribution
    assert x.grad is not None
    np.testing.assert_allclose([came[f"x{[i, j]}"] for i, j in np.ndindex(2, 2)], x.grad.ravel())
    assert any("is drawn as a whole" in note for note in model.notes)


@pytest.mark.parametrize(
    ("op", "symbols"),
    [
        (ag.softmax, ["exp", "exp", "exp", "Σ", "÷", "÷", "÷"]),
        (ag.log_softmax, ["exp", "exp", "exp", "Σ", "log", "−", "−", "−"]),
        (ag.logsumexp, ["exp", "exp", "exp", "Σ", "log", "+"]),
    ],
)
@pytest.mark.parametrize("top", [0.0, 1000.0])
def test_softmax_and_its_like_are_taken_apart(op: Any, symbols: list[str], top: float) -> None:
    """Shifted by the largest element, as they are computed: exp(1000) would be infinite."""
    x = Tensor([top - 1.0, top, top - 3.0], requires_grad=True, label="x")
    out = op(x)
    weights = np.arange(1.0, 1.0 + out.size).reshape(out.shape)
    (out * weights).sum().backward()
    model = zoomed(out)
    assert model.notes == []
    assert sorted(map(str, kinds(model))) == sorted(["−", "−", "−", *symbols])
    came = dict.fromkeys((v.id for v in model.vertices if v.kind == "leaf"), 0.0)
    for e in model.edges:
        if e.source in came:
            came[e.source] += e.contribution
    np.testing.assert_allclose(list(came.values()), x.grad, rtol=1e-9)


def test_where_the_steps_would_meet_infinities_an_op_stays_whole() -> None:
    """Its own rule has ways around them: here the gradient is 0 and not NaN."""
    x = Tensor(np.full(2, -np.inf), requires_grad=True, label="x")
    out = ag.logsumexp(x)
    out.backward()
    model = zoomed(out)
    assert "logsumexp is drawn as a whole" in model.notes[0]
    assert not any("other uses" in note for note in model.notes)


def test_derivatives_that_are_zero_are_left_out_and_counted() -> None:
    x = Tensor([1.0, 5.0, 2.0], requires_grad=True, label="x")
    model = zoomed(x.max())
    assert len(model.edges) == 1
    assert "2 derivatives that are exactly 0 left out" in model.notes


def test_a_users_op_is_drawn_by_its_rule() -> None:
    cube = primitive(lambda x: x**3, vjp=lambda g, out, x: g * 3 * x * x, name="cube")
    x = Tensor([2.0, 3.0], requires_grad=True)
    assert [e.local for e in zoomed(cube(x)).edges] == [12.0, 27.0]


def test_what_is_nothing_adds_nothing() -> None:
    """Padding inside an op that is taken apart is no term of a sum, and no factor."""

    def steps(x: Any) -> Any:
        return np.pad(x, 1)[:2].sum() + (np.pad(x, 1)[0] + 1.0) + np.pad(x, 1) @ K

    edges = primitive(steps, vjp=lambda g, out, x: g * (1 + K[1:2]), name="edges", reference=steps)
    model = zoomed(edges(Tensor([2.0], requires_grad=True, label="x")))
    assert [(v.symbol, v.data) for v in model.vertices if v.op == "multiply"] == [("×", 10.0)]
    assert all(e.source >= 0 for e in model.edges)
    assert len([e for e in model.edges if model.vertices[e.source].name == "x[0]"]) == 2
    assert "Σ" not in kinds(model)


def test_values_in_a_tensor_are_its_elements() -> None:
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    t = from_nested([a, 5.0, b])
    t.sum().backward()
    model = zoomed(t)
    assert [v.name for v in model.vertices if v.kind == "leaf"] == ["a", "b"]
    assert [v.data for v in model.vertices if v.root] == [1.0, 5.0, 2.0]


def test_a_value_is_drawn_with_its_operands() -> None:
    x, y = Value(2.0, label="x"), Value(3.0, label="y")
    out = (x + 1.0) * y
    out.backward()
    model = zoomed(out)
    assert [v.op for v in model.vertices if v.kind == "op"] == ["add", "multiply"]
    assert model.hidden == 1
    assert any(e.source == HIDDEN for e in model.edges)


# What is said ---------------------------------------------------------------------------------


def test_before_backward_there_are_no_contributions() -> None:
    x = Tensor([1.0], requires_grad=True)
    (edge,) = zoomed(np.exp(x)).edges
    assert edge.contribution is None
    assert edge.local == pytest.approx(np.e)


def test_other_uses_are_mentioned() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True, label="x")
    out = x * 2.0
    (out.sum() + (x * x).sum()).backward()
    (note,) = zoomed(out).notes
    assert note.startswith("x has other uses too")


def test_one_output_of_several() -> None:
    a = Tensor([[2.0, 1.0], [1.0, 3.0]], requires_grad=True, label="a")
    values, vectors = np.linalg.eigh(a)
    (values.sum() + vectors.sum()).backward()
    model = zoomed(values)
    np.testing.assert_array_equal([v.data for v in model.vertices if v.root], values.data)
    with pytest.raises(ValueError, match="2 outputs"):
        zoomed(values._node.parents[0])


def test_the_parameters_of_modules_have_their_names() -> None:
    model = nn.Sequential(nn.Linear(2, 1), nn.Tanh())
    out = model(np.ones((1, 2), np.float32))
    names = [v.name for v in zoomed(out._node.parents[0]).vertices if v.kind == "leaf"]
    assert [str(n).rpartition(".")[2] for n in names] == ["weight[0, 0]", "weight[0, 1]", "bias[0]"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Tensor([1.0], requires_grad=True, label="w"), "'w' is a leaf"),
        (lambda: Tensor([1.0]), "nothing was recorded"),
        (lambda: Value(1.0), "is a leaf"),
        (lambda: Tensor([1.0], requires_grad=True).to_values()[0].parents[0], "falls into Values"),
    ],
)
def test_what_has_no_inside(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        zoomed(make())


def test_no_node_at_all() -> None:
    with pytest.raises(TypeError, match="zoom takes the result of one op"):
        zoomed(3.0)
    with pytest.raises(ValueError, match="max_nodes is a positive number"):
        zoomed(Tensor([1.0], requires_grad=True) * 2, 0)


def test_a_freed_graph_says_so() -> None:
    out = Tensor([1.0, 2.0], requires_grad=True) * 2.0
    out.sum().backward(retain_graph=False)
    with pytest.raises(ValueError, match="was freed"):
        zoomed(out)


@pytest.mark.parametrize(
    ("make", "count"),
    [
        (lambda x: x @ np.ones((64, 10)), "23,488 "),
        (lambda x: x * 2.0, "4,097 "),
        (lambda x: x.sum(axis=1), "2,080 "),
        (lambda x: ag.softmax(x), "at least 2,048"),
    ],
)
def test_too_large_says_how_large_and_what_to_do(make: Any, count: str) -> None:
    out = make(Tensor(np.ones((32, 64)), requires_grad=True))
    with pytest.raises(ValueError, match=r"\(32, 64\).*slice") as error:
        zoomed(out)
    assert re.search(count, str(error.value))


def test_the_count_that_is_named_is_enough() -> None:
    out = Tensor(np.ones((2, 3)), requires_grad=True) @ np.ones((3, 2))
    with pytest.raises(ValueError, match="would draw 28 scalar nodes"):
        zoomed(out, 27)
    assert len(zoomed(out, 28).vertices) == 28
    layer = nn.Linear(3, 2)(np.ones((2, 3), np.float32))
    with pytest.raises(ValueError, match="would draw 34 scalar nodes"):
        zoomed(layer, 33)
    assert len(zoomed(layer, 34).vertices) == 34


def test_a_large_operand_of_which_little_is_read() -> None:
    x = Tensor(np.arange(100_000.0), requires_grad=True, label="x")
    model = zoomed(x[5:7])
    assert [v.data for v in model.vertices if v.kind == "leaf"] == [5.0, 6.0]


def test_the_picture_shows_elements() -> None:
    x = Tensor([[1.0, 2.0]], requires_grad=True, label="x")
    out = x.sum()
    out.backward()
    picture = zoom(out)
    assert "x[0, 1]" in picture.source
    assert picture.model is not None
    assert picture.pipe("svg").decode().count("x[0, 0]") >= 1
