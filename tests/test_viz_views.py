"""Semantic zoom: whatever the level, nothing is lost, and the picture can be drawn."""

import math
import random
import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import Tensor, Value, scope
from autograd.viz import build, to_json, to_text
from autograd.viz.layout import ranks
from autograd.viz.pieces import HIDDEN, Group
from autograd.viz.svg import draw_svg
from autograd.viz.views import view
from autograd.viz.views.boxes import cut
from autograd.viz.views.cycles import backward_edges, ordered
from autograd.viz.views.levels import boxed, ladder, opened
from autograd.viz.views.rollup import Loose, classes, runs
from autograd.viz.views.skeleton import skeleton
from nn import scalar

LEVELS = ["auto", "nodes", "neurons", "layers", "model", 1, 2, 3]


def drawn(model):
    return [v for v in model.vertices if v.kind != "constant" or v.root]


def named(model):
    return {v.name: v for v in model.vertices if v.name}


def row(vertex, what):
    return dict(vertex.about).get(what)


def check(model, nodes):
    """What holds of every view."""
    assert model.total == nodes
    assert sum(v.members for v in drawn(model)) + model.hidden == nodes
    assert [v.id for v in model.vertices] == list(range(len(model.vertices)))
    ends = [e for e in model.edges if HIDDEN not in (e.source, e.target)]
    assert all(e.source < e.target for e in ends)  # operands first, so no circles
    assert draw_svg(model).startswith("<svg")
    return model


def network(widths=(3, 4, 4, 1), samples=10, seed=0):
    rng = random.Random(seed)
    model = scalar.MLP(widths[0], list(widths[1:]), activation="tanh", rng=rng)
    x = [[rng.uniform(-1, 1) for _ in range(widths[0])] for _ in range(samples)]
    loss = scalar.mse_loss([model(r) for r in x], [0.5] * samples)
    loss.backward()
    return model, loss


def programs():
    """Graphs of values from random ops, each in one of a few nested scopes or in none."""
    op = st.tuples(
        st.sampled_from(["add", "mul", "sub", "tanh", "neg"]),
        st.integers(0, 40),
        st.integers(0, 40),
        st.sampled_from([None, "a", "b", "b.c", "b.d"]),
    )
    return st.lists(op, min_size=1, max_size=40)


def run(program):
    values = [Value(0.5), Value(-1.5), Value(2.0, label="x")]
    for name, i, j, where in program:
        a, b = values[i % len(values)], values[j % len(values)]

        def compute(name=name, a=a, b=b):
            if name == "add":
                return a + b
            if name == "mul":
                return a.tanh() * b
            if name == "sub":
                return a - 0.5
            return a.tanh() if name == "tanh" else -a

        if where is None:
            values.append(compute())
        else:
            with scope(where):
                values.append(compute())
    root = sum(values[-3:])
    root.backward()
    return root


@settings(max_examples=60, deadline=None)
@given(programs(), st.sampled_from(LEVELS), st.sampled_from([None, 1, 4, 12, 200]))
def test_every_view_accounts_for_every_node(program, level, most):
    root = run(program)
    model = check(view(root, level=level, max_nodes=most), build(root).total)
    assert most is None or len(drawn(model)) <= most
    assert model == view(root, level=level, max_nodes=most)


