"""Drawings say what the graph says: every use an edge, every number right, nothing left out in
silence."""

from __future__ import annotations

import math
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import graphviz
import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.extend import primitive
from autograd.viz import RendererNotFoundError, build, draw, output, render, to_text
from autograd.viz.model import HIDDEN, Model, Vertex


def neuron() -> Value:
    x1, x2 = Value(2.0, label="x1"), Value(0.5, label="x2")
    w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
    out = (x1 * w1 + x2 * w2 + Value(6.0, label="b")).tanh()
    out.label = "out"
    return out


def network() -> Tensor:
    rng = np.random.default_rng(0)
    x = Tensor(rng.normal(size=(5, 2, 1)))
    w = Tensor(rng.normal(size=(2, 3)), requires_grad=True, label="w")
    b = Tensor(np.zeros(3), requires_grad=True, label="b")
    h = np.maximum((x * w).sum(axis=1) + b, 0.0)
    return ((h * h).sum(axis=1) - 1.0).sum() * 0.5


def across_the_border() -> Value:
    t = Tensor([1.0, 2.0, -3.0], requires_grad=True, label="t")
    a, b, c = t.to_values()
    return (Tensor([a * b, b.exp(), c * 2.0])[1:] * 3.0).sum().to_values() * a


def deep_chain(n: int) -> Value:
    x = Value(1.0, label="x")
    for _ in range(n):
        x = x * 1.0
    return x


def named(model: Model, name: str) -> Vertex:
    (vertex,) = [v for v in model.vertices if v.name == name]
    return vertex


def has_renderer() -> bool:
    try:
        output.pipe("digraph { a }", "svg")
    except RendererNotFoundError:
        return False
    return True


needs_renderer = pytest.mark.skipif(not has_renderer(), reason="neither pygraphviz nor dot")


# The model ------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [neuron, network, across_the_border])
def test_contributions_of_all_uses_add_up_to_the_gradient(make: Any) -> None:
    root = make()
    root.backward()
    model = build(root)
    checked = 0
    for vertex in model.vertices:
        uses = model.uses(vertex)
        if vertex.kind == "constant" or not uses or vertex.grad is None:
            continue
        if any(isinstance(e.contribution, dict) for e in uses):
            continue
        total = sum(np.asarray(e.contribution) for e in uses)
        np.testing.assert_allclose(total, vertex.grad, rtol=1e-12, atol=1e-15)
        checked += 1
    assert checked >= 5


@pytest.mark.parametrize("make", [neuron, network, across_the_border])
def test_operands_come_before_results(make: Any) -> None:
    model = build(make())
    assert [v.id for v in model.vertices] == list(range(len(model.vertices)))
    assert all(e.source < e.target for e in model.edges)
    assert [v.root for v in model.vertices] == [False] * (len(model.vertices) - 1) + [True]


def test_each_use_is_an_edge() -> None:
    x = Value(3.0, label="x")
    y = x * x
    y.backward()
    model = build(y)
    assert [(e.source, e.target, e.position) for e in model.edges] == [(0, 1, 0), (0, 1, 1)]
    assert [e.local for e in model.edges] == [3.0, 3.0]
    assert [e.contribution for e in model.edges] == [3.0, 3.0]
    assert draw(y).source.count("v0 -> v1") == 2


def test_local_derivatives_and_contributions_are_the_chain_rule() -> None:
    out = neuron()
    out.backward()
    model = build(out)
    x1, w1 = named(model, "x1"), named(model, "w1")
    (edge,) = model.uses(x1)
    assert edge.local == w1.data == -3.0
    assert edge.contribution == x1.grad
    n = 2.0 * -3.0 + 0.5 + 6.0
    (last,) = [e for e in model.edges if e.target == named(model, "out").id]
    assert last.local == pytest.approx(1 - math.tanh(n) ** 2)


@pytest.mark.parametrize("x", [Value(2.0), Tensor(2.0, requires_grad=True)])
def test_a_yes_or_no_as_local_derivative_is_a_number(x: Any) -> None:
    out = x.relu() * 3
    out.backward()
    assert "× 1 → 3" in to_text(out) and "True" not in to_text(out) + draw(out).source


