"""Models as tables and pictures: the numbers in them, and what flows where."""

import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor
from nn.layers.attention import MultiheadAttention
from nn.layers.conv import Conv2d, ConvTranspose2d
from nn.layers.embedding import Embedding
from nn.layers.norm import BatchNorm1d
from nn.layers.pool import MaxPool2d
from nn.layers.recurrent import LSTM
from nn.look import draw, summary
from nn.look.flow import follow
from nn.look.forward import example_of, watch

SVG = "{http://www.w3.org/2000/svg}"


class Skip(nn.Module):
    def __init__(self, width: int) -> None:
        self.inner = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))

    def forward(self, x: Any) -> Any:
        return x + self.inner(x)


class Broken(nn.Module):
    def __init__(self) -> None:
        self.layer = nn.Linear(2, 3)

    def forward(self, x: Any) -> Any:
        raise RuntimeError("not today")


def by_name(model: nn.Module, shape: Any = None) -> dict[str, Any]:
    return {row.name: row for row in summary(model, shape).rows}


# The table ------------------------------------------------------------------------------------


def test_a_cnn_counted_by_hand() -> None:
    model = nn.Sequential(
        Conv2d(1, 8, 3, padding=1), nn.ReLU(), MaxPool2d(2), Conv2d(8, 16, 3), nn.Flatten(),
        nn.Linear(64, 10),
    )  # fmt: skip
    table = summary(model, (1, 8, 8))
    rows = {row.name: row for row in table.rows}
    assert [rows[str(k)].shape for k in range(6)] == [
        "(n, 8, 8, 8)", "(n, 8, 8, 8)", "(n, 8, 4, 4)", "(n, 16, 2, 2)", "(n, 64)", "(n, 10)",
    ]  # fmt: skip
    assert [rows[k].count for k in "035"] == [8 * 9 + 8, 16 * 8 * 9 + 16, 650]
    assert [rows[k].multiply_adds for k in "035"] == [8 * 9 * 64, 16 * 8 * 9 * 4, 640]
    assert table.parameters == 80 + 1168 + 650 and table.frozen == 0
    assert table.bytes == 4 * table.parameters
    assert table.multiply_adds == 4608 + 4608 + 640
    assert "9,856 multiply-adds for an example of shape (1, 8, 8)" in table
    (row,) = [line for line in table.splitlines() if "3  Conv2d" in line]
    cells = re.split(r"\s{2,}", row)
    assert cells == [
        "├─ 3", "Conv2d", "(n, 16, 2, 2)", "weight (16, 8, 3, 3), bias (16,)", "1,168", "4,608",
    ]  # fmt: skip


def test_a_transposed_convolution_uses_its_kernel_once_for_each_input() -> None:
    row = by_name(nn.Sequential(ConvTranspose2d(3, 5, 2, stride=2)), (3, 4, 4))["0"]
    assert row.shape == "(n, 5, 8, 8)" and row.multiply_adds == 3 * 5 * 4 * 16


def test_recurrent_attention_and_embedding_layers() -> None:
    lstm = nn.Sequential(LSTM(4, 6, batch_first=True))
    row = by_name(lstm, (7, 4))["0"]
    assert row.shape == "(n, 7, 6) + 2 more"
    assert row.count == 4 * 6 * (4 + 6 + 2) and row.multiply_adds == 7 * 4 * 6 * (4 + 6)
    embedding = by_name(nn.Sequential(Embedding(50, 3)), (7,))["0"]
    assert embedding.shape == "(n, 7, 3)" and embedding.count == 150
    assert embedding.multiply_adds == 0

    class Attention(nn.Module):
        def __init__(self) -> None:
            self.inner = MultiheadAttention(8, 2, batch_first=True)

        def forward(self, x: Any) -> Any:
            return self.inner(x, x, x)[0]

    table = summary(Attention(), (5, 8))
    assert table.parameters == 4 * 64 + 32
    assert table.multiply_adds == 5 * 4 * 64  # the projections, called as modules or not


