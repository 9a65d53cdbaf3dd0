"""Laws of the graph model on random graphs, and graphs that no drawing may fail on."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd import Tensor, Value, viz
from autograd.extend import elementwise
from autograd.graph import Freed
from autograd.testing.strategies import programs
from autograd.viz import build, draw, render, to_text
from autograd.viz.interchange import from_json, to_json
from autograd.viz.model import HIDDEN, Model, trace
from autograd.viz.svg import draw_svg

TOLERANCE = 1e-12


def recorded(program: Any) -> tuple[Any, list[Any]]:
    """A program run on leaves, and one number that depends on all of its outputs."""
    leaves = [
        Value(x) if isinstance(x, float) else Tensor(x, requires_grad=True) for x in program.inputs
    ]
    outputs = program(*leaves)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    total: Any = Value(0.0)
    for k, x in enumerate(outputs):
        total = total + (k + 1.5) * ag.sum(x)
    total.backward()
    return total, leaves


def value_graph(draw: Any) -> Value:
    """Random sums, products and functions of a few values, most of them used more than once."""
    nodes: list[Any] = [
        Value(x) for x in draw(st.lists(st.floats(0.125, 2.0), min_size=1, max_size=3))
    ]
    for kind, i, j in draw(
        st.lists(st.tuples(st.integers(0, 5), st.integers(0, 99), st.integers(0, 99)), max_size=14)
    ):
        a, b = nodes[-1 - i % min(len(nodes), 4)], nodes[j % len(nodes)]
        nodes.append(
            [
                lambda a, b: a + b,
                lambda a, b: a * b,
                lambda a, b: a - 0.5 * b,
                lambda a, b: a.tanh(),
                lambda a, b: b.sigmoid(),
                lambda a, b: a / (1.0 + b * b),
            ][kind](a, b)
        )
    total = nodes[0]
    for node in nodes[1:]:
        total = total + node.sin()
    total.backward()
    return total


def crossing(draw: Any) -> Any:
    """Values stacked to a tensor that falls into values again, once or twice."""
    values = [Value(x) for x in draw(st.lists(st.floats(-2, 2), min_size=2, max_size=4))]
    for _ in range(draw(st.integers(1, 2))):
        t = ag.stack([*values, values[0]])
        t = ag.sin(t) * t
        values = [v * w for v, w in zip(t.to_values(), reversed(values), strict=False)]
    total = sum(values, start=Value(0.0))
    total.backward()
    return total


GRAPHS = st.one_of(
    st.composite(value_graph)(),
    st.composite(crossing)(),
    programs(faces=("value",)).map(lambda p: recorded(p)[0]),
    programs(faces=("tensor",)).map(lambda p: recorded(p)[0]),
    programs().map(lambda p: recorded(p)[0]),
)


def nodes_behind(root: Any) -> list[Any]:
    found = {root if isinstance(root, Value) else root._node: None}
    queue = list(found)
    for node in queue:
        for parent in () if type(node.parents) is Freed else node.parents:
            if parent is not None and parent not in found:
                found[parent] = None
                queue.append(parent)
    return queue


def used(model: Model) -> dict[int, list[Any]]:
    out = defaultdict(list)
    for edge in model.edges:
        out[edge.source].append(edge)
    return out


# The chain rule -------------------------------------------------------------------------------


def adds_up(model: Model) -> int:
    """Check every vertex all of whose users are shown; how many there were."""
    checked = 0
    uses = used(model)
    for v in model.vertices:
        edges = uses[v.id]
        if v.grad is None or v.kind == "constant" or any(e.target == HIDDEN for e in edges):
            continue
        came = [e.contribution for e in edges]
        if any(c is None or isinstance(c, dict) for c in came):
            # Not of a use that no gradient came back from, and several outputs have their own.
            came = [c for c in came if c is not None and not isinstance(c, dict)]
        total = sum(came, start=np.zeros(np.shape(v.grad))) + (1.0 if v.root else 0.0)
        sizes = sum((np.abs(c) for c in came), start=np.zeros(np.shape(v.grad))) + float(v.root)
        assert np.shape(total) == np.shape(v.grad)
        assert (np.abs(total - v.grad) <= TOLERANCE * sizes).all(), (v, came)
        checked += bool(edges)
    return checked


@settings(max_examples=50, deadline=None)
@given(GRAPHS)
def test_contributions_add_up_to_the_gradient(root: Any) -> None:
    model = build(root)
    adds_up(model)
    assert all(edge.problem is None for edge in model.edges)
    # What an op hands on is what its own gradient makes of it.
    for edge in model.edges:
        result = model.vertices[edge.target]
        if isinstance(edge.local, float) and isinstance(result.grad, float):
            assert edge.contribution == pytest.approx(edge.local * result.grad, rel=1e-15)


@settings(max_examples=60, deadline=None)
@given(GRAPHS)
def test_shares_add_up_to_one(root: Any) -> None:
    model = build(root)
    uses = used(model)
    for v in model.vertices:
        shares = [e.share for e in uses[v.id] if e.share is not None]
        square = 0.0 if v.grad is None else float(np.sum(np.square(v.grad)))
        for e in uses[v.id]:
            if e.share is not None and square > 1e-280:
                own = float(np.sum(np.asarray(e.contribution) * v.grad)) / square
                assert e.share == pytest.approx(own, rel=1e-9, abs=1e-12)
        if v.root or square <= 1e-280 or v.kind == "constant":
            continue
        assert shares, v
        sizes = sum(map(abs, shares))
        assert abs(sum(shares) - 1.0) <= TOLERANCE * max(sizes, 1.0), (v, shares)


def test_the_checks_see_that_something_is_wrong() -> None:
    x = Value(2.0)
    y = x * x + x
    y.backward()
    model = build(y)
    assert adds_up(model) == 2
    model.edges[0].contribution *= 1 + 1e-11
    with pytest.raises(AssertionError):
        adds_up(model)


# The structure --------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(GRAPHS)
def test_every_use_is_an_edge_and_ids_are_places(root: Any) -> None:
    model, ids = trace(root)
    behind = nodes_behind(root)
    assert set(ids) == set(behind)
    assert [v.id for v in model.vertices] == list(range(len(model.vertices)))
    assert sorted(ids.values()) == [v.id for v in model.vertices if v.kind != "constant"]
    into = defaultdict(list)
    for e in model.edges:
        assert 0 <= e.source < e.target < len(model.vertices)
        into[e.target].append((e.position, e.source))
    for node in behind:
        own = sorted(into[ids[node]])
        assert [position for position, _ in own] == list(range(len(own)))
        sources = [s for _, s in own if model.vertices[s].kind != "constant"]
        assert sources == [ids[p] for p in node.parents if p is not None]
        vertex = model.vertices[ids[node]]
        assert np.array_equal(vertex.grad, node.grad) if node.grad is not None else True
        assert vertex.root == (ids[node] == ids[behind[0]])
    assert model.total == len(behind)
    assert model.hidden == 0


@settings(max_examples=50, deadline=None)
@given(GRAPHS)
def test_turns_are_an_order_in_which_gradients_are_complete(root: Any) -> None:
    model = build(root)
    turns = {v.id: v.turn for v in model.vertices}
    walked = [t for t in turns.values() if t is not None]
    assert sorted(walked) == list(range(len(walked)))
    for v in model.vertices:
        assert (v.turn is None) == (v.kind == "constant")
        assert (v.turn == 0) == v.root
    for e in model.edges:
        if turns[e.source] is not None:
            assert turns[e.source] > turns[e.target]


def test_turns_are_those_of_the_real_walk() -> None:
    x, w = tensor([0.5, 1.0]), tensor([2.0, -1.0])
    a, b = ag.exp(x), ag.sin(w)
    c = a * b + a
    d, e = ag.tanh(c), c * w
    y = ag.sum(d - e)
    walked: list[int] = []
    for k, t in enumerate((x, w, a, b, c, d, e, y)):
        t.label = str(k)
        t.register_hook(lambda g, k=k: walked.append(k))
    y.backward()
    by_turn = sorted(
        (v for v in build(y).vertices if v.name in list("01234567")), key=lambda v: v.turn or 0
    )
    inner = [k for k in walked if k > 1]
    assert [int(v.name or "") for v in by_turn if v.kind == "op"] == inner
    assert inner[0] == 7


@settings(max_examples=25, deadline=None)
@given(GRAPHS, st.integers(1, 6))
def test_of_a_large_graph_what_is_shown_is_true(root: Any, most: int) -> None:
    whole, ids = trace(root)
    part, kept = trace(root, max_nodes=most)
    shown = [v for v in part.vertices if v.kind != "constant"]
    assert len(shown) == min(most, whole.total)
    assert part.hidden == whole.total - len(shown)
    assert part.total == whole.total
    for node, id in kept.items():
        a, b = part.vertices[id], whole.vertices[ids[node]]
        assert (a.op, a.symbol, a.params, a.turn) == (b.op, b.symbol, b.params, b.turn)
    # Every use of what is shown is drawn, or said to go on where it is hidden.
    all_uses, uses = used(whole), used(part)
    for node, id in kept.items():
        if not any(e.target == HIDDEN for e in uses[id]):
            assert len(uses[id]) == len(all_uses[ids[node]])
    adds_up(part)


def test_uses_by_what_is_not_shown_are_told() -> None:
    x = y = Value(0.5, label="x")
    for _ in range(9):
        y = y.sin()
    y = y + x
    y.backward()
    model, ids = trace(y, max_nodes=3)
    (going,) = [e for e in model.edges if e.target == HIDDEN]
    assert going.source == ids[x]
    (coming,) = [e for e in model.edges if e.source == HIDDEN]
    assert model.vertices[coming.target].symbol == "sin"
    assert coming.contribution == pytest.approx(
        coming.local * model.vertices[coming.target].grad, rel=1e-15
    )


FORMS: dict[str, Callable[[Any], str]] = {
    "dot": lambda root: draw(root, max_nodes=50).source,
    "svg": lambda root: draw_svg(build(root, 50)),
    "text": lambda root: to_text(build(root, 50)),
    "json": lambda root: to_json(root, max_nodes=50),
    "whole json": lambda root: to_json(root, max_nodes=50, arrays="full"),
}


@settings(max_examples=20, deadline=None)
@given(programs())
def test_the_same_graph_gives_the_same_bytes(program: Any) -> None:
    root, again = recorded(program)[0], recorded(program)[0]
    for name, form in FORMS.items():
        first = form(root)
        assert form(root) == first, name
        assert form(again) == first, name


def state(root: Any) -> list[Any]:
    """What a drawing could spoil."""
    seen = []
    for node in nodes_behind(root):
        grad = None if node.grad is None else np.array(node.grad).tobytes()
        data = node.data if isinstance(node.data, tuple) else (node.data,)
        seen.append(
            (
                id(node),
                grad,
                id(node.grad) if isinstance(node.grad, np.ndarray) else None,
                [np.array(x).tobytes() for x in data],
                list(map(id, node.parents)),
                node.op,
                getattr(node, "n", 0),
            )
        )
    return seen


@settings(max_examples=25, deadline=None)
@given(GRAPHS)
def test_drawing_changes_nothing(root: Any) -> None:
    before = state(root)
    grads = [node.grad for node in nodes_behind(root)]  # kept, so that ids are not used again
    for form in FORMS.values():
        form(root)
    assert state(root) == before
    assert len(grads) == len(before)


# Graphs that no drawing may fail on -------------------------------------------------------------

LABELS = {
    "quotes": "a \"b\" 'c' `d` \\\\ \\n \\N \\G",
    "html": "<b>&amp;&lt;</b><!-- --> ]]> <script>alert(1)</script>",
    "script": "</script></svg><script>alert(1)</script>",
    "emoji": "\U0001f9e0 \U0001f468‍\U0001f469‍\U0001f467 é ﷽ 漢字",
    "lines": "a\nb\r\nc\td\u2028e\x85f\vg",
    "right to left": "\u202eabc\u202c \u2066עברית\u2069 \u200f",
    "surrogates": "\ud800 x \udfff",
    "control": "\x00\x01\x1b[31m\x7f\x9f\ufffe\uffff",
    "long": "x" * 10_000,
    "long words": "word " * 2_000,
    "braces": "{a|b} %s %(x)d $\\frac{1}{0}$ <TABLE>",
    "blank": " ",
    "empty": "",
}


def well_formed(name: str, text: str, model: Model) -> None:
    """What a reader of each form relies on."""
    if name == "svg":
        ET.fromstring(text)
        assert "<script" not in text
    elif name == "text":
        assert not any(ord(c) < 32 and c != "\n" for c in text)
        assert "\u202e" not in text
        assert len(text.splitlines()) == len(text.split("\n"))
        assert all(len(line) < 400 for line in text.split("\n"))
    elif name == "dot":
        assert "\x00" not in text
    else:
        assert text.isascii()
        assert "</" not in text
        back = from_json(text)
        assert [v.name for v in back.vertices] == [v.name for v in model.vertices]
    if "json" not in name:
        text.encode()
        assert "x" * 250 not in text
        assert "word " * 60 not in text


def every_form(root: Any) -> None:
    model = build(root, 50)
    for name, form in FORMS.items():
        well_formed(name, form(root), model)
    if "to_html" in dir(viz):
        # A page holds its own script; the labels must not bring another one.
        page = viz.to_html(root)
        page.encode()
        assert "<script>alert" not in page


@pytest.mark.parametrize("label", LABELS.values(), ids=LABELS)
def test_any_label_is_drawn(label: str) -> None:
    x, w = Value(2.0, label=label), Tensor([1.0, -2.0], requires_grad=True, label=label)
    y = ag.sum(w * x)
    y.label = label
    y.backward()
    every_form(y)


def test_graphviz_reads_all_labels() -> None:
    pygraphviz = pytest.importorskip("pygraphviz")
    nodes = [Value(1.0, label=label.replace("\0", "")) for label in LABELS.values()]
    total = sum(nodes, start=Value(0.0))
    total.backward()
    graph = pygraphviz.AGraph(string=draw(total).source)
    model = build(total)
    assert graph.number_of_nodes() == len(model.vertices)
    assert graph.number_of_edges() == len(model.edges)


def tensor(data: Any, dtype: Any = float) -> Tensor:
    return Tensor(np.array(data, dtype=dtype), requires_grad=True, label="t")


def freed() -> Any:
    t = tensor([1.0, 2.0])
    y = ag.sum(ag.exp(t) * 2.0)
    y.backward(retain_graph=False)
    return y


def freed_values() -> Any:
    y = (Value(2.0) * 3.0).tanh()
    y.backward(retain_graph=False)
    return y


def whole_numbers() -> Any:
    t = tensor([0.5, 1.5, -2.5])
    return ag.sum(t[(t > 0).nonzero()] * t.data.astype(np.int64)[1:] * (t[1:] > 0))


def several_outputs() -> Any:
    t = tensor([[1.0, 2.0], [3.0, 5.0], [0.5, -1.0]])
    u, s, v = ag.linalg.svd(t, full_matrices=False)
    first, second = ag.split(u, 2, axis=1)
    return ag.sum(s * 2.0) + ag.sum(first * second) + ag.sum(v[0])


def no_outputs_used() -> Any:
    parts = ag.split(tensor([1.0, 2.0, 3.0]), 3)
    return ag.sum(parts[1])


def nan_and_inf() -> Any:
    with np.errstate(all="ignore"):
        t = tensor([np.nan, np.inf, -np.inf, 0.0, 1.0, 2.0])
        return ag.sum(ag.log(t) * t + 1.0 / t)


def with_nan(x: float) -> Any:
    v = Value(x, label="v")
    return v * v - v


SHAPES: dict[str, Callable[[], Any]] = {
    "one value": lambda: Value(1.5),
    "one tensor": lambda: tensor([1.0]),
    "no graph": lambda: Tensor([1.0]),
    "nan": lambda: with_nan(math.nan),
    "inf": lambda: with_nan(math.inf),
    "huge": lambda: with_nan(1e308) * 1.5,
    "denormal": lambda: with_nan(5e-324) * 1.5,
    "nan and inf": nan_and_inf,
    "freed": freed,
    "freed values": freed_values,
    "float16": lambda: ag.sum(ag.exp(tensor([1.0, 9.0], np.float16))),
    "float32": lambda: ag.sum(ag.exp(tensor(np.ones((9, 9)), np.float32))),
    "no dimensions": lambda: ag.exp(tensor(2.0)),
    "empty": lambda: ag.sum(ag.exp(tensor(np.ones((0, 3))))),
    "only empty": lambda: ag.exp(tensor(np.ones((2, 0)))),
    "many dimensions": lambda: ag.sum(tensor(np.ones((1,) * 12 + (2,)))),
    "whole numbers": whole_numbers,
    "several outputs": several_outputs,
    "one output used": no_outputs_used,
    "constant after": lambda: ag.where(np.array([True, False]), tensor([1.0, 2.0]), 3),
}


@pytest.mark.parametrize("make", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("walked", [False, True], ids=["forward", "backward"])
def test_any_graph_is_drawn(make: Callable[[], Any], walked: bool) -> None:
    root = make()
    if walked and root.op is not None and "freed" not in make.__name__:
        with np.errstate(all="ignore"):
            root.backward(None if np.ndim(root.data) == 0 else np.ones_like(root.data))
    every_form(root)
    text = to_text(root)
    if "freed" in make.__name__:
        assert "retain_graph=True" in text


def test_several_roots_are_drawn() -> None:
    x, t = Value(2.0, label="x"), tensor([1.0, 2.0])
    roots = [x * x, x, ag.sum(t * x), Tensor([3.0]), (t, [t * 2.0])]
    roots[0].backward()
    every_form(roots)
    model = build(roots)
    assert sum(v.root for v in model.vertices) == 6


def test_a_very_long_chain_is_described() -> None:
    n = 100_000  # a million takes ten times as long, and has been tried
    x = y = Value(1.0, label="x")
    for _ in range(n):
        y = y + 0.5
    y.backward()
    model = build(y, max_nodes=20)
    assert (model.total, model.hidden) == (n + 1, n - 19)
    assert x.grad == 1.0
    assert sum(v.kind != "constant" for v in model.vertices) == 20
    assert [v.turn for v in model.vertices if v.kind == "op"] == list(range(19, -1, -1))
    assert draw_svg(from_json(to_json(model))) == draw_svg(model)


def test_what_cannot_be_drawn_is_refused_with_the_cure() -> None:
    y = Value(2.0, label="x") * 3.0
    for wrong, message in (
        (np.array(3.0), r"ndarray of shape \(\), float64: plain data has no graph"),
        (np.ones(3), r"ndarray of shape \(3,\), float64: plain data"),
        ([np.ones(3)], "plain data has no graph"),
        (nn.MLP(2, [3], 1, rng=0), r"the model MLP: model\.draw\(\) draws it"),
        (nn.scalar.MLP(2, [1]), r"the model MLP: model\.draw\(\) draws it"),
        ({"loss": y}, r"a dict: give what is in it, such as list\(it.values\(\)\)"),
    ):
        with pytest.raises(TypeError, match=message):
            draw(wrong)
    for options in ({"digits": -1}, {"max_nodes": 1.5}, {"max_nodes": 0}, {"top_edges": 0.5}):
        with pytest.raises(ValueError, match=f"{next(iter(options))} is a whole number of at le"):
            draw(y, **options)
    with pytest.raises(ValueError, match="max_nodes is a whole number"):
        build(y, max_nodes=1.5)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    y = Value(2.0) * 3.0
    with pytest.raises(FileNotFoundError, match=r"there is no folder '.*nowhere'; make it first"):
        render(y, tmp_path / "nowhere" / "a.svg")
    assert not list(tmp_path.iterdir())


def test_jpeg_is_jpg(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert render(Value(2.0) * 3.0, tmp_path / "a.jpeg").read_bytes()[:2] == b"\xff\xd8"


def test_labels_mark_nodes_and_strangers_are_refused() -> None:
    model = nn.MLP(3, [4], 2, rng=0)
    loss = (model(np.ones((2, 3), np.float32)) ** 2).sum()
    for mark in ("mlp.0.bias", ["0.bias"], model[0].bias):
        marked = [v.name for v in build(loss, mark=mark).vertices if v.marked]
        assert marked == ["mlp.0.bias"]
        assert draw(loss, mark=mark).source == draw(loss, mark=model[0].bias).source
    with pytest.raises(ValueError, match="no node in the graph is labelled 'w'; labels there"):
        build(loss, mark="w")
    with pytest.raises(ValueError, match="mark is not in the graph that is drawn: Value"):
        build(loss, mark=Value(1.0))
    with pytest.raises(TypeError, match="mark is a Value, a Tensor, a label or a list of them"):
        build(loss, mark=3)


class Silent:
    """Says nothing of itself, and raises when it is asked."""

    def __repr__(self) -> str:
        raise RuntimeError("no words")

    __str__ = __repr__


def test_parameters_and_labels_of_any_class_are_drawn() -> None:
    op = elementwise(lambda x, how=None: x * 2, lambda out, x, how=None: 2.0, name="odd")
    x = Tensor([1.0], requires_grad=True, label="x")
    vertex = build(op(x, how=Silent())).vertices[-1]
    assert vertex.params == "how=<Silent>"
    assert build(op(x, how=(Silent(),))).vertices[-1].params == "how=<tuple>"
    for label, name in ((7, "7"), (Silent(), "<Silent>"), (None, None)):
        for leaf in (Value(2.0), Tensor([2.0], requires_grad=True)):
            leaf.label = label
            y = leaf * leaf
            y.label = label
            model = build(y)
            assert [v.name for v in model.vertices] == [name, name]
            assert (name or "v1") in to_text(model)
            assert draw(y)._repr_mimebundle_()["image/svg+xml"]
