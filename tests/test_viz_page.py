"""The page in which backward is played: what is in it, and what it does in a real browser."""

from __future__ import annotations

import contextlib
import json
import math
import random
import re
from html.parser import HTMLParser

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, Value
from autograd.graph import topological
from autograd.viz import FlowRecorder, from_json, to_json, view
from autograd.viz.cues.sums import by_source, gradient_sum
from autograd.viz.figures import number
from autograd.viz.model import build, trace
from autograd.viz.page import Frame, notebook_html, to_html
from autograd.viz.page.document import MAX_NODES
from autograd.viz.page.history import read_frames
from autograd.viz.page.numbers import gradient_text
from autograd.viz.page.steps import backward_steps
from autograd.viz.svg.nearest import nearest

from . import chromium

NASTY = [
    'say "no"',
    "it's & <b>bold</b>",
    "</script><script>document.title='broken'</script>",
    "<!-- <script>",
    "émoji 🎯 ✓",
    "two\nlines\t\x00",
    "x" * 10_000,
    "\ud800",
    "$title ${data} %s {}",
]


class Strict(HTMLParser):
    """Elements and texts of a page."""

    VOID = frozenset(["meta", "input", "br", "rect", "path", "circle", "polyline", "use", "stop"])
    # HTML closes these by itself.
    LOOSE = frozenset(["tr", "td", "th", "dt", "dd", "thead", "tbody", "option", "li", "p"])

    def __init__(self, text):
        super().__init__()
        self.tags, self.stack, self.texts = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID and tag not in self.LOOSE:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in self.VOID and tag not in self.LOOSE:
            assert self.stack.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def data_of(page):
    text = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1]
    return json.loads(text)


def neuron():
    x1, x2 = Value(2.0, label="x1"), Value(0.5, label="x2")
    w1, w2, b = Value(-0.6, label="w1"), Value(1.0, label="w2"), Value(0.8, label="b")
    with autograd.scope("neuron"):
        h = x1 * w1 + x2 * w2 + b
        h.label = "h"
        y = h.tanh()
    with autograd.scope("loss"):
        loss = (y - 1.0) ** 2 + 0.1 * w1 * w1
    loss.label = "loss"
    loss.backward()
    return loss


def random_graph(seed, size=25):
    draw = random.Random(seed)
    nodes = [Value(draw.uniform(-1.5, 1.5), label=f"x{i}") for i in range(4)]
    for _ in range(size):
        a, b = draw.choice(nodes[-6:]), draw.choice(nodes)
        nodes.append(draw.choice([a * b, a + b, a - b, a.tanh(), a * a, (a * 0.3).exp(), b.sin()]))
    root = nodes[-1] + nodes[-2] * nodes[-3]
    root.backward()
    return root


def close(a, b, scale):
    return math.isclose(a, b, rel_tol=0, abs_tol=1e-12 * max(scale, 1e-300)) or a == b


# Without a browser ---------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_steps_are_the_reverse_order_and_gradients_the_sums(seed):
    root = random_graph(seed)
    model, ids = trace(root)
    data = data_of(to_html(root))
    order = [ids[node] for node in topological([root]) if node.op is not None]
    assert [v for v, _ in data["steps"]] == [
        id for id in order if id in {e[1] for e in data["edges"]}
    ]
    held, scale = {}, {}
    for id in data["begin"]:
        held[int(id)] = model.vertices[int(id)].grad
    for at, arrivals in data["steps"]:
        for edge, source, after in arrivals:
            assert data["edges"][edge][:2] == [source, at]
            c = data["edges"][edge][2]
            held[source] = held.get(source, 0.0) + c
            scale[source] = scale.get(source, 0.0) + abs(c)
            assert float(after) == pytest.approx(held[source], rel=1e-3, abs=1e-12 * scale[source])
    for v in model.vertices:
        if v.kind != "constant":
            assert data["grad"][str(v.id)] == v.grad
            assert close(held.get(v.id, 0.0), v.grad, scale.get(v.id, 0.0))