@settings(max_examples=60, deadline=None)
@given(programs(), st.integers(1, 2))
def test_boxes_have_what_the_nodes_in_them_have(program, depth):
    """Against the plain model: uses and sizes between groups, added up by hand."""
    root = run(program)
    model = view(root, level=depth, max_nodes=None)
    full = build(root)
    outside = {v.id for v in full.vertices if v.kind != "constant" and not v.group}
    box = {v.id: ".".join(v.group.split(".")[:depth]) for v in full.vertices}
    if depth == 2:  # what is in b itself and not in b.c or b.d is in no box
        inner = any(v.group.startswith("b.") for v in full.vertices)
        for v in full.vertices:
            if v.group == "b" and inner:
                box[v.id] = ""
    members = Counter(box[v.id] for v in full.vertices if v.kind != "constant" and box[v.id])
    boxes = {v.name: v for v in model.vertices if v.kind == "group" and v.name in model.groups}
    assert {name: v.members for name, v in boxes.items()} == members
    assert outside or not full.vertices[0].group
    uses, sizes = Counter(), Counter()
    for e in full.edges:
        a, b = box[e.source], box[e.target]
        if a and b and a != b:
            uses[a, b] += 1
            sizes[a, b] += abs(e.contribution)
    titles = {v.id: v.name for v in model.vertices}
    between = {
        (titles[e.source], titles[e.target]): e
        for e in model.edges
        if titles[e.source] in boxes and titles[e.target] in boxes
    }
    told = Counter()
    for note in model.notes:
        found = re.match(r"(\S+) also feeds (\S+), which comes before it: (\d+) use", note)
        if found and found[1] in boxes and found[2] in boxes:
            told[found[1], found[2]] += int(found[3])
    assert {pair: e.count for pair, e in between.items()} == {
        pair: n for pair, n in uses.items() if pair not in told
    }
    assert told == {pair: uses[pair] for pair in told}
    for pair, e in between.items():
        assert math.isclose(e.size, sizes[pair], rel_tol=1e-12, abs_tol=1e-300)


@settings(max_examples=60, deadline=None)
@given(programs(), st.integers(0, 5))
def test_blame_is_conserved_by_any_partition(program, seed):
    root = run(program)
    graph = skeleton(root)
    full = build(root)
    uses = [e for e in full.edges if full.vertices[e.source].kind == "leaf"]
    by_hand = sum(abs(e.contribution) for e in uses)
    names = np.random.default_rng(seed).integers(0, 5, len(graph.nodes))
    boxes = cut(graph, names)
    assert math.isclose(boxes.blame.sum(), by_hand, rel_tol=1e-12, abs_tol=1e-300)
    inside = sum(names[graph.source] == names[graph.target])
    assert boxes.uses.sum() + inside == len(graph.source)


def named_runs(root, alone=()):
    graph = skeleton(root)
    n = len(graph.nodes)
    place, box = np.zeros(n, dtype=np.int64), np.full(n, -1)
    loose = Loose(graph, box, place, graph.roots | np.isin(np.arange(n), alone))
    run = runs(loose)
    return graph, run, classes(loose, run)


def test_what_is_used_twice_ends_a_run():
    x = Value(1.0)
    twice = x.sin().sin()
    _, run, _ = named_runs(twice.sin() * twice.sin().sin())
    # x, twice in two steps, a sin, a run of two, the product
    assert sorted(Counter(run.tolist()).values()) == [1, 1, 1, 2, 2]


def test_sums_of_unequal_length_are_of_unequal_kinds():
    x = [Value(1.0) for _ in range(4)]
    pairs = [x[0] + 1.0, x[1] + 1.0, x[2] + 1.0 + 1.0, x[3] + 1.0 + 1.0]
    root = pairs[0] * pairs[1] * (pairs[2] * pairs[3])
    graph, _, kinds = named_runs(root)
    of = {node: int(kinds[k]) for k, node in enumerate(graph.nodes)}
    a, b, c, d = (of[p] for p in pairs)
    assert a == b != c == d
    assert of[x[0]] == of[x[1]] != of[x[2]] == of[x[3]]


def test_levels_of_a_network():
    model, loss = network()
    nodes = build(loss).total
    found = {}
    for level in LEVELS[2:]:
        found[level] = check(view(loss, level=level), nodes)
    boxes = {
        level: {v.name for v in m.vertices if v.kind == "group" and v.name in m.groups}
        for level, m in found.items()
    }
    neurons = {f"mlp.l{i}.n{j}" for i, n in enumerate((4, 4, 1)) for j in range(n)}
    assert boxes["neurons"] == boxes[3] == neurons
    assert boxes["layers"] == boxes[2] == {"mlp.l0", "mlp.l1", "mlp.l2"}
    assert boxes["model"] == boxes[1] == {"mlp"}
    whole = named(found["model"])["mlp"]
    assert row(whole, "calls") == "10"
    assert row(whole, "parameters") == str(len(model.parameters())) == "41"
    assert whole.symbol == "MLP"
    norm = math.sqrt(sum(p.grad**2 for p in model.parameters()))
    assert float(row(whole, "‖grad‖")) == pytest.approx(norm, rel=1e-3)
    # The first layer feeds each neuron of the second in each call.
    edge = next(
        e for e in found["layers"].edges if found["layers"].vertices[e.target].name == "mlp.l1"
    )
    assert edge.count == 4 * 4 * 10 and edge.contribution is None


