"""What is written on nodes and edges: it is true, it is short, and every writer says the same."""

from __future__ import annotations

import html
import math
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from autograd import Tensor, Value
from autograd.viz import RendererNotFoundError, build, notebook_html, output, to_text
from autograd.viz.cues.captions import DASHED, caption
from autograd.viz.cues.cards import MOST_MAPS, Card, cards
from autograd.viz.cues.frames import frames
from autograd.viz.cues.heat import CELLS, LEVELS, STRIP, heat_map
from autograd.viz.cues.hover import figures, source_line
from autograd.viz.cues.strokes import FEW, strokes
from autograd.viz.cues.sums import as_number, by_source, gradient_sum
from autograd.viz.dot import to_dot
from autograd.viz.figures import in_short, mean_and_spread, number, size_of
from autograd.viz.model import Edge, Group, Model, Vertex
from autograd.viz.raster import draw_raster
from autograd.viz.svg import draw_svg

SVG = "{http://www.w3.org/2000/svg}"
ODD = [
    "<b>&amp;</b>",
    "q\"uo'te",
    "é→π 日本 🎉",
    "two\nlines\r\t",
    "\x00\x1b\ud800",
    "]]>--><!--",
    "\\N \\G \\l back\\",
    "$x_1$ {a|b}",
    "</TD></TABLE>>",
    "x" * 10_000,
]


def square() -> Value:
    x, c = Value(3.0, label="x"), Value(2.0, label="c")
    y = x * x - x * c
    y.backward()
    return y


def network() -> Tensor:
    rng = np.random.default_rng(0)
    w = Tensor(rng.normal(size=(20, 30)), requires_grad=True, label="w")
    loss = (np.maximum(rng.normal(size=(4, 20)) @ w, 0.0)).sum() + 0.01 * (w * w).sum()
    loss.backward()
    return loss


def grouped() -> Model:
    """Two boxes of groups within one that is open."""
    boxes = [
        Vertex(i, "group", f"net.{i}", None, "Linear", "", None, None, group="net", members=50,
               about=[("params", "1,200"), ("blame", "41 %")])
        for i in (1, 2)
    ]  # fmt: skip
    return Model(
        vertices=[
            Vertex(0, "leaf", "x", None, None, "", 1.0, None),
            *boxes,
            Vertex(3, "op", "loss", "tanh", "tanh", "", 0.5, 1.0, root=True),
        ],
        edges=[
            Edge(0, 1, 0, count=100, size=0.25),
            Edge(1, 2, 0, count=7, size=1.0),
            Edge(2, 3, 0, size=4.0),
        ],
        total=102,
        groups={"net": Group("net", "Sequential", "", 100)},
        notes=["100 nodes are inside 2 groups"],
    )


def card_of(model: Model, name: str) -> Card:
    (card,) = [c for c in cards(model).values() if c.name == name]
    return card


def rows_of(card: Card) -> list[tuple[str, str]]:
    return [(row.what, row.text) for section in card.sections for row in section.rows]


def own(model: Model, **options: Any) -> tuple[ET.Element, list[str]]:
    svg = ET.fromstring(draw_svg(model, **options))
    return svg, ["".join(t.itertext()) for t in svg.iter(SVG + "text")]


# The sum that made a gradient -----------------------------------------------------------------


def test_several_uses_are_added_up_in_their_order() -> None:
    model = build(square())
    assert ("grad", "3 + 3 − 2 = 4") in rows_of(card_of(model, "x"))
    assert ("grad", "-3") in rows_of(card_of(model, "c"))
    assert "3 + 3 − 2 = 4" in html.unescape(to_dot(model).source)
    assert "3 + 3 − 2 = 4" in own(model)[1]
    assert "3 + 3 − 2 = 4" in to_text(model)