def test_constants_are_shown_with_their_place() -> None:
    model = build(2.0 / (Value(4.0) + 1))
    constants = [v for v in model.vertices if v.kind == "constant"]
    assert [v.data for v in constants] == [1, 2.0]
    assert [model.uses(v)[0].position for v in constants] == [1, 0]
    with_slope = build(Value(-1.0).leaky_relu(0.2))
    assert with_slope.vertices[-1].params == "negative_slope=0.2"


def test_tensor_edges_carry_what_the_rule_sends() -> None:
    w = Tensor([1.0, -2.0], requires_grad=True, label="w")
    x = np.array([[3.0, 4.0], [5.0, 6.0]])
    loss = (w * x).sum()
    loss.backward()
    model = build(loss)
    (edge,) = model.uses(named(model, "w"))
    np.testing.assert_array_equal(edge.local, x)
    np.testing.assert_array_equal(edge.contribution, x.sum(axis=0))
    assert [v.op for v in model.vertices if v.kind == "op"] == ["multiply", "sum"]


def test_before_backward_there_are_no_tensor_gradients() -> None:
    model = build(network())
    assert all(v.grad is None for v in model.vertices)
    assert all(e.contribution is None for e in model.edges)


def test_several_roots_share_one_graph() -> None:
    x = Value(2.0, label="x")
    model = build([x * 3.0, x + 1.0])
    assert sum(v.root for v in model.vertices) == 2
    assert sum(v.name == "x" for v in model.vertices) == 1


def test_looking_changes_nothing() -> None:
    def careless(g: Any, out: Any, x: Any) -> Any:
        g *= 2
        return g

    op = primitive(lambda x: x * 2, vjp=careless, name="careless")
    y = op(Tensor([1.0], requires_grad=True))
    y.backward()
    before = float(y.grad[0])
    build(y)
    assert float(y.grad[0]) == before


def test_a_broken_rule_does_not_take_its_picture_away() -> None:
    def broken(g: Any, out: Any, x: Any) -> Any:
        raise ArithmeticError("no rule today")

    op = primitive(lambda x: x * 2, vjp=broken, name="broken")
    y = op(Tensor([1.0], requires_grad=True))
    with pytest.raises(ArithmeticError):
        y.backward()
    assert "rule failed" in draw(y).source
    assert "no rule today" in to_text(build(y))


# What a picture says ----------------------------------------------------------------------------


def test_a_graph_always_gives_the_same_bytes() -> None:
    sources = set()
    for _ in range(3):
        for make in (neuron, network):
            root = make()
            root.backward()
            sources.add(draw(root).source)
    assert len(sources) == 2


def test_a_drawing_is_a_digraph_with_the_wanted_direction_and_format() -> None:
    picture = draw(neuron(), rankdir="TB", format="png")
    assert isinstance(picture, graphviz.Digraph)
    assert picture.format == "png"
    assert "rankdir=TB" in picture.source
    with pytest.raises(ValueError, match="rankdir"):
        draw(neuron(), rankdir="left")


def test_values_gradients_and_ops_are_written() -> None:
    out = neuron()
    out.backward()
    source = draw(out).source
    for text in ("tanh", "value", "grad", "x1", "0.4621", "-2.359"):
        assert text in source


def test_signs_have_a_colour_and_a_line_style() -> None:
    x, y = Value(2.0), Value(3.0)
    z = x - y
    z.backward()
    up, down = (line for line in draw(z).source.splitlines() if "->" in line)
    assert "#0072B2" in up
    assert "style=solid" in up
    assert "#D55E00" in down
    assert "style=dashed" in down


def test_wider_edges_carry_more() -> None:
    x, y = Value(1.0), Value(1.0)
    z = 9.0 * x + y
    z.backward()
    widths = [float(w) for w in re.findall(r"penwidth=(\d\.\d\d)", draw(z).source)]
    assert max(widths) == 4.0
    assert min(widths) == 2.0