def test_blame_of_a_box_is_what_its_parameters_received():
    _, loss = network()
    full = build(loss)
    received = Counter()
    for e in full.edges:
        v = full.vertices[e.source]
        if v.kind == "leaf":
            received[v.group] += abs(e.contribution)
    total = sum(received.values())
    for name, v in named(view(loss, level="neurons")).items():
        if name in received:
            assert row(v, "blame") == f"{100 * received[name] / total:.1f} %"
    shares = [row(v, "blame") for v in view(loss, level="layers").vertices]
    assert sum(float(s[:-2]) for s in shares if s) == pytest.approx(100, abs=0.2)


def test_auto_takes_the_finest_level_that_fits():
    _, loss = network()
    total = build(loss).total
    assert len(drawn(view(loss, max_nodes=total))) == total
    assert "mlp.l0.n0" in named(view(loss, max_nodes=total - 1))
    assert "mlp.l0" in named(view(loss, max_nodes=8))
    assert "mlp" in named(view(loss, max_nodes=3))


def test_groups_can_be_opened():
    _, loss = network()
    names = named(check(view(loss, level="model", open="mlp.l1"), build(loss).total))
    assert {"mlp.l0", "mlp.l1.n0", "mlp.l1.n3", "mlp.l2"} <= set(names)
    assert not {"mlp", "mlp.l1"} & set(names)
    with pytest.raises(ValueError, match=r"did you mean 'mlp\.l1'"):
        view(loss, level="model", open=["mlp.ll1"])
    # Where everything is drawn as well.
    with pytest.raises(ValueError, match=r"of this graph; did you mean 'mlp\.l1'\? There are mlp"):
        view(loss, level="nodes", open="mlp.ll1")
    with pytest.raises(ValueError, match=r"'foo' names no group of this graph\. It has none"):
        view(Value(1.0).exp(), open="foo")


def test_a_table_of_a_large_graph_is_short():
    _, loss = network()
    text = to_text(loss, max_nodes=20)
    assert len(text.splitlines()) < 30 < len(to_text(loss).splitlines())
    assert "group" in text
    with pytest.raises(TypeError, match="max_nodes is for a root"):
        to_text(build(loss), max_nodes=20)


def test_json_is_written_to_a_file(tmp_path):
    y = Value(2.0, label="x").exp()
    path = to_json(y, tmp_path / "y.json")
    assert path.read_text() == to_json(y)


def test_without_groups_repeated_structure_is_rolled_up():
    rng = random.Random(0)
    weights = [[Value(rng.uniform(-1, 1)) for _ in range(6)] for _ in range(5)]
    biases = [Value(0.0) for _ in range(5)]
    total = Value(0.0)
    for _ in range(30):
        x = [Value(rng.uniform(-1, 1)) for _ in range(6)]
        hidden = [
            sum((w * v for w, v in zip(ws, x, strict=True)), b).tanh()
            for ws, b in zip(weights, biases, strict=True)
        ]
        total = total + sum(hidden) ** 2
    total.backward()
    model = check(view(total, max_nodes=30), build(total).total)
    assert model.hidden == 0
    members = {v.name: v.members for v in model.vertices if v.kind == "group"}
    assert members == {
        "leaf ×30": 30,
        "leaf ×5": 5,
        "leaf ×180": 180,
        "multiply ×900": 900,
        "sum of 7 ×150": 900,
        "tanh ×150": 150,
        "sum of 6 ×30": 150,
        "power ×30": 30,
        "sum of 31": 30,
    }
    assert model.vertices[-1].root


def test_labels_of_leaves_that_go_together_are_named():
    x = [Value(1.0, label=f"x{k}") for k in range(50)]
    y = sum(v * v for v in x)
    assert "x0 … x49" in named(view(y, max_nodes=10))