@pytest.mark.parametrize("n", [2, 3, 4, 9])
def test_at_most_three_terms_are_written(n: int) -> None:
    x = Value(1.0, label="x")
    y = sum((x * (k + 1.0) for k in range(n)), Value(0.0))
    y.backward()
    made = dict(rows_of(card_of(build(y), "x")))["grad"]
    assert made.endswith(f" = {n * (n + 1) // 2}")
    assert made.startswith("1 + 2 + 3 =" if n == 3 else "1 + 2")
    assert ("…" in made) == (n > 3)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=3))
@settings(max_examples=30, deadline=None)
def test_the_sum_is_true(factors: list[float]) -> None:
    x = Value(1.0, label="x")
    y = sum((x * f for f in factors), Value(0.0))
    y.backward()
    model = build(y)
    (vertex,) = [v for v in model.vertices if v.name == "x"]
    shown, remark, _ = gradient_sum(vertex, by_source(model)[vertex.id], digits=17)
    left, right = shown.replace("−", "-").split(" = ")
    total = math.fsum(float(t.replace(" ", "")) for t in re.split(r" (?=[+-] )", left))
    assert total == pytest.approx(x.grad, rel=1e-9, abs=1e-9)
    assert float(right) == x.grad and not remark


def test_what_earlier_calls_added_makes_no_false_sum() -> None:
    x = Value(3.0, label="x")
    (x * 5.0).backward()
    y = x * x
    y.backward()
    rows = rows_of(card_of(build(y), "x"))
    assert ("grad", "11") in rows and ("", "6 from here + 5 from before") in rows
    assert any("zero_grad" in line for line in card_of(build(y), "x").hover)
    assert "11 (6 from here + 5 from before)" in to_text(y)
    x.grad = 0.0
    assert ("", "6 from here, cleared since") in rows_of(card_of(build(y), "x"))


def test_arrays_that_earlier_calls_added_to_say_so() -> None:
    w = Tensor(np.arange(6.0), requires_grad=True, label="w")
    (w * w).sum().backward()
    assert not any("before" in text for _, text in rows_of(card_of(build((w * w).sum()), "w"))[:-1])
    again = (w * w).sum()
    assert ("", "from before") in rows_of(card_of(build(again), "w"))
    again.backward()
    assert ("", "partly from before") in rows_of(card_of(build(again), "w"))


def test_hidden_uses_make_no_sum() -> None:
    x = Value(1.0, label="x")
    y = x
    for _ in range(8):
        y = (y + x).tanh()
    y.backward()
    rows = rows_of(card_of(build(y, max_nodes=4), "x"))
    assert rows[1] == ("grad", f"{x.grad:.4g}") and len(rows) == 2


def test_numbers_in_any_wrapping_are_terms() -> None:
    assert [as_number(x) for x in (2, 2.0, np.float32(2), np.array(2.0), np.array([[2.0]]))] == [
        2.0
    ] * 5
    assert as_number(np.zeros(2)) is None and as_number({0: 1.0}) is None
    for x in (Tensor(3.0, requires_grad=True, label="x"), Tensor([3.0], True, label="x")):
        y = (x * x - x).sum()
        y.backward()
        assert ("grad", "3 + 3 − 1 = 5") in rows_of(card_of(build(y), "x"))


def test_float32_sums_are_compared_in_their_precision() -> None:
    x = Tensor(np.float32(0.1), requires_grad=True, label="x")
    y = x * np.float32(0.1) + x * np.float32(0.7) + x * np.float32(1e3)
    y.backward()
    assert dict(rows_of(card_of(build(y), "x")))["grad"].startswith("0.1 + 0.7 + 1000 =")


# Edges ----------------------------------------------------------------------------------------


def test_the_chain_rule_can_be_read_off_an_edge() -> None:
    x = Value(2.0, label="x")
    y = (x * 3.0).tanh() * 0.5
    y.backward()
    for stroke in strokes(build(y)):
        if not stroke.constant:
            found = re.fullmatch(r"(\S+) × (\S+) = (\S+)", stroke.label)
            assert found is not None
            g, d, c = map(float, found.groups())
            assert g * d == pytest.approx(c, rel=0.02)