def test_tensor_contributions_add_up():
    rng = np.random.default_rng(0)
    w = Tensor(rng.normal(size=(3, 3)), requires_grad=True, label="w")
    x = Tensor(rng.normal(size=(2, 3)), label="x")
    y = autograd.tanh(x @ w) @ w
    loss = (y * y).sum()
    loss.backward()
    model = build(loss)
    told = {}
    for step in backward_steps(model).steps:
        for a in step.arrivals:
            before = 0.0 if a.before is None else a.before
            np.testing.assert_allclose(before + a.contribution, a.after, rtol=1e-12, atol=1e-15)
            told[a.source.id] = a.after
    vertex = next(v for v in model.vertices if v.name == "w")
    np.testing.assert_array_equal(told[vertex.id], w.grad)
    page = to_html(loss)
    data = data_of(page)
    assert data["grad"][str(vertex.id)] == w.grad.tolist()
    assert re.search(r", [+−][\d.]+ % of the gradient", page) and "dL/dw += dL/d" in page


def test_lines_of_the_chain_rule():
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    c = a * b
    c.label = "c"
    (c * 0.5 + a).backward()
    root = c * 0.5 + a
    a.grad = b.grad = c.grad = 0.0
    root.backward()
    text = "".join(Strict(to_html(root)).texts)
    assert "dL/da += dL/dc · dc/da = 0.5 × (-3) = -1.5 (dL/da: 1 → -0.5)" in text
    assert "dL/db += dL/dc · dc/db = 0.5 × 2 = 1 (dL/db: 0 → 1)" in text
    sums = [facts[8] for facts in data_of(to_html(root))["names"].values() if facts[8]]
    assert "1 - 1.5 = -0.5" in sums or "-1.5 + 1 = -0.5" in sums


def test_one_file_that_asks_for_nothing():
    page = to_html(neuron(), title="A <title> & more")
    parsed = Strict(page)
    assert not parsed.stack
    for tag, attrs in parsed.tags:
        assert tag not in ("link", "img", "iframe", "object", "base")
        assert not {"src", "href", "xlink:href", "srcset"} & attrs.keys()
    assert "url(" not in page and "@import" not in page
    assert "<title>A &lt;title&gt; &amp; more</title>" in page
    names = [a["id"] for _, a in parsed.tags if "id" in a]
    assert len(names) == len(set(names))


def test_same_graph_same_bytes_and_written_whole(tmp_path):
    target = tmp_path / "page.html"
    loss = neuron()
    assert to_html(loss, target) == target
    assert target.read_text("utf-8") == to_html(loss)
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]


def test_labels_of_any_kind_are_escaped():
    s = Value(0.0)
    for label in NASTY:
        s = s + Value(1.0, label=label)
    s.label = NASTY[2]
    s.backward()
    page = to_html(s)
    parsed = Strict(page)
    assert not parsed.stack
    assert sum(tag == "script" for tag, _ in parsed.tags) == 3
    assert "x" * 300 not in page
    titles = [facts[0] for facts in data_of(page)["names"].values()]
    assert NASTY[2] in titles and "🎯" in "".join(titles)
    page.encode()


def test_nothing_to_play_is_said():
    x = Value(2.0, label="x")
    y = x * x
    assert "no gradients yet" in data_of(to_html(y))["why"]
    assert data_of(to_html(y))["steps"] == []
    one = data_of(to_html(x))
    assert "not computed from anything" in one["why"] and len(one["names"]) == 1
    y.backward(retain_graph=False)
    freed = to_html(y)
    assert "was freed" in data_of(freed)["why"] and "the graph was freed" in freed
    assert data_of(to_html(Tensor([1.0, 2.0])))["steps"] == []


def test_nan_and_infinity_are_words():
    x = Value(float("nan"), label="x")
    z = Value(float("inf"), label="z")
    y = x * 2.0 + z * x
    y.backward()
    data = data_of(to_html(y))
    ids = {facts[0]: id for id, facts in data["names"].items()}
    assert data["grad"][ids["x"]] == "inf" and data["grad"][ids["z"]] == "nan"
    big = Tensor(np.full((40,), np.nan), requires_grad=True)
    (big * big).sum().backward()
    to_html((big * big).sum())