def test_a_million_in_a_row():
    y = Value(0.5)
    for _ in range(1_000_000):
        y = y.sin()
    model = view(y)
    assert [v.members for v in model.vertices] == [1, 1_000_000]
    assert model.vertices[1].name == "sin ×1,000,000 in a row"


def test_ops_in_turn_are_rows_as_well():
    y, w = Value(0.5), Value(0.9)
    for _ in range(2000):
        y = (y * w).tanh()
    model = check(view(y), 4002)
    assert named(model)["× tanh, 4,000 in a row"].members == 4000


class Loop(nn.Module):
    """Two layers that feed each other again and again."""

    def __init__(self):
        self.a = nn.Linear(3, 3, dtype=float)
        self.b = nn.Linear(3, 3, dtype=float)

    def forward(self, x):
        for _ in range(5):
            x = self.b(self.a(x))
        return x


def test_circles_between_boxes_are_told_and_not_drawn():
    loop = Loop()
    loss = (loop(np.ones((2, 3))) ** 2).sum()
    loss.backward()
    model = check(view(loss, level="layers"), build(loss).total)
    assert {"loop.a", "loop.b"} <= set(named(model))
    (note,) = model.notes
    assert note.startswith("loop.b also feeds loop.a, which comes before it: 4 uses, ")
    assert sum(e.count for e in model.edges if e.target == named(model)["loop.b"].id) == 5


def test_a_weight_that_is_also_used_before_its_layer():
    layer = nn.Linear(3, 3, dtype=float)
    y = layer(np.ones((2, 3)) @ layer.weight).sum()
    y.backward()
    model = check(view(y, level="layers"), build(y).total)
    (note,) = model.notes
    assert note.startswith("linear also feeds @, which comes before it: 1 use")
    # What is not drawn is an edge of the product; its constant is still there.
    assert [v.kind for v in model.vertices] == ["constant", "op", "group", "op"]


def test_what_stands_in_a_circle_is_rolled_up():
    cell, h = nn.Linear(3, 3, dtype=float), np.ones((2, 3))
    for _ in range(10):
        h = np.tanh(cell(h))
    (h**2).sum().backward()
    model = check(view(h, level="layers"), build(h).total)
    assert set(named(model)) == {"linear", "tanh ×9"}
    (note,) = model.notes
    assert note.startswith("tanh ×9 also feeds linear, which comes before it: 9 uses")


def test_a_recurrent_cell_feeds_itself():
    class Cell(nn.Module):
        def __init__(self):
            self.inner = nn.Linear(3, 3, dtype=float)

        def forward(self, h):
            return np.tanh(self.inner(h))

    cell, h = Cell(), np.ones((1, 3))
    for _ in range(64):
        h = cell(h)
    h.sum().backward()
    model = check(view(h, level="model"), build(h).total)
    assert row(named(model)["cell"], "calls") == "64"
    plain, w = Value(0.3), Value(0.7)
    for _ in range(64):
        with scope("step"):
            plain = (plain * w).tanh()
    box = named(check(view(plain, level="model"), 130))["step"]
    assert row(box, "feeds itself") == "63 times"


def test_a_box_tells_what_leaves_it_and_what_comes_back():
    model = nn.MLP(2, [3], 2, rng=0, dtype=float)
    x = np.array([[1.0, -2.0], [0.5, 3.0]])
    hidden = x @ model[0].weight.data.T + model[0].bias.data
    loss = (model(x) ** 2).sum()
    before = named(view(loss, level="layers"))["mlp.0"]
    assert row(before, "shape") == "2 × 3" and row(before, "output's grad") is None
    assert row(before, "output") == f"{hidden.min():.3g} … {hidden.max():.3g}"
    loss.backward()
    out = np.maximum(hidden, 0) @ model[2].weight.data.T + model[2].bias.data
    sent = (2 * out @ model[2].weight.data) * (hidden > 0)
    text = row(named(view(loss, level="layers"))["mlp.0"], "output's grad")
    low, high = map(float, text.split(" … "))
    assert (low, high) == pytest.approx((sent.min(), sent.max()), rel=1e-2)