def test_before_backward_edges_have_the_local_derivative_alone() -> None:
    assert [s.label for s in strokes(build(Value(2.0) * 3.0))] == ["3", ""]


@pytest.mark.parametrize(
    ("edges", "label"),
    [("local", "3"), ("contribution", "1.5"), ("both", "0.5 × 3 = 1.5"), ("share", "+100 %")],
)
def test_what_stands_on_edges_can_be_chosen(edges: str, label: str) -> None:
    y = Value(2.0, label="x") * 3.0 * 0.5
    y.backward()
    model = build(y)
    assert strokes(model, edges=edges)[0].label == label
    assert label in to_dot(model, edges=edges).source
    assert label in own(model, edges=edges)[1]
    with pytest.raises(ValueError, match="edges is one of local"):
        strokes(model, edges="loud")


def test_large_graphs_have_the_local_derivative_alone() -> None:
    y = Value(1.0)
    for _ in range(FEW + 1):
        y = y * 0.9
    y.backward()
    assert {s.label for s in strokes(build(y))} == {"0.9", ""}


def test_a_product_that_is_not_true_is_not_written() -> None:
    x = Value(0.0, label="x")
    y = x.sqrt() * 0.0  # 0 times an infinite derivative stays 0
    y.backward()
    assert strokes(build(y))[0].label == "inf"


def test_shares_of_arrays_stand_on_edges_and_give_the_colour() -> None:
    w = Tensor([1.0, -2.0, 0.5, 3.0, 4.0], requires_grad=True, label="w")
    loss = (w * 3.0).sum() - (w * 1.0).sum()
    loss.backward()
    model = build(loss)
    (x,) = [v for v in model.vertices if v.name == "w"]
    drawn = [s for s in strokes(model) if s.source == x.id]
    assert [(s.label, s.color, s.style) for s in drawn] == [
        ("+150 %", "blue", "solid"),
        ("−50 %", "orange", "dashed"),
    ]
    assert any("150 % of the gradient of w" in line for line in drawn[0].hover)
    assert "(+150 % of its gradient)" in to_text(model)


def test_the_colour_of_a_number_is_its_own_signs() -> None:
    x = Value(1.0, label="x")
    y = x * 2.0 - x * 5.0  # the gradient is -3, of which 2 is -67 %
    y.backward()
    drawn = [s for s in strokes(build(y)) if s.label.endswith((" = 2", " = -5"))]
    assert [(s.color, s.style) for s in drawn] == [("blue", "solid"), ("orange", "dashed")]


# Heat maps ------------------------------------------------------------------------------------


@given(
    npst.arrays(
        st.sampled_from([np.float32, np.float64, np.int64, np.bool_]),
        npst.array_shapes(max_dims=4, max_side=20),
    )
)
@settings(max_examples=60, deadline=None)
def test_any_array_is_a_small_map(x: np.ndarray) -> None:
    picture = heat_map(x)
    if x.size <= 4:
        assert picture is None
        return
    assert picture is not None
    rows, columns = len(picture.cells), len(picture.cells[0])
    assert rows <= CELLS and columns <= (STRIP if rows == 1 else CELLS)
    shades = [s for line in picture.cells for s in line]
    finite = [abs(s) for s in shades if s is not None]
    assert not finite or max(finite) in (0, LEVELS)
    broken = x.dtype.kind == "f" and not np.isfinite(x).all()
    assert (None in shades) == bool(broken)
    assert bool(picture.note) == (picture.block != (1, 1))


def test_cells_tell_sign_and_zero() -> None:
    x = np.zeros((4, 4))
    x[0, 0], x[1, 1], x[2, 2] = 5.0, -5.0, 1e-9
    picture = heat_map(x)
    assert picture is not None
    assert [picture.cells[i][i] for i in range(4)] == [LEVELS, -LEVELS, 1, 0]
    large = heat_map(np.full((100, 33), 1e308))
    assert large is not None and large.note == "a cell: the mean of up to 13 × 5"
    assert {s for line in large.cells for s in line} == {LEVELS}