def test_large_graphs_play_what_is_shown():
    x = Value(1.01, label="x")
    y = x
    for _ in range(60):
        y = (y * x).tanh() + x
    y.backward()
    page = to_html(y, max_nodes=20)
    data = data_of(page)
    assert "20 of 181 nodes shown" in page
    model = build(y, 20)
    vertex = next(v for v in model.vertices if v.name == "x")
    # What came from nodes that are not shown is there from the start.
    rest = x.grad - sum(e.contribution for e in model.uses(vertex) if e.contribution is not None)
    assert data["begin"][str(vertex.id)] == number(rest)
    last = [a for _, arrivals in data["steps"] for a in arrivals if a[1] == vertex.id][-1]
    assert last[2] == number(x.grad)
    assert 0 < len(data["steps"]) <= 20


def scalar_network():
    model = nn.scalar.MLP(2, [10, 8, 1], rng=np.random.default_rng(0))
    loss = (model([Value(0.5, label="x0"), Value(-1.0, label="x1")]) - 1.0) ** 2
    loss.label = "loss"
    loss.backward()
    return loss


def test_larger_graphs_are_played_by_groups():
    loss = scalar_network()
    model = view(loss, max_nodes=300)
    assert model.total > 300 and any(v.kind == "group" for v in model.vertices)
    page = to_html(loss)
    data = data_of(page)
    assert {facts[0] for facts in data["names"].values()} >= {"mlp.l0.n0", "mlp.l2.n0", "loss"}
    stepped = {data["names"][str(id)][0] for id, _ in data["steps"]}
    assert "loss" in stepped and any(name.startswith("mlp.l1.n") for name in stepped)
    assert "from mlp.l2.n0 to mlp.l1.n" in page and "mlp.l2.n0 (Neuron)" in page


def test_boxes_of_arrays_are_played_with_the_sizes_of_what_they_sent():
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    out = model(np.ones((5, 3), dtype=np.float32))
    (out * out).sum().backward()
    for level in ("layers", "model"):
        small = view((out * out).sum(), level=level)
        page = to_html(small)
        assert all(len(arrivals) for _, arrivals in data_of(page)["steps"])
        assert not re.search(r"\bNone\b", page.split("<script")[-3])
    loss = (model(np.ones((5, 3), dtype=np.float32)) ** 2).sum()
    loss.backward()
    page = to_html(view(loss, level="layers"))
    assert re.search(r"<b>from v\d+ to sequential\.2</b> <span>\|c\| = <b>[\d.]+</b>", page)


def test_arrays_of_which_a_file_has_the_statistics_alone():
    w = Tensor(np.arange(2_000.0), requires_grad=True, label="w")
    loss = (w * w).sum() - w.sum()
    loss.backward()
    page = to_html(from_json(to_json(build(loss))))
    data = data_of(page)
    (at,) = [id for id, facts in data["names"].items() if facts[0] == "w"]
    arrivals = [a for _, step in data["steps"] for a in step if str(a[1]) == at]
    # On the way nobody can tell what the sum is, in the end it is known.
    assert arrivals[0][2] == "" and arrivals[-1][2] == data["text"][at] != ""


def test_an_array_that_adds_to_the_gradient_is_blue_though_all_of_it_is_negative():
    w = Tensor(-np.ones(5), requires_grad=True, label="w")
    loss = (w * w).sum() + (w * w * w * w).sum()
    loss.backward()
    page = to_html(loss)
    assert (
        "<b class=up>|c| = " in page
        and "<b class=down>" not in page.split("</ol>")[0].split("dL/dw +=")[1]
    )


def test_an_op_of_several_outputs_has_no_sum():
    q, r = np.linalg.qr(Tensor(np.eye(3) + 1.0, requires_grad=True))
    loss = r.sum() + q.sum()
    loss.backward()
    page = to_html(loss)
    assert "output [1]" in page and "→ None" not in page


def test_groups_whose_names_begin_alike_stay_apart():
    x = Value(2.0)
    with autograd.scope("a" * 100):
        y = x * x
        with autograd.scope("b"):
            y = y.exp()
        with autograd.scope("c"):
            y = y.sin()
    y.backward()
    data = data_of(to_html(y))
    paths = [path for path, *_ in data["groups"]]
    assert len(set(paths)) == 3
    assert [parent for _, _, parent, *_ in data["groups"]] == ["", paths[0], paths[0]]
    assert {facts[5] for facts in data["names"].values()} == {"", *paths}