def test_a_neuron_tells_the_range_over_its_calls():
    neuron = scalar.Neuron(1, activation="tanh", rng=0)
    ys = [neuron([x]) for x in (-1.0, 0.5, 2.0)]
    sum(y * k for k, y in enumerate(ys)).backward()
    box = named(view(ys, level="model"))["neuron"]
    numbers = sorted(y.data for y in ys)
    assert row(box, "output") == f"{numbers[0]:.3g} … {numbers[-1]:.3g}"
    assert row(box, "output's grad") == "0 … 2" and row(box, "shape") is None


def test_rolled_up_arrays_have_ranges():
    t = Tensor(np.array([0.5, 1.5]), requires_grad=True)
    y = t
    for _ in range(300):
        y = y * 1.0
    y.sum().backward()
    (box,) = (v for v in view(y, max_nodes=5).vertices if v.kind == "group")
    assert row(box, "value") == "0.5 … 1.5" and row(box, "grad") == "1"


def test_uses_of_one_value_between_boxes_have_a_sign():
    """Of one value's uses it can be said what they sent back together; of several values' not."""
    x, w = Value(0.5, label="x"), Value(2.0, label="w")
    with scope("a"):
        h = x * w
        k = h.tanh() * w
    with scope("b"):
        y = h * h - 5.0 * h
        z = y * 1.0
    with scope("c"):
        loss = (z + k * h) ** 2
    loss.backward()
    model = view(loss, level="model")
    titles = {v.id: v.name for v in model.vertices}
    edges = {(titles[e.source], titles[e.target]): e for e in model.edges}
    one = edges["a", "b"]  # h twice as a factor, once in the product with 5
    assert one.count == 3
    assert one.contribution == pytest.approx((2 * h.data - 5.0) * y.grad)
    assert one.share == pytest.approx(one.contribution / h.grad)
    assert one.size == pytest.approx((2 * abs(h.data) + 5.0) * abs(y.grad))
    several = edges["a", "c"]
    assert several.contribution is several.share is None and several.count == 2


def test_uses_of_one_array_between_boxes_have_a_share():
    t = Tensor(np.array([1.0, -2.0]), requires_grad=True)
    with scope("a"):
        h = t * 3.0
    with scope("b"):
        y = (h * h).sum()
    with scope("c"):
        loss = y - (h * 2.0).sum()
    loss.backward()
    model = view(loss, level="model")
    titles = {v.id: v.name for v in model.vertices}
    edges = {(titles[e.source], titles[e.target]): e for e in model.edges}
    g = 2 * h.data - 2.0
    for name, c in (("b", 2 * h.data), ("c", np.array([-2.0, -2.0]))):
        assert edges["a", name].contribution is None
        assert edges["a", name].share == pytest.approx(np.vdot(c, g) / np.vdot(g, g))


def test_residual_and_shared_modules():
    shared = nn.Linear(4, 4, dtype=float)
    model = nn.Sequential(nn.Residual(shared), nn.Tanh(), nn.Residual(shared))
    loss = (model(np.ones((2, 4))) ** 2).mean()
    loss.backward()
    nodes = build(loss).total
    for level in LEVELS:
        check(view(loss, level=level), nodes)


def test_one_node():
    for root in (Value(1.0), Tensor([1.0, 2.0], requires_grad=True), Tensor([1.0])):
        for level in LEVELS:
            model = view(root, level=level)
            assert [v.root for v in model.vertices] == [True]
            assert model.total == 1


def test_a_freed_graph():
    y = Value(1.0)
    for _ in range(500):
        y = y.sin()
    y.backward(retain_graph=False)
    assert [v.freed for v in view(y).vertices] == [True]


def test_gradients_that_are_no_numbers():
    x, w = Value(0.0), Value(2.0)
    loss = sum((x * w).log() - (w * 3.0).tanh() for _ in range(100))
    loss.backward()
    model = check(view(loss), build(loss).total)
    leaves = [v for v in model.vertices if v.kind == "leaf"]
    assert len(leaves) == 2
    assert any("not finite" in note for note in model.notes)
    assert any(e.size is not None and not math.isfinite(e.size) for e in model.edges)