def test_shared_parameters_count_once() -> None:
    layer = nn.Linear(4, 4)
    twice = nn.Sequential(layer, nn.Tanh(), layer)
    table = summary(twice)
    assert table.parameters == 20 and "(n, 4) × 2" in table and table.multiply_adds == 32
    tied = nn.Linear(4, 4, bias=False)
    tied.weight = layer.weight
    both = summary(nn.Sequential(layer, tied))
    assert both.parameters == 20 and [row.count for row in both.rows] == [None, 20, 0]
    assert "weight (4, 4) shared" in both

    class Pair(nn.Module):
        def __init__(self) -> None:
            self.a = nn.Sequential(layer)
            self.b = nn.Sequential(layer)

    assert "shared, see above" in summary(Pair()) and summary(Pair()).parameters == 20


def test_what_is_not_trained_is_told_apart() -> None:
    model = nn.Sequential(nn.Linear(3, 4), BatchNorm1d(4))
    model[0].weight.requires_grad_(False)
    table = summary(model)
    assert table.parameters == 4 + 8 and table.frozen == 12 + 4 + 4 + 1
    assert "weight (4, 3) not trained" in table and "running_mean (4,) not trained" in table
    assert {row.name: row for row in table.rows}["0"].multiply_adds == 12
    assert table.bytes == 4 * (12 + 4 + 8 + 8) + 8


def test_a_model_that_cannot_run_still_gets_a_table() -> None:
    model = Broken()
    table = summary(model, (2,))
    assert table.parameters == 9 and table.multiply_adds is None
    assert "refuses this input (not today)" in table
    assert "pass input_shape=" in summary(model)
    # Guessed from a dense layer that is not where inputs go.
    hidden = nn.Sequential(Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(8, 2))
    assert "pass input_shape=" in summary(hidden) and "layer '0'" in summary(hidden, (2, 2))
    assert summary(nn.ReLU()).parameters == 0
    with pytest.raises(ValueError, match="the shape of one example"):
        summary(model, ("two",))


def test_the_table_is_text_and_html() -> None:
    class Odd(nn.Module):
        def __init__(self) -> None:
            self.parts = {"<b>": nn.Linear(2, 1)}

        def forward(self, x: Any) -> Any:
            return self.parts["<b>"](x)

    table = summary(Odd())
    assert repr(table) == str(table) == f"{table}" and len({*map(len, table.split("\n")[1:2])}) == 1
    page = table._repr_html_()
    assert "parts.&lt;b&gt;" in page and "<b>Linear</b>" in page and "parts.<b>" not in page
    assert page.count("<tr>") == 1 + 2


def test_looking_leaves_the_model_as_it_was() -> None:
    model = nn.Sequential(nn.Linear(3, 4), BatchNorm1d(4), nn.Dropout(0.5))
    model[2].eval()
    model[0].weight.grad = np.ones((4, 3), dtype=np.float32)
    before = model.state_dict()
    for look in (summary, draw):
        look(model)
    draw(model, np.ones(3))
    assert model.training and model[1].training and not model[2].training
    assert "training" not in vars(model) and "training" not in vars(model[1])
    assert not any(m._forward_hooks for m in model.modules())
    assert all((before[k] == v).all() for k, v in model.state_dict().items())
    assert (model[0].weight.grad == 1).all()
    with pytest.raises(RuntimeError, match="not today"):
        draw(Broken(), np.ones(2))


# Neurons --------------------------------------------------------------------------------------


def edges(source: str) -> list[tuple[str, str, dict[str, str]]]:
    found = []
    for a, b, rest in re.findall(r'^\s*"?([\w.]+)"? -> "?([\w.]+)"?(.*)$', source, re.M):
        found.append((a, b, dict(re.findall(r'(\w+)="?([^"\s\]]+)"?', rest))))
    return found