def test_large_arrays_are_summed_up_and_small_ones_written_out() -> None:
    big = Tensor(np.arange(12.0).reshape(3, 4), requires_grad=True, label="big")
    small = Tensor([1.0, 2.5], dtype="float32", requires_grad=True, label="small")
    loss = (big * 2.0).sum() + small.sum()
    loss.backward()
    source = draw(loss).source
    for text in ("3 × 4 float64", "5.5 ± 3.452", "0 … 11", "6.928", "[1, 2.5]", "2 float32"):
        assert text in source


@pytest.mark.parametrize("name", ["<b>", "a & b", 'q"uote', "back\\slash\\N", "</TABLE>>", "é→π"])
def test_labels_are_escaped(name: str) -> None:
    x = Value(1.0, label=name)
    y = x * 2.0
    y.backward()
    source = draw(y).source
    if has_renderer():
        svg = output.to_svg(source)
        import html

        assert name in html.unescape(svg)
    assert "<b>" not in source


@pytest.mark.parametrize("name", ["x" * 10_000, "\x00\x1b\ud800", "two\nlines\t", "\\", " "])
def test_odd_labels_are_drawn(name: str) -> None:
    x = Tensor([1.0], requires_grad=True, label=name)
    y = x * 2.0
    y.backward()
    source = draw(y).source
    source.encode()
    assert len(source) < 5000
    if has_renderer():
        assert output.to_svg(source).startswith("<svg")
    to_text(build(y)).encode()


def test_values_that_are_not_finite_stand_out() -> None:
    x = Tensor([0.0, 1.0, 2.0, 3.0, -1.0], requires_grad=True)
    with np.errstate(all="ignore"):
        y = np.log(x).sum()
        y.backward()
    source = draw(y).source
    assert "nan" in source
    assert "inf" in source
    v = Value(0.0) * math.inf
    v.backward()
    assert "nan" in draw(v).source


def test_one_node_is_a_picture() -> None:
    for root in (Value(1.0), Tensor([1.0, 2.0]), Tensor(np.zeros((0, 3)), requires_grad=True)):
        model = build(root)
        assert len(model.vertices) == 1
        assert not model.edges
        assert model.vertices[0].root
        assert "v0" in draw(root).source


@pytest.mark.parametrize("face", ["value", "tensor", "both"])
def test_a_freed_graph_says_so(face: str) -> None:
    if face == "value":
        root: Any = Value(2.0, label="x") * 3.0
    else:
        root = (Tensor([1.0, 2.0], requires_grad=True) * 3.0).sum()
        root = root.to_values() * 2.0 if face == "both" else root
    root.backward(retain_graph=False)
    assert "freed by backward(retain_graph=False)" in draw(root).source
    assert "freed by backward(retain_graph=False)" in to_text(build(root))


def test_nothing_to_draw_is_an_error() -> None:
    for nothing in (3.0, "x", None, []):
        with pytest.raises(TypeError, match="draw"):
            draw(nothing)
    with pytest.raises(TypeError, match="got float"):
        draw([Value(1.0), 2.0])
    with pytest.raises(ValueError, match="max_nodes"):
        draw(Value(1.0), max_nodes=0)


# Large graphs -----------------------------------------------------------------------------------


def test_a_long_chain_is_collapsed_and_the_rest_is_counted() -> None:
    root = deep_chain(100_000)
    root.backward()
    model = build(root, max_nodes=50)
    assert model.total == 100_001
    assert model.hidden == 100_001 - 50
    assert sum(v.kind != "constant" for v in model.vertices) == 50
    assert [e.contribution for e in model.edges if e.source == HIDDEN] == [1.0]
    source = draw(root, level="nodes", max_nodes=50).source
    assert "99,951 more nodes" in source
    assert "50 of 100,001 nodes shown" in source
    assert "99,951 hidden" in to_text(model)
    # Unless asked otherwise, what repeats is rolled up and nothing is hidden.
    rolled = draw(root, max_nodes=50)
    assert (
        rolled.model.hidden == 0
        and sum(v.members for v in rolled.model.vertices if v.kind != "constant") == 100_001
    )