def test_both_writers_draw_maps_and_can_do_without() -> None:
    model = build(network())
    with_maps, without = to_dot(model).source, to_dot(model, heatmaps=False).source
    assert with_maps.count('FIXEDSIZE="TRUE"') > 64 and "FIXEDSIZE" not in without
    assert "BGCOLOR" in with_maps and "a cell: the mean of up to 3 × 4" in with_maps
    svg, texts = own(model)
    assert "fill-opacity" in ET.tostring(svg).decode() and "blank is 0," in " ".join(texts)
    assert "fill-opacity" not in draw_svg(model, heatmaps=False)
    bad = Tensor([np.nan, 1.0, 2.0, np.inf, -1.0], requires_grad=True)
    assert ">×</FONT>" in to_dot(build(bad)).source
    assert 'fill="#A2478F" fill-opacity="1"' in draw_svg(build(bad))


def test_many_arrays_have_no_maps_and_it_is_said() -> None:
    x = Tensor(np.arange(6.0), requires_grad=True)
    for _ in range(MOST_MAPS):
        x = x * 1.5
    source = to_dot(build(x)).source
    assert f"no heat maps: there are more than {MOST_MAPS} arrays" in source
    assert "FIXEDSIZE" not in source


# Hovering -------------------------------------------------------------------------------------


def test_hovering_tells_statistics_line_and_group(tmp_path: Path) -> None:
    script = tmp_path / "model.py"
    script.write_text("import x\ny = x <b> + 1  \n")
    model = build(network())
    (w,) = [v for v in model.vertices if v.name == "w"]
    w.line, w.group = f"{script}:2", "net.0"
    lines = card_of(model, "w").hover
    assert lines[0] == "w: leaf"
    assert re.match(r"value 20 × 30 float64 · min -\S+, mean \S+, max \S+, norm \S+$", lines[1])
    assert lines[2].startswith("gradient 20 × 30")
    assert lines[3:] == ["model.py:2  y = x <b> + 1", "in net.0"]
    title = "\n".join(lines)
    assert title in [t.text for t in own(model)[0].iter(SVG + "title")]
    assert "y = x &lt;b&gt; + 1&#10;in net.0" in to_dot(model).source


def test_lines_that_cannot_be_read_are_named() -> None:
    assert source_line("/nowhere/a.py:7") == "a.py:7"
    assert source_line("<stdin>:x") == "<stdin>:x"


def test_statistics_count_zeros_and_what_is_not_finite() -> None:
    x = np.array([0.0, 0.0, -3.0, 4.0, np.nan, -np.inf])
    assert figures("value", x) == (
        "value 6 float64 · min -3, mean 0.25, max 4, norm 5 · 2 zeros, 2 not finite"
    )
    assert figures("gradient", 0.25) == "gradient 0.25"
    assert figures("value", np.array([], np.int32)) == "value 0 int32"


@pytest.mark.parametrize("scale", [1.7e308, 1e300, 1e-200, 5e-324])
def test_statistics_neither_overflow_nor_vanish(scale: float) -> None:
    x = np.full((6, 6), scale)
    assert mean_and_spread(x) == (scale, 0.0)
    size = 6.0 * scale
    assert size_of(x) == (pytest.approx(size, rel=1e-12) if math.isfinite(size) else size)
    assert f"mean {number(scale)}" in figures("value", x)
    w = Tensor(x, requires_grad=True)
    loss = w[0, 0] * 1.0
    loss.backward()
    assert f"{number(scale)} ± 0" in to_text(loss)
    assert draw_svg(build(loss)).startswith("<svg")


# Groups and comparisons -----------------------------------------------------------------------