def test_an_edge_for_each_weight_with_its_sign_in_colour_and_style() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1))
    model[0].load_state_dict({"weight": [[1.0, -4.0], [0.0, 2.0]], "bias": [0.5, -0.25]})
    source = draw(model).source
    looks = {(a, b): look for a, b, look in edges(source)}
    assert len(looks) == 4 + 2
    plus, minus, none = looks["0.0", "1.0"], looks["0.1", "1.0"], looks["0.0", "1.1"]
    assert (plus["style"], minus["style"]) == ("solid", "dashed")
    r, g, b = (int(minus["color"][i : i + 2], 16) for i in (1, 3, 5))
    assert r > g > b  # orange
    r, g, b = (int(plus["color"][i : i + 2], 16) for i in (1, 3, 5))
    assert b > g > r  # blue
    widths = [float(looks[e]["penwidth"]) for e in (("0.0", "1.1"), ("0.0", "1.0"), ("0.1", "1.0"))]
    assert widths == sorted(widths) and widths[0] < widths[1] < widths[2]
    assert none["color"] not in (plus["color"], minus["color"])
    assert 'tooltip="layer 1, neuron 0, bias 0.5"' in source and "label=tanh" in source.replace(
        '"', ""
    )


def test_wide_layers_show_the_first_few_and_the_last() -> None:
    source = draw(nn.MLP(64, [20], 10, rng=0), most=6).source
    drawn = {a for a, _, _ in edges(source)} | {b for _, b, _ in edges(source)}
    assert {n for n in drawn if n.startswith("0.")} == {f"0.{i}" for i in (0, 1, 2, 3, 4, 63)}
    assert {n for n in drawn if n.startswith("1.")} == {f"1.{i}" for i in (0, 1, 2, 3, 4, 19)}
    assert len(edges(source)) == 6 * 6 + 6 * 6
    assert "6 of 64" in source and "Linear 64 → 20" in source and "58 neurons not drawn" in source


def test_an_example_lights_the_neurons() -> None:
    model = nn.Sequential(nn.Linear(2, 12), nn.ReLU(), nn.Linear(12, 1))
    weight = np.zeros((12, 2), dtype=np.float32)
    weight[7] = 3.0, 0.0
    weight[9] = 1.0, 0.0
    model[0].load_state_dict({"weight": weight, "bias": np.zeros(12)})
    model[2].load_state_dict({"weight": -np.ones((1, 12)), "bias": [0.0]})
    source = draw(model, [2.0, 0.0], most=3, outputs=["price"]).source
    assert "layer 1, neuron 7, bias 0: gives 6" in source and "neuron 9, bias 0: gives 2" in source
    assert "3 most lit of 12" in source and "price" in source
    fills = dict(re.findall(r'^\s*"?(\d\.\d+)"? \[[^\]]*?fillcolor="(#\w+)"', source, re.M))
    assert fills["1.7"] == "#0072B2" and fills["2.0"] == "#D55E00"  # full blue, full orange
    assert fills["0.1"] == "#FFFFFF"
    assert draw(model, [[2.0, 0.0]], most=3, outputs=["price"]).source == source
    assert draw(model.eval(), Tensor([2.0, 0.0]), most=3, outputs=["price"]).source == source


def test_pictures_flattened_by_the_model_can_be_given_as_they_are() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(16, 3))
    assert "gives 1" in draw(model, np.ones((4, 4))).source
    assert len(edges(draw(model, np.ones((4, 4)), most=20).source)) == 48


def test_what_is_not_finite_is_drawn_in_a_colour_of_its_own() -> None:
    model = nn.Sequential(nn.Linear(2, 2))
    model[0].load_state_dict({"weight": [[np.nan, 1.0], [-np.inf, 2.0]], "bias": [0.0, 0.0]})
    looks = {(a, b): look for a, b, look in edges(draw(model, [1.0, 0.0], most=3).source)}
    assert looks["0.0", "1.0"]["color"] == looks["0.0", "1.1"]["color"] == "#A2478F"
    assert looks["0.1", "1.1"]["color"] == "#0072B2"
    assert "gives nan" in draw(model, [1.0, 0.0]).source