def test_the_page_says_of_a_sum_what_the_box_says():
    loss = neuron()
    model = build(loss)
    names = data_of(to_html(loss))["names"]
    uses = by_source(model)
    for v in model.vertices:
        shown, remark, _ = gradient_sum(v, uses.get(v.id, []))
        assert names[str(v.id)][8] == (shown or remark)
    (w1,) = [facts for facts in names.values() if facts[0] == "w1"]
    assert w1[8].count(" = ") == 1 and w1[8].count("−") == 2


def test_size_is_modest():
    values = [Value(0.02 * i + 0.9, label=f"x{i}") for i in range(60)]
    s = values[0]
    for i in range(70):
        s = s * values[i % 60] if i % 2 else s.tanh()
    s.backward()
    assert len(build(s).vertices) >= 100
    assert len(to_html(s).encode()) < 150_000


def test_history_in_every_form():
    loss = neuron()
    frames = [
        {"step": 0, "loss": 1.5, "grad": {"w1": 0.5, 2: np.ones(2)}, "value": {"w1": 1.0}},
        ("ten", {"w1": -0.25}),
        Frame(20, 0.5, grad={"w1": float("nan")}),
        build(loss),
        ("last", build(loss)),
    ]
    read = read_frames(frames)
    assert [f.step for f in read] == [0, "ten", 20, 3, "last"]
    assert read[3].grad["w1"] == next(v.grad for v in build(loss).vertices if v.name == "w1")
    data = data_of(to_html(loss, history=frames))
    w1 = next(id for id, facts in data["names"].items() if facts[0] == "w1")
    assert [f["g"][w1][2] for f in data["frames"]][:3] == [0.5, -0.25, "nan"]
    assert data["frames"][0]["g"][w1] == ["0.5", 0.5, 0.5]


@pytest.mark.parametrize("outer", [False, True])
def test_history_of_a_recorded_training(outer):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(24, 4)).astype(np.float32), rng.integers(0, 3, 24)
    model = nn.Sequential(nn.Linear(4, 40), nn.Sequential(nn.Linear(40, 3), nn.Tanh()))
    flow = FlowRecorder(model, 2)
    nn.fit(model, x, y, loss="cross_entropy", epochs=3, lr=0.1, callbacks=[flow])
    model.zero_grad()
    with autograd.scope("run") if outer else contextlib.nullcontext():
        loss = nn.losses.cross_entropy(model(x), y)
    loss.backward()
    before = "run.sequential" if outer else "sequential"
    data = data_of(to_html(loss, history=flow.frames()))
    ids = {facts[0]: id for id, facts in data["names"].items()}
    for frame, record in zip(data["frames"], flow.records, strict=True):
        for name, look in record.parameters.items():
            text, size, _ = frame["g"][ids[f"{before}.{name}"]]
            assert size == pytest.approx(look["grad"], rel=1e-6) and text
            assert "{" not in frame["v"][ids[f"{before}.{name}"]]
        assert frame["loss"] == number(record.loss)


def test_names_that_leave_doubt_are_not_guessed():
    with autograd.scope("net"):
        a, b, c = (Value(2.0, label=label) for label in ("a.w", "b.w", "b.0.w"))
        y = a * b * c
    y.backward()
    frame = data_of(to_html(y, history=[{"grad": {"w": 1.0, "0.w": 2.0, "b.w": 3.0}}]))["frames"][0]
    assert sorted(of[1] for of in frame["g"].values()) == [2.0, 3.0]


def test_a_recorder_is_a_history():
    class Recorder:
        def frames(self):
            return [{"step": 7, "grad": {"w1": 0.5}}]

    (frame,) = data_of(to_html(neuron(), history=Recorder()))["frames"]
    assert frame["step"] == "7"