def test_groups_are_boxes_of_their_own_in_every_writer() -> None:
    model = grouped()
    source = to_dot(model).source
    assert source.count("peripheries=2") == 2
    for text in ("net.1", "Linear", "1,200", "41 %", "×100", "100 nodes are inside 2 groups"):
        assert text in source
        assert text in " ".join(own(model)[1])
    assert "stands for 50 nodes" in source
    assert "50 nodes" in to_text(model) and "(100 uses)" in to_text(model)
    widths = [s.width for s in strokes(model)]
    assert widths == sorted(widths) and widths[-1] == 4.0 and widths[0] > 1


def test_the_legend_says_what_is_in_the_picture_and_no_more() -> None:
    assert "picture of an array" not in to_dot(grouped()).source
    assert "on each edge" not in to_dot(grouped()).source
    assert "picture of an array" in to_dot(build(network())).source
    assert ">on each edge its local derivative</FONT>" in to_dot(build(Value(1.0).exp())).source
    assert "on each edge" not in to_dot(build(square()), legend=False).source


def test_a_caption_has_a_semicolon_between_its_parts_alone() -> None:
    x = Value(2.0, label="x")
    for y in (x.exp(), x * x - x, Tensor([1.0, -2.0, 3.0], requires_grad=True) ** 2):
        for _ in range(2):
            model = build(y)
            for line in caption(model, strokes(model)):
                assert not line[-1][0].endswith((";", ","))
            y.backward(np.ones(3)) if isinstance(y, Tensor) else y.backward()


def test_a_caption_says_what_is_written_on_edges() -> None:
    y = Value(2.0, label="x").exp() * 0.5
    y.backward()
    model = build(y)
    for edges, said in (
        ("local", "its local derivative"),
        ("contribution", "its contribution"),
        ("both", "upstream × local derivative = contribution"),
    ):
        ((first, _), *_), *_ = caption(model, strokes(model, 4, edges))
        assert first == f"on each edge {said};"


def test_boxes_of_groups_are_explained() -> None:
    text = " ".join(word for line in caption(grouped(), strokes(grouped())) for word, _ in line)
    assert "a double border: a group of nodes" in text and "blame: its part" in text
    assert "×2 stands for 2 uses" in text
    plain = build(square())
    assert "group" not in str(caption(plain, strokes(plain)))


def test_the_sample_of_a_dashed_line_has_gaps() -> None:
    assert DASHED in to_dot(build(square())).source
    # Unicode's dashes, ┄ to ┋ and ╌ to ╏, are nearly solid in common fonts.
    assert not set(DASHED) & {chr(c) for c in (*range(0x2504, 0x250C), *range(0x254C, 0x2550))}


def test_products_have_the_digits_asked_for() -> None:
    for digits in (2, 4, 8):
        y = Value(1.23456789, label="x") * Value(1.00000001, label="w")
        y.backward()
        label = strokes(build(y), digits)[1].label
        assert label == f"1 × {1.23456789:.{digits}g} = {1.23456789:.{digits}g}"


def test_edges_of_groups_have_their_contribution() -> None:
    model = grouped()
    edge = model.edges[0]
    edge.size, edge.contribution, edge.local, edge.share = 3.0, -2.5, None, None
    (stroke, *_) = strokes(model)
    assert stroke.label.endswith("-2.5") and stroke.says == "contribution"
    edge.contribution = 0.0  # many of these would hide the others
    assert "0" not in strokes(model)[0].label.removeprefix(f"×{edge.count}")


def test_one_marked_node_is_to_blame_and_many_are_not() -> None:
    model = build(square())
    model.vertices[0].marked = True
    assert to_dot(model).source.count("to blame") == 1
    model.vertices[1].marked = True
    source = to_dot(model).source
    assert "to blame" not in source and source.count("penwidth=4 ") == 2