def test_numbers_stand_on_edges_that_meet_in_one_neuron() -> None:
    model = nn.Sequential(nn.Linear(2, 1))
    model[0].load_state_dict({"weight": [[0.25, -4.0]], "bias": [0.5]})
    source = draw(model).source
    assert '"weight.0.0" [label=0.25' in source and '"weight.0.1" [label=-4' in source
    assert "weight.0.0" not in draw(nn.Sequential(nn.Linear(2, 2))).source


def test_gradients_are_drawn_as_the_blame_of_each_weight() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Identity(), nn.Linear(2, 1))
    model[0].load_state_dict({"weight": [[1.0, 1.0], [1.0, 1.0]], "bias": [0.0, 0.0]})
    model[2].load_state_dict({"weight": [[2.0, -1.0]], "bias": [0.0]})
    model(Tensor([[3.0, 0.0]])).sum().backward()
    assert model[0].weight.grad.tolist() == [[6.0, 0.0], [-3.0, 0.0]]
    source = draw(model, show="gradient").source
    looks = {(a, b): look for a, b, look in edges(source)}
    assert looks["0.0", "1.0"]["color"] == "#0072B2" and looks["0.0", "1.0"]["style"] == "solid"
    assert looks["0.0", "1.1"]["style"] == "dashed" and looks["0.1", "1.0"]["color"] == "#CBD5E1"
    widths = [float(looks["0.0", f"1.{j}"]["penwidth"]) for j in (0, 1)]
    assert widths == [3.3, 1.8]  # 6 and 3, of 6
    assert 'tooltip="weight 1, gradient -3"' in source
    fills = dict(re.findall(r'^\s*"?(\d\.\d+)"? \[[^\]]*?fillcolor="(#\w+)"', source, re.M))
    assert fills["1.0"] == "#0072B2" and fills["0.0"] == "#F1F5F9"  # 2 of 2; an input has no bias
    assert "the gradient of the neuron's bias" in source
    model.zero_grad()
    model[2].weight.grad = np.zeros((1, 2), dtype=np.float32)
    assert "every gradient is zero" in draw(model, show="gradient").source


def test_neurons_are_painted_without_graphviz() -> None:
    model = nn.MLP(12, [3], 2, rng=0)
    names = ["<&\"'\\n", "\\N"]
    picture = draw(model, np.ones(12), most=4, outputs=names)
    svg = ElementTree.fromstring(picture.painter("svg"))
    by_class = {
        kind: [g for g in svg.iter(f"{SVG}g") if g.get("class") == kind]
        for kind in ("node", "edge")
    }
    assert len(by_class["node"]) == 4 + 3 + 2 and len(by_class["edge"]) == 4 * 3 + 3 * 2
    texts = [t.text for t in svg.iter(f"{SVG}text")]
    assert set(names) <= set(texts) and "4 most lit of 12" in texts
    told = [title.text for title in svg.iter(f"{SVG}title")]
    weight = float(model[0].weight.numpy()[1, 0])
    assert f"weight {weight:.4g}" in told and any("layer 2, neuron 1" in t for t in told)
    left, top, width, height = map(float, svg.get("viewBox").split())
    for circle in svg.iter(f"{SVG}circle"):
        x, y, r = (float(circle.get(key)) for key in ("cx", "cy", "r"))
        assert left <= x - r and x + r <= left + width and top <= y - r and y + r <= top + height
    assert picture.painter("gif") is None
    changed = draw(model)
    changed.node("drawn by hand")
    assert changed.painter is None
    assert draw(model, np.ones(12), most=4, outputs=names).painter("svg") == picture.painter("svg")