def test_before_backward_nobody_is_to_blame():
    model = scalar.MLP(2, [3, 1], rng=random.Random(0))
    out = model([1.0, 2.0])
    for v in view(out, level="neurons").vertices:
        assert row(v, "blame") is None and row(v, "‖grad‖") is None


def test_top_edges():
    _, loss = network()
    full = view(loss, level="neurons")
    model = check(view(loss, level="neurons", top_edges=6), build(loss).total)
    constants = {v.id for v in full.vertices if v.kind == "constant"}

    def size(e):
        return e.size if e.size is not None else abs(e.contribution)

    real = sorted((e for e in full.edges if e.source not in constants), key=size, reverse=True)
    expected = real[:6]
    for e in real[6:]:  # and the largest out of each box that has none
        if e.source not in {f.source for f in expected}:
            expected.append(e)
    kept = [e for e in model.edges if e.source not in constants]
    ends = {(e.source, e.target) for e in kept}
    assert ends == {(e.source, e.target) for e in expected}
    assert {e.source for e in kept} == {e.source for e in real}
    sizes, largest = [size(e) for e in real], [size(e) for e in kept]
    gone = len(full.edges) - len(model.edges)
    part = 100 * (sum(sizes) - sum(largest)) / sum(sizes)
    (note,) = model.notes
    assert f"the {gone} others" in note and f"{part:.2g} %" in note


def test_what_is_marked_stands_out():
    model, loss = network()
    weight = model.layers[1].neurons[2].w[0]
    found = named(view(loss, level="neurons", mark=weight))
    assert [name for name, v in found.items() if v.marked] == ["mlp.l1.n2"]


def test_hidden_boxes_are_counted_with_their_blame():
    _, loss = network()
    model = check(view(loss, level="neurons", max_nodes=3), build(loss).total)
    assert model.hidden and len(drawn(model)) == 3
    full = named(view(loss, level="neurons"))
    blame = {name: float(row(v, "blame")[:-2]) for name, v in full.items() if row(v, "blame")}
    beside = {name: part for name, part in blame.items() if name.startswith("mlp.l1.")}
    assert max(beside, key=beside.get) in named(model)
    assert any(re.search(r"hidden has [\d.]+ % of the blame", note) for note in model.notes)


@pytest.mark.parametrize("level", ["layer", 0, -1, True, None])
def test_levels_that_do_not_exist(level):
    with pytest.raises(ValueError, match="level"):
        view(Value(1.0), level=level)


def test_wrappers_are_no_layers():
    paths = {"m": "", "m.net": "m", "m.net.0": "m.net", "m.net.1": "m.net", "loss": ""}
    groups = {path: Group(path, "", parent) for path, parent in paths.items()}
    assert opened(groups, "layers") == {"m", "m.net"}
    assert boxed(groups, {"m"})["m.net.1"] == "m.net"
    assert boxed(groups, {"m", "m.net"}) == {
        "": "",
        "m": "",
        "m.net": "",
        "m.net.0": "m.net.0",
        "m.net.1": "m.net.1",
        "loss": "loss",
    }
    assert ladder(groups)[0] == "neurons" and ladder(groups)[-1] == "model"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=30), st.data())
def test_circles_are_cut_open(pairs, data):
    pairs = sorted({(a, b) for a, b in pairs if a != b})
    source, target = (np.array([p[k] for p in pairs], dtype=np.int64) for k in (0, 1))
    first = np.array(data.draw(st.permutations(range(8))))
    back = backward_edges(8, source, target, first)
    rank = ranks(8, source[~back], target[~back])  # raises if there is a circle
    order = ordered(8, source[~back], target[~back], first)
    assert sorted(order) == list(range(8)) and len(rank) == 8
    place = {v: k for k, v in enumerate(order)}
    assert all(place[a] < place[b] for a, b in zip(source[~back], target[~back], strict=True))
    forwards = [int(first[a]) < int(first[b]) for a, b in pairs]
    assert not any(b and f for b, f in zip(back, forwards, strict=True))