def test_frames_are_clusters_within_clusters() -> None:
    model = build(square())
    for v, path in zip(model.vertices, ["a.b", "a", "a.b", "", ""], strict=False):
        v.group = path
    model.groups = {"a": Group("a", 'Net "<1>"', "", calls=3), "a.b": Group("a.b", "", "a")}
    made = frames(model)
    assert list(made) == ["a", "a.b"] and made["a"].inner == ["a.b"]
    source = to_dot(model).source
    assert source.index("subgraph cluster_0") < source.index("subgraph cluster_1")
    assert "a: Net &quot;&lt;1&gt;&quot;  ×3" in source
    assert all(source.count(f"\tv{v.id} [") == 1 for v in model.vertices)
    depth = 0
    for line in source.splitlines():
        depth += line.count("subgraph") - (line.strip() == "}")
    assert depth == -1  # the digraph's own brace


def test_groups_within_groups_however_deep() -> None:
    model = build(Value(1.0, label="x").exp())
    model.vertices[0].group = ".".join("abcde" * 300)
    assert len(frames(model)) == 1500
    assert to_dot(model).source.count("subgraph") == 1500


def test_frames_of_the_own_layout_enclose_their_members_and_nothing_else() -> None:
    svg, texts = own(grouped())
    (frame,) = [g for g in svg.iter(SVG + "g") if g.get("class") == "group"]
    assert "net: Sequential" in texts
    (rect,) = frame.iter(SVG + "rect")
    x0, y0, w, h = (float(rect.attrib[k]) for k in ("x", "y", "width", "height"))
    for node in svg.iter(SVG + "g"):
        if node.get("class") != "node":
            continue
        (box,) = node.iter(SVG + "rect")
        x, y = float(box.attrib["x"]), float(box.attrib["y"])
        inside = x0 < x < x0 + w and y0 < y < y0 + h
        assert inside == (node.get("data-id") in ("v1", "v2"))


def test_a_frame_that_would_cut_through_others_is_left_out() -> None:
    model = build(square())
    model.vertices[0].group = model.vertices[-1].group = "ends"
    assert "cluster_0" in to_dot(model).source
    assert not [g for g in own(model)[0].iter(SVG + "g") if g.get("class") == "group"]


def test_comparisons_have_colours_marks_and_styles() -> None:
    model = build(square())
    for v, look in zip(model.vertices, ["same", "added", "removed", "changed"], strict=False):
        v.look = look
    for e, look in zip(model.edges, ["same", "added", "removed", "changed"], strict=False):
        e.look = look
    source, (_, texts) = to_dot(model).source, own(model)
    for mark in ("+ added", "− removed", "≠ changed"):
        assert mark in source and mark in texts and mark[:2] in to_text(model)
    assert "compared:" in source
    styles = [(s.style, s.label[:3]) for s in strokes(model)[1:4]]
    # Where the box says that it changed, its edges need not.
    assert styles == [("bold", "[+]"), ("dotted", "[−]"), ("dashed", "-1 ")]
    for v in model.vertices:
        v.look = "same"
    assert strokes(model)[3].label.startswith("[≠] -1 ")
    assert "compared:" not in to_dot(build(square())).source


# Every writer, whatever the graph --------------------------------------------------------------


def pathological() -> dict[str, Any]:
    with np.errstate(all="ignore"):
        bad = np.log(Tensor([0.0, 1.0, -1.0, np.nan, 3.0], requires_grad=True)).sum()
        bad.backward()
    freed = (Tensor(np.ones(6), requires_grad=True) * 2.0).sum()
    freed.backward(retain_graph=False)
    infinite = Value(0.0) * math.inf
    infinite.backward()
    return {
        "bad": build(bad),
        "freed": build(freed),
        "infinite": build(infinite),
        "one": build(Value(1.0)),
        "empty": build(Tensor(np.zeros((0, 3)), requires_grad=True)),
        "groups": grouped(),
    }


def written(model: Model, *formats: str) -> bytes:
    """The model by every writer, by matplotlib's in these formats."""
    source = to_dot(model).source
    svg = draw_svg(model)
    ET.fromstring(svg)
    pictures = [draw_raster(model, format) for format in formats]
    assert all(data[:4] in (b"\x89PNG", b"%PDF") for data in pictures)
    return b"".join([source.encode(), svg.encode(), *pictures, to_text(model).encode()])