def test_building_takes_linear_time() -> None:
    def seconds(n: int) -> float:
        root = deep_chain(n)
        times = []
        for _ in range(3):
            start = time.perf_counter()
            build(root, max_nodes=20)
            times.append(time.perf_counter() - start)
        return min(times)

    # Ten times the nodes; quadratic would be a hundred times the time.
    assert seconds(100_000) < 40 * seconds(10_000)


def test_doubling_is_linear_too() -> None:
    x = Value(1.0)
    for _ in range(60):
        x = x + x
    model = build(x)
    assert len(model.vertices) == 61
    assert len(model.edges) == 120


def test_uses_by_hidden_nodes_are_hinted_at() -> None:
    x = Value(1.0, label="x")
    y = x
    for _ in range(10):
        y = y.sin()
    model = build(x + y, max_nodes=4)
    assert (named(model, "x").id, HIDDEN) in [(e.source, e.target) for e in model.edges]
    assert "style=dotted" in draw(model).source


# Text, files and notebooks ------------------------------------------------------------------------


def test_the_table_has_a_line_for_each_node() -> None:
    out = neuron()
    out.backward()
    lines = to_text(build(out)).splitlines()
    assert len(lines) == 1 + 10
    assert lines[1].split() == ["x1", "2", "-2.359", "leaf"]
    assert re.match(r"out +0\.4621 +1 +tanh: v\d × 0\.7864 → 0\.7864", lines[-1])


@needs_renderer
@pytest.mark.parametrize(
    ("suffix", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")]
)
def test_pictures_are_written(tmp_path: Path, suffix: str, start: bytes) -> None:
    path = render(neuron(), tmp_path / f"neuron.{suffix}")
    assert path.read_bytes().startswith(start)
    render(draw(network()), path)
    assert path.read_bytes().startswith(start)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_dot_and_text_need_no_renderer(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    root = neuron()
    assert render(root, tmp_path / "a.dot").read_text() == draw(root).source
    assert "tanh" in render(root, tmp_path / "a.txt", max_nodes=3).read_text()
    with pytest.raises(RendererNotFoundError, match=r"pip install blamegraph\[viz\]"):
        render(root, tmp_path / "a.png")
    assert not (tmp_path / "a.png").exists()


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "a.dot"
    path.write_text("old")

    def fail(*args: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(output.os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        render(neuron(), path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.dot"]


def test_wrong_uses_of_render_are_explained(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="end the name in"):
        render(neuron(), tmp_path / "neuron")
    with pytest.raises(TypeError, match="rankdir"):
        render(draw(neuron()), tmp_path / "a.dot", rankdir="TB")


@needs_renderer
def test_notebooks_get_a_drawing_and_text() -> None:
    for root in (neuron(), network()):
        bundle = root._repr_mimebundle_()
        assert bundle["text/plain"].splitlines()[0] == repr(root).splitlines()[0]
        assert bundle["image/svg+xml"].startswith("<svg")
    assert list(Tensor([1.0])._repr_mimebundle_()) == ["text/plain"]
    assert draw(neuron())._repr_mimebundle_()["image/svg+xml"].startswith("<svg")


def test_nodes_draw_themselves() -> None:
    out = neuron()
    assert out.draw(rankdir="TB").source == draw(out, rankdir="TB").source
    assert "sum" in network().draw().source


def test_a_notebook_never_sees_an_exception() -> None:
    class Odd(Tensor):
        __slots__ = ()

        def __repr__(self) -> str:
            raise RuntimeError("odd")

    assert "RuntimeError: odd" in Odd([1.0])._repr_mimebundle_()["text/plain"]


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = (
        "import sys, autograd, autograd.viz\n"
        "print([m for m in ('graphviz', 'pygraphviz', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(ag.__file__).parent.parent,
    )
    assert done.stdout.strip() == "[]"