def test_a_model_is_cut_as_well():
    root = random_graph(1, 60)
    whole = build(root)
    page = to_html(whole, max_nodes=10)
    drawn = [f for f in data_of(page)["names"].values() if f[1] != "constant"]
    assert 5 <= len(drawn) <= 10 + sum(v.kind == "constant" for v in whole.vertices)
    assert f"of {whole.total:,} nodes shown, those nearest" in page
    assert len(data_of(to_html(whole, max_nodes=None))["names"]) == len(whole.vertices)


def test_boxes_of_groups_are_counted_by_their_members():
    model = view(scalar_network(), level="neurons")
    cut = nearest(model, len(model.vertices) - 3)
    assert any(v.kind == "group" for v in cut.vertices) and cut.hidden
    assert sum(v.members for v in cut.vertices if v.kind != "constant") + cut.hidden == model.total


def test_a_page_is_written_as_a_page(tmp_path):
    with pytest.raises(ValueError, match=r"\.html; got 'a\.png'"):
        to_html(neuron(), tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


def test_a_result_that_is_a_box_has_no_value():
    with autograd.scope("all"):
        y = Value(0.5).sin().exp()
    y.backward()
    assert 'id="about">L = all · 3 nodes' in to_html(view(y, level="model"))


@pytest.mark.parametrize(
    ("history", "says"),
    [
        ({"w": 1.0}, "history is a list of frames"),
        ([3.0], "frame 0"),
        ([{"step": 0, "grads": {}}], "'grads'"),
    ],
)
def test_history_of_another_form_is_refused(history, says):
    with pytest.raises(TypeError, match=says):
        to_html(neuron(), history=history)


def test_history_of_another_graph_is_refused():
    with pytest.raises(ValueError, match="it is about q"):
        to_html(neuron(), history=[("0", {"q": 1.0})])


@pytest.mark.parametrize("wrong", [{"rankdir": "UP"}, {"theme": "blue"}, {"max_nodes": 0}])
def test_wrong_options_are_named(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        to_html(neuron(), **wrong)


def test_notebook_fragment_never_raises():
    assert all(notebook_html(x).startswith("<pre>no picture: TypeError: ") for x in (3, []))
    one, two = notebook_html(neuron()), notebook_html(neuron())
    ids = [re.search(r'<div id="([^"]+)"', page)[1] for page in (one, two)]
    assert ids[0] != ids[1]
    assert "viewBox" in one and 'width="100%"' in one and not Strict(one).stack


# In Chromium ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chrome():
    if chromium.find() is None:
        pytest.skip(chromium.MISSING)
    with chromium.browser() as running:
        yield running


SHOWN = """Object.fromEntries([...document.querySelectorAll('#stage .node[data-id]')].map(n => {
  const t = [...n.querySelectorAll('text')];
  const i = t.findIndex(e => /^‖?grad‖?$/.test(e.textContent.trim()));
  return [n.dataset.id.slice(1), i < 0 ? null : t[i + 1].textContent];
}))"""


def shown(page):
    """The gradients in the boxes; of a sum its result."""
    return {id: t and t.split("= ")[-1] for id, t in page.eval(SHOWN).items()}


def open_page(chrome, tmp_path, root, fragment="", size=(1280, 800), scripts=True, **options):
    path = to_html(root, tmp_path / "page.html", **options)
    return chrome.open(path, fragment=fragment, size=size, scripts=scripts)


def expected(root):
    model = build(root, MAX_NODES)
    if model.hidden:
        model = view(root, max_nodes=MAX_NODES)
    return {
        str(v.id): gradient_text(v.grad, 4)
        for v in model.vertices
        if v.kind != "constant" and v.grad is not None
    }


def two_layers():
    rng = np.random.default_rng(1)
    w1 = Tensor(rng.normal(size=(4, 6)), requires_grad=True, label="w1")
    w2 = Tensor(rng.normal(size=(6, 2)), requires_grad=True, label="w2")
    with autograd.scope("hidden"):
        h = autograd.tanh(Tensor(rng.normal(size=(5, 4))) @ w1)
    out = h @ w2
    loss = (out * out).mean() + 0.01 * (w1 * w1).sum()
    loss.backward()
    return loss


def border():
    """Values that become a tensor, and values again."""
    values = [Value(i + 0.5, label=f"v{i}") for i in range(4)]
    stacked = np.stack(values)
    parts = (stacked * 2).to_values()
    loss = np.stack([parts[0] * parts[1] + parts[2]]).sum() + (stacked * stacked).sum()
    loss.backward()
    return loss


def convolution():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                          nn.Linear(18, 3))  # fmt: skip
    images = np.random.default_rng(0).normal(size=(2, 1, 8, 8)).astype(np.float32)
    loss = nn.losses.cross_entropy(model(images), np.array([0, 2]))
    loss.backward()
    return loss


def recurrent():
    inner, outer = nn.Linear(3, 3), nn.Linear(2, 3)
    rng = np.random.default_rng(0)
    h = np.zeros((2, 3), dtype=np.float32)
    for _ in range(4):
        h = autograd.tanh(inner(h) + outer(rng.normal(size=(2, 2)).astype(np.float32)))
    loss = (h * h).mean()
    loss.backward()
    return loss


def several_outputs():
    q, r = np.linalg.qr(Tensor(np.eye(3) + 1.0, requires_grad=True, label="a"))
    loss = r.sum() + (q * q * q).sum()
    loss.backward()
    return loss


@pytest.mark.parametrize(
    "make",
    [
        neuron,
        two_layers,
        lambda: random_graph(1, 12),
        border,
        convolution,
        recurrent,
        several_outputs,
        scalar_network,
    ],
)
def test_played_to_the_end_every_gradient_is_grad(chrome, tmp_path, make):
    root = make()
    page = open_page(chrome, tmp_path, root)
    page.eval("document.getElementById('speed').value = '32'")
    page.key(" ")
    assert page.eval("document.getElementById('play').getAttribute('aria-label')") == "Pause"
    n = len(data_of((tmp_path / "page.html").read_text("utf-8"))["steps"])
    page.wait(f"document.getElementById('count').value === '{n} of {n}'")
    page.wait("document.getElementById('play').getAttribute('aria-label') === 'Play'")
    want = expected(root)
    got = shown(page)
    assert {id: got[id] for id in want} == want
    assert not page.eval("document.querySelectorAll('#stage .later').length")
    assert page.errors() == []
    page.close()


def test_boxes_of_groups_do_not_tell_the_end_before_it_is_there(chrome, tmp_path):
    page = open_page(chrome, tmp_path, scalar_network(), fragment="#step=1")
    told = """[...document.querySelectorAll('#stage .node.part text')].filter(
      t => /^blame$|grad$/.test(t.textContent) && getComputedStyle(t).opacity !== '0').map(
      t => t.closest('.node').dataset.id.slice(1))"""
    kinds = data_of((tmp_path / "page.html").read_text("utf-8"))["names"]
    early = [id for id in page.eval(told) if kinds[id][1] == "group"]
    assert early == []
    texts = "[...document.querySelectorAll('#stage .node text')]"
    blames = f"{texts}.filter(t => t.textContent === 'blame')"
    assert page.eval(f"{blames}.length") > 10
    page.key("End")
    page.wait(f"{blames}.every(t => getComputedStyle(t).opacity === '1')")
    page.close()


def test_steps_back_to_the_start(chrome, tmp_path):
    root = neuron()
    page = open_page(chrome, tmp_path, root)
    data = data_of((tmp_path / "page.html").read_text("utf-8"))
    page.key("Home")
    start = shown(page)
    assert [id for id, text in start.items() if text not in (None, "·")] == list(data["begin"])
    page.key("End")
    for i, (_, arrivals) in reversed(list(enumerate(data["steps"], 1))):
        assert page.eval("document.getElementById('now').querySelector('h2').textContent") == (
            f"Step {i} of {len(data['steps'])}"
        )
        got = shown(page)
        for source in {s for _, s, _ in arrivals}:
            last = [a[2] for a in arrivals if a[1] == source][-1]
            assert got[str(source)] == last
        page.key("ArrowLeft")
    assert shown(page) == start
    page.key("ArrowRight")
    said = page.eval("document.getElementById('said').innerText")
    assert "dL/d" in said and "1 × 1 = 1" in said
    assert "Step 1 of" in page.eval("document.getElementById('live').textContent")
    lit = page.eval("document.querySelectorAll('#stage .flow').length")
    assert lit == len(data["steps"][0][1])
    assert page.errors() == []
    page.close()


def test_search_goes_from_hit_to_hit(chrome, tmp_path):
    page = open_page(chrome, tmp_path, neuron())
    page.key("/")
    for letter in "tanh":
        page.key(letter)
    assert page.eval("document.querySelectorAll('.node.hit').length") == 1
    page.key("Enter")
    assert "tanh" in page.eval("document.querySelector('#node h3').textContent")
    page.eval(
        "const f = document.getElementById('find'); f.value = 'W'; "
        "f.dispatchEvent(new Event('input'))"
    )
    seen = []
    for _ in range(3):
        page.key("Enter")
        seen.append(page.eval("document.querySelector('#node h3').textContent"))
    assert seen == ["w1", "w2", "w1"] or seen == ["w2", "w1", "w2"]
    card = page.eval("document.getElementById('node').innerText")
    assert "made of" in card or "grad" in card
    assert page.errors() == []
    page.close()


def test_groups_collapse_and_expand(chrome, tmp_path):
    root = neuron()
    page = open_page(chrome, tmp_path, root)
    visible = (
        "[...document.querySelectorAll('#stage .node[data-id]')]"
        ".filter(n => n.style.display !== 'none').length"
    )
    before = page.eval(visible)
    page.eval("document.querySelector('#tree button').click()")
    # Five of the scope's own, and four leaves that only they use.
    assert page.eval(visible) == before - 9
    assert page.eval("document.querySelectorAll('.fold').length") == 1
    assert "5 nodes + 4 leaves" in page.eval("document.querySelector('.fold').textContent")
    assert page.eval("document.querySelectorAll('.tied').length") == 2
    page.key("End")
    assert "9 of 9" in page.eval("document.querySelector('.fold .state').textContent")
    page.eval("document.querySelector('.fold').focus()")
    page.key("Enter")
    assert page.eval(visible) == before
    page.key("c")
    assert page.eval("document.querySelectorAll('.fold').length") == 2
    page.key("/")
    page.key("h")
    page.key("Enter")  # a hit in a folded group opens it
    assert page.eval("document.querySelectorAll('.fold').length") == 1
    assert page.errors() == []
    page.close()


def test_scrubber_shows_the_gradients_of_a_training_step(chrome, tmp_path):
    root = neuron()
    frames = [
        {"step": 10 * i, "loss": 2.0 / (i + 1), "grad": {"w1": 0.5 - i}, "value": {"w1": i / 4}}
        for i in range(4)
    ]
    page = open_page(chrome, tmp_path, root, history=frames)
    w1 = next(str(v.id) for v in build(root).vertices if v.name == "w1")
    final = shown(page)
    for i in (2, 0):
        page.eval(
            f"var r = document.getElementById('frame'); r.value = {i}; "
            "r.dispatchEvent(new Event('input'))"
        )
        assert shown(page)[w1] == number(0.5 - i)
        values = page.eval(
            f"document.querySelector('.node[data-id=v{w1}]').querySelectorAll('text')[2].textContent"
        )
        assert values == number(0.25 * i)
        assert f"step {10 * i}" in page.eval("document.getElementById('when').value")
    page.eval("document.getElementById('leave').click()")
    assert shown(page) == final
    assert page.errors() == []
    page.close()


def test_the_zoom_buttons_leave_room_for_the_result(chrome, tmp_path):
    y = Value(0.3, label="x")
    for _ in range(9):
        y = (y * 1.1).sin()
    y.backward()
    page = open_page(chrome, tmp_path, y, size=(1200, 700))
    side = "document.querySelector('.zoom').getBoundingClientRect().left"
    last = f"document.querySelector('[data-id=v{build(y).vertices[-1].id}]')"
    right = f"{last}.getBoundingClientRect().right"
    assert page.eval(f"{right} < {side}")
    page.key("0")  # all of it
    page.wait(f"{right} < {side}")
    page.close()


def test_names_of_groups_are_not_broken(chrome, tmp_path):
    with autograd.scope("encoder_of_all_words"):
        y = Value(0.3)
        for _ in range(90):
            y = y.sin()
    with autograd.scope("decoder_of_all_words"):
        y = y.cos() * 2.0
    y.backward()
    page = open_page(chrome, tmp_path, view(y, level="nodes"), size=(1200, 700))
    lines = "[...document.querySelectorAll('#tree b')].map(b => b.getClientRects().length)"
    assert page.eval(lines) == [1, 1]
    heights = "[...document.querySelectorAll('#tree b')].map(b => b.offsetHeight)"
    assert max(page.eval(heights)) < 34
    page.close()


def test_zoom_pan_theme_and_help(chrome, tmp_path):
    page = open_page(chrome, tmp_path, neuron())
    box = "document.querySelector('#stage > svg').getAttribute('viewBox').split(' ').map(Number)"
    x, y, w, _ = page.eval(box)
    page.key("+")
    assert math.isclose(page.eval(box)[2], w / 1.3, rel_tol=1e-6)
    page.mouse("mouseWheel", 400, 300, deltaX=0, deltaY=50)
    page.wait(f"{box}[2] > {w / 1.3 + 1}")
    page.key("0")
    assert np.allclose(page.eval(box)[:3], [x, y, w])
    page.mouse("mousePressed", 300, 600, button="left", clickCount=1)
    page.mouse("mouseMoved", 360, 640, button="left", buttons=1)
    page.mouse("mouseReleased", 360, 640, button="left", clickCount=1)
    assert page.eval(box)[0] < x and page.eval(box)[1] < y
    page.key("t")
    assert page.eval("document.documentElement.dataset.theme") == "dark"
    assert page.eval("getComputedStyle(document.body).backgroundColor") is not None
    page.key("?")
    assert page.eval("document.getElementById('help').open")
    page.key("Escape")
    page.wait("!document.getElementById('help').open")
    assert page.errors() == []
    page.close()


def test_readable_with_scripts_off(chrome, tmp_path):
    root = neuron()
    page = open_page(chrome, tmp_path, root, scripts=False)
    text = page.eval("document.body.innerText")
    assert "Scripts are off" in text and "dL/dh += dL/d" in text
    rows = page.eval("document.querySelectorAll('tbody tr').length")
    assert rows == len(expected(root))
    assert page.eval("getComputedStyle(document.getElementById('bar')).display") == "none"
    page.close()


def test_odd_graphs_open_without_a_complaint(chrome, tmp_path):
    size = (390, 844)
    s = Value(0.0)
    for label in NASTY:
        s = s + Value(float("nan") if label == "\ud800" else 1.0, label=label)
    s.backward()
    freed = Value(2.0) * 3.0
    freed.backward(retain_graph=False)
    big = Tensor(np.ones((30, 30)), requires_grad=True, label="big")
    total = (big @ big).sum()
    total.backward()
    for root in (s, freed, Value(1.0), Value(2.0) * 3.0, total, [s, total]):
        page = open_page(chrome, tmp_path, root, fragment="#step=1", size=size)
        assert page.errors() == []
        assert page.eval("document.documentElement.scrollWidth") <= size[0]
        assert page.eval("document.title") != "broken"
        page.close()


def test_notebook_fragments_share_a_page(chrome, tmp_path):
    path = tmp_path / "cells.html"
    cells = [notebook_html(neuron()), notebook_html(random_graph(1))]
    path.write_text(f"<!DOCTYPE html><meta charset=utf-8>{''.join(cells)}", "utf-8")
    page = chrome.open(path)
    boxes = "[...document.querySelectorAll('svg')].map(s => s.getAttribute('viewBox'))"
    before = page.eval(boxes)
    page.eval("document.querySelector('svg').focus()")
    page.key("+")
    after = page.eval(boxes)
    assert after[0] != before[0] and after[1] == before[1]
    page.eval(
        "document.querySelector('.node').dispatchEvent("
        "new PointerEvent('pointerover', {bubbles: true}))"
    )
    assert page.eval("document.querySelectorAll('.edge[style*=opacity]').length") > 0
    assert page.errors() == []
    page.close()