@pytest.mark.parametrize("name", ["bad", "freed", "infinite", "one", "empty", "groups"])
def test_odd_graphs_through_every_writer_always_the_same(name: str) -> None:
    first, second = (written(pathological()[name], "png", "pdf") for _ in range(2))
    assert first == second


@pytest.mark.parametrize("text", ODD)
def test_odd_text_through_every_writer(text: str) -> None:
    x = Tensor(np.arange(6.0), requires_grad=True, label=text)
    y = (x * x).sum()
    y.backward()
    model = build(y)
    for v in model.vertices:
        v.group, v.line, v.params = text.replace(".", ""), f"{text}:1", text
    model.vertices.append(
        Vertex(len(model.vertices), "group", text, None, text, "", None, None, about=[(text, text)])
    )
    model.groups = {text: Group(text, text, "")}
    model.notes = [text]
    assert len(written(model, "png")) < 400_000
    if next(output._renderers("svg"), None) is not None:
        svg = output.to_svg(to_dot(model))
        ET.fromstring(svg)
        if text == ODD[6]:
            assert "\\N \\G \\l back\\" in html.unescape(svg)


def test_matplotlib_alone_draws_png_and_pdf(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    drawing = to_dot(build(square()))
    assert output.pipe(drawing, "png").startswith(b"\x89PNG")
    assert output.pipe(drawing, "pdf").startswith(b"%PDF")
    with pytest.raises(RendererNotFoundError):
        output.pipe(drawing, "gif")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(RendererNotFoundError, match="matplotlib will do"):
        output.pipe(drawing, "png")


# Notebooks ------------------------------------------------------------------------------------


def test_notebooks_get_html_svg_and_a_summary() -> None:
    y = square()
    for form in (y, to_dot(build(y)), network()):
        bundle = form._repr_mimebundle_()
        assert set(bundle) == {"text/html", "image/svg+xml", "text/plain"}
        assert bundle["text/plain"].startswith(repr(form))
        assert re.search(r"^graph: \d+ nodes; the last op is ", bundle["text/plain"], re.M)
        assert "<svg" in bundle["text/html"] and 'width="100%"' in bundle["image/svg+xml"]


class Loud:
    """Its repr is broken."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")


@pytest.mark.parametrize("label", [Loud(), 7, ("a", 1)])
def test_labels_that_are_no_text_are_drawn(label: Any) -> None:
    w = Tensor([1.0, 2.0], requires_grad=True, label=label)
    for y in (Value(2.0, label=label) * 3.0, (w * 3.0).sum()):
        y.backward()
        bundle = y._repr_mimebundle_()
        assert set(bundle) == {"text/html", "image/svg+xml", "text/plain"}
        assert not re.search("^no ", bundle["text/plain"], re.M)
        shown = "<Loud>" if isinstance(label, Loud) else str(label)
        assert shown in html.unescape(bundle["text/html"])
    assert in_short(Loud()) == "<Loud>"


def test_both_forms_in_a_notebook_show_the_same_of_a_large_graph() -> None:
    y = Value(0.5)
    for _ in range(1_000):
        y = y.sin()
    bundle = y._repr_mimebundle_()
    assert all("sin ×1,000 in a row" in bundle[kind] for kind in ("image/svg+xml", "text/html"))
    assert "sin ×1,000 in a row" in notebook_html(y)


def test_a_form_that_fails_is_named_and_the_others_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "autograd.viz.page.fragment", None)
    bundle = square()._repr_mimebundle_()
    assert bundle["text/html"].startswith('<div class="autograd-drawing"><svg')
    assert "no interactive page: " in bundle["text/plain"]

    def fail(*args: Any) -> None:
        raise OSError("out of\npaper")

    monkeypatch.setattr(output, "to_svg", fail)
    bundle = square()._repr_mimebundle_()
    assert "image/svg+xml" not in bundle
    assert "no picture: OSError: out of paper" in bundle["text/plain"].splitlines()