def test_neurons_render_without_graphviz(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    for picture in (draw(nn.MLP(2, [3], 1)), nn.scalar.MLP(2, [3, 1]).draw([1.0, 2.0])):
        path = ag.viz.render(picture, tmp_path / "model.svg")
        assert path.read_bytes() == picture.pipe("svg") == picture.painter("svg")
        bundle = picture._repr_mimebundle_()
        assert bundle["text/html"].count("<circle") == 2 * 6
        assert bundle["image/svg+xml"].startswith('<svg width="100%"')
        with pytest.raises(ag.viz.RendererNotFoundError):
            picture.pipe("gif")


def test_arrows_of_a_flow_are_plain_and_those_around_in_colour() -> None:
    source = draw(Skip(2)).source
    looks = [look for _, _, look in edges(source)]
    colours = sorted((look["color"], look["penwidth"]) for look in looks)
    assert colours == [("#0072B2", "2.00")] + [("#64748B", "1.00")] * 5
    assert "skip" in source and "flow" not in source
    graph = draw(Skip(2)).model
    assert ag.viz.from_json(ag.viz.to_json(graph)) == graph
    assert "shape 2" in ag.viz.to_text(graph) and "released" not in ag.viz.to_text(graph)
    assert "6 blocks" in draw(Skip(2))._repr_mimebundle_()["text/plain"]


def test_neurons_are_painted_by_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = draw(nn.MLP(2, [3], 1, rng=0), [1.0, 2.0], outputs=["$1"])
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert picture.painter("png") is None
    monkeypatch.undo()
    pytest.importorskip("matplotlib")
    assert picture.painter("png").startswith(b"\x89PNG")
    assert picture.painter("pdf").startswith(b"%PDF")
    assert picture.painter("pdf") == picture.painter("pdf")


@pytest.mark.parametrize("x", [None, [1.0, -2.0]])
def test_networks_on_values_are_drawn_as_those_on_arrays(x: Any) -> None:
    model = nn.scalar.MLP(2, [3, 1], activation="tanh", rng=0)
    twin = model.to_tensor()

    def numbers(source: str) -> list[Any]:
        return [(a, b, look["color"], look["penwidth"]) for a, b, look in edges(source)]

    source = model.draw(x, outputs=["price"]).source
    assert numbers(source) == numbers(twin.draw(x, outputs=["price"]).source)
    one = model.layers[0].neurons[2].w[1].data
    assert "label=price" in source and f"weight {one:.4g}" in source
    assert len(edges(source)) == 3 * 2 + 3
    if x is not None:
        assert f"gives {model(x).data:.4g}" in source
    assert model.parameters()[0].grad == 0.0


def test_neurons_and_layers_on_values_are_drawn_with_their_gradients() -> None:
    neuron = nn.scalar.Neuron(3, activation="sigmoid", rng=0)
    assert "every gradient is zero" in neuron.draw(show="gradient").source
    neuron([1.0, -2.0, 0.0]).backward()
    source = neuron.draw(show="gradient").source
    assert f"label={neuron.w[0].grad:.3g}" in source and "σ" in source
    layer = nn.scalar.Layer(2, 2, activation=lambda z: z * z)
    layer.neurons[1].activation = "relu"
    assert "relu" in layer.draw([1, 2]).source
    assert nn.scalar.Layer(2, 2).draw().name == "Layer"
    with pytest.raises(ValueError, match="inputs names 1 neurons where the model has 2"):
        layer.draw(inputs=["a"])
    with pytest.raises(ValueError, match="a neuron with 2 inputs got 3 numbers"):
        layer.draw([1.0, 2.0, 3.0])
    with pytest.raises(TypeError, match="is no Neuron, Layer or MLP"):
        nn.scalar.Module().draw()
    with pytest.raises(ValueError, match="no neurons"):
        nn.scalar.Layer(2, 0).draw()


def test_wrong_use_of_draw_is_told() -> None:
    model = nn.MLP(2, [3], 1)
    for kwargs, message in (
        ({"kind": "pictures"}, "kind is one of auto"),
        ({"most": 2}, "3 or more"),
        ({"show": "blame"}, "show is one of weight, gradient"),
        ({"show": "gradient"}, r"call loss.backward\(\) first"),
        ({"show": "gradient", "kind": "blocks"}, "is for pictures of neurons"),
        ({"outputs": ["a", "b"]}, "outputs names 2 neurons where the model has 1"),
        ({"x": np.ones(5)}, "length 2"),
    ):
        with pytest.raises(ValueError, match=message):
            draw(model, **kwargs)
    with pytest.raises(ValueError, match="not a plain stack"):
        draw(Skip(2), kind="neurons")
    with pytest.raises(TypeError, match="array of numbers"):
        draw(model, np.array(["a", "b"]))


# Blocks ---------------------------------------------------------------------------------------


def flow(model: nn.Module, shape: tuple[int, ...]) -> tuple[list[str], set[tuple[str, str, bool]]]:
    found = follow(watch(model, example_of(model, shape)))
    names = {
        b.id: b.id.split(":")[1] if b.kind == "module" else b.title for b in found.blocks
    }  # fmt: skip
    return list(names.values()), {(names[a], names[b], skip) for a, b, skip in found.arrows}


def test_a_skip_connection_is_an_arrow_around() -> None:
    model = nn.Sequential(nn.Linear(4, 4), Skip(4), nn.Dropout(0.1), nn.Linear(4, 2))
    _, arrows = flow(model, (4,))
    assert arrows == {
        ("input", "0", False), ("0", "1.inner.0", False), ("1.inner.0", "1.inner.1", False),
        ("1.inner.1", "1.inner.2", False), ("1.inner.2", "+", False), ("0", "+", True),
        ("+", "2", False), ("2", "3", False), ("3", "output", False),
    }  # fmt: skip
    source = draw(model).source
    assert "1: Skip" in source and "inner: Sequential" in source and source.count("cluster_") == 2


def test_an_op_is_in_the_frame_of_the_module_that_computed_it() -> None:
    class Outer(nn.Module):
        def __init__(self) -> None:
            self.parts = {"a": nn.Linear(4, 4)}

        def forward(self, x: Any) -> Any:
            return x * 2.0 + self.parts["a"](x)

    model = nn.Sequential(nn.Linear(4, 4), Outer(), nn.Linear(4, 2))
    graph = draw(model).model
    inside = {v.symbol: v.group for v in graph.vertices if v.kind == "op" and v.symbol}
    assert inside == {"×": "1", "+": "1"}  # although what they read comes from outside
    assert list(graph.groups) == ["1"] and graph.groups["1"].title == "Outer"
    assert graph.groups["1"].members == 3


def test_functions_between_modules_are_small_blocks() -> None:
    class Functional(nn.Module):
        def __init__(self) -> None:
            self.a, self.b = nn.Linear(3, 4), nn.Linear(3, 4)
            self.scale = Tensor(np.ones(4), requires_grad=True)

        def forward(self, x: Any) -> Any:
            return ag.relu(self.a(x)) * self.b(x) * self.scale

    names, arrows = flow(Functional(), (3,))
    assert names.count("×") == 2
    assert {("input", "a", False), ("input", "b", False), ("a", "relu", False)} <= arrows
    assert {("relu", "×", False), ("b", "×", False), ("×", "×", False)} <= arrows
    assert ("×", "output", False) in arrows


def test_several_ends_and_modules_that_stay_whole() -> None:
    names, arrows = flow(nn.Sequential(LSTM(4, 6, batch_first=True)), (7, 4))
    assert {b for a, b, _ in arrows if a == "0"} == {"output 1", "output 2", "output 3"}

    class Attention(nn.Module):
        def __init__(self) -> None:
            self.attend = MultiheadAttention(8, 2, batch_first=True)

        def forward(self, x: Any) -> Any:
            return x + self.attend(x, x, x)[0]

    names, arrows = flow(Attention(), (5, 8))
    assert names == ["input", "attend", "output", "+"]
    assert arrows == {
        ("input", "attend", False), ("attend", "+", False), ("input", "+", True),
        ("+", "output", False),
    }  # fmt: skip


def test_a_deep_model_is_drawn_with_closed_containers() -> None:
    names, _ = flow(nn.Sequential(*(Skip(2) for _ in range(30))), (2,))
    assert "0.inner" in names and "0.inner.0" not in names and names.count("+") == 30


def test_without_an_input_the_layers_are_listed() -> None:
    source = draw(Broken()).source
    assert "layer: Linear" in source and "one_example" in source and not edges(source)
    cnn = draw(nn.Sequential(Conv2d(1, 2, 3), nn.ReLU())).source
    assert len(edges(cnn)) == 1 and "1 → 2 (3 × 3)" in cnn
    assert ">parameters&#160;" in cnn and ">20<" in cnn and ">no parameters<" in cnn


def test_blocks_are_drawn_without_graphviz(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    picture = draw(nn.Sequential(nn.Linear(4, 4), Skip(4)))
    svg = ag.viz.render(picture, tmp_path / "model.svg").read_text(encoding="utf-8")
    texts = ["".join(t.itertext()) for t in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    assert {"input", "Linear", "4 → 4", "ReLU", "+", "output", "1.inner: Sequential"} <= set(texts)
    assert svg.count('class="edge"') == len(edges(picture.source)) == 7
    bundle = picture._repr_mimebundle_()
    assert "<script>" in bundle["text/html"] and "<svg" in bundle["image/svg+xml"]
    pytest.importorskip("matplotlib")
    assert ag.viz.render(picture, tmp_path / "model.png").stat().st_size > 1000


def test_ends_layers_and_functions_look_different() -> None:
    model = nn.Sequential(Conv2d(1, 2, 3), Skip(2), nn.Dropout(0.25))
    vertices = {v.title: v for v in draw(model, input_shape=(1, 6, 2 + 2)).model.vertices}
    assert vertices["input"].kind == "leaf" and vertices["output"].root
    assert vertices["Conv2d"].kind == "group" and vertices["Conv2d"].symbol == "1 → 2 (3 × 3)"
    assert vertices["Conv2d"].about == [("gives", "2 × 4 × 2"), ("parameters", "20")]
    assert vertices["Conv2d"].members > 1
    assert vertices["Dropout"].kind == "op"
    assert vertices["Dropout"].about == [("", "p = 0.25"), ("gives", "2 × 4 × 2")]
    (plus,) = [v for v in vertices.values() if v.symbol == "+"]
    assert plus.about == [("gives", "2 × 4 × 2")] and plus.group == "1"


def test_a_module_that_hands_on_what_it_is_given_makes_no_circle() -> None:
    class Echo(nn.Module):
        def __init__(self) -> None:
            self.layer, self.same = nn.Linear(2, 2), nn.Identity()

        def forward(self, x: Any) -> Any:
            a = self.layer(x)
            b = ag.tanh(a)
            return self.same(a) + self.same(b) + self.same(a)

    graph = draw(Echo()).model
    assert all(e.source < e.target for e in graph.edges)
    assert {v.title for v in graph.vertices} >= {"input", "layer: Linear", "output"}
    assert len(graph.vertices) == graph.total


def test_any_name_of_an_attribute_can_be_drawn() -> None:
    class Odd(nn.Module):
        def __init__(self) -> None:
            self.parts = {'a:b"<&\\n': nn.Linear(2, 2), "c": Skip(2)}

        def forward(self, x: Any) -> Any:
            for part in self.parts.values():
                x = part(x)
            return x

    picture = draw(Odd())
    svg = picture.pipe("svg").decode()
    assert (
        "a:b&quot;&lt;&amp;" in svg and svg.count('class="edge"') == len(edges(picture.source)) == 7
    )
